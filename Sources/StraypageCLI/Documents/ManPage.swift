import Foundation

/// The manual page of a tool in the macros of man(7), drawn from the declarations of the commands.
struct ManPage {
  let tool: CommandLineTool

  var text: String {
    var lines = [Self.macro("TH", tool.name.uppercased(), "1", "", tool.title, "User Commands")]
    lines += [".SH NAME", "\(Self.escaped(tool.name)) \\- \(Self.escaped(tool.tagline))"]
    lines += [".SH SYNOPSIS", Self.bold(tool.name), "COMMAND ..."]
    lines += [".SH OPTIONS"] + Command.toolOptions.flatMap(Self.entry)
    lines += [".SH COMMANDS"] + Command.all.flatMap(section)
    lines += [".SH MODELS"] + tool.models.flatMap { Self.entry($0.name, $0.summary) }
    lines += [".SH \"EXIT STATUS\""]
    lines += ExitStatus.allCases.flatMap { Self.entry("\($0.rawValue)", $0.meaning + ".") }
    lines += [".SH EXAMPLES"]
    lines += Command.all.flatMap(tool.examples).flatMap {
      Self.entry("\(tool.name) \($0.arguments)", $0.meaning)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(of command: Command) -> [String] {
    [
      Self.macro("SS", "\(tool.name) \(command.usage)"), Self.escaped(command.summary + "."),
    ] + command.options.flatMap(Self.entry)
  }

  private static func entry(_ option: any DeclaredOption) -> [String] {
    let names = option.names.reversed().map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
    let value = option.value.map { " \\fI\(escaped($0.placeholder))\\fR" } ?? ""
    return [".TP", names + value, escaped(option.help + ".")]
  }

  private static func entry(_ term: String, _ meaning: String) -> [String] {
    [".TP", bold(term), escaped(meaning)]
  }

  private static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }

  private static func macro(_ name: String, _ arguments: String...) -> String {
    ".\(name) "
      + arguments.map { "\"\(escaped($0).replacing("\"", with: "\\(dq"))\"" }
      .joined(separator: " ")
  }

  /// Text that stays what it is: hyphens that can be copied into a shell, and no request at the
  /// beginning of a line.
  private static func escaped(_ text: String) -> String {
    let text = text.shown().replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing("'", with: "\\(aq").replacing("`", with: "\\(ga").replacing("^", with: "\\(ha")
      .replacing("~", with: "\\(ti")
    return text.hasPrefix(".") ? "\\&" + text : text
  }
}
