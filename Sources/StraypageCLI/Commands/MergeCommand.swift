import ModelChecking
import Reporting

extension Command {
  static let merge = Command(
    name: "merge", summary: "Joins the reports of the parts that --shard made into one",
    operand: Operand("PART", .files, .oneOrMore),
    options: [MergeRun.form, ReportOutput.file]
      + GateRun.presentations.filter { $0.name != MergeRun.form.name },
    examples: { _ in
      [
        Example("gate --shard 1/2 --json 1.json", "half of the checks", of: "merge"),
        Example("gate --shard 2/2 --json 2.json", "on another machine, the others", of: "merge"),
        Example("merge 1.json 2.json --junit gate.xml", "one report of both"),
      ]
    }
  ) { tool, arguments throws(InputError) in
    let run = try MergeRun(tool, arguments)
    let status = try run.report()
    for number in run.parts.missing {
      tool.output.error("\(tool.name): part \(number) of \(run.parts.count) is missing\n")
    }
    return status == .asItShouldBe && !run.parts.missing.isEmpty ? .inconclusive : status
  }
}

/// One run of `merge`: parts that fit together, and the command line that they answer.
private struct MergeRun {
  /// Every form that the command of some parts has; which they are is known when they are read.
  enum Form: String, CaseIterable { case text, json, ktap }

  static let form = Option(
    ReportOutput.form.name, .choice("FORMAT"), "a form of the command's whose parts they are",
    default: Form.text
  ).presenting

  /// The commands that are divided, each with what tells its report.
  private static let divided: [(command: Command, report: Report)] = [
    (.gate, { tool, words, parts throws(InputError) in try GateRun(tool, words, parts).run() }),
    (.matrix, { tool, words, parts throws(InputError) in try MatrixRun(tool, words, parts).run() }),
    (.mutate, { tool, words, parts throws(InputError) in try MutateRun(tool, words, parts).run() }),
  ]

  /// - Throws: `InputError` for a command that is none of them.
  private static func divided(_ name: String) throws(InputError) -> (Command, Report) {
    if let found = divided.first(where: { $0.command.name == name }) { return found }
    let names = divided.map { "'\($0.command.name)'" }
    throw InputError(
      "it is a part of '\(name.abridged)', and only parts of "
        + names.dropLast().joined(separator: ", ") + " and \(names.last ?? "") are merged")
  }

  private typealias Report =
    @Sendable (CommandLineTool, ParsedArguments, ShardReports)
    throws(InputError) -> ExitStatus

  let parts: ShardReports
  private let tool: CommandLineTool
  private let arguments: ParsedArguments

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    self.arguments = arguments
    _ = try arguments[Self.form]
    parts = ShardReports(try Self.partsRead(arguments.operands, tool))
  }

  /// Asks the same again, with the answers that are there.
  func report() throws(InputError) -> ExitStatus {
    let first = parts.parts[0]
    let (command, report) = try Self.divided(first.command)
    let known = command.options.map(\.name)
    for option in arguments.command.options where arguments.has(option) {
      if known.contains(option.name) { continue }
      throw InputError(
        "'\(option.name)' is not for parts of '\(command.name)', which has no such option")
    }
    let words = arguments.words { _ in true } + first.arguments
    return try report(tool, ParsedArguments(words, of: command), parts)
  }

  /// The parts that some files hold, which fit together.
  private static func partsRead(
    _ paths: [String], _ tool: CommandLineTool
  ) throws(InputError) -> [ShardReport] {
    var parts: [ShardReport] = []
    for path in paths {
      let data = try InputFile.read(path, largest: ShardReport.largestFile)
      do throws(InputError) {
        let part = try ShardReport(report: data)
        try requireFit(part, with: parts, readFrom: paths, tool)
        parts.append(part)
      } catch {
        throw InputError("'\(path)' can't be merged: \(error.message)")
      }
    }
    return parts
  }

  /// - Throws: `InputError` where it is no part of what the parts before it are of.
  private static func requireFit(
    _ part: ShardReport, with before: [ShardReport], readFrom paths: [String],
    _ tool: CommandLineTool
  ) throws(InputError) {
    if part.program != tool.title {
      throw InputError("\(part.program.abridged) wrote it, and this is \(tool.title)")
    }
    _ = try divided(part.command)
    guard let first = before.first else { return }
    if part.command != first.command {
      throw InputError(
        "it is a part of '\(part.command)', and '\(paths[0])' is one of '\(first.command)'")
    }
    if part.shard.count != first.shard.count {
      throw InputError("it is \(part.shard), and '\(paths[0])' is \(first.shard)")
    }
    if part.arguments != first.arguments || part.checks != first.checks {
      throw InputError(
        "it is of '\(part.question)' with \(part.checks) checks, and '\(paths[0])' is of "
          + "'\(first.question)' with \(first.checks)")
    }
    if let twin = before.firstIndex(where: { $0.shard == part.shard }) {
      throw InputError("it is \(part.shard), and so is '\(paths[twin])'")
    }
  }
}

extension ShardReport {
  /// The command line that it answers, without the program's name.
  fileprivate var question: String {
    ([command] + arguments.map(\.asShellWord)).joined(separator: " ")
  }
}
