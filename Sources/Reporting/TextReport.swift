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
      blocks.append(style.paragraph(main.words.consequence(main)) + again)
    }
    for warning in report.warnings { blocks += told(warning) }
    if report.main == nil && outcome.verdict != .holds { blocks.append(again) }
    blocks.append(goals + figures)
    return blocks
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

  /// A warning with its trace, or where in the trace above it comes true.
  private func told(_ warning: Finding) -> [[Line]] {
    let steps = warning.trace.steps
    if let main = report.main, steps.count > 0, main.trace.steps.starts(with: steps) {
      return [
        style.paragraph("Warning, already after step \(steps.count): \(warning.property)", .caution)
      ]
    }
    return [style.paragraph(CheckReport.title(of: warning), .caution)]
      + FindingText(warning, of: report.system, style).story
  }

  private var again: [Line] { style.commandLine("Again:", report.command) }

  private var goals: [Line] { report.goals.flatMap { style.paragraph($0) } }

  private var figures: [Line] {
    let figures = outcome.statistics
    var costs = [
      String(format: "%.3f s", figures.seconds), "\(figures.peakBytes >> 20) MB peak memory",
    ]
    // A rate says nothing about a search that was over at once.
    if figures.seconds > 0.05 {
      costs.append("\(Int(Double(figures.states) / figures.seconds).grouped) states/s")
    }
    return style.paragraph(report.sizes, .remark)
      + style.paragraph(costs.joined(separator: ", "), .remark)
  }
}
