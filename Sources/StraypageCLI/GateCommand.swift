import Foundation
import ModelChecking
import Reporting
import Synchronization

extension Command {
  static let gate = Command(
    name: "gate", summary: "Holds every variant against the verdict it states, for CI",
    operand: "MODEL", operandIsOptional: true, operandMayRepeat: true,
    options: VariantSelection.options + [
      Option(name: "--large", value: nil, help: "at the bounds' larger values"),
      SearchLimits.threads,
      Option(
        name: "--budget", value: "LIMITS",
        help: "time, memory or both for all together, such as 60s, 4G or 60s,4G"),
      Option(name: "--junit", value: "FILE", help: "write the results as JUnit XML too"),
      Option(name: "--sarif", value: "FILE", help: "what is not as expected, as SARIF 2.1.0"),
      Option(name: "--json", value: "FILE", help: "write the results as JSON too"),
    ] + TextOptions.options,
    examples: [
      ("gate", "every variant of every model"),
      ("gate put-page-race --except '*/*-any-walker'", "one model, without a variant"),
      ("gate --budget 60s,4G --junit gate.xml", "what CI runs"),
    ]
  ) { tool, arguments throws(InputError) in
    try GateRun(tool, arguments).run()
  }
}

/// One run of `gate`, read from the command line in full before anything is searched.
private struct GateRun {
  private let tool: CommandLineTool
  private let gate: Gate
  private let leftOut: [(model: Model, variants: [String])]
  private let style: TextStyle
  private let files: [(file: OutputFile, text: @Sendable (GateReport) throws -> String)]

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    let selection = try VariantSelection(tool, arguments)
    leftOut = selection.leftOut
    gate = try Gate(
      selection.chosen.map { model, variant throws(InputError) in
        try Configuration(
          model, variant: variant.name,
          settings: arguments.has("--large") ? model.largeBounds : [:])
      }, budget: Self.budget(arguments))
    style = try TextOptions.read(tool, arguments)
    files = try Self.files(arguments)
  }

  func run() throws(InputError) -> ExitStatus {
    let begin = Date()
    let start = ContinuousClock.now
    let monitor = SearchMonitor()
    let done = Atomic<Int>(0)
    let watch = SearchWatch(monitor) { [count = gate.checks.count] in
      let states = String(format: "%.1f", Double(monitor.states) / 1e6)
      return "\(done.load(ordering: .relaxed)) of \(count) done, \(states) M states in a search"
    }
    defer { watch.end() }
    let nameWidth = gate.checks.map(\.variantName.count).max() ?? 0
    let results = gate.run(monitor: monitor) { [tool, style] result in
      done.add(1, ordering: .relaxed)
      watch.printing { tool.output.result(result.row(nameWidth: nameWidth, style) + "\n") }
    }
    watch.end()
    let report = GateReport(
      tool: (tool.name, CommandLineTool.version),
      entries: results.map { result in
        GateReport.Entry(
          result, command: "\(tool.name) check \(result.configuration.arguments)")
      }, leftOut: leftOut, begin: begin,
      seconds: (ContinuousClock.now - start) / .seconds(1))
    tool.output.result(report.text(style))
    if tool.environment["GITHUB_ACTIONS"] == "true" { tool.output.result(report.annotations) }
    try write(report)
    return ExitStatus(results)
  }

  /// Writes every file that can be written, whatever becomes of the others.
  private func write(_ report: GateReport) throws(InputError) {
    var failure: InputError?
    for (file, text) in files {
      do throws(InputError) {
        try file.write(try ReportOutput.encoded { try text(report) })
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private static func files(
    _ arguments: ParsedArguments
  ) throws(InputError) -> [(OutputFile, @Sendable (GateReport) throws -> String)] {
    let forms: [(option: String, text: @Sendable (GateReport) throws -> String)] = [
      ("--junit", \.junit), ("--sarif", { try $0.sarif() }), ("--json", { try $0.json() }),
    ]
    try arguments.requireDifferentFiles(of: forms.map(\.option))
    var files: [(OutputFile, @Sendable (GateReport) throws -> String)] = []
    for form in forms {
      if let file = try arguments.file(of: form.option) { files.append((file, form.text)) }
    }
    return files
  }

  /// Time and memory for all searches together.
  private static func budget(_ arguments: ParsedArguments) throws(InputError) -> SearchOptions {
    var options = try SearchLimits.read(arguments)
    guard let text = arguments.value(of: "--budget") else { return options }
    var memory: Int?
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let isSize = part.last.map("KMGT".contains) ?? false
      let isTime = part.last.map("smh".contains) ?? false
      guard isSize || isTime, isSize ? memory == nil : options.seconds == nil else {
        throw InputError(
          "--budget must be a time, a size or both, such as 60s, 4G or 60s,4G, not '\(text)'")
      }
      if isSize {
        memory = try SearchLimits.memory(part, of: "--budget")
      } else {
        options.seconds = try Quantities.seconds(part, of: "--budget")
      }
    }
    options.memory = memory ?? options.memory
    return options
  }
}
