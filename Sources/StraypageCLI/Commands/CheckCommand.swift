import Foundation
import ModelChecking
import RaceFiles
import Reporting

extension Command {
  static let check = Command(
    name: "check",
    summary:
      "Explores every interleaving of a model and prints the verdict, with the shortest trace",
    operand: Operand("MODEL", .models),
    options: SystemChoice.options + [
      CheckRun.memoryModels, SystemChoice.dataRaces, SystemChoice.mistake,
    ]
      + PropertyChoice.options
      + SearchLimits.options + DiskChoice.options + CheckpointChoice.options
      + [CheckRun.reference, CheckRun.coverage, RaceFileWatch.option]
      + [CheckRun.form, ReportOutput.file, TraceFile.option, CheckRun.page, CheckRun.graph]
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
    let check = { () throws(InputError) -> ExitStatus in try CheckRun.run(tool, arguments) }
    if arguments.has(RaceFileWatch.option) {
      return try RaceFileWatch(tool, arguments).run(check)
    }
    return try check()
  }
}

/// One run of `check`, read from the command line in full before anything is searched.
struct CheckRun {
  static let memoryModels = Option(
    "--memory-model", .machine, "sc; tso: x86's; lkmm: Linux's; all: one table",
    default: MemoryModels.sc)
  static let reference = Option(
    flag: "--reference", "use the plain sequential search that the parallel one is checked against")
  static let coverage = Option(
    flag: "--coverage", "list which waits never waited and which values fields never had, too")
  static let form = Option(
    ReportOutput.form.name, .choice("FORMAT"),
    "text, json, or the trace alone: changelog, mermaid, itf", default: CheckForm.text
  ).presenting
  static let page = Option(
    "--html", .file, "write a web page that steps through the traces, too"
  ).presenting
  static let graph = Option(
    "--graph", .file, "write the states as a graph for Graphviz, too; only where they are few"
  ).presenting

  private let tool: CommandLineTool
  private let arguments: ParsedArguments
  let choice: SystemChoice
  private let properties: PropertyChoice
  private let options: SearchOptions
  private let strategy: SearchStrategy
  private let checkpoint: CheckpointChoice?
  let form: CheckForm
  let output: ReportOutput
  let style: TextStyle
  private let traceFile: TraceFile?
  private let webPage: OutputFile?
  private let drawing: (graph: StateGraph, file: OutputFile)?

