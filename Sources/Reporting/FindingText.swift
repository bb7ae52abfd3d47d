import ModelChecking

/// A finding in words: its trace, and what that means.
struct FindingText {
  private let finding: Finding
  private let system: System
  private let style: TextStyle

  init(_ finding: Finding, of system: System, _ style: TextStyle) {
    self.finding = finding
    self.system = system
    self.style = style
  }

  /// The trace with what must be known before its first step, in blocks.
  var story: [[Line]] {
    let table = TraceTable(finding, of: system, style: style).lines
    let start = startingValues
    return [
      start.isEmpty ? [] : style.paragraph(phrases: ["At the start"] + Self.list(start)), table,
    ].filter { !$0.isEmpty }
  }

  /// The values before the first step of what the trace touches or its property looks at, as far as
  /// they are more than 0, false or none.
  var startingValues: [String] {
    finding.startingValues(in: system).filter { !["0", "false", "none"].contains($0.value) }
      .map { "\($0.field) = \($0.value)" }
  }

  /// The sentence that changelogs put under the diagram.
  var consequence: String {
    let steps = finding.trace.steps.count
    switch finding.kind {
    case .violation:
      let time = steps == 0 ? "At the start it is not" : "After step \(steps) it is no longer"
      return "\(time) true that \(finding.property)."
    case .deadlock:
      let waits = finding.evidence.map { "\($0.field) = \($0.value)" }.joined(separator: ", ")
      return "In this case nothing can move any more" + (waits.isEmpty ? "." : ": \(waits).")
    case .goalLost:
      let goal = finding.property
      let loop = finding.trace.loop.count
      let end =
        switch loop {
        case 0: ""
        case 1: ", and the last step repeats"
        default: ", and the last \(loop.grouped) steps repeat"
        }
      return steps == 0
        ? "It can't happen that \(goal)\(end)."
        : "After step \(steps) it can't happen any more that \(goal)\(end)."
    case .fault:
      return "In this case \(finding.property)."
    }
  }

  /// Phrases with what an enumeration puts between them.
  private static func list(_ parts: [String]) -> [String] {
    parts.enumerated().map { number, part in
      switch parts.count - number {
      case 1: part + "."
      case 2: part + " and"
      default: part + ","
      }
    }
  }
}
