import ModelChecking

/// A finding's trace with what must be known before it.
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
    let reservation = CheckReport.reservation(finding.trace)
    return [
      start.isEmpty ? [] : style.paragraph(phrases: ["At the start"] + Self.list(start)), table,
      reservation.map { style.paragraph($0, .caution) } ?? [],
    ].filter { !$0.isEmpty }
  }

  /// The values before the first step of what the trace touches or its property looks at, as far as
  /// they are more than 0, false or none, or were one choice among several.
  var startingValues: [String] {
    finding.startingValues(in: system)
      .filter { $0.isChosenAtStart || !["0", "false", "none"].contains($0.value) }
      .map { "\($0.field) = \($0.value)" }
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
