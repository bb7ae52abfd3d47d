import Reporting

/// Help texts, drawn from the declarations of the commands.
struct Help {
  let tool: String

  var overview: String {
    var lines = [
      "\(tool): checks page-lifecycle races in the kernel's memory management, exhaustively.",
      "", "Usage: \(tool) COMMAND ...", "", "Commands:",
    ]
    lines += Self.columns(Command.all.map { ($0.name, $0.summary) })
    lines += [
      "", "Options:",
      "  --help     this, or with a command the command's own help",
      "  --version  the version",
      "", "Exit status:",
    ]
    lines += Self.exitStatuses
    lines += ["", "First steps:", "  \(tool) list", "  \(tool) check put-page-race"]
    return lines.joined(separator: "\n") + "\n"
  }

  func page(of command: Command) -> String {
    let operands = command.operand + (command.operandMayRepeat ? " ..." : "")
    let operand = command.operandIsOptional ? "[\(operands)]" : operands
    let options = command.options.isEmpty ? "" : " [options]"
    var lines = [
      "Usage: \(tool) \(command.name) \(operand)\(options)", "", command.summary + ".",
    ]
    if !command.options.isEmpty {
      lines += ["", "Options:"]
      lines += Self.columns(
        command.options.map { option in
          (option.name + (option.value.map { " \($0)" } ?? ""), option.help)
        })
    }
    lines += ["", "Examples:"]
    lines += Self.columns(command.examples.map { ("\(tool) \($0.arguments)", $0.meaning) })
    lines += ["", "Exit status:"] + Self.exitStatuses
    return lines.joined(separator: "\n") + "\n"
  }

  private static let exitStatuses = [
    "  0  as it should be: everything holds, is as expected, or went as saved",
    "  1  violated, not as expected, or not as saved",
    "  2  the command line or an input is wrong",
    "  3  inconclusive: a limit was reached first, or only random walks were taken",
  ]

  /// Two columns; a first part that is too long gets a line of its own.
  private static func columns(_ rows: [(String, String)]) -> [String] {
    let width = min(28, rows.map(\.0.count).max() ?? 0)
    return rows.flatMap { left, right -> [String] in
      if left.count > width { return ["  \(left)", "      \(right)"] }
      return ["  " + left.padded(to: width + 2) + right]
    }
  }
}
