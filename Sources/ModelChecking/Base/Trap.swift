import CTrap

/// An author's function trapped: an index out of range, a division by zero, an overflow, `fatalError`.
struct Trap: Error, Sendable, CustomStringConvertible {
  let code: AuthorCode
  /// The state on which it ran; empty where it ran on none, or that is not known.
  var words: [UInt64]

  /// What happened, in a sentence without its full stop.
  var description: String {
    if code === AuthorCode.unrepeatable { return "\(code) \(Self.differs)" }
    if code === AuthorCode.initialConditions { return "no state fulfils \(code)" }
    if code === AuthorCode.statesOnDisk {
      return "\(code) can't be read again: the disk fails, or somebody has cut their file short"
    }
    return "\(code) traps, "
      + "as at an index out of range, a division by zero, an overflow or fatalError()"
  }

  /// Runs something in which authors' functions are noted before they run (`AuthorCode`).
  ///
  /// Where one traps, all that `body` was about is given up as it stands: what it held is never freed,
  /// and what it was changing is in an unknown state. So nothing that it changes may be used
  /// afterwards but what says so, and it may hold no lock around an author's function. A trap in the
  /// engine itself ends the process, as ever.
  ///
  /// - Parameter wordCount: the words of the states that functions run on.
  static func catching<Success>(
    wordCount: Int = 0, _ body: () -> Success
  ) -> Result<Success, Trap> {
    var success: Success?
    var words = [UInt64](repeating: 0, count: wordCount)
    var trap = straypage_trap()
    let hasTrapped = words.withUnsafeMutableBufferPointer {
      straypage_guard({ success = body() }, $0.baseAddress, $0.count, &trap)
    }
    if hasTrapped == 0, let success { return .success(success) }
    let code = Unmanaged<AuthorCode>.fromOpaque(trap.code!).takeUnretainedValue()
    return .failure(Trap(code: code, words: trap.words == 0 ? [] : words))
  }

  /// The error where no more is known.
  var error: InputError {
    InputError(description, details: [], isFaultOfModel: code !== AuthorCode.statesOnDisk)
  }

  /// What is said of a function that is no function.
  static let differs =
    "answers differently when it is asked again in the same state, as a random number, the clock or "
    + "the order of a Set does"

  /// Gives up what the calling thread catches traps in, because what was true of a state no longer is.
  static func raiseUnrepeatable() -> Never {
    if straypage_is_guarded() == 0 { fatalError("\(AuthorCode.unrepeatable) \(differs)") }
    Trap(code: .unrepeatable, words: []).raise()
  }

  /// What was there when it was first looked for, and must be there again.
  static func foundAgain<Value>(_ value: Value?) -> Value {
    guard let value else { raiseUnrepeatable() }
    return value
  }

  /// Gives up what the calling thread catches traps in, as if it had trapped there.
  func raise() -> Never { straypage_give_up(Unmanaged.passRetained(code).toOpaque()) }
}

/// CTrap's `straypage_guard`.
@_silgen_name("straypage_guard")
private func straypage_guard(
  _ body: () -> Void, _ state: UnsafeMutablePointer<UInt64>?, _ words: Int,
  _ trap: UnsafeMutablePointer<straypage_trap>
) -> Int32

/// Runs authors' functions where the system is not known that they are of.
///
/// - Throws: `InputError` that names the one that trapped.
package func reportingTraps<Success>(
  _ body: () throws(InputError) -> Success
) throws(InputError) -> Success {
  switch Trap.catching({ Result { () throws(InputError) in try body() } }) {
  case .success(let result): return try result.get()
  case .failure(let trap): throw trap.error
  }
}
