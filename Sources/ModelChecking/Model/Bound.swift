/// A number that scales a model: how many pages, how many walkers.
public struct Bound: Sendable, Equatable {
  public let name: String
  public let summary: String
  /// Small enough for an answer within a second.
  public let defaultValue: Int
  /// Large enough to convince: what `--large` sets.
  public let largeValue: Int
  public let range: ClosedRange<Int>

  /// - Parameters:
  ///   - name: one word, as in `--set pages=2`.
  ///   - range: the values a user may choose; contains the default and the large value.
  public init(
    _ name: String, _ summary: String, default defaultValue: Int, large largeValue: Int,
    in range: ClosedRange<Int>
  ) {
    precondition(range.contains(defaultValue), "the default of a bound lies in its range")
    precondition(range.contains(largeValue), "the large value of a bound lies in its range")
    self.name = name
    self.summary = summary
    self.defaultValue = defaultValue
    self.largeValue = largeValue
    self.range = range
  }
}

/// The chosen value of each bound.
public struct Bounds: Sendable, Equatable {
  /// Name and value, in the model's order.
  public let values: [(name: String, value: Int)]

  /// - Throws: `InputError` for a bound the model doesn't have or a value outside its range.
  public init(
    _ declared: [Bound], settings: [String: Int], model: String
  ) throws(InputError) {
    for name in settings.keys.sorted() where !declared.contains(where: { $0.name == name }) {
      throw InputError.unknown("bound", name, of: "model '\(model)'", among: declared.map(\.name))
    }
    for bound in declared {
      if let value = settings[bound.name], !bound.range.contains(value) {
        throw InputError(
          "bound '\(bound.name)' of model '\(model)' is \(value), but must be from "
            + "\(bound.range.lowerBound) to \(bound.range.upperBound)")
      }
    }
    values = declared.map { ($0.name, settings[$0.name] ?? $0.defaultValue) }
  }

  /// The value of a bound of the model.
  public subscript(_ bound: Bound) -> Int {
    values.first { $0.name == bound.name }?.value ?? bound.defaultValue
  }

  public static func == (a: Bounds, b: Bounds) -> Bool {
    a.values.elementsEqual(b.values) { $0 == $1 }
  }
}
