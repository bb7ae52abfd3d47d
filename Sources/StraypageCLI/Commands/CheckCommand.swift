import Foundation
import ModelChecking
import Reporting

extension Command {
  static let check = Command(
    name: "check",
    summary:
      "Explores every interleaving of a model and prints the verdict, with the shortest trace",
    operand: Operand("MODEL", .models),
    options: SystemChoice.options + SearchLimits.options + [CheckRun.reference]
      + ReportOutput.options + [TraceFile.option, CheckRun.page, CheckRun.graph]
      + TextOptions.options,
    examples: { models in
      models.prefix(1).flatMap { model in
        [Example("check \(model.name)", model.variants[0].summary)]
          + model.variants.dropFirst().prefix(1).map {
            Example("check \(model.name) --variant \($0.name)", $0.summary)
          }
      }
    }
  ) { tool, arguments throws(InputError) in
    try CheckRun(tool, arguments).run()
  }
}

/// One run of `check`, read from the command line in full before anything is searched.
private struct CheckRun {
  static let reference = Option(
    flag: "--reference", "use the plain sequential search that the parallel one is checked against")
  static let page = Option(
    "--html", .file, "write a web page that steps through the traces, too")
  static let graph = Option(
    "--graph", .file, "write the states as a graph for Graphviz, too; only where they are few")

  private let tool: CommandLineTool
  private let choice: SystemChoice
  private let options: SearchOptions
  private let strategy: SearchStrategy
  private let output: ReportOutput
  private let style: TextStyle
  private let traceFile: TraceFile?
  private let webPage: OutputFile?
  private let drawing: (graph: StateGraph, file: OutputFile)?

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    choice = try SystemChoice(tool, arguments)
    strategy = arguments.has(Self.reference) ? .reference : .fast
    try arguments.refuse(
      [SearchLimits.threads, SearchLimits.memory], with: Self.reference,
      because: ": the reference search runs on one thread and keeps no memory limit")
    options = try SearchLimits.read(arguments)
    try arguments.requireDifferentFiles(
      of: ReportOutput.file, TraceFile.option, Self.page, Self.graph)
    output = try ReportOutput(tool, arguments)
    for option in TextOptions.options where output.format == .json && arguments.has(option) {
      throw InputError("'\(option.name)' is about text, and '--format json' is not")
    }
    style = try TextOptions.read(tool, arguments, toFile: arguments.has(ReportOutput.file))
    traceFile = try TraceFile(arguments)
    webPage = try arguments.file(of: Self.page)
    drawing = try arguments.file(of: Self.graph).map { [choice] file throws(InputError) in
      (try Self.graph(of: choice.system), file)
    }
  }

  func run() throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let watch = SearchWatch(monitor)
    defer { watch.end() }
    let outcome = try choice.system.search(options, strategy: strategy, monitor: monitor)
    watch.end()
    let report = CheckReport(
      choice.configuration, system: choice.system, outcome: outcome,
      command: "\(tool.name) check \(choice.configuration.arguments)")
    // The first finding is what the verdict is about or, of an inconclusive search, a warning.
    let saving = Result { () throws(InputError) in
      try traceFile?.save(outcome.findings.first, of: choice, for: tool)
    }
    try output.write(text: { report.text(style) }, json: report.json)
    if let webPage {
      let traces = outcome.findings.map { AnnotatedTrace($0, of: choice.system) }
      try webPage.write(try ReportOutput.encoded { try report.html(traces) })
    }
    if let (graph, file) = drawing {
      try file.write(report.dot(AnnotatedGraph(graph, path: outcome.findingOfVerdict?.trace)))
    }
    try saving.get()
    return ExitStatus(outcome.verdict)
  }

  /// More states than these can't be looked at in a drawing.
  private static let mostStatesDrawn = 500

  /// - Throws: `InputError` where there are too many states, before any search.
  private static func graph(of system: System) throws(InputError) -> StateGraph {
    let graph = StateGraph(of: system, mostStates: mostStatesDrawn)
    guard graph.isComplete else {
      throw InputError(
        "--graph draws at most \(mostStatesDrawn) states, and here are more; smaller bounds "
          + "(--set) make fewer, and --html shows a trace of any size")
    }
    return graph
  }
}
