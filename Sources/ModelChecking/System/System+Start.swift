import Synchronization

/// The states that a system starts in, once they are made: few with the system, many when a search begins,
/// so that its limits hold for them.
final class InitialStates: Sendable {
  /// What is wrong where there are none.
  static let noneProblem = "no state fulfils what must be true initially"

  private let made = Mutex<[[UInt64]]?>(nil)

  /// At least one; nil before they are made.
  var states: [[UInt64]]? { made.withLock { $0 } }

  fileprivate func set(_ states: [[UInt64]]) { made.withLock { $0 = $0 ?? states } }
}

/// What came of making the initial states.
enum InitialStatesMade {
  /// All are there, at least one.
  case all([[UInt64]])
  /// There is none.
  case none
  /// There are more than were allowed.
  case tooMany
  /// Somebody said that it is enough.
  case stopped
}

/// The states that a system starts in.
extension System {
  /// The most combinations of initial values that are tried when the system is made.
  static let mostMadeAtOnce = 4096

  /// The most states that fields with several initial values may make.
  static let mostInitialStates = 1 << 20

  /// The states that it may start in, at least one. Where they have to be made first, no limit holds.
  var initialStates: [[UInt64]] {
    guard case .all(let states) = makeInitialStates() else {
      Trap(code: .initialConditions, words: []).raise()
    }
    return states
  }

  /// How many initial states there are, at least 1.
  public var initialStateCount: Int { initialStates.count }

  /// Makes the states in which every field has an initial value and every initial condition is true,
  /// with every program at its first step.
  ///
  /// - Parameters:
  ///   - most: how many there may be.
  ///   - isOver: whether to give up.
  func makeInitialStates(
    most: Int = .max, unless isOver: () -> Bool = { false }
  ) -> InitialStatesMade {
    if let known = knownInitialStates.states { return known.count > most ? .tooMany : .all(known) }
    var made: [[UInt64]] = []
    var failure: InitialStatesMade?
    layout.forEachInitialState { words in
      if isOver() { failure = .stopped }
      if made.count > most { failure = .tooMany }
      if failure != nil { return false }
      var words = words
      let isInitial = run(on: &words) { state in
        initialConditions.allSatisfy { $0(state.readOnly) }
      }
      if isInitial {
        _ = start(in: &words)
        made.append(words)
      }
      return true
    }
    if let failure { return failure }
    if made.isEmpty { return .none }
    knownInitialStates.set(made)
    return made.count > most ? .tooMany : .all(made)
  }

  /// What is wrong with the questions that programs ask before their first step. They are about
  /// registers, which have one value at first, so one state tells it of all.
  func initialFault(in words: [UInt64]) -> Fault? {
    var words = words
    return start(in: &words)
  }

  /// Puts every program at its first step.
  private func start(in words: inout [UInt64]) -> Fault? {
    var fault: Fault?
    for (number, actor) in actors.enumerated() {
      run(as: number, on: &words) { state in
        let location = AuthorCode("first question of actor", actor.name).run(on: state.words) {
          actor.program.location(at: actor.program.start, in: state.readOnly)
        }
        actor.counter.store(location, in: state.words)
        fault = fault ?? state.context.pointee.fault
      }
    }
    return fault
  }

  /// Lends the words of a state to something that reads or writes it, as an actor of the system.
  func run<Result>(
    as actor: Int = 0, on words: inout [UInt64], log: AccessLog? = nil,
    _ body: (RawState) -> Result
  ) -> Result {
    actors.map(\.depths).withUnsafeBufferPointer { depths in
      var context = StepContext(depths: depths.baseAddress!)
      context.actor = actor
      return withExtendedLifetime(log) {
        context.log = log.map { Unmanaged.passUnretained($0) }
        return words.withUnsafeMutableBufferPointer { words in
          withUnsafeMutablePointer(to: &context) {
            body(RawState(words: words.baseAddress!, context: $0))
          }
        }
      }
    }
  }
}
