/// What a search leaves behind: the levels it visited and why it ended.
///
/// Both searches produce one, and the outcome is drawn from it in one place, so that they can
/// differ only in how they explore.
protocol Exploration {
  var system: System { get }
  var ending: SearchEnding { get }

  /// What is wrong, in the order in which it was met.
  var bugs: Bugs { get }

  /// What is judged.
  var scope: PropertyScope { get }

  /// Whether everything is told that is wrong, and not the first alone.
  var keepsGoing: Bool { get }
  var statistics: Statistics { get }

  /// The depth up to which every state was visited and judged; nil where not all initial ones were.
  var triedDepth: Int? { get }

  /// By invariant: the depth at which it was first found false.
  var violationDepths: [Int: Int] { get }

  /// By assertion: the steps after which it first failed.
  var assertionDepths: [Int: Int] { get }

  /// By goal: the depth at which it was first reached.
  var goalDepths: [Int: Int] { get }

  /// By field of the survey: the values that it has in some state, one bit each, counted from the least.
  func valuesSeen(by survey: ValueSurvey) -> [UInt64]

  /// Whether it was asked for the values that fields never had.
  var looksAtValues: Bool { get }

  /// What of it lies on a disk; nil where none was to.
  var disk: DiskUse? { get }

  /// What steps were seen to do; nil where nobody noted it.
  var marks: StepMarks? { get }

  /// The error for a trap that was met when all states were known.
  func error(afterSearch met: Trap) -> InputError

  /// The first states from which something that must stay possible is out of reach. Asked of an
  /// exploration that is complete or found a state where nothing can move.
  ///
  /// - Parameter judged: what is looked for.
  func firstHangs(among judged: Obligations) -> FirstHangs

  /// A fair run that never comes to a goal. Asked of a complete exploration.
  func fairRun(avoiding goal: Goal) -> AvoidingRun

  /// What is out of reach from a state, once `firstHangs` were found.
  func missing(from state: [UInt64]) -> Obligations

  /// The actors that wait for ever from a state on, once `firstHangs` were found.
  func waiting(from state: [UInt64]) -> UInt64

  /// The schedule to a target: fewest steps; among those, fewest context switches; among those, the
  /// one that starts in the first initial state and comes first when moves are compared one by one.
  /// Where a limit is reached: one of fewest steps, which says so.
  func shortestSchedule(to target: TraceTarget) -> Schedule
}

/// Whether a run avoids a goal.
enum AvoidingRun {
  case none
  case found(FairRun)
  /// A limit was reached before that was known.
  case unknown(SearchLimit)
}

/// The least depth at which there are hangs, with what is out of reach from one or other of them.
enum FirstHangs: Equatable {
  case none
  case at(depth: Int, missing: Obligations, waiting: UInt64)
  /// A limit was reached before that was known.
  case unknown(SearchLimit)

  /// What to report: actors that wait for ever, before what waits for them.
  func target(in system: System) -> TraceTarget? {
    guard case .at(let depth, let missing, let waiting) = self else { return nil }
    if waiting != 0 { return TraceTarget(.deadlock, depth: depth) }
    let stuck: any Property =
      missing.goals != 0
      ? system.goals[missing.goals.trailingZeroBitCount]
      : system.endings[missing.actors.trailingZeroBitCount]
    return TraceTarget(.stuck, of: stuck, depth: depth)
  }
}

extension Exploration {
  var disk: DiskUse? { nil }

  /// Why it ended, in which it counts as a limit that the memory model had no room for more stores: what would
  /// have come of them was not looked at.
  private var judgedEnding: SearchEnding {
    let isFull = system.invariants.contains { $0.isLimit && violationDepths[$0.number] != nil }
    if ending != .complete || !isFull { return ending }
    return .limit(system.memoryModel == .tso ? .storeBuffer : .keptStores)
  }

  /// The verdict with its traces, each replayed through the plain step functions.
  func outcome() -> Outcome {
    let warnings =
      system.invariants.filter { !$0.isLimit }.compactMap {
        warning($0.kind, of: $0, $0.severity, violationDepths)
      }
      + system.assertions.compactMap { warning($0.kind, of: $0, $0.severity, assertionDepths) }
    var (targets, runs, limit) = judge()
    if targets.isEmpty && runs.isEmpty && warnings.isEmpty && limit == nil {
      // Nothing follows a broken step, so that with one nothing is shown to hold.
      targets = bugs.all.filter { $0.trouble != nil }
    }
    let findings = targets.map(finding) + runs + warnings
    let verdict: Verdict =
      if let first = targets.isEmpty && runs.isEmpty ? nil : findings.first {
        first.verdict
      } else if let limit {
        .inconclusive(limit)
      } else {
        warnings.first?.verdict ?? .holds
      }
    let goals = system.goals.filter(scope.includes).map { goal in
      let steps = goalDepths[goal.number]
      return GoalResult(
        name: goal.name, kind: goal.kind, steps: steps,
        isDecided: steps != nil || judgedEnding == .complete)
    }
    let marks = judgedEnding == .complete ? self.marks : nil
    var outcome = Outcome(
      verdict: verdict, findings: findings, goals: goals, statistics: statistics,
      lookedAt: scope.chosen.map { _ in system.properties.filter(scope.includes).map(\.name) },
      deadlocks: scope.ignoresDeadlocks ? statistics.deadlocks : nil, limit: limit,
      triedSteps: ending.limit == nil ? nil : triedDepth,
      coverage: marks.map(coverage), marks: marks)
    outcome.disk = disk
    return outcome
  }

