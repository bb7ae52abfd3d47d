import Foundation
import ModelChecking

extension CheckReport {
  /// The report as people read it: the verdict, its trace, what that means and how to see it again;
  /// then warnings and figures.
  ///
  /// All of it but the line with the seconds is the same on every run.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let report = TextReport(report: self, style: style)
    return report.blocks.map { block in block.map { $0.text(style) + "\n" }.joined() }
      .joined(separator: "\n")
  }
}

/// The blocks of a report, which blank lines part.
private struct TextReport {
  let report: CheckReport
  let style: TextStyle

  private var outcome: Outcome { report.outcome }

  var blocks: [[Line]] {
    var blocks = [[Line]]()
    blocks.append(paragraph(heading, .heading))
    blocks.append(verdict)
    if let main {
      blocks += story(of: main)
      blocks.append(paragraph(consequence(of: main)) + again)
    }
    for warning in warnings { blocks += told(warning) }
    if main == nil && outcome.verdict != .holds { blocks.append(again) }
    blocks.append(goals + figures)
    return blocks
  }

  /// What the verdict is about. When a limit ended the search there may be warnings only.
  private var main: Finding? { isInconclusive ? nil : outcome.findings.first }

  private var warnings: ArraySlice<Finding> { outcome.findings.dropFirst(isInconclusive ? 0 : 1) }

  private var isInconclusive: Bool {
    if case .inconclusive = outcome.verdict { true } else { false }
  }

  // MARK: Verdict

  private var heading: String {
    ([report.model, report.variant] + report.bounds.map { "\($0.name)=\($0.value)" })
      .joined(separator: " ")
  }

  private var verdict: [Line] {
    let steps = main.map { Self.count($0.trace.steps.count, "step") } ?? ""
    return switch outcome.verdict {
    case .holds:
      paragraph("HOLDS: every reachable state was visited and every property is true in it.", .good)
    case .violated(let name): paragraph("VIOLATED after \(steps): \(name)", .alarm)
    case .deadlock: paragraph("DEADLOCK after \(steps): \(main?.property ?? "")", .alarm)
    case .stuck(let goal):
      main?.trace.steps.isEmpty == true
        ? paragraph("STUCK from the start, out of reach: \(goal)", .alarm)
        : paragraph("STUCK after \(steps), out of reach from then on: \(goal)", .alarm)
    case .goalUnreachable(let goal):
      paragraph("GOAL UNREACHABLE: in no reachable state is it true that \(goal)", .alarm)
    case .faulted(let text):
      paragraph("FAULTED after \(steps), a mistake of the model: \(text)", .alarm)
    case .inconclusive(let limit):
      paragraph("INCONCLUSIVE: \(Self.reason(limit)) before all was visited.", .caution)
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

  // MARK: Traces

  /// A trace with what must be known before its first step.
  private func story(of finding: Finding) -> [[Line]] {
    let table = TraceTable(finding, of: report.system, style: style).lines
    let start = startingValues(of: finding)
    return [
      start.isEmpty ? [] : paragraph(phrases: ["At the start"] + Self.list(start)), table,
    ].filter { !$0.isEmpty }
  }

  /// The values before the first step of what the trace touches or its property looks at, as far as
  /// they are more than 0, false or none.
  private func startingValues(of finding: Finding) -> [String] {
    let trace = finding.trace
    let touched = (trace.steps + trace.onward + trace.loop).flatMap { step in
      (step.reads + step.ghostReads).map(\.field) + step.changes.map(\.field)
    }
    let names = Set(touched + finding.evidence.map(\.field))
    let values = Walk(report.system).values.filter { value in
      names.contains(value.field) && [.shared, .ghost].contains(value.role)
        && !["0", "false", "none"].contains(value.value)
    }
    return values.map { "\($0.field) = \($0.value)" }
  }

  /// A warning with its trace, or where in the trace above it comes true.
  private func told(_ warning: Finding) -> [[Line]] {
    let steps = warning.trace.steps
    if let main, steps.count > 0, main.trace.steps.starts(with: steps) {
      return [
        paragraph("Warning, already after step \(steps.count): \(warning.property)", .caution)
      ]
    }
    let title = "Warning after \(Self.count(steps.count, "step")): \(warning.property)"
    return [paragraph(title, .caution)] + story(of: warning)
  }

  /// The sentence that changelogs put under the diagram.
  private func consequence(of finding: Finding) -> String {
    let steps = finding.trace.steps.count
    switch outcome.verdict {
    case .violated:
      let time = steps == 0 ? "At the start it is not" : "After step \(steps) it is no longer"
      return "\(time) true that \(finding.property)."
    case .deadlock:
      let waits = finding.evidence.map { "\($0.field) = \($0.value)" }.joined(separator: ", ")
      return "In this case nothing can move any more" + (waits.isEmpty ? "." : ": \(waits).")
    case .stuck(let goal), .goalUnreachable(let goal):
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
    case .faulted, .holds, .inconclusive:
      return "In this case \(finding.property)."
    }
  }

  /// The command line that finds the same, in lines that a shell takes as one.
  private var again: [Line] {
    let words = report.command.replacing(" --", with: "\n--").split(separator: "\n").map(
      String.init)
    let lines = (["Again:"] + words).wrapped(to: style.width - 2, indent: 4)
    return lines.enumerated().map { Line($1 + ($0 < lines.count - 1 ? " \\" : "")) }
  }

  // MARK: Figures

  private var goals: [Line] {
    outcome.goals.flatMap { goal in
      let found =
        goal.steps.map { "reached after \(Self.count($0, "step"))" } ?? "not reached"
      return paragraph("Goal \(found): \(goal.name)")
    }
  }

  private var figures: [Line] {
    let figures = outcome.statistics
    var parts = [
      Self.count(figures.states, "state"), Self.count(figures.transitions, "transition"),
      "depth \(figures.depth)", "widest level \(figures.widestLevel.grouped)",
      "\(figures.bitsPerState) bits a state",
    ]
    if isInconclusive { parts[0] = "so far " + parts[0] }
    var costs = [
      String(format: "%.3f s", figures.seconds), "\(figures.peakBytes >> 20) MB peak memory",
    ]
    // A rate says nothing about a search that was over at once.
    if figures.seconds > 0.05 {
      costs.append("\(Int(Double(figures.states) / figures.seconds).grouped) states/s")
    }
    return paragraph(parts.joined(separator: ", "), .remark)
      + paragraph(costs.joined(separator: ", "), .remark)
  }

  // MARK: Words

  private func paragraph(_ text: String, _ ink: Line.Ink = .plain) -> [Line] {
    text.wrapped(to: min(style.width, 100)).map { Line($0, ink) }
  }

  private func paragraph(phrases: [String]) -> [Line] {
    phrases.wrapped(to: min(style.width, 100)).map { Line($0) }
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

  private static func count(_ number: Int, _ thing: String) -> String {
    "\(number.grouped) \(thing)\(number == 1 ? "" : "s")"
  }
}

extension Int {
  /// 1234567 as 1,234,567, whatever the locale.
  var grouped: String {
    var groups: [Substring] = []
    var rest = Substring(String(self))
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: ",")
  }
}
