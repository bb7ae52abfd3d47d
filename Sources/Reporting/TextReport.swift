import Foundation
import ModelChecking

extension CheckReport {
  /// The report as people read it: the verdict, its trace, what that means and how to see it again;
  /// then warnings and figures.
  ///
  /// All of it but the line with the seconds is the same on every run.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    style.text(of: TextReport(report: self, style: style).blocks)
  }
}

/// The blocks of a report, which blank lines part.
private struct TextReport {
  let report: CheckReport
  let style: TextStyle

  private var outcome: Outcome { report.outcome }

  var blocks: [[Line]] {
    var blocks = [[Line]]()
    blocks.append(style.paragraph(heading, .heading))
    blocks.append(verdict)
    if let main {
      let text = FindingText(main, of: report.system, style)
      blocks += text.story
      blocks.append(style.paragraph(text.consequence) + again)
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
    let steps = main.map { $0.trace.steps.count.of("step") } ?? ""
    return switch outcome.verdict {
    case .holds:
      style.paragraph(
        "HOLDS: every reachable state was visited and every property is true in it.", .good)
    case .violated(let name): style.paragraph("VIOLATED after \(steps): \(name)", .alarm)
    case .deadlock: style.paragraph("DEADLOCK after \(steps): \(main?.property ?? "")", .alarm)
    case .stuck(let goal):
      main?.trace.steps.isEmpty == true
        ? style.paragraph("STUCK from the start, out of reach: \(goal)", .alarm)
        : style.paragraph("STUCK after \(steps), out of reach from then on: \(goal)", .alarm)
    case .goalUnreachable(let goal):
      style.paragraph("GOAL UNREACHABLE: in no reachable state is it true that \(goal)", .alarm)
    case .faulted(let text):
      style.paragraph("FAULTED after \(steps), a mistake of the model: \(text)", .alarm)
    case .inconclusive(let limit):
      style.paragraph("INCONCLUSIVE: \(Self.reason(limit)) before all was visited.", .caution)
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

  /// A warning with its trace, or where in the trace above it comes true.
  private func told(_ warning: Finding) -> [[Line]] {
    let steps = warning.trace.steps
    if let main, steps.count > 0, main.trace.steps.starts(with: steps) {
      return [
        style.paragraph("Warning, already after step \(steps.count): \(warning.property)", .caution)
      ]
    }
    let title = "Warning after \(steps.count.of("step")): \(warning.property)"
    return [style.paragraph(title, .caution)] + FindingText(warning, of: report.system, style).story
  }

  // MARK: Figures

  private var again: [Line] { style.commandLine("Again:", report.command) }

  private var goals: [Line] {
    outcome.goals.flatMap { goal in
      let found =
        goal.steps.map { "reached after \($0.of("step"))" } ?? "not reached"
      return style.paragraph("Goal \(found): \(goal.name)")
    }
  }

  private var figures: [Line] {
    let figures = outcome.statistics
    var parts = [
      figures.states.of("state"), figures.transitions.of("transition"),
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
    return style.paragraph(parts.joined(separator: ", "), .remark)
      + style.paragraph(costs.joined(separator: ", "), .remark)
  }
}
