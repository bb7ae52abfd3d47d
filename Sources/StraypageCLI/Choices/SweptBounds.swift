import ModelChecking

/// The values that bounds are given one after the other.
enum SweptBounds {
  static let option = Option(
    repeated: "--set", .text("BOUND=RANGE", .ranges),
    "the values that a bound has in turn, such as pages=1..4")

  private static let mostChoices = 10_000

  /// Each choice of values, in the order of the bounds, the last changing first.
  ///
  /// - Throws: `InputError` for what is no bound or no range of its values, and for too many choices.
  static func settings(
    _ arguments: ParsedArguments, _ model: Model
  ) throws(InputError) -> [[String: Int]] {
    var ranges: [String: ClosedRange<Int>] = [:]
    for text in try arguments[option] {
      let (bound, range) = try Self.range(text, model)
      if ranges.updateValue(range, forKey: bound.name) != nil {
        throw InputError("bound '\(bound.name)' is set twice")
      }
    }
    // In floating point, for whole numbers may be too small for the product.
    if ranges.values.reduce(1, { $0 * Double($1.count) }) > Double(mostChoices) {
      throw InputError("these bounds have more than \(mostChoices) choices of values together")
    }
    return model.bounds.reduce([[:]]) { choices, bound in
      guard let range = ranges[bound.name] else { return choices }
      return choices.flatMap { choice in
        range.map { value in choice.merging([bound.name: value]) { $1 } }
      }
    }
  }

  private static func range(
    _ text: String, _ model: Model
  ) throws(InputError) -> (Bound, ClosedRange<Int>) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      let example = model.bounds.first.map {
        ", such as \($0.name)=\($0.range.lowerBound)..\($0.defaultValue)"
      }
      throw InputError("\(option.name) needs BOUND=RANGE\(example ?? ""), not '\(text)'")
    }
    let name = String(parts[0])
    guard let bound = model.bounds.first(where: { $0.name == name }) else {
      throw InputError.unknown(
        "bound", name, of: "model '\(model.name)'", among: model.bounds.map(\.name))
    }
    let owner = "bound '\(name)' of model '\(model.name)'"
    let ends = String(parts[1]).split(
      separator: "..", maxSplits: 1, omittingEmptySubsequences: false)
    let least = try Quantities.integer(String(ends[0]), of: owner, in: bound.range)
    let most =
      try ends.count == 1
      ? least : Quantities.integer(String(ends[1]), of: owner, in: bound.range)
    guard least <= most else {
      throw InputError("\(owner) goes from \(least) to \(most), which has no value")
    }
    return (bound, least...most)
  }
}
