import ModelChecking

/// A command's arguments, known to fit its declaration.
struct ParsedArguments: Sendable {
  private(set) var operands: [String] = []
  /// What is given for each option that is there; of a flag, an empty text.
  private var given: [String: [String]] = [:]
  /// The command that they are of.
  let command: Command

  /// - Throws: `InputError` for an option that isn't declared, one without its value or with one
  ///   too many, one given twice, and for an operand too many or too few.
  init(_ words: some Collection<String>, of command: Command) throws(InputError) {
    self.command = command
    var reader = ArgumentReader(words, command.options)
    while let part = reader.next() {
      switch part {
      case .unknownOption(let name):
        throw InputError.unknown(
          "option", name, of: "'\(command.name)'", among: command.options.map(\.name))
      case .option(let option, let value): try take(option, value)
      case .operand(let text): try take(text, of: command)
      }
    }
    if let operand = command.operand, operand.isNeeded, operands.isEmpty {
      throw InputError("'\(command.name)' needs \(operand.word.placeholder)")
    }
  }

  private mutating func take(
    _ option: any DeclaredOption, _ value: String?
  ) throws(InputError) {
    let name = option.name
    if given[name] != nil && !option.mayRepeat {
      throw InputError("option '\(name)' is given twice")
    }
    if let word = option.value {
      guard let value, !value.isEmpty else {
        throw InputError("option '\(name)' needs \(word.placeholder)")
      }
      given[name, default: []].append(value)
    } else {
      if value != nil { throw InputError("option '\(name)' takes no value") }
      given[name] = [""]
    }
  }

  private mutating func take(_ text: String, of command: Command) throws(InputError) {
    if command.operand?.mayRepeat != true {
      if let operand { throw InputError("'\(text)' is one argument too many after '\(operand)'") }
      if command.operand == nil {
        throw InputError("'\(command.name)' takes no argument, and here is '\(text)'")
      }
    }
    operands.append(text)
  }

  var operand: String? { operands.first }

  /// What is given for an option, in that order; of a flag that is there, an empty text.
  func values(of option: any DeclaredOption) -> [String] { given[option.name] ?? [] }

  func has(_ option: any DeclaredOption) -> Bool { given[option.name] != nil }

  /// The option's value, or what is taken where it isn't there.
  subscript<Value>(_ option: Option<Value>) -> Value {
    get throws(InputError) { try option.read(given[option.name] ?? []) }
  }

  /// - Throws: `InputError` with the reason if `option` is there together with one of the others.
  func refuse(
    _ others: [any DeclaredOption], with option: some DeclaredOption, because reason: String
  ) throws(InputError) {
    guard has(option) else { return }
    for other in others where given[other.name] != nil {
      throw InputError("'\(other.name)' contradicts '\(option.name)'\(reason)")
    }
  }
}
