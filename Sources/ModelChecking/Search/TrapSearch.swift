/// Finds which of the traps of a level is reported, so that it is the same for any number of threads: of
/// the states from which something traps, the first by its words; there, what comes first in the order
/// of the actors and their programs.
struct TrapSearch {
  /// What traps, and where.
  struct Find {
    var trap: Trap
    /// The state of the level from which it was met.
    let source: [UInt64]
    /// The step after which a property of the next state traps; nil where the step does.
    let move: Move?
  }

  private(set) var first: Find?
  private let table: StepTable
  private let fatal: UInt64
  /// Asks only what a trap leaves as it is.
  private let asking: Stepper

  init(_ table: StepTable) {
    self.table = table
    asking = Stepper(rememberingNothing: table)
    fatal = table.fatalAssertions
  }

  /// Takes every step from a state and asks the properties of each state that one leads to.
  mutating func look(from state: UnsafePointer<UInt64>) {
    let words = UnsafeBufferPointer(start: state, count: table.wordCount)
    if let first, !words.lexicographicallyPrecedes(first.source) { return }
    // What trapped before may have left anything in a stepper.
    let stepper = Stepper(rememberingNothing: table)
    let target = UnsafeMutablePointer<UInt64>.allocate(capacity: table.wordCount)
    defer { target.deallocate() }
    var move: Move?
    let end = Trap.catching(wordCount: table.wordCount) {
      stepper.forEachSuccessor(of: state, into: target) { alternative, _, trouble in
        if trouble.fault != nil || trouble.failed & fatal != 0 { return }
        move = table.moves[alternative]
        Self.ask(stepper, of: target)
        move = nil
      }
    }
    if case .failure(let trap) = end {
      first = Find(trap: trap, source: Array(words), move: move)
    }
  }

  /// Asks the properties of an initial state. The first that traps is kept.
  mutating func ask(ofInitial state: [UInt64]) {
    if first != nil { return }
    let stepper = Stepper(rememberingNothing: table)
    let end = Trap.catching(wordCount: table.wordCount) {
      state.withUnsafeBufferPointer { Self.ask(stepper, of: $0.baseAddress!) }
    }
    if case .failure(let trap) = end { first = Find(trap: trap, source: state, move: nil) }
  }

  /// Asks which goals are due from a state on.
  mutating func askWhatIsDue(in state: UnsafePointer<UInt64>) {
    let words = UnsafeBufferPointer(start: state, count: table.wordCount)
    if let first, !words.lexicographicallyPrecedes(first.source) { return }
    let end = Trap.catching(wordCount: table.wordCount) { [asking] in asking.dueGoals(in: state) }
    if case .failure(let trap) = end {
      first = Find(trap: trap, source: Array(words), move: nil)
    }
  }

  private static func ask(_ stepper: Stepper, of state: UnsafePointer<UInt64>) {
    _ = stepper.violatedInvariants(in: state)
    _ = stepper.reachedGoals(in: state)
  }
}
