/// What a search leaves behind: the levels it visited and why it ended.
///
/// Both searches produce one, and the outcome is drawn from it in one place, so that they can
/// differ only in how they explore.
protocol Exploration {
  var system: System { get }
  var ending: Ending { get }
  var statistics: Statistics { get }

  /// By invariant: the depth at which it was first found false.
  var violationDepths: [Int: Int] { get }

  /// By assertion: the steps after which it first failed.
  var assertionDepths: [Int: Int] { get }

  /// By goal: the depth at which it was first reached.
  var goalDepths: [Int: Int] { get }

  /// Whether there is a state from which the goal can't be reached. Asked only of a complete
  /// exploration.
  func loss(ofGoal goal: Int) -> GoalLoss

  /// The schedule to a target: fewest steps; among those, fewest context switches; among those, the
  /// one that starts in the first initial state and comes first when moves are compared one by one.
  func shortestSchedule(to target: TraceTarget) -> Schedule
}

/// Which steps are taken one after the other, and from where.
struct Schedule: Equatable {
  /// The number of the initial state, from 0.
  var initialState = 0
  var moves: [Move] = []
}

/// Whether a goal can get out of reach.
enum GoalLoss: Equatable {
  case never
  /// First after this many steps.
  case from(depth: Int)
  /// A limit was reached before that was known.
  case unknown(SearchLimit)
}

/// Why a search ended.
enum Ending: Equatable {
  /// Every reachable state was visited.
  case complete
  /// A bug was found with this many steps; no shorter one exists.
  case found(TraceTarget)
  case limit(SearchLimit)
}

/// What a schedule is to lead to.
struct TraceTarget: Equatable {
  enum Kind: Equatable {
    /// A state in which the invariant is false.
    case violation(invariant: Int)
    /// A step that fails the assertion.
    case assertion(Int)
    /// A state where nothing can move and somebody is unfinished.
    case deadlock
    /// A step that raises a fault.
    case fault
    /// A state from which the goal can't be reached.
    case loss(goal: Int)
  }

  let kind: Kind
  let depth: Int
}

/// What expanding all states of one depth showed, in both searches.
struct LevelResult {
  /// The invariants that are false in some new state, one bit each.
  var violated: UInt64 = 0
  /// The goals that some new state fulfils, one bit each.
  var reached: UInt64 = 0
  /// The assertions that some step failed, one bit each.
  var failed: UInt64 = 0
  var deadlocked = false
  var faulted = false

  mutating func merge(_ other: LevelResult) {
    violated |= other.violated
    reached |= other.reached
    failed |= other.failed
    deadlocked = deadlocked || other.deadlocked
    faulted = faulted || other.faulted
  }

  /// The bug to report after the states of depth `depth` were expanded: a deadlock among them
  /// before anything that takes a step more.
  func bug(in system: System, expanding depth: Int) -> TraceTarget? {
    if deadlocked { return TraceTarget(kind: .deadlock, depth: depth) }
    let bugs = system.invariants.indices.filter {
      violated & (1 << UInt64($0)) != 0 && system.invariants[$0].severity == .bug
    }
    if let first = bugs.first {
      return TraceTarget(kind: .violation(invariant: first), depth: depth + 1)
    }
    let failures = failed & system.fatalAssertions
    if failures != 0 {
      return TraceTarget(kind: .assertion(failures.trailingZeroBitCount), depth: depth + 1)
    }
    return faulted ? TraceTarget(kind: .fault, depth: depth + 1) : nil
  }
}

extension UInt64 {
  /// The positions of the bits that are set.
  var setBits: [Int] { (0..<64).filter { self & (1 << UInt64($0)) != 0 } }
}

extension Exploration {
  /// The verdict with its traces, each replayed through the plain step functions.
  func outcome() -> Outcome {
    let warnings =
      violationDepths.keys.sorted()
      .filter { system.invariants[$0].severity == .warning }
      .map { finding(TraceTarget(kind: .violation(invariant: $0), depth: violationDepths[$0]!)) }
      + assertionDepths.keys.sorted()
      .filter { system.assertions[$0].severity == .warning }
      .map { finding(TraceTarget(kind: .assertion($0), depth: assertionDepths[$0]!)) }
    let (verdict, findings) = judge(warnings)
    let goals = system.goals.indices.map {
      GoalResult(name: system.goals[$0].name, kind: system.goals[$0].kind, steps: goalDepths[$0])
    }
    return Outcome(verdict: verdict, findings: findings, goals: goals, statistics: statistics)
  }

  private func judge(_ warnings: [Finding]) -> (Verdict, [Finding]) {
    switch ending {
    case .limit(let limit):
      return (.inconclusive(limit), warnings)
    case .found(let target):
      let found = finding(target)
      let verdict: Verdict =
        switch target.kind {
        case .violation, .assertion: .violated(found.property)
        case .deadlock: .deadlock
        case .fault: .faulted(found.property)
        case .loss: .stuck(found.property)
        }
      return (verdict, [found] + warnings)
    case .complete:
      for (number, goal) in system.goals.enumerated() {
        switch goal.kind {
        case .reachable where goalDepths[number] == nil:
          let found = finding(TraceTarget(kind: .loss(goal: number), depth: 0))
          return (.goalUnreachable(goal.name), [found] + warnings)
        case .alwaysReachable:
          switch loss(ofGoal: number) {
          case .never: continue
          case .unknown(let limit): return (.inconclusive(limit), warnings)
          case .from(let depth):
            let found = finding(TraceTarget(kind: .loss(goal: number), depth: depth))
            return (.stuck(goal.name), [found] + warnings)
          }
        case .reachable: continue
        }
      }
      guard let warning = warnings.first else { return (.holds, []) }
      return (.violated(warning.property), warnings)
    }
  }

  private func finding(_ target: TraceTarget) -> Finding {
    let schedule = shortestSchedule(to: target)
    var walk = Walk(system, fromInitialState: schedule.initialState)
    guard schedule.moves.count == target.depth, walk.take(schedule.moves) != nil else {
      fatalError("a schedule of the search does not replay: the search is broken")
    }
    switch target.kind {
    case .violation(let invariant): return walk.violation(of: system.invariants[invariant])
    case .assertion(let number): return walk.failure(of: system.assertions[number])
    case .deadlock: return walk.deadlock
    case .fault: return walk.faulted
    case .loss(let goal): return walk.loss(of: system.goals[goal])
    }
  }
}
