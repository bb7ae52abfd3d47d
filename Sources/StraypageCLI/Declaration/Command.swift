import ModelChecking

/// A command as it is declared: what it takes, and what it does with that.
///
/// Parsing and help are both drawn from the declaration, so that neither can go stale.
package struct Command: Sendable {
  /// An option that takes a value, or a flag that takes none.
  package struct Option: Sendable {
    package let name: String
    /// What the value is called in help; nil for a flag.
    let value: String?
    let help: String
    var mayRepeat = false
  }

  package let name: String
  let summary: String
  /// The argument that isn't an option, as help shows it.
  let operand: String
  let operandIsOptional: Bool
  var operandMayRepeat = false
  package let options: [Option]
  let examples: [(arguments: String, meaning: String)]
  let run: @Sendable (CommandLineTool, ParsedArguments) throws(InputError) -> ExitStatus

  package static let all: [Command] = [.list, .check, .matrix, .gate, .replay, .simulate]
}

/// A command's arguments, known to fit its declaration.
struct ParsedArguments: Sendable {
  private(set) var operands: [String] = []
  private var values: [String: [String]] = [:]

  /// - Throws: `InputError` for an option that isn't declared, one without its value or with one
  ///   too many, one given twice, and for an operand too many or too few.
  init(_ arguments: [String], of command: Command) throws(InputError) {
    var rest = arguments[...]
    var optionsAreOver = false
    while let argument = rest.popFirst() {
      if argument == "--" && !optionsAreOver {
        optionsAreOver = true
      } else if argument.hasPrefix("-") && argument != "-" && !optionsAreOver {
        try takeOption(argument, &rest, of: command)
      } else if let operand, !command.operandMayRepeat {
        throw InputError("'\(argument)' is one argument too many after '\(operand)'")
      } else {
        operands.append(argument)
      }
    }
    if operand == nil && !command.operandIsOptional {
      throw InputError("'\(command.name)' needs \(command.operand)")
    }
  }

  private mutating func takeOption(
    _ argument: String, _ rest: inout ArraySlice<String>, of command: Command
  ) throws(InputError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = command.options.first(where: { $0.name == name }) else {
      throw InputError.unknown(
        "option", name, of: "'\(command.name)'", among: command.options.map(\.name))
    }
    if values[name] != nil && !option.mayRepeat {
      throw InputError("option '\(name)' is given twice")
    }
    if let valueName = option.value {
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst(), !value.isEmpty
      else { throw InputError("option '\(name)' needs \(valueName)") }
      values[name, default: []].append(value)
    } else {
      if parts.count == 2 { throw InputError("option '\(name)' takes no value") }
      values[name] = []
    }
  }

  var operand: String? { operands.first }
  func has(_ option: String) -> Bool { values[option] != nil }
  func value(of option: String) -> String? { values[option]?.last }
  func allValues(of option: String) -> [String] { values[option] ?? [] }
}