  private func coverage(_ marks: StepMarks) -> Coverage {
    var coverage = Coverage(of: system, marks)
    if looksAtValues {
      let survey = ValueSurvey(system.layout)
      coverage.unreachedValues = survey.unreached(valuesSeen(by: survey), in: system.layout)
    }
    return coverage
  }

  /// What is wrong, the first being the verdict, and the limit before which not all was looked at.
  private func judge() -> (targets: [TraceTarget], runs: [Finding], limit: SearchLimit?) {
    let inScope = bugs.all.filter(scope.includes)
    switch judgedEnding {
    case .found:
      // Where nothing can move, that was perhaps past help long before.
      let hang =
        inScope.first?.kind == .deadlock
        ? firstHangs(among: Obligations(of: system)).target(in: system) : nil
      return (hang.map { [$0] } ?? Array(inScope.prefix(1)), [], nil)
    case .limit(let limit): return (inScope, [], limit)
    case .complete: return judgeAll(inScope)
    }
  }

  /// The same of a complete exploration, which `found` some bugs.
  private func judgeAll(
    _ bugs: [TraceTarget]
  ) -> (targets: [TraceTarget], runs: [Finding], limit: SearchLimit?) {
    var found = bugs
    for goal in system.goals
    where scope.includes(goal) && isNeverReached(goal) && (found.isEmpty || keepsGoing) {
      found.append(TraceTarget(.goalUnreachable, of: goal, depth: 0))
    }
    if !found.isEmpty && !keepsGoing { return (found, [], nil) }
    for obligations in obligationsToJudge {
      let hangs = firstHangs(among: obligations)
      if case .unknown(let limit) = hangs { return (found, [], limit) }
      guard let hang = hangs.target(in: system) else { continue }
      let standstill = found.firstIndex { $0.kind == .deadlock }
      switch (standstill, hang.kind) {
      // The point of no return, in place of where nothing can move.
      case (let standstill?, .deadlock): found[standstill] = hang
      case (let standstill?, _) where hang.property?.isEnding ?? false:
        found.insert(hang, at: standstill)
      default: found.append(hang)
      }
    }
    var runs: [Finding] = []
    for goal in system.goals where goal.kind.fairness != nil && scope.includes(goal) {
      if !keepsGoing && !(found.isEmpty && runs.isEmpty) { break }
      switch fairRun(avoiding: goal) {
      case .none: continue
      case .unknown(let limit): return (found, runs, limit)
      case .found(let run): runs.append(Walk(system, along: run).avoiding(goal, run))
      }
    }
    return (found, runs, nil)
  }

  /// What must stay possible: all together, or each goal by itself where the search is to tell of each.
  private var obligationsToJudge: [Obligations] {
    let all = Obligations(of: system)
    var goals: UInt64 = 0
    for goal in system.goals where scope.includes(goal) { goals |= 1 << UInt64(goal.number) }
    let judged = Obligations(goals: all.goals & goals, actors: scope.includesHangs ? all.actors : 0)
    if !keepsGoing { return [judged] }
    return [Obligations(actors: judged.actors)]
      + judged.goals.setBits.map { Obligations(goals: 1 << UInt64($0)) }
  }

  private func isNeverReached(_ goal: Goal) -> Bool {
    goal.kind == .reachable && goalDepths[goal.number] == nil
  }

  private func finding(_ target: TraceTarget) -> Finding {
    let schedule = shortestSchedule(to: target)
    // What a step sets back it did not do: the trace has the values that there are.
    var walk = Walk(system.settingNothingBack, fromInitialState: schedule.initialState)
    guard schedule.moves.count == target.depth, walk.take(schedule.moves) != nil,
      var finding = finding(target, where: walk)
    else { Trap.raiseUnrepeatable() }
    finding.trace.hasFewestSwitches = schedule.hasFewestSwitches
    return finding
  }

  private func finding(_ target: TraceTarget, where walk: Walk) -> Finding? {
    if target.kind == .deadlock && !walk.isDeadlocked {
      let words = system.settingRegistersBack(in: walk.words)
      return walk.deadlock(of: waiting(from: words).setBits.map { $0 })
    }
    return walk.finding(target.kind, of: target.property)
  }

  /// What a warning is about, where it was met.
  private func warning(
    _ kind: FindingKind, of property: some Property, _ severity: Severity, _ depths: [Int: Int]
  ) -> Finding? {
    guard severity == .warning, scope.includes(property), let depth = depths[property.number] else {
      return nil
    }
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
    case (.invariant, _), (.goal, _), (.ending, _), (nil, _):
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
      let invariant = system.invariants[number]
      return { !semantics.ask(invariant.holds, of: invariant.code, in: $0) }
    case (.goal(let number), _):
      return { missing(from: $0).goals >> UInt64(number) & 1 != 0 }
    case (.ending(let actor), _):
      return { missing(from: $0).actors >> UInt64(actor) & 1 != 0 }
    case (nil, .standstill):
      return {
        waiting(from: $0) != 0
          || semantics.transitions(from: $0).isEmpty && !semantics.isResting($0)
      }
    case (.assertion, _), (nil, _):
      preconditionFailure("the target is no state")
    }
  }
}
