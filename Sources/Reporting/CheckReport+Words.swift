import ModelChecking

/// What the reports for people say alike.
extension CheckReport {
  var heading: String { configuration.name }

  /// What the verdict is about. When a limit ended the search there may be warnings only.
  var main: Finding? { outcome.findingOfVerdict }

  var warnings: ArraySlice<Finding> { outcome.findings.dropFirst(isInconclusive ? 0 : 1) }

  var isInconclusive: Bool {
    if case .inconclusive = outcome.verdict { true } else { false }
  }

  var verdict: String {
    switch outcome.verdict {
    case .holds: "HOLDS: every reachable state was visited and every property is true in it."
    case .found: main.map { $0.words.verdict($0) } ?? ""
    case .inconclusive(let limit): "INCONCLUSIVE: \(Self.reason(limit)) before all was visited."
    }
  }

  private static func reason(_ limit: SearchLimit) -> String {
    switch limit {
    case .memory: "the memory limit was reached"
    case .time: "the time limit was reached"
    case .interrupted: "the search was interrupted"
    case .stateCount: "the search ran out of numbers for states"
    }
  }

  static func title(of warning: Finding) -> String {
    "Warning after \(warning.trace.steps.count.of("step")): \(warning.property)"
  }

  var goals: [String] {
    outcome.goals.map { goal in
      let found = goal.steps.map { "reached after \($0.of("step"))" } ?? "not reached"
      return "Goal \(found): \(goal.name)"
    }
  }

  /// The size of what was explored.
  var sizes: String {
    let figures = outcome.statistics
    let parts = [
      figures.states.of("state"), figures.transitions.of("transition"),
      "depth \(figures.depth)", "widest level \(figures.widestLevel.grouped)",
      "\(figures.bitsPerState) bits a state",
    ]
    return (isInconclusive ? "so far " : "") + parts.joined(separator: ", ")
  }
}
