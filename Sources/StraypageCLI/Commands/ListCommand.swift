import ModelChecking
import Reporting

extension Command {
  static let list = Command(
    name: "list",
    summary: "Shows the models, or one model's variants, bounds, properties and sources",
    operand: Operand("MODEL", .models, .atMostOne),
    options: ReportOutput.options + [TextOptions.width],
    examples: { models in
      [Example("list", "every model in a line")]
        + models.prefix(1).map {
          Example("list \($0.name)", "its variants with their expected verdicts")
        }
    }
  ) { tool, arguments throws(InputError) in
    let output = try ReportOutput(tool, arguments)
    let style = try Self.style(tool, arguments)
    if let name = arguments.operand {
      let model = try tool.model(named: name)
      try model.requireSound()
      try output.write(
        text: { ModelDescription(model).text(style) }, json: { try ModelList([model]).json() })
      return .asItShouldBe
    }
    let list = ModelList(tool.models)
    try output.write(text: { list.text(style) }, json: { try list.json() })
    return tool.models.allSatisfy(\.problems.isEmpty) ? .asItShouldBe : .badInput
  }
  /// Where programs may read the list, each entry is a line, however long, unless a width is asked for.
  private static func style(
    _ tool: CommandLineTool, _ arguments: ParsedArguments
  ) throws(InputError) -> TextStyle {
    let goesToFile = arguments.has(ReportOutput.file)
    let hasWidth = arguments.has(TextOptions.width) || !goesToFile && tool.output.terminal != nil
    return hasWidth
      ? try TextOptions.read(tool, arguments, toFile: goesToFile)
      : TextStyle(width: TextStyle.widths.upperBound)
  }
}
