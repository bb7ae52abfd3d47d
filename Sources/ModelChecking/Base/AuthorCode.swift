import CTrap

/// A function that a model's author wrote and the engine calls, for the time when something is wrong
/// with it. It is known by reference, so that to note that it runs is one store.
final class AuthorCode: Sendable, CustomStringConvertible {
  /// All that a model declares.
  static let declarations = AuthorCode("what declares the system")

  /// Some function that answers differently when it is asked again, where it is not known which.
  static let unrepeatable = AuthorCode("some function of the model")

  /// What must be true initially, where it never is.
  static let initialConditions = AuthorCode("what must be true initially")

  /// No function: states that a disk has and doesn't give back.
  static let statesOnDisk = AuthorCode("the states on disk")

  private let kind: String
  private let name: String?
  private let owner: String?
  private let declaration: SourceLine?

  /// - Parameters:
  ///   - kind: what sort of thing it is, as "step".
  ///   - owner: whose it is, as the actor.
  init(
    _ kind: String, _ name: String? = nil, of owner: String? = nil,
    at declaration: SourceLine? = nil
  ) {
    self.kind = kind
    self.name = name
    self.owner = owner
    self.declaration = declaration
  }

  /// "step 'raise' of one (Race.swift:12)".
  var description: String {
    kind + (name.map { " '\($0)'" } ?? "") + (owner.map { " of \($0)" } ?? "")
      + (declaration.map { " (\($0))" } ?? "")
  }

  /// Notes that it runs on a state, which must stay where it is until something else is noted.
  @inline(__always)
  static func note(_ code: Unmanaged<AuthorCode>, on state: UnsafePointer<UInt64>?) {
    straypage_note(code.toOpaque(), state)
  }

  /// Notes that the engine runs again.
  @inline(__always)
  static func noteNone() { straypage_note(nil, nil) }

  /// Runs something of it outside of any loop.
  func run<Result>(on state: UnsafePointer<UInt64>? = nil, _ body: () -> Result) -> Result {
    let outside = straypage_noted()
    Self.note(.passUnretained(self), on: state)
    defer { straypage_note(outside.code, outside.state) }
    return body()
  }
}
