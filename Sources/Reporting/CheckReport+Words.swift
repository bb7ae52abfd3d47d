import ModelChecking

/// What the reports for people say alike.
extension CheckReport {
  var heading: String { systemLine(model, variant, bounds) }

  /// What the verdict is about. When a limit ended the search there may be warnings only.
  var main: Finding? { outcome.findingOfVerdict }

  var warnings: ArraySlice<Finding> { outcome.findings.dropFirst(isInconclusive ? 0 : 1) }

  var isInconclusive: Bool {
    if case .inconclusive = outcome.verdict { true } else { false }
  }

  var verdict: String {
    let steps = main.map { $0.trace.steps.count.of("step") } ?? ""
    return switch outcome.verdict {
    case .holds: "HOLDS: every reachable state was visited and every property is true in it."
    case .violated(let name): "VIOLATED after \(steps): \(name)"
    case .deadlock: "DEADLOCK after \(steps): \(main?.property ?? "")"
    case .stuck(let goal):
      main?.trace.steps.isEmpty == true
        ? "STUCK from the start, out of reach: \(goal)"
        : "STUCK after \(steps), out of reach from then on: \(goal)"
    case .goalUnreachable(let goal):
      "GOAL UNREACHABLE: in no reachable state is it true that \(goal)"
    case .faulted(let text): "FAULTED after \(steps), a mistake of the model: \(text)"
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