  /// Checks what the arguments say, under one memory model or all.
  static func run(
    _ tool: CommandLineTool, _ arguments: ParsedArguments
  ) throws(InputError) -> ExitStatus {
    guard let machine = try arguments[memoryModels].only else {
      return try runUnderAll(tool, arguments)
    }
    // To read and compile a race file takes a while, and whoever ends that is to hear of it too.
    let monitor = SearchMonitor()
    let interruption = Interruption(stopping: monitor)
    defer { interruption.end() }
    let run = try tool.agreed { () throws(InputError) in try CheckRun(tool, arguments, machine) }
    return try run.choice.reportingTraps { () throws(InputError) in
      let (report, isOver) = try run.report(monitor, listening: interruption)
      if !tool.isFirst { return .asItShouldBe }
      try run.write(report, unless: isOver)
      run.checkpoint?.end(report.outcome)
      return ExitStatus(report.outcome.verdict)
    }
  }

  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ memoryModel: MemoryModel
  ) throws(InputError) {
    self.tool = tool
    self.arguments = arguments
    choice = try SystemChoice(
      tool, arguments, takesMistake: true, memoryModel: memoryModel, takesDataRaces: true)
    try arguments.refuse(
      [TraceFile.option], with: SystemChoice.mistake,
      because: ": a saved trace is of a model as it is")
    strategy = arguments.has(Self.reference) ? .reference : .fast
    try arguments.refuse(
      [SearchLimits.threads, SearchLimits.memory], with: Self.reference,
      because: ": the reference search runs on one thread and keeps no memory limit")
    properties = try PropertyChoice(arguments, of: choice.system)
    var options = tool.amongRanks(try SearchLimits.read(arguments), arguments)
    properties.apply(to: &options)
    options.looksAtValues = arguments.has(Self.coverage)
    try arguments.refuse(
      DiskChoice.options, with: Self.reference,
      because: ": the reference search keeps no memory limit")
    options.disk = try DiskChoice.read(arguments)
    try arguments.refuse(
      CheckpointChoice.options, with: Self.reference, because: ": the reference search is not kept")
    try arguments.refuse(
      CheckpointChoice.options, with: RaceFileWatch.option,
      because: ": of a file that changes no search is kept")
    checkpoint = try CheckpointChoice(tool, arguments, choice)
    options.checkpoints = checkpoint?.checkpoints
    self.options = options
    try arguments.requireDifferentFiles(
      of: ReportOutput.file, TraceFile.option, Self.page, Self.graph, CheckpointChoice.file)
    form = try arguments[Self.form]
    output = try ReportOutput(tool, arguments, format: form == .json ? .json : .text)
    for option in TextOptions.options where form.ignores(option) && arguments.has(option) {
      throw InputError(
        form == .changelog
          ? "a changelog is plain ASCII, and takes no '\(option.name)'"
          : "'\(option.name)' is about text, and '--format \(form.rawValue)' is not")
    }
    style = try Self.style(form, tool, arguments)
    traceFile = try TraceFile(arguments)
    webPage = try arguments.file(of: Self.page)
    drawing = try arguments.file(of: Self.graph).map { [choice] file throws(InputError) in
      (try Self.graph(of: choice.system), file)
    }
  }

  /// Searches. The second of the results says whether what a report doesn't need is to be left out.
  func report(
    _ monitor: SearchMonitor = SearchMonitor(), listening interruption: Interruption? = nil
  ) throws(InputError) -> (CheckReport, isOver: () -> Bool) {
    let watch = SearchWatch(monitor, within: options, listening: interruption)
    defer { watch.end() }
    let deadline = options.seconds.map { ContinuousClock.now + .seconds(min($0, 1e9)) }
    let outcome = try choice.system.search(options, strategy: strategy, monitor: monitor)
    let isOver = { monitor.mustStop || deadline.map { ContinuousClock.now >= $0 } ?? false }
    var report = CheckReport(
      choice.configuration, system: choice.system, outcome: outcome,
      command: arguments.again(
        tool, about: choice.configuration.arguments,
        restated: SystemChoice.options
          + [
            SystemChoice.mistake, SystemChoice.memoryModel, SystemChoice.dataRaces,
            PropertyChoice.property,
          ],
        more: properties.arguments(in: choice.system), isCutShort: outcome.limit != nil))
    report.source = choice.raceFile.map {
      SourceListing(file: $0.file, path: $0.path, lines: $0.lines)
    }
    if !arguments.has(SystemChoice.mistake) {
      report.walkCommand = "\(tool.name) simulate \(choice.configuration.arguments) --interactive"
    }
    if let finding = outcome.findingOfVerdict, tool.isFirst {
      monitor.begin(.explaining)
      report.preemptions = finding.preemptions(in: choice.system, unless: isOver)
      report.turningPoint = finding.turningPoint(in: choice.system, unless: isOver)
    }
    watch.endProgress()
    return (report, isOver)
  }

  /// - Parameter isOver: whether what is not needed for a report is to be left out.
  private func write(
    _ report: CheckReport, unless isOver: () -> Bool
  ) throws(InputError) {
    let outcome = report.outcome
    var attempts = Attempts()
    // The first finding is what the verdict is about or, of an inconclusive search, a warning.
    attempts.add { () throws(InputError) in
      try traceFile?.save(outcome.findings.first, of: choice, for: tool)
    }
    attempts.add { () throws(InputError) in
      try writeReport(report, unless: isOver)
    }
    if let webPage {
      attempts.add { () throws(InputError) in
        let steps = outcome.findings.map(\.trace.allSteps.count).max() ?? 0
        if steps > AnnotatedTrace.mostSteps {
          throw InputError(
            "--html shows traces of at most \(AnnotatedTrace.mostSteps) steps, and here is one of "
              + "\(steps); '--save-trace' keeps it")
        }
        let traces = outcome.findings.map {
          AnnotatedTrace($0, of: choice.system, unless: isOver)
        }
        try webPage.write(try ReportOutput.encoded { try report.html(traces) })
      }
    }
    if let (graph, file) = drawing {
      attempts.add { () throws(InputError) in
        try file.write(report.dot(AnnotatedGraph(graph, path: outcome.findingOfVerdict?.trace)))
      }
    }
    try attempts.end()
  }

  private func writeReport(
    _ report: CheckReport, unless isOver: () -> Bool
  ) throws(InputError) {
    guard let format = form.ofTrace else {
      let finalStates = try finalStates(report.outcome, unless: isOver)
      return try output.write(text: { report.text(style) + finalStates }, json: report.json)
    }
    guard let trace = try ReportOutput.encoded({ try report.trace(as: format, style) }) else {
      return tool.output.error("\(tool.name): \(report.verdict.shown()) There is no trace.\n")
    }
    try output.write(trace, isRaw: format != .changelog)
  }

  /// A changelog is set for a mail, wherever it goes.
  private static func style(
    _ form: CheckForm, _ tool: CommandLineTool, _ arguments: ParsedArguments
  ) throws(InputError) -> TextStyle {
    let style = try TextOptions.read(
      tool, arguments, toFile: form == .changelog || arguments.has(ReportOutput.file))
    guard form == .changelog else { return style }
    var narrow = TextStyle(
      width: arguments.has(TextOptions.width) ? style.width : TextStyle.mailWidth)
    narrow.folds = style.folds
    return narrow
  }

  /// What herd says of a litmus test; nothing of other races.
  private func finalStates(
    _ outcome: Outcome, unless isOver: () -> Bool
  ) throws(InputError) -> String {
    guard let file = choice.raceFile,
      let observation = try file.observation(
        of: choice.configuration, in: choice.system, after: outcome, unless: isOver)
    else { return "" }
    return "\n"
      + CheckReport.finalStates(
        of: file.title, condition: observation.condition, answer: observation.answer.rawValue,
        states: observation.states.map { ($0.text, $0.isPositive) },
        isComplete: observation.isComplete)
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

/// The forms of what `check` prints.
enum CheckForm: String, CaseIterable {
  case text, json, changelog, mermaid, itf

  /// The form of the trace alone; nil where all is told.
  var ofTrace: TraceFormat? { TraceFormat(rawValue: rawValue) }

  func ignores(_ option: any DeclaredOption) -> Bool {
    switch self {
    case .text: false
    case .changelog: ![TextOptions.width.name, TextOptions.full.name].contains(option.name)
    case .json, .mermaid, .itf: true
    }
  }
}
