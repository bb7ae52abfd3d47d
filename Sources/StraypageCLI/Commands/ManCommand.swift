import ModelChecking

extension Command {
  static let man = Command(
    name: "man", summary: "Prints this tool's manual page",
    examples: { _ in
      [Example("man | man -l -", "read it"), Example("man > manual.1", "keep it as a file")]
    }
  ) { tool, _ throws(InputError) in
    tool.output.result(ManPage(tool: tool).text)
    return .asItShouldBe
  }
}
