/// An outcome in the form in which files keep it: what a search alone can tell.
///
/// The rest follows from the system. Of a trace there are the moves, of the coverage the marks of steps, and
/// both are drawn anew, by what draws them after a search.
public struct SavedOutcome: Sendable, Equatable, Codable {
  /// What was found, where the verdict is that something was.
  let found: FindingKind?
  let property: String?
  /// The limit, where the verdict is inconclusive. Where there is neither, everything holds.
  let inconclusive: SearchLimit?

  let findings: [SavedFinding]
  let goals: [GoalResult]
  let statistics: Statistics
  let lookedAt: [String]?
  let deadlocks: Int?
  let limit: SearchLimit?
  let triedSteps: Int?
  let alike: [String]
  let difference: String?
  let setBack: [String]
  let marks: StepMarks?

  public init(_ outcome: Outcome) {
    found = if case .found(let kind, _) = outcome.verdict { kind } else { nil }
    property = outcome.verdict.property
    inconclusive = outcome.verdict.limit
    findings = outcome.findings.map(SavedFinding.init)
    goals = outcome.goals
    statistics = outcome.statistics
    lookedAt = outcome.lookedAt
    deadlocks = outcome.deadlocks
    limit = outcome.limit
    triedSteps = outcome.triedSteps
    alike = outcome.alike
    difference = outcome.difference
    setBack = outcome.setBack
    marks = outcome.marks
  }

  /// The outcome, of a search of this system.
  ///
  /// - Throws: `InputError` where the system can't have shown it: a schedule can't be walked, or leads to
  ///   something else.
  /// - Complexity: runs the steps of its traces once.
  public func outcome(of system: System) throws(InputError) -> Outcome {
    let verdict: Verdict =
      if let found {
        .found(found, property: property)
      } else if let inconclusive {
        .inconclusive(inconclusive)
      } else {
        .holds
      }
    if let marks, !marks.fits(system) {
      throw InputError("its coverage is not that of such programs")
    }
    var outcome = Outcome(
      verdict: verdict,
      findings: try findings.map { saved throws(InputError) in try saved.finding(in: system) },
      goals: goals, statistics: statistics, lookedAt: lookedAt, deadlocks: deadlocks, limit: limit,
      triedSteps: triedSteps, alike: alike, difference: difference,
      coverage: marks.map { Coverage(of: system, $0) }, marks: marks)
    outcome.setBack = setBack
    return outcome
  }
}

/// A finding as its kind and its schedule.
struct SavedFinding: Sendable, Equatable, Codable {
  let kind: FindingKind
  let property: String
  let initialState: Int
  let steps: [Move]
  let onward: [Move]
  let loop: [Move]
  let hasFewestSwitches: Bool
  /// For a deadlock: the actors that wait for ever.
  let waiting: [String]

  init(_ finding: Finding) {
    kind = finding.kind
    property = finding.property
    initialState = finding.trace.initialState
    steps = finding.trace.steps.map(\.move)
    onward = finding.trace.onward.map(\.move)
    loop = finding.trace.loop.map(\.move)
    hasFewestSwitches = finding.trace.hasFewestSwitches
    waiting = finding.waits.map(\.actor)
  }

  func finding(in system: System) throws(InputError) -> Finding {
    guard var finding = walked(in: system), finding.property == property else {
      throw InputError("its schedule to '\(property.abridged)' does not lead there")
    }
    finding.trace.hasFewestSwitches = hasFewestSwitches
    return finding
  }

  /// What stands at the schedule's end; nil where it can't be walked, or nothing of the kind is there.
  private func walked(in system: System) -> Finding? {
    guard 0..<system.initialStateCount ~= initialState else { return nil }
    var walk = Walk(system, fromInitialState: initialState)
    guard let steps = take(self.steps, &walk) else { return nil }
    let place = walk
    guard let onward = take(self.onward, &walk), let loop = take(self.loop, &walk) else {
      return nil
    }
    let trace = Trace(from: initialState, steps: steps, onward: onward, loop: loop)
    switch kind.subject {
    case .claim, .step:
      let claims: [any Property] = system.invariants + system.assertions
      return place.finding(kind, of: claims.first { $0.name == property }?.id)
    case .standstill:
      let actors = system.actors.indices.filter { waiting.contains(system.actors[$0].name) }
      return walk.deadlock(of: actors, trace: trace)
    case .goal:
      return (system.goals + system.endings).first { $0.name == property }.map {
        walk.outOfReach($0, kind, trace: trace)
      }
    case .run:
      return system.goals.first { $0.name == property }.map { walk.avoiding($0, trace: trace) }
    }
  }

  private func take(_ moves: [Move], _ walk: inout Walk) -> [TraceStep]? {
    let areThere = moves.allSatisfy {
      walk.system.actors.indices.contains($0.actor)
        && walk.system.actors[$0.actor].program.alternatives.indices.contains($0.alternative)
    }
    return areThere ? walk.take(moves) : nil
  }
}
