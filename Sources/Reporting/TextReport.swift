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
    blocks.append(style.paragraph(report.heading, .heading))
    blocks.append(verdict)
    if let main = report.main {
      let text = FindingText(main, of: report.system, style)
      blocks += text.story
      blocks.append(
        style.paragraph(main.words.consequence(main))
          + report.insights.flatMap { style.paragraph($0) } + again)
    }
    for finding in report.others { blocks += told(finding) }
    if let known = report.partialProof { blocks.append(style.paragraph(known)) }
    if report.main == nil && outcome.verdict != .holds { blocks.append(again) }
    blocks.append(report.scope.flatMap { style.paragraph($0, .caution) })
    blocks.append(proof)
    blocks += coverage
    blocks.append(goals + figures)
    return blocks.filter { !$0.isEmpty }
  }

  private var verdict: [Line] {
    let ink: Line.Ink =
      switch outcome.verdict {
      case .holds: .good
      case .inconclusive: .caution
      case .found: .alarm
      }
    return style.paragraph(report.verdict, ink)
  }

  /// A further finding with its trace; of a warning, where in the trace above it comes true.
  private func told(_ finding: Finding) -> [[Line]] {
    let steps = finding.trace.steps
    let isWarning = finding.severity == .warning
    let consequence =
      isWarning && finding.kind != .dataRace
      ? [] : [style.paragraph(finding.words.consequence(finding))]
    if let main = report.main, isWarning, steps.count > 0, main.trace.steps.starts(with: steps) {
      return [
        style.paragraph("Warning, already after step \(steps.count): \(finding.property)", .caution)
      ] + consequence
    }
    return [style.paragraph(CheckReport.title(of: finding), isWarning ? .caution : .alarm)]
      + FindingText(finding, of: report.system, style).story + consequence
  }

  private var proof: [Line] {
    report.proof.map { list($0.heading, $0.lines) } ?? []
  }

  private var coverage: [[Line]] {
    guard let coverage = outcome.coverage else { return [] }
    return coverage.lists(in: report.configuration.model.language).map { list in
      self.list(list.heading, list.lines, list.isAlarm ? .caution : .plain)
    }
  }

  private func list(_ heading: String, _ lines: [String], _ ink: Line.Ink = .plain) -> [Line] {
    style.paragraph(heading, ink)
      + lines.flatMap { $0.wrapped(to: style.width - 2, indent: 2).map { Line("  \($0)") } }
  }

  private var again: [Line] { style.commandLine("Again:", report.command) }

  private var goals: [Line] { report.goals.flatMap { style.paragraph($0) } }

  private var figures: [Line] {
    let figures = outcome.statistics
    let ending = report.isInconclusive ? ", then stopped" : ""
    var costs = [
      String(format: "%.3f s", figures.seconds) + ending,
      "\(figures.peakBytes >> 20) MB peak memory",
    ]
    if let disk = outcome.disk { costs.append("\(disk.bytes >> 20) MB on disk") }
    // A rate says nothing about a search that was over at once.
    if figures.seconds > 0.05 {
      costs.append("\(Int(Double(figures.visited) / figures.seconds).grouped) states/s")
    }
    return (outcome.coverage.map { style.paragraph($0.summary) } ?? [])
      + style.paragraph(report.sizes, .remark)
      + (report.reduction.map { style.paragraph($0, .remark) } ?? [])
      + style.paragraph(costs.joined(separator: ", "), .remark)
  }
}
