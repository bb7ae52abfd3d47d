import ModelChecking

/// A command as it is declared: what it takes, and what it does with that.
///
/// Everything that speaks of commands (the parser, help, the man page, the completion of shells) is
/// drawn from the declaration, so that none of it can go stale.
package struct Command: Sendable {
  package let name: String
  /// A sentence without its full stop.
  package let summary: String
  package let operand: Operand?
  /// The command's own options; `--help` is every command's.
  private let ownOptions: [any DeclaredOption]
  /// Command lines to begin with, for a tool with these models that states none of its own.
  let examples: @Sendable ([Model]) -> [Example]
  let run: @Sendable (CommandLineTool, ParsedArguments) throws(InputError) -> ExitStatus

  init(
    name: String, summary: String, operand: Operand? = nil, options: [any DeclaredOption] = [],
    examples: @escaping @Sendable ([Model]) -> [Example],
    run: @escaping @Sendable (CommandLineTool, ParsedArguments) throws(InputError) -> ExitStatus
  ) {
    self.name = name
    self.summary = summary
    self.operand = operand
    ownOptions = options
    self.examples = examples
    self.run = run
  }

  package var options: [any DeclaredOption] { ownOptions + [Self.help] }

  /// "check MODEL [options]".
  var usage: String {
    ([name] + (operand.map { [$0.usage] } ?? []) + (ownOptions.isEmpty ? [] : ["[options]"]))
      .joined(separator: " ")
  }

  package static let all: [Command] = [
    .list, .check, .matrix, .mutate, .sweep, .gate, .merge, .replay, .simulate, .new, .explain,
    .completion, .man, .install,
  ]

  /// What scripts run and nobody types.
  static let hidden: [Command] = [.complete]

  /// - Throws: `InputError` that names the nearest where there is none of this name.
  static func named(_ name: String) throws(InputError) -> Command {
    if let command = (all + hidden).first(where: { $0.name == name }) { return command }
    let isOption = name.hasPrefix("-")
    throw InputError.unknown(
      isOption ? "option" : "command", name,
      among: isOption ? toolOptions.map(\.name) : all.map(\.name))
  }

  static let help = Option(flag: "--help", short: "-h", "show the help of the command")

  /// What the tool takes in place of a command.
  package static let toolOptions: [any DeclaredOption] = [
    Option(flag: "--help", short: "-h", "show this, or with a command the command's own help"),
    version,
  ]

  static let version = Option(flag: "--version", "show the version")
}
