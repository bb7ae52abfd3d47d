import Reporting

/// Help texts, drawn from the declarations of the commands.
struct Help {
  let tool: CommandLineTool

  /// As many columns as a terminal has; a line is as long as it is where there is none.
  private var width: Int { tool.output.terminal.map { max($0.columns, 40) } ?? .max }

  var overview: String {
    var lines =
      text("\(tool.name): \(tool.tagline.shown()).") + ["", "Usage: \(tool.name) COMMAND ..."]
    lines += Self.section("Commands", columns(Command.all.map { ($0.name, $0.summary) }))
    lines += Self.section("Options", columns(Command.toolOptions.map(Self.row)))
    lines += Self.section("Exit status", exitStatuses)
    lines += Self.section(
      "Race files",
      text(
        "A race written in C, in a file x.race or x.litmus, stands wherever a model's name does.",
        margin: "  "))
    let firstSteps = [Command.list, .check].flatMap { tool.examples(of: $0).prefix(1) }
    lines += Self.section(
      "First steps", firstSteps.map { "  \(tool.name) \($0.arguments.shown())" })
    return lines.joined(separator: "\n") + "\n"
  }

  func page(of command: Command) -> String {
    let examples = tool.examples(of: command).map { ("\(tool.name) \($0.arguments)", $0.meaning) }
    var lines = ["Usage: \(tool.name) \(command.usage)", ""] + text(command.summary + ".")
    lines += Self.section("Options", columns(command.options.map(Self.row)))
    lines += Self.section("Examples", columns(examples))
    lines += Self.section("Exit status", exitStatuses)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ option: any DeclaredOption) -> (String, String) {
    let names = option.names.reversed().joined(separator: ", ")
    return (names + (option.value.map { " \($0.placeholder)" } ?? ""), option.help)
  }

  private var exitStatuses: [String] {
    columns(ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) })
  }

  private func text(_ text: String, margin: String = "") -> [String] {
    (width == .max ? [text] : text.wrapped(to: width - margin.count)).map { margin + $0 }
  }

  private static func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", "\(title):"] + lines
  }

  /// Two columns; a first part that is too long gets a line of its own.
  private func columns(_ rows: [(String, String)]) -> [String] {
    let rows = rows.map { ($0.shown(), $1.shown()) }
    let left = min(28, rows.map(\.0.count).max() ?? 0)
    return rows.flatMap { word, meaning -> [String] in
      let isLong = word.count > left
      let margin = String(repeating: " ", count: isLong ? 6 : left + 4)
      let parts = width == .max ? [meaning] : meaning.wrapped(to: width - margin.count)
      let lines = parts.map { margin + $0 }
      if isLong { return ["  \(word)"] + lines }
      return ["  " + word.padded(to: left + 2) + (parts.first ?? "")] + lines.dropFirst()
    }
  }
}
