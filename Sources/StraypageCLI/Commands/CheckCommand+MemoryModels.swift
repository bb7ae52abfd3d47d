import ModelChecking
import Reporting

/// Under which memory models something is checked.
enum MemoryModels: String, CaseIterable {
  case sc, tso, lkmm
  case all

  /// The only one; nil where it is all.
  var only: MemoryModel? { MemoryModel(rawValue: rawValue) }

  func include(_ memoryModel: MemoryModel) -> Bool { only.map { $0 == memoryModel } ?? true }
}

extension CheckRun {
  /// Checks a model under every memory model, each within the limits, and says where they differ.
  static func runUnderAll(
    _ tool: CommandLineTool, _ arguments: ParsedArguments
  ) throws(InputError) -> ExitStatus {
    for option in [TraceFile.option, page, graph] + CheckpointChoice.options
    where arguments.has(option) {
      throw InputError(
        "'\(option.name)' is about one search, and '\(memoryModels.name) all' makes several")
    }
    try arguments.refuse(
      [SystemChoice.dataRaces], with: memoryModels,
      because: " all: data races are not judged under tso")
    let form = try arguments[Self.form]
    if form.ofTrace != nil {
      throw InputError(
        "'--format \(form.rawValue)' is of one trace, and '\(memoryModels.name) all' finds several")
    }
    let first = try CheckRun(tool, arguments, .sc)
    var answers: [MachinesReport.Answer] = []
    for machine in MemoryModel.allCases {
      let run: CheckRun
      do throws(InputError) {
        run = machine == .sc ? first : try CheckRun(tool, arguments, machine)
      } catch {
        answers.append(.refused(machine, reason: error.message))
        continue
      }
      let report = try run.choice.reportingTraps { () throws(InputError) in try run.report().0 }
      answers.append(.checked(report))
      if report.outcome.limit == .interrupted { break }
    }
    let report = MachinesReport(of: first.choice.configuration, answers)
    try first.output.write(text: { report.text(first.style) }, json: report.json)
    return ExitStatus(report)
  }
}

extension ExitStatus {
  /// The worst: something is wrong, something was not searched, a limit was reached.
  fileprivate init(_ report: MachinesReport) {
    let statuses = report.answers.map { answer -> ExitStatus in
      switch answer {
      case .checked(let report): ExitStatus(report.outcome.verdict)
      case .refused: .badInput
      }
    }
    self = [.violated, .badInput, .inconclusive].first(where: statuses.contains) ?? .asItShouldBe
  }
}
