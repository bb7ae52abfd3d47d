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
      tool.output.result(description(of: try tool.model(named: name)))
    } else {
      let width = tool.models.map(\.name.count).max() ?? 0
      for model in tool.models {
        tool.output.result("\(model.name.padded(to: width))  \(model.summary)\n")
      }
    }
    return .asItShouldBe
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
    lines += ["", "Sources:"] + model.sources.map { "  \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
