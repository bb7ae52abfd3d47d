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
