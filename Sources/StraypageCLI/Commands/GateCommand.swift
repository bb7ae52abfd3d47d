import Foundation
import ModelChecking
import Reporting
import Synchronization

extension Command {
  static let gate = Command(
    name: "gate", summary: "Holds every variant against the verdict it states, for CI",
    operand: Operand("MODEL", .models, .any),
    options: VariantSelection.options + [
      GateRun.memoryModels, GateRun.large, ShardChoice.option, SearchLimits.threads, GateRun.budget,
    ] + GateRun.presentations,
    examples: { models in
      [Example("gate", "every variant of every model")]
        + models.prefix(1).flatMap { model in
          model.variants.dropFirst().prefix(1).map {
            Example(
              "gate \(model.name) --except \(model.name)/\($0.name)", "one model, without a variant"
            )
          }
        } + [Example("gate --budget 60s,4G --junit gate.xml", "what CI runs")]
    }
  ) { tool, arguments throws(InputError) in
    try GateRun(tool, arguments).run()
  }
}

/// One run of `gate`, read from the command line in full before anything is searched. In place of searches it
/// may have what other runs came to.
struct GateRun {
  enum Form: String, CaseIterable { case text, ktap }

  static let form = Option(
    ReportOutput.form.name, .choice("FORMAT"), "text or ktap, the Test Anything Protocol",
    default: Form.text
  ).presenting
  static let memoryModels: Option<MemoryModels?> = Option(
    "--memory-model", .machine, "only what is stated of it: sc, tso or lkmm",
    otherwise: "all (--large: sc)")
  static let large = Option(flag: "--large", "at the bounds' larger values")
  static let budget = Option(
    "--budget", .budget, "time, memory or both for all together, such as 60s, 4G or 60s,4G"
  ).limiting
  static let junit = Option("--junit", .file, "write the results as JUnit XML too").presenting
  static let sarif = Option("--sarif", .file, "what is not as expected, as SARIF 2.1.0").presenting
  static let json = Option("--json", .file, "write the results as JSON too").presenting

  /// How the results are shown, whoever found them.
  static let presentations: [any DeclaredOption] =
    [form, junit, sarif, json] + TextOptions.options

