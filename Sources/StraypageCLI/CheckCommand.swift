import Foundation
import ModelChecking
import Reporting

extension Command {
  static let check = Command(
    name: "check",
    summary:
      "Explores every interleaving of a model and prints the verdict, with the shortest trace",
    operand: "MODEL", operandIsOptional: false,
    options: [
      Option(name: "--variant", value: "NAME", help: "the variant; the model's first by default"),
      Option(
        name: "--set", value: "BOUND=N", help: "a bound of the model; may be repeated",
        mayRepeat: true),
      Option(
        name: "--large", value: nil, help: "the bounds' larger values, for those that --set leaves"),
      Option(name: "--threads", value: "N", help: "worker threads; one a processor by default"),
      Option(
        name: "--memory", value: "SIZE",
        help: "memory limit, such as 512M or 8G; three quarters of the machine's by default"),
      Option(name: "--time", value: "TIME", help: "time limit, such as 30s or 5m; none by default"),
      Option(
        name: "--reference", value: nil,
        help: "use the plain sequential search that the parallel one is checked against"),
      Option(name: "--format", value: "FORMAT", help: "text (by default) or json"),
      Option(name: "--output", value: "FILE", help: "write the report to a file"),
    ],
    examples: [
      ("check put-page-race", "the race as reported"),
      ("check put-page-race --variant put-page-hook --set walkers=3", "a fix, with more walkers"),
    ]
  ) { tool, arguments throws(InputError) in
    try CheckRun(tool, arguments).run()
  }
}

/// One run of `check`, read from the command line in full before anything is searched.
private struct CheckRun {
  private enum Format: String, CaseIterable { case text, json }

  private let tool: CommandLineTool
  private let model: Model
  private let variant: VariantSummary
  private let bounds: Bounds
  private let system: System
  private let options: SearchOptions
  private let strategy: SearchStrategy
  private let format: Format
  private let file: FileHandle?

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    model = try tool.model(named: arguments.operand ?? "")
    variant = model.variants[try model.variantNumber(arguments.value(of: "--variant"))]
    var settings = try Self.settings(arguments.allValues(of: "--set"), model)
    if arguments.has("--large") {
      for bound in model.bounds { settings[bound.name] = settings[bound.name] ?? bound.largeValue }
    }
    bounds = try Bounds(model.bounds, settings: settings, model: model.name)
    system = try model.system(variant: variant.name, settings: settings)
    strategy = arguments.has("--reference") ? .reference : .fast
    options = try Self.options(arguments)
    format = try Self.format(arguments.value(of: "--format") ?? "text")
    file = try arguments.value(of: "--output").map { path throws(InputError) in
      try Self.open(path)
    }
  }

  func run() throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let watch = SearchWatch(monitor)
    defer { watch.end() }
    let outcome = try system.search(options, strategy: strategy, monitor: monitor)
    watch.end()
    let report = CheckReport(
      model: model, variant: variant.name, bounds: bounds, system: system, outcome: outcome,
      command: command)
    try write(format == .json ? Self.json(report) : report.text())
    return ExitStatus(outcome.verdict)
  }

  /// The command line that finds the same, whatever threads and limits were given.
  private var command: String {
    let settings = bounds.values.compactMap { setting in
      let isDefault = model.bounds.contains {
        $0.name == setting.name && $0.defaultValue == setting.value
      }
      return isDefault ? nil : " --set \(setting.name)=\(setting.value)"
    }
    return "\(tool.name) check \(model.name) --variant \(variant.name)" + settings.joined()
  }

  private func write(_ text: String) throws(InputError) {
    guard let file else { return tool.output.result(text) }
    do {
      // What is no ordinary file can't be cut, and needn't be.
      try? file.truncate(atOffset: 0)
      try file.write(contentsOf: Data(text.utf8))
      try file.close()
    } catch {
      tool.output.result(text)
      throw InputError("the report could not be written to the file, so it stands above: \(error)")
    }
  }

  // MARK: Reading the options

  private static func settings(
    _ texts: [String], _ model: Model
  ) throws(InputError) -> [String: Int] {
    var settings: [String: Int] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw InputError("--set needs BOUND=N, such as \(example(model)), not '\(text)'")
      }
      let name = String(parts[0])
      guard let bound = model.bounds.first(where: { $0.name == name }) else {
        throw InputError.unknown(
          "bound", name, of: "model '\(model.name)'", among: model.bounds.map(\.name))
      }
      if let earlier = settings[name] {
        throw InputError("bound '\(name)' is set twice, to \(earlier) and to \(parts[1])")
      }
      settings[name] = try Quantities.integer(
        String(parts[1]), of: "bound '\(name)' of model '\(model.name)'", in: bound.range)
    }
    return settings
  }

  private static func example(_ model: Model) -> String {
    model.bounds.first.map { "\($0.name)=\($0.defaultValue)" } ?? "pages=2"
  }

  private static func options(_ arguments: ParsedArguments) throws(InputError) -> SearchOptions {
    let isReference = arguments.has("--reference")
    for option in ["--threads", "--memory"] where isReference && arguments.has(option) {
      throw InputError(
        "'\(option)' contradicts '--reference': the reference search runs on one thread and "
          + "keeps no memory limit")
    }
    let machine = ProcessInfo.processInfo
    var threads = machine.activeProcessorCount
    if let text = arguments.value(of: "--threads") {
      threads = try Quantities.integer(text, of: "--threads", in: 1...256)
    }
    let physical = Int(clamping: machine.physicalMemory)
    var memory = physical / 4 * 3
    if let text = arguments.value(of: "--memory") {
      memory = try Quantities.bytes(text, of: "--memory")
      if memory > physical {
        throw InputError(
          "--memory is \(text), but the machine has only \(physical >> 20)M")
      }
    }
    var seconds: Double?
    if let text = arguments.value(of: "--time") {
      seconds = try Quantities.seconds(text, of: "--time")
    }
    return SearchOptions(threads: threads, memory: memory, seconds: seconds)
  }

  private static func format(_ name: String) throws(InputError) -> Format {
    guard let format = Format(rawValue: name) else {
      throw InputError.unknown("format", name, among: Format.allCases.map(\.rawValue))
    }
    return format
  }

  /// The file to write to, opened before the search so that no result is lost to a wrong path. What
  /// it holds stays until the report is there.
  private static func open(_ path: String) throws(InputError) -> FileHandle {
    let files = FileManager.default
    if !files.fileExists(atPath: path) { _ = files.createFile(atPath: path, contents: nil) }
    guard let file = FileHandle(forWritingAtPath: path) else {
      throw InputError("the file '\(path)' can't be written")
    }
    return file
  }

  private static func json(_ report: CheckReport) throws(InputError) -> String {
    do {
      return try report.json()
    } catch {
      throw InputError("the report could not be encoded: \(error)")
    }
  }
}
