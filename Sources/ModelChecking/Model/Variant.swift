/// A named choice between designs, as a model's author writes it.
public struct Variant<Design: Sendable>: Sendable {
  let shown: VariantSummary
  let design: Design

  /// - Parameters:
  ///   - name: one word with hyphens.
  ///   - summary: what is different, in a sentence.
  ///   - source: the mail, commit or release it describes.
  ///   - expected: what a search must find at the default bounds.
  public init(
    _ name: String, _ summary: String, source: String, expect expected: Expectation,
    design: Design, file: String = #filePath, line: Int = #line
  ) {
    shown = VariantSummary(
      name: name, summary: summary, source: source, expected: expected,
      declaration: SourceLine(file: file, line: line))
    self.design = design
  }
}

/// A variant as lists show it.
public struct VariantSummary: Sendable {
  public let name: String
  public let summary: String
  public let source: String
  public let expected: Expectation
  public let declaration: SourceLine
}
