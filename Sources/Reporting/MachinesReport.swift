import Foundation
import ModelChecking

/// One model under several memory models.
public struct MachinesReport: Sendable {
  public enum Answer: Sendable {
    case checked(CheckReport)
    /// It can't be checked under that one.
    case refused(MemoryModel, reason: String)
  }

  public let configuration: Configuration
  /// Sequential consistency first.
  public let answers: [Answer]

  /// - Parameter configuration: under sequential consistency.
  public init(of configuration: Configuration, _ answers: [Answer]) {
    self.configuration = configuration
    self.answers = answers
  }

  private var reports: [CheckReport] {
    answers.compactMap { if case .checked(let report) = $0 { report } else { nil } }
  }

  /// The first whose verdict is another than the first one's.
  var difference: CheckReport? {
    reports.first { $0.outcome.verdict != reports.first?.outcome.verdict }
  }

  /// A table, and the report of the first that differs or, where none does, of the first.
  ///
  /// All of it but the seconds is the same on every run.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let rows = [["", "verdict", "states", "seconds"]] + answers.map(\.cells)
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let indent = 8 + widths[0] + widths[2] + widths[3]
    let table = rows.flatMap { cells -> [Line] in
      let figures = [2, 3].map { column in
        String(repeating: " ", count: widths[column] - cells[column].count) + cells[column]
      }
      let head = "  \(cells[0].padded(to: widths[0]))  \(figures.joined(separator: "  "))  "
      let verdict = cells[1].wrapped(to: max(20, style.width - indent))
      return verdict.enumerated().map { number, text in
        Line((number == 0 ? head : String(repeating: " ", count: indent)) + text)
      }
    }
    let refusals = answers.flatMap { answer -> [Line] in
      guard case .refused(_, let reason) = answer else { return [] }
      return style.paragraph(reason.shown(), .caution)
    }
    let shown = difference ?? reports.first
    let introduction =
      difference.map {
        "The first difference is \($0.configuration.memoryModel.rawValue)'s:"
      } ?? "No verdict differs from that under sc:"
    return style.text(
      of: [
        style.paragraph(configuration.name.shown(), .heading), table, refusals,
        style.paragraph(introduction),
      ].filter { !$0.isEmpty })
      + (shown.map { "\n" + $0.text(style) } ?? "")
  }

  /// The reports for programs in one.
  public func json() throws -> String {
    try JSONEncoder.report.text(
      Form(
        model: configuration.model.name, variant: configuration.variant.name,
        memoryModels: answers.map(\.form),
        firstDifference: difference?.configuration.memoryModel))
  }

  private struct Form: Encodable {
    let format = 1
    let model: String
    let variant: String
    let memoryModels: [AnswerForm]
    let firstDifference: MemoryModel?
  }
}

private enum AnswerForm: Encodable {
  case checked(JSONForm)
  case refused(Refusal)

  struct Refusal: Encodable {
    let memoryModel: MemoryModel
    let refused: String
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .checked(let form): try form.encode(to: encoder)
    case .refused(let refusal): try refusal.encode(to: encoder)
    }
  }
}

extension MachinesReport.Answer {
  fileprivate var form: AnswerForm {
    switch self {
    case .checked(let report): .checked(JSONForm(report))
    case .refused(let machine, let reason): .refused(.init(memoryModel: machine, refused: reason))
    }
  }

  /// The memory model, the verdict in short, the states and the seconds.
  fileprivate var cells: [String] {
    switch self {
    case .refused(let machine, _): [machine.rawValue, "refused", "", ""]
    case .checked(let report):
      [
        report.configuration.memoryModel.rawValue, report.shortVerdict,
        report.outcome.statistics.states.grouped,
        String(format: "%.3f", report.outcome.statistics.seconds),
      ]
    }
  }
}

extension CheckReport {
  /// "VIOLATED after 5 steps: ..." without what a proof adds.
  fileprivate var shortVerdict: String {
    outcome.verdict == .holds ? "HOLDS" : verdict.shown()
  }
}
