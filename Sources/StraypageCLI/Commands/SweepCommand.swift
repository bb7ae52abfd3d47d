import Foundation
import ModelChecking
import RaceFiles
import Reporting
import Synchronization

extension Command {
  static let sweep = Command(
    name: "sweep",
    summary: "Checks a model at many bounds, small ones first, and keeps each result",
    operand: Operand("MODEL", .models),
    options: [
      SweepRun.variant, SweptBounds.option, SweepRun.memoryModels, SweepRun.results,
      ShardChoice.option, SearchLimits.threads, GateRun.budget, SearchLimits.noReduction,
      SweepRun.form, ReportOutput.file, SweepRun.picture, TextOptions.width,
    ],
    examples: { models in
      models.filter { !$0.bounds.isEmpty }.prefix(1).flatMap { model in
        let bound = model.bounds[0]
        let range = "\(bound.name)=\(bound.range.lowerBound)..\(bound.largeValue)"
        let words = "sweep \(model.name) --set \(range.asShellWord) --results results"
        return [
          Example(words, "each value in turn; the same again goes on where it ended"),
          Example("\(words) --svg growth.svg", "how states grow, as a drawing"),
        ]
      }
    }
  ) { tool, arguments throws(InputError) in
    try SweepRun(tool, arguments).run()
  }
}

/// One run of `sweep`, read from the command line in full before anything is searched.
private struct SweepRun {
  enum Form: String, CaseIterable { case text, markdown, json }

  static let variant = SystemChoice.variant("one variant alone", otherwise: "all")
  static let memoryModels = Option(
    CheckRun.memoryModels.name, .machine, "sc; tso: x86's; lkmm: Linux's; all: in turn",
    default: MemoryModels.sc)
  static let results = Option(
    "--results", .text("FOLDER", .files), "where results are kept, a file a check; needed")
  static let form = Option(
    ReportOutput.form.name, .choice("FORMAT"), "text, markdown or json", default: Form.text
  ).presenting
  static let picture = Option("--svg", .file, "draw how states grow, too").presenting

