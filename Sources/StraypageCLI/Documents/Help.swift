import Reporting

/// Help texts, drawn from the declarations of the commands.
struct Help {
  let tool: CommandLineTool

  var overview: String {
    var lines = ["\(tool.name): \(tool.tagline.shown()).", "", "Usage: \(tool.name) COMMAND ..."]
    lines += Self.section("Commands", Self.columns(Command.all.map { ($0.name, $0.summary) }))
    lines += Self.section("Options", Self.columns(Command.toolOptions.map(Self.row)))
    lines += Self.section("Exit status", Self.exitStatuses)
    lines += Self.section(
      "Race files",
      ["  A race written in C, in a file x.race or x.litmus, stands wherever a model's name does."])
    let firstSteps = [Command.list, .check].flatMap { tool.examples(of: $0).prefix(1) }
    lines += Self.section(
      "First steps", firstSteps.map { "  \(tool.name) \($0.arguments.shown())" })
    return lines.joined(separator: "\n") + "\n"
  }

  func page(of command: Command) -> String {
    let examples = tool.examples(of: command).map { ("\(tool.name) \($0.arguments)", $0.meaning) }
    var lines = ["Usage: \(tool.name) \(command.usage)", "", command.summary + "."]
    lines += Self.section("Options", Self.columns(command.options.map(Self.row)))
    lines += Self.section("Examples", Self.columns(examples))
    lines += Self.section("Exit status", Self.exitStatuses)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ option: any DeclaredOption) -> (String, String) {
    let names = option.names.reversed().joined(separator: ", ")
    return (names + (option.value.map { " \($0.placeholder)" } ?? ""), option.help)
  }

  private static let exitStatuses = columns(
    ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) })

  private static func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", "\(title):"] + lines
  }

  /// Two columns; a first part that is too long gets a line of its own.
  private static func columns(_ rows: [(String, String)]) -> [String] {
    let rows = rows.map { ($0.shown(), $1.shown()) }
    let width = min(28, rows.map(\.0.count).max() ?? 0)
    return rows.flatMap { left, right -> [String] in
      if left.count > width { return ["  \(left)", "      \(right)"] }
      return ["  " + left.padded(to: width + 2) + right]
    }
  }
}
