import ModelChecking

/// Finds the words that may stand at the cursor of a command line.
struct Completion {
  private let tool: CommandLineTool

  init(_ tool: CommandLineTool) { self.tool = tool }

  /// What is offered for the last of the words, which may be empty; the others are before it.
  func offer(after words: [String]) -> Offer {
    guard let word = words.last, let first = words.first else { return .words([]) }
    guard words.count > 1 else {
      let commands = Source(tool).words(.commands, for: word)
      return word.hasPrefix("-") ? Self.names(of: Command.toolOptions, for: word) : commands
    }
    guard let command = Command.all.first(where: { $0.name == first }) else { return .words([]) }
    return offer(for: word, after: words.dropFirst().dropLast(), of: command)
  }

  private func offer(
    for word: String, after words: some Collection<String>, of command: Command
  ) -> Offer {
    let typed = Typed(words, of: command)
    let source = Source(tool, model: typed.operands.first)
    if let value = typed.awaitedValue { return source.words(value.completion, for: word) }
    if word.hasPrefix("-") && !typed.optionsAreOver {
      guard let mark = word.firstIndex(of: "=") else {
        return Self.names(of: typed.optionsLeft, for: word)
      }
      let option = command.options.first { $0.names.contains(String(word[..<mark])) }
      guard let value = option?.value else { return .words([]) }
      return source.words(value.completion, for: String(word[word.index(after: mark)...]))
        .prefixed(by: word[...mark])
    }
    if let operand = command.operand, operand.count == .any || typed.operands.isEmpty {
      return source.words(operand.word.completion, for: word)
    }
    return typed.optionsAreOver ? .words([]) : Self.names(of: typed.optionsLeft, for: word)
  }

  private static func names(of options: [any DeclaredOption], for word: String) -> Offer {
    .words(options.map { Offer.Word($0.name, $0.help) }).beginning(with: word)
  }
}

/// What of a command line is typed already.
private struct Typed {
  private(set) var operands: [String] = []
  /// The value that an option at the end still needs.
  private(set) var awaitedValue: ValueWord?
  /// The options that may still be given.
  private(set) var optionsLeft: [any DeclaredOption]
  let optionsAreOver: Bool

  init(_ words: some Collection<String>, of command: Command) {
    optionsLeft = command.options
    var reader = ArgumentReader(words, command.options)
    while let part = reader.next() {
      awaitedValue = nil
      switch part {
      case .operand(let text): operands.append(text)
      case .option(let option, let value):
        awaitedValue = value == nil ? option.value : nil
        if !option.mayRepeat { optionsLeft.removeAll { $0.name == option.name } }
      case .unknownOption: break
      }
    }
    optionsAreOver = reader.optionsAreOver
  }
}
