import ModelChecking

extension ParsedArguments {
  /// The command line that asks the same again: every option that was given and has a part in what is found.
  ///
  /// - Parameters:
  ///   - subject: what the command is about, in place of its operands and of the options `restated`; the
  ///     operands as they are if nil.
  ///   - restated: the options that `subject` and `more` say in other words.
  ///   - more: arguments after the subject, each behind a blank.
  ///   - isCutShort: whether a limit was reached, so that the limits matter too.
  func again(
    _ tool: CommandLineTool, about subject: String? = nil, restated: [any DeclaredOption] = [],
    more: String = "", isCutShort: Bool = false
  ) -> String {
    let names = Set(restated.map(\.name))
    let options = words { option in
      !names.contains(option.name)
        && (option.part == .question || isCutShort && option.part == .limit)
    }
    let about = subject.map { [$0] } ?? operands.map(\.asShellWord)
    let head = ([tool.name, command.name] + about).joined(separator: " ")
    return ([head + more] + options.map(\.asShellWord)).joined(separator: " ")
  }

  /// The options that were given, as the words of a command line.
  func words(of isWanted: (any DeclaredOption) -> Bool) -> [String] {
    command.options.filter { has($0) && isWanted($0) }.flatMap { option in
      values(of: option).flatMap { option.value == nil ? [option.name] : [option.name, $0] }
    }
  }
}
