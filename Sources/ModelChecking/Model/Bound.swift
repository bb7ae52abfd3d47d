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
    self.name = name
    self.summary = summary
    self.defaultValue = defaultValue
    self.largeValue = largeValue
    self.range = range
  }

  /// What is wrong with the declaration.
  var problems: [String] {
    [("default", defaultValue), ("large", largeValue)].filter { !range.contains($0.1) }.map {
      "the \($0.0) value of bound '\(name)' is \($0.1), and its range \(range.lowerBound) to "
        + "\(range.upperBound)"
    }
  }
}
