import ModelChecking
import Reporting

extension Command {
  static let list = Command(
    name: "list",
    summary: "Shows the models, or one model's variants, bounds and sources",
    operand: Operand("MODEL", .models, .atMostOne),
    examples: { models in
      [Example("list", "every model in a line")]
        + models.prefix(1).map {
          Example("list \($0.name)", "its variants with their expected verdicts")
        }
    }
  ) { tool, arguments throws(InputError) in
    if let name = arguments.operand {
      let model = try tool.model(named: name)
      try model.requireSound()
      tool.output.result(description(of: model))
    } else {
      let width = tool.models.map { $0.name.shown().count }.max() ?? 0
      for model in tool.models {
        let problems = model.problems.joined(separator: "; ")
        let about = problems.isEmpty ? model.summary : "BROKEN: \(problems)"
        tool.output.result("\(model.name.shown().padded(to: width))  \(about.shown())\n")
      }
    }
    let isSound = arguments.operand != nil || tool.models.allSatisfy(\.problems.isEmpty)
    return isSound ? .asItShouldBe : .badInput
  }

  private static func description(of model: Model) -> String {
    var lines = ["\(model.name): \(model.summary)", "", "Bounds (--set NAME=VALUE):"]
    for bound in model.bounds {
      lines.append(
        "  \(bound.name): \(bound.summary); \(bound.range.lowerBound) to "
          + "\(bound.range.upperBound), by default \(bound.defaultValue), with --large "
          + "\(bound.largeValue)")
    }
    lines += ["", "Variants (--variant NAME; the first by default), with what is expected:"]
    for variant in model.variants {
      lines += [
        "  \(variant.name)", "      \(variant.summary)", "      \(variant.source)",
        "      expected: \(variant.expected)",
      ]
    }
    if !model.pieces.isEmpty {
      lines += ["", "Pieces of \(model.fix.name), which 'matrix' takes out:"]
      for piece in model.pieces {
        lines += ["  \(piece.name)", "      \(piece.summary)", "      \(piece.source)"]
      }
    }
    // A model whose declarations are wrong is told of by the commands that need its system.
    if let properties = (try? model.system())?.properties, !properties.isEmpty {
      lines += [
        "", "Properties of \(model.variants[0].name) (check --property NAME, or its number):",
      ]
      lines += properties.enumerated().map { "  \($0 + 1)  \($1.name)" }
    }
    lines += ["", "Sources:"] + model.sources.map { "  \($0)" }
    return lines.map { $0.shown() + "\n" }.joined()
  }
}
