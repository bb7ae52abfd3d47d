import ModelChecking
import Reporting

extension Command {
  static let merge = Command(
    name: "merge", summary: "Joins the reports of the parts that --shard made into one",
    operand: Operand("PART", .files, .oneOrMore), options: GateRun.presentations,
    examples: { _ in
      [
        Example("gate --shard 1/2 --json 1.json", "half of the checks", of: "merge"),
        Example("gate --shard 2/2 --json 2.json", "on another machine, the others", of: "merge"),
        Example("merge 1.json 2.json --junit gate.xml", "one report of both"),
      ]
    }
  ) { tool, arguments throws(InputError) in
    let parts = try ShardReports(partsRead(arguments.operands, tool))
    let first = parts.parts[0]
    // The same is asked again, with the answers that are there.
    let words = arguments.words { _ in true } + first.arguments
    let status = try GateRun(tool, ParsedArguments(words, of: .gate), parts).run()
    for number in parts.missing {
      tool.output.error("\(tool.name): part \(number) of \(first.shard.count) is missing\n")
    }
    return status == .asItShouldBe && !parts.missing.isEmpty ? .inconclusive : status
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
        try part.requireFit(with: parts, readFrom: paths, tool)
        parts.append(part)
      } catch {
        throw InputError("'\(path)' can't be merged: \(error.message)")
      }
    }
    return parts
  }
}

extension ShardReport {
  /// - Throws: `InputError` where it is no part of what the parts before it are of.
  fileprivate func requireFit(
    with before: [ShardReport], readFrom paths: [String], _ tool: CommandLineTool
  ) throws(InputError) {
    if program != tool.title {
      throw InputError("\(program.abridged) wrote it, and this is \(tool.title)")
    }
    if command != Command.gate.name {
      throw InputError("it is a part of '\(command.abridged)', and only parts of 'gate' are merged")
    }
    guard let first = before.first else { return }
    if shard.count != first.shard.count {
      throw InputError("it is \(shard), and '\(paths[0])' is \(first.shard)")
    }
    if arguments != first.arguments || checks != first.checks {
      throw InputError(
        "it is of '\(question)' with \(checks) checks, and '\(paths[0])' is of "
          + "'\(first.question)' with \(first.checks)")
    }
    if let twin = before.firstIndex(where: { $0.shard == shard }) {
      throw InputError("it is \(shard), and so is '\(paths[twin])'")
    }
  }

  /// The command line that it answers, without the program's name.
  private var question: String { ([command] + arguments.map(\.asShellWord)).joined(separator: " ") }
}
