/// An actor's program, compiled: the locations its program counter can have, and at each the steps
/// that may be taken.
///
/// Branches on registers and jumps take no step. They are settled as soon as the step before them
/// is done, so that a location is always a place where the actor waits to take a shared step.
struct Program: Sendable {
  /// A place where the actor may wait.
  struct Location: Sendable {
    /// The steps that may be taken here, as positions in `alternatives`.
    let alternatives: Range<Int>
    /// Whether waiting here for ever is as good as being finished.
    let mayRest: Bool
  }

  /// A step that may be taken at a location.
  struct Alternative: Sendable {
    let step: StepDefinition
    /// The functions the step is nested in, outermost first.
    let calls: [String]
    /// Questions about registers that must have these answers for the step to be there at all.
    let conditions: [RegisterCondition]
    /// Where the program goes on after the step, where it answers yes.
    let next: Continuation
    /// Where it goes on after the answer no.
    let otherwise: Continuation
    /// By assertion of the step: its number in the system.
    var assertions: [Int] = []
  }

  struct RegisterCondition: Sendable {
    let predicate: StepDefinition.Guard
    let expected: Bool
  }

  /// Where a program goes on: a location, or a branch on registers that leads to one.
  enum Continuation: Sendable, Equatable {
    case location(Int)
    case branch(Int)
  }

  struct Branch: Sendable {
    let predicate: StepDefinition.Guard
    let yes: Continuation
    let no: Continuation
  }

  let start: Continuation
  let locations: [Location]
  private(set) var alternatives: [Alternative]
  let branches: [Branch]

  /// Where the program goes on, past all branches on registers.
  func location(at continuation: Continuation, in state: State) -> Int {
    switch continuation {
    case .location(let number): number
    case .branch(let number):
      location(
        at: branches[number].predicate(state) ? branches[number].yes : branches[number].no,
        in: state)
    }
  }

  /// A step that waits for a lock where the actor has not begun or may rest.
  var firstLockBeforeBegun: StepDefinition? {
    let restingPlaces = locations.indices.filter { locations[$0].mayRest } + locations(of: start)
    return restingPlaces.sorted().flatMap { locations[$0].alternatives }.map {
      alternatives[$0].step
    }
    .first { step in
      switch step.operation {
      case .lock(.acquire, _): true
      case .section(let grounds, _): grounds.taking != nil
      default: false
      }
    }
  }

  /// All places where the program may go on.
  private func locations(of continuation: Continuation) -> [Int] {
    switch continuation {
    case .location(let number): [number]
    case .branch(let number):
      locations(of: branches[number].yes) + locations(of: branches[number].no)
    }
  }

  /// Gives every assertion of every step the number that the system has for it.
  mutating func number(_ numberOf: (StepAssertion) -> Int) {
    for position in alternatives.indices {
      alternatives[position].assertions = alternatives[position].step.assertions.map(numberOf)
    }
  }

  /// The numbers of the fields of locks that the actor takes and holds.
  var heldLocks: [Int] {
    alternatives.flatMap { alternative -> [Int] in
      guard case .lock(let operation, let fields) = alternative.step.operation,
        operation != .assertHeld
      else { return [] }
      return fields
    }
  }

  /// Whether some step enters or leaves a section that can't be preempted.
  var changesContext: Bool { alternatives.contains { $0.step.changesContext } }
}
