/// A design that is a set of switches, each with the value it has in the model's usual variant.
public protocol SwitchedDesign: Sendable {
  init()
}

extension Variant where Design: SwitchedDesign {
  /// A variant that differs from the usual design by what `change` does.
  ///
  ///     Variant("no-hook", "without the hook", source: "...", expect: .holds) { $0.hook = false }
  public init(
    _ name: String, _ summary: String, source: String, expect expected: Expectation,
    under others: [MemoryModel: Expectation] = [:],
    file: String = #filePath, line: Int = #line, _ change: (inout Design) -> Void = { _ in }
  ) {
    var design = Design()
    change(&design)
    self.init(
      name, summary, source: source, expect: expected, under: others, design: design, file: file,
      line: line)
  }
}
