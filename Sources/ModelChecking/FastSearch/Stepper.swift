/// Runs steps for one worker, without allocation, locks or reference counts.
///
/// It means the same as `PlainSemantics`; the tests compare the two on every model.
struct Stepper {
  private let wordCount: Int
  private let actors: UnsafeBufferPointer<StepTable.Actor>
  private let locations: UnsafePointer<StepTable.Location>
  private let alternatives: UnsafePointer<StepTable.Alternative>
  private let branches: UnsafePointer<StepTable.Branch>
  private let blockers: UnsafePointer<StepTable.Blocker>
  private let invariants: UnsafeBufferPointer<Unmanaged<StepTable.PredicateBox>>
  private let goals: UnsafeBufferPointer<Unmanaged<StepTable.PredicateBox>>
  private let context: UnsafeMutablePointer<StepContext>

  /// - Parameter table: must outlive the stepper.
  init(_ table: StepTable) {
    wordCount = table.wordCount
    actors = UnsafeBufferPointer(table.actors)
    // An empty buffer is never looked into, so any pointer will do for it.
    locations = UnsafePointer(table.locations.baseAddress!)
    alternatives = UnsafePointer(table.alternatives.baseAddress!)
    branches = UnsafePointer(table.branches.baseAddress!)
    blockers = UnsafePointer(table.blockers.baseAddress!)
    invariants = UnsafeBufferPointer(table.invariants)
    goals = UnsafeBufferPointer(table.goals)
    context = .allocate(capacity: 1)
    context.initialize(to: StepContext(depths: UnsafePointer(table.depths.baseAddress!)))
  }

  func deallocate() { context.deallocate() }

  /// Calls `visit` for every step enabled in a state, ordered by actor and program.
  ///
  /// - Parameters:
  ///   - current: the state.
  ///   - scratch: asked before each step for room for one state; the successor is made there.
  ///   - visit: gets the step's alternative, its actor, and whether it raised a fault.
  @inline(__always)
  func forEachSuccessor(
    of current: UnsafePointer<UInt64>,
    into scratch: () -> UnsafeMutablePointer<UInt64>,
    visit: (_ alternative: Int, _ actor: Int, _ faulted: Bool) -> Void
  ) {
    for number in 0..<actors.count {
      let actor = actors.baseAddress! + number
      if isBlocked(actor, in: current) { continue }
      context.pointee.actor = number
      let location =
        locations + (actor.pointee.firstLocation + actor.pointee.counter.code(in: current))
      let first = Int(location.pointee.firstAlternative)
      for position in first..<(first + Int(location.pointee.alternativeCount)) {
        let alternative = alternatives + position
        if let box = alternative.pointee.guardBox {
          let state = State(words: current, context: context)
          if !box._withUnsafeGuaranteedRef({ $0.body(state) }) { continue }
        }
        let target = scratch()
        copy(current, to: target)
        let faulted = take(alternative, of: actor, in: target)
        visit(position, number, faulted)
      }
    }
  }

  /// Whether every actor is finished or may stop where it is.
  func isResting(_ words: UnsafePointer<UInt64>) -> Bool {
    actors.allSatisfy { locations[$0.firstLocation + $0.counter.code(in: words)].mayRest }
  }

  /// The invariants that are false in a state, one bit each.
  @inline(__always)
  func violatedInvariants(in words: UnsafePointer<UInt64>) -> UInt64 {
    ~answers(of: invariants, in: words) & Self.bits(invariants.count)
  }

  /// The goals that a state fulfils, one bit each.
  @inline(__always)
  func reachedGoals(in words: UnsafePointer<UInt64>) -> UInt64 {
    answers(of: goals, in: words)
  }

  @inline(__always)
  func copy(_ source: UnsafePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>) {
    target[0] = source[0]
    for word in 1..<max(1, wordCount) { target[word] = source[word] }
  }

  private static func bits(_ count: Int) -> UInt64 {
    count == 64 ? .max : (1 << UInt64(count)) - 1
  }

  @inline(__always)
  private func answers(
    of predicates: UnsafeBufferPointer<Unmanaged<StepTable.PredicateBox>>,
    in words: UnsafePointer<UInt64>
  ) -> UInt64 {
    var answers: UInt64 = 0
    let state = State(words: words, context: context)
    for number in 0..<predicates.count
    where predicates[number]._withUnsafeGuaranteedRef({ $0.body(state) }) {
      answers |= 1 &<< UInt64(number)
    }
    return answers
  }

  @inline(__always)
  private func isBlocked(
    _ actor: UnsafePointer<StepTable.Actor>, in words: UnsafePointer<UInt64>
  ) -> Bool {
    for position in actor.pointee.blockers
    where words[blockers[position].word] & blockers[position].mask != 0 { return true }
    return false
  }

  /// Takes a step in place. Returns whether it raised a fault.
  @inline(__always)
  private func take(
    _ alternative: UnsafePointer<StepTable.Alternative>,
    of actor: UnsafePointer<StepTable.Actor>, in words: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    let state = StepState(words: words, context: context)
    var answer = true
    if let act = alternative.pointee.actBox {
      act._withUnsafeGuaranteedRef { $0.body(state) }
    } else if let test = alternative.pointee.testBox {
      answer = test._withUnsafeGuaranteedRef { $0.body(state) }
    }
    if _slowPath(context.pointee.fault != nil) {
      context.pointee.fault = nil
      return true
    }
    var next = answer ? alternative.pointee.next : alternative.pointee.otherwise
    while _slowPath(next < 0) {
      let branch = branches + (actor.pointee.firstBranch + Int(-1 - next))
      let state = State(words: words, context: context)
      next =
        branch.pointee.box._withUnsafeGuaranteedRef { $0.body(state) }
        ? branch.pointee.yes : branch.pointee.no
    }
    actor.pointee.counter.store(Int(next), in: words)
    if _slowPath(actor.pointee.isInterrupt) {
      let isResting = locations[actor.pointee.firstLocation + Int(next)].mayRest
      actor.pointee.active.store(isResting ? 0 : 1, in: words)
    }
    return false
  }
}