  private let tool: CommandLineTool
  private let arguments: ParsedArguments
  private let model: Model
  private let raceFile: RaceFile?
  private let sweep: Sweep
  private let shard: Shard?
  private let folder: ResultsFolder
  private let budget: SearchOptions
  private let form: Form
  private let style: TextStyle
  private let output: ReportOutput
  private let picture: OutputFile?

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    self.arguments = arguments
    let name = arguments.operand ?? ""
    raceFile = try tool.raceFile(named: name)
    model = if let raceFile { raceFile.model } else { try tool.model(named: name) }
    try model.requireSound()
    shard = try arguments[ShardChoice.option]
    budget = try GateRun.limits(arguments)
    let settings = try SweptBounds.settings(arguments, model)
    sweep = try Sweep(Self.checks(arguments, model, settings), budget: budget)
    form = try arguments[Self.form]
    style = try TextOptions.read(tool, arguments, toFile: arguments.has(ReportOutput.file))
    try arguments.requireDifferentFiles(of: ReportOutput.file, Self.picture)
    output = try ReportOutput(tool, arguments, format: form == .json ? .json : .text)
    picture = try arguments.file(of: Self.picture)
    if picture != nil && settings.count < 2 {
      throw InputError(
        "'\(Self.picture.name)' draws how states grow with a bound, and none has several values")
    }
    guard let path = try arguments[Self.results] else {
      throw InputError("'\(arguments.command.name)' needs '\(Self.results.name) FOLDER'")
    }
    folder = try ResultsFolder(path)
  }

  /// Every variant on every machine at every choice of values.
  private static func checks(
    _ arguments: ParsedArguments, _ model: Model, _ settings: [[String: Int]]
  ) throws(InputError) -> [Configuration] {
    let variant = try arguments[Self.variant]
    let machines = try arguments[Self.memoryModels].only.map { [$0] } ?? MemoryModel.allCases
    var checks: [Configuration] = []
    for name in variant.map({ [$0] }) ?? model.variants.map(\.name) {
      for machine in machines {
        for values in settings {
          var check = try Configuration(model, variant: name, settings: values)
          check.memoryModel = machine
          checks.append(check)
        }
      }
    }
    return checks
  }

  func run() throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let start = ContinuousClock.now
    let progress = Mutex((searches: 0, estimate: Int?.none))
    let watch = SearchWatch(monitor, within: budget) { [count = sweep.checks.count] in
      let (searches, estimate) = progress.withLock { $0 }
      return "search \(searches) of at most \(count)"
        + (estimate.map { " (\($0.roughly) states by the growth so far)" } ?? "")
    }
    defer { watch.end() }
    var isLost = false
    func tell(_ error: InputError) {
      watch.printing { tool.output.error("\(tool.name): \(error.message.shown())\n") }
    }
    let store = Sweep.Store { check, system in
      do throws(InputError) {
        return try known(check, system)
      } catch {
        tell(error)
        return nil
      }
    } keep: { check, system, outcome in
      do throws(InputError) {
        try keep(check, system, outcome)
      } catch {
        isLost = true
        tell(error)
      }
    }
    let rows = sweep.run(store, shard, monitor: monitor) { _, estimate in
      progress.withLock { $0 = ($0.searches + 1, estimate) }
    }
    watch.endProgress()
    let report = SweepReport(
      of: model, rows,
      command: arguments.again(tool, isCutShort: rows.contains { $0.limit != nil }),
      tool: tool.name, options: question.map { " \($0)" }.joined(),
      searches: progress.withLock { $0.searches },
      seconds: (ContinuousClock.now - start) / .seconds(1), shard: shard)
    try write(report)
    return isLost ? .badInput : ExitStatus(rows)
  }

  private func write(_ report: SweepReport) throws(InputError) {
    var attempts = Attempts()
    attempts.add { () throws(InputError) in
      try output.write(
        text: { form == .markdown ? report.markdown : report.text(style) },
        json: { try report.json() })
    }
    if let picture, let svg = report.svg {
      attempts.add { () throws(InputError) in try picture.write(svg) }
    }
    try attempts.end()
  }

  // MARK: What is kept

  /// What changes the counts of a check, in the words of a command line.
  private var question: [String] {
    arguments.has(SearchLimits.noReduction) ? [SearchLimits.noReduction.name] : []
  }

  private func identity(_ check: Configuration, _ system: System) -> SearchIdentity {
    SearchIdentity(tool, check, system, lines: raceFile?.lines ?? [], question: question)
  }

  private func known(
    _ check: Configuration, _ system: System
  ) throws(InputError) -> SweepResult? {
    guard let kept = try folder.result(of: identity(check, system)),
      kept.isFinal(within: budget.memory)
    else { return nil }
    return kept.result
  }

  private func keep(
    _ check: Configuration, _ system: System, _ outcome: Outcome
  ) throws(InputError) {
    let kept = KeptResult(
      SweepResult(outcome), of: identity(check, system), memory: budget.memory)
    guard kept.isFinal(within: budget.memory) else { return }
    let command = (["\(tool.name) check \(check.arguments)"] + question).joined(separator: " ")
    try folder.keep(
      kept, CheckReport(check, system: system, outcome: outcome, command: command))
  }
}

extension Sweep.Row {
  /// The limit that kept it from a verdict, where one did.
  fileprivate var limit: SearchLimit? {
    switch fate {
    case .searched(let result): result.verdict.limit
    case .notTried(.limit(let limit, _)): limit
    case .notTried(.outOfMemory): .memory
    case .refused, .notTried(.found), .notTried(.otherPart): nil
    }
  }

  /// Whether something is wrong although the variant states that it holds: for the machine, or where it says
  /// nothing of that, under sequential consistency.
  fileprivate var isUnexpected: Bool {
    guard case .searched(let result) = fate, case .found = result.verdict else { return false }
    return (configuration.expected ?? configuration.variant.expected).verdict == .holds
  }

  fileprivate var isRefused: Bool { if case .refused = fate { true } else { false } }
}

extension ExitStatus {
  /// What was found in a variant that is stated to hold comes first.
  fileprivate init(_ rows: [Sweep.Row]) {
    if rows.contains(where: \.isUnexpected) {
      self = .violated
    } else if rows.contains(where: \.isRefused) {
      self = .badInput
    } else {
      self = rows.contains { $0.limit != nil } ? .inconclusive : .asItShouldBe
    }
  }
}
