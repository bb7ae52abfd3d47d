import ModelChecking

extension Command {
  static let completion = Command(
    name: "completion", summary: "Prints a script by which a shell completes command lines",
    operand: Operand("SHELL", shell.word.completion),
    examples: { _ in
      [
        Example("completion bash > completion.bash", "for bash; ~/.bashrc may source the file"),
        Example(
          "completion zsh > completion.zsh", "for zsh; ~/.zshrc may source it after compinit"),
        Example("completion fish > completion.fish", "for fish; config.fish may source the file"),
      ]
    }
  ) { tool, arguments throws(InputError) in
    let name = try shell.read(arguments.operand ?? "", "completion")
    tool.output.result(CompletionScript(tool: tool.name, shell: name).text)
    return .asItShouldBe
  }

  private static let shell: ValueKind<Shell> = .choice("SHELL")

  /// Offers words for what is typed so far, for the scripts. `--` comes first, since what follows is
  /// not meant for this command. The last word is the one at the cursor, and may be empty.
  static let complete = Command(
    name: "complete", summary: "Offers words for a command line, for the scripts of 'completion'",
    operand: Operand("WORD", .none, .any), examples: { _ in [] }
  ) { tool, arguments throws(InputError) in
    tool.output.result(Completion(tool).offer(after: arguments.operands).text)
    return .asItShouldBe
  }
}
