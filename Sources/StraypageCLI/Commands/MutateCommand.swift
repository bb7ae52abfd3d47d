import Foundation
import ModelChecking
import Reporting
import Synchronization

extension Command {
  static let mutate = Command(
    name: "mutate",
    summary: "Makes every small mistake in what holds, and tells which of them nothing notices",
    operand: Operand("MODEL", .models, .any),
    options: VariantSelection.options
      + [SystemChoice.set, SystemChoice.large, ShardChoice.option] + SearchLimits.options
      + ReportOutput.options + [TextOptions.width],
    examples: { models in
      models.prefix(1).flatMap { model in
        [Example("mutate \(model.name)", "every variant of it that holds")]
          + model.variants.filter { $0.expected == .holds }.prefix(1).map {
            Example(
              "mutate --only \(model.name)/\($0.name)",
              "each step, lock and question of one: what breaks without it")
          }
      }
    }
  ) { tool, arguments throws(InputError) in
    try MutateRun(tool, arguments).run()
  }
}

/// One run of `mutate`, read from the command line in full before anything is searched. In place of searches it
/// may have what other runs came to.
struct MutateRun {
  private let tool: CommandLineTool
  private let configurations: [Configuration]
  private let share: WorkShare
  private let options: SearchOptions
  private let style: TextStyle
  private let output: ReportOutput
  private let arguments: ParsedArguments

  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ parts: ShardReports? = nil
  ) throws(InputError) {
    self.tool = tool
    self.arguments = arguments
    share = try ShardChoice.share(arguments, parts)
    let selection = try VariantSelection(tool, arguments)
    let holding = selection.chosen.filter { $0.variant.expected == .holds }
    if holding.isEmpty {
      throw InputError(
        "no variant that is left states that it holds, and only what holds can be broken")
    }
    configurations = try holding.map { model, variant throws(InputError) in
      try Configuration(
        model, variant: variant.name, settings: try SystemChoice.settings(arguments, model))
    }
    options = try SearchLimits.read(arguments)
    style = try TextOptions.read(tool, arguments, toFile: arguments.has(ReportOutput.file))
    output = try ReportOutput(tool, arguments)
  }

  func run() throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let progress = Mutex((name: "", done: 0, all: 0))
    let watch = SearchWatch(monitor, within: options) {
      let (name, done, all) = progress.withLock { $0 }
      return "\(done) of \(all) mistakes in \(name)"
    }
    defer { watch.end() }
    let deadline = options.seconds.map { ContinuousClock.now + .seconds(min($0, 1e9)) }
    let begin = Date()
    var runs: [MutationRun] = []
    for configuration in configurations {
      if let shard = share.shard, try !configuration.hasMistakes(in: shard) { continue }
      var options = options
      options.seconds = deadline.map { max(0, ($0 - ContinuousClock.now) / .seconds(1)) }
      runs.append(
        try configuration.mutationRun(options, share, monitor: monitor) { done, all in
          progress.withLock { $0 = (configuration.variantName, done, all) }
        })
    }
    watch.endProgress()
    let isCutShort = runs.contains { $0.count(of: "inconclusive") > 0 }
    var report = MutationReport(
      runs, command: arguments.again(tool, isCutShort: isCutShort), tool: tool.name)
    report.part = try share.shard.map { shard throws(InputError) in
      try part(shard, runs, begin: begin)
    }
    try output.write(text: { report.text(style) }, json: { try report.json() })
    if runs.contains(where: { $0.objection != nil || !$0.survivors.isEmpty }) { return .violated }
    let isKnown = runs.allSatisfy { $0.count(of: "inconclusive") == 0 }
    return isKnown ? .asItShouldBe : .inconclusive
  }

  private func part(
    _ shard: Shard, _ runs: [MutationRun], begin: Date
  ) throws(InputError) -> ShardReport {
    var saved: [String: SavedMutationRun] = [:]
    for run in runs { saved[run.configuration.name] = try SavedMutationRun(run) }
    var mistakes = 0
    for configuration in configurations { mistakes += try configuration.mutations().count }
    return ShardChoice.report(
      tool, arguments, shard, checks: mistakes, begin: begin,
      seconds: runs.reduce(0) { $0 + $1.seconds }, mutations: saved)
  }
}