  private let tool: CommandLineTool
  private let arguments: ParsedArguments
  private let share: WorkShare
  /// How many checks there are, those of other parts included.
  private let checkCount: Int
  private let gate: Gate
  private let leftOut: [(model: Model, variants: [String])]
  /// The checks that are left out because of their memory models.
  private let otherMachines: [Configuration]
  private let form: Form
  private let style: TextStyle
  private let files: [(file: OutputFile, text: @Sendable (GateReport) throws -> String)]

  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ parts: ShardReports? = nil
  ) throws(InputError) {
    self.tool = tool
    self.arguments = arguments
    share = try ShardChoice.share(arguments, parts)
    let shard = share.shard
    let selection = try VariantSelection(tool, arguments, keepsBroken: true)
    leftOut = selection.leftOut
    // At larger values what is stated of weaker memory takes too long for most.
    let isLarge = arguments.has(Self.large)
    let machines = try arguments[Self.memoryModels] ?? (isLarge ? .sc : .all)
    let stated = try Self.checks(selection, isLarge: isLarge)
    // What a file states that can't be understood is not known: it fails under each.
    let isAsked = { (check: Configuration) in
      machines.include(check.memoryModel) || check.model.isBroken
    }
    let checks = stated.filter(isAsked)
    otherMachines = stated.filter { !isAsked($0) }
    if checks.isEmpty {
      throw InputError("nothing that is chosen states a verdict under \(machines.rawValue)")
    }
    checkCount = checks.count
    gate = try Gate(
      checks.filter { shard?.includes($0.name) ?? true }, budget: Self.limits(arguments))
    form = try arguments[Self.form]
    for option in TextOptions.options where form == .ktap && arguments.has(option) {
      throw InputError("'\(option.name)' is about text, and '--format ktap' is not")
    }
    style = try TextOptions.read(tool, arguments)
    files = try Self.files(arguments)
  }

  func run() throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let done = Atomic<Int>(0)
    let watch = SearchWatch(monitor, within: gate.budget) { [count = gate.checks.count] in
      "\(done.load(ordering: .relaxed)) of \(count) checks"
    }
    defer { watch.end() }
    let nameWidth = gate.checks.map(\.checkName.count).max() ?? 0
    let show: @Sendable (GateResult) -> Void = { [tool, style, form] result in
      done.add(1, ordering: .relaxed)
      if form == .ktap { return }
      watch.printing { tool.output.result(result.row(nameWidth: nameWidth, style) + "\n") }
    }
    let report =
      if case .joined(let parts) = share {
        try joined(parts, show)
      } else {
        searched(monitor, show)
      }
    watch.endProgress()
    switch form {
    case .text: tool.output.result(report.text(style))
    case .ktap: tool.rawOutput.result(report.ktap)
    }
    if form == .text, tool.environment["GITHUB_ACTIONS"] == "true" {
      tool.rawOutput.result(report.annotations)
    }
    var attempts = Attempts()
    for (file, text) in files {
      attempts.add { () throws(InputError) in
        try file.write(try ReportOutput.encoded { try text(report) })
      }
    }
    try attempts.end()
    return ExitStatus(report.entries.map(\.result))
  }

  /// The report of this run's own searches.
  private func searched(
    _ monitor: SearchMonitor, _ show: @Sendable (GateResult) -> Void
  ) -> GateReport {
    let begin = Date()
    let start = ContinuousClock.now
    let results = gate.run(monitor: monitor, report: show)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var report = report(results, begin: begin, seconds: seconds)
    report.part = share.shard.map { shard in
      ShardChoice.report(
        tool, arguments, shard, checks: checkCount, begin: begin, seconds: seconds,
        endings: Dictionary(
          results.map { ($0.configuration.name, SavedEnding($0.ending)) }, uniquingKeysWith: { $1 })
      )
    }
    return report
  }

  /// The report of what other runs came to. It took the seconds of all of them, and began when the first did.
  private func joined(
    _ parts: ShardReports, _ show: (GateResult) -> Void
  ) throws(InputError) -> GateReport {
    let results = try gate.results(of: parts, report: show)
    return report(
      results, begin: Date(timeIntervalSince1970: parts.begin), seconds: parts.seconds)
  }

  private func report(_ results: [GateResult], begin: Date, seconds: Double) -> GateReport {
    var report = GateReport(
      tool: (tool.name, tool.version),
      entries: results.map { result in
        GateReport.Entry(
          result, command: "\(tool.name) check \(result.configuration.arguments)")
      }, leftOut: leftOut, begin: begin, seconds: seconds)
    report.otherMachines = otherMachines
    return report
  }

  /// A check for each memory model under which a variant states a verdict.
  private static func checks(
    _ selection: VariantSelection, isLarge: Bool
  ) throws(InputError) -> [Configuration] {
    var checks: [Configuration] = []
    for (model, variant) in selection.chosen {
      for memoryModel in variant.memoryModels {
        var check = try Configuration(
          model, variant: variant.name, settings: isLarge ? model.largeBounds : [:])
        check.memoryModel = memoryModel
        checks.append(check)
      }
    }
    return checks
  }

  private static func files(
    _ arguments: ParsedArguments
  ) throws(InputError) -> [(OutputFile, @Sendable (GateReport) throws -> String)] {
    let forms: [(option: Option<String?>, text: @Sendable (GateReport) throws -> String)] = [
      (junit, \.junit), (sarif, { try $0.sarif() }), (json, { try $0.json() }),
    ]
    try arguments.requireDifferentFiles(of: junit, sarif, json)
    var files: [(OutputFile, @Sendable (GateReport) throws -> String)] = []
    for form in forms {
      if let file = try arguments.file(of: form.option) { files.append((file, form.text)) }
    }
    return files
  }

  /// Time and memory for all searches together.
  static func limits(_ arguments: ParsedArguments) throws(InputError) -> SearchOptions {
    var options = try SearchLimits.read(arguments)
    if let budget = try arguments[budget] {
      options.memory = budget.memoryBytes ?? options.memory
      options.seconds = budget.time?.inSeconds
    }
    return options
  }
}
