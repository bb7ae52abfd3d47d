/// What a search leaves behind: the levels it visited and why it ended.
///
/// Both searches produce one, and the outcome is drawn from it in one place, so that they can
/// differ only in how they explore.
protocol Exploration {
  var system: System { get }
  var ending: SearchEnding { get }
  var statistics: Statistics { get }

  /// By invariant: the depth at which it was first found false.
  var violationDepths: [Int: Int] { get }

  /// By assertion: the steps after which it first failed.
  var assertionDepths: [Int: Int] { get }

  /// By goal: the depth at which it was first reached.
  var goalDepths: [Int: Int] { get }

  /// Whether there is a state from which the goal can't be reached. Asked only of a complete
  /// exploration.
  func stuckStates(ofGoal goal: Int) -> StuckStates

  /// Tells the states from which the goal can be reached. Asked only of a complete exploration.
  func reachTest(ofGoal goal: Int) -> ([UInt64]) -> Bool

  /// The schedule to a target: fewest steps; among those, fewest context switches; among those, the
  /// one that starts in the first initial state and comes first when moves are compared one by one.
  func shortestSchedule(to target: TraceTarget) -> Schedule
}

/// Whether there are states that are stuck: from which a goal is out of reach.
enum StuckStates: Equatable {
  case never
  /// First after this many steps.
  case from(depth: Int)
  /// A limit was reached before that was known.
  case unknown(SearchLimit)
}

extension Exploration {
  /// The verdict with its traces, each replayed through the plain step functions.
  func outcome() -> Outcome {
    let warnings =
      system.invariants.compactMap { warning(.violated, of: $0, $0.severity, violationDepths) }
      + system.assertions.compactMap { warning($0.kind, of: $0, $0.severity, assertionDepths) }
    let (verdict, findings) = judge(warnings)
    let goals = system.goals.map {
      GoalResult(name: $0.name, kind: $0.kind, steps: goalDepths[$0.number])
    }
    return Outcome(verdict: verdict, findings: findings, goals: goals, statistics: statistics)
  }

  private func judge(_ warnings: [Finding]) -> (Verdict, [Finding]) {
    func found(_ target: TraceTarget) -> (Verdict, [Finding]) {
      let found = finding(target)
      return (found.verdict, [found] + warnings)
    }
    switch ending {
    case .limit(let limit):
      return (.inconclusive(limit), warnings)
    case .found(let target):
      return found(target)
    case .complete:
      for goal in system.goals {
        switch goal.kind {
        case .reachable where goalDepths[goal.number] == nil:
          return found(TraceTarget(.goalUnreachable, of: goal, depth: 0))
        case .reachable: continue
        case .alwaysReachable:
          switch stuckStates(ofGoal: goal.number) {
          case .never: continue
          case .unknown(let limit): return (.inconclusive(limit), warnings)
          case .from(let depth): return found(TraceTarget(.stuck, of: goal, depth: depth))
          }
        }
      }
      return (warnings.first?.verdict ?? .holds, warnings)
    }
  }

  private func finding(_ target: TraceTarget) -> Finding {
    let schedule = shortestSchedule(to: target)
    var walk = Walk(system, fromInitialState: schedule.initialState)
    guard schedule.moves.count == target.depth, walk.take(schedule.moves) != nil,
      let finding = walk.finding(target.kind, of: target.property)
    else { fatalError("a schedule of the search does not replay: the search is broken") }
    return finding
  }

  /// What a warning is about, where it was met.
  private func warning(
    _ kind: FindingKind, of property: some Property, _ severity: Severity, _ depths: [Int: Int]
  ) -> Finding? {
    guard severity == .warning, let depth = depths[property.number] else { return nil }
    return finding(TraceTarget(kind, of: property, depth: depth))
  }

  /// Tells the last step of a schedule to `target`, by what is wrong with it and by the state to which
  /// it leads.
  func lastStepTest(_ target: TraceTarget) -> (Trouble, [UInt64]) -> Bool {
    switch (target.property, target.kind.subject) {
    case (.assertion(let number), _):
      return { trouble, _ in trouble.failed & 1 << UInt64(number) != 0 }
    case (nil, .step):
      return { trouble, _ in trouble.fault?.kind.finding == target.kind }
    case (.invariant, _), (.goal, _), (nil, _):
      let isTarget = stateTest(target)
      return { trouble, state in !trouble.isFatal(in: system) && isTarget(state) }
    }
  }

  /// The first initial state that is the target.
  func firstInitialState(for target: TraceTarget, among states: [[UInt64]]) -> Int {
    states.count == 1 ? 0 : states.firstIndex(where: stateTest(target)) ?? 0
  }

  /// Tells the state that is the target.
  private func stateTest(_ target: TraceTarget) -> ([UInt64]) -> Bool {
    let semantics = PlainSemantics(system: system)
    switch (target.property, target.kind.subject) {
    case (.invariant(let number), _):
      let holds = system.invariants[number].holds
      return { !semantics.ask(holds, in: $0) }
    case (.goal(let number), _):
      let isInReach = reachTest(ofGoal: number)
      return { !isInReach($0) }
    case (nil, .standstill):
      return { semantics.transitions(from: $0).isEmpty && !semantics.isResting($0) }
    case (.assertion, _), (nil, _):
      preconditionFailure("the target is no state")
    }
  }
}
