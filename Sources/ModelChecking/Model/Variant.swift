/// A named choice between designs, as a model's author writes it.
public struct Variant<Design: Sendable>: Sendable {
  let shown: VariantSummary
  let design: Design

  /// - Parameters:
  ///   - name: one word with hyphens.
  ///   - summary: what is different, in a sentence.
  ///   - source: the mail, commit or release it describes.
  ///   - expected: what a search must find at the default bounds.
  ///   - others: what it must find under other memory models, for those that the model cares about.
  public init(
    _ name: String, _ summary: String, source: String, expect expected: Expectation,
    under others: [MemoryModel: Expectation] = [:],
    design: Design, file: String = #filePath, line: Int = #line
  ) {
    shown = VariantSummary(
      name: name, summary: summary, source: source, expected: expected, expectedUnder: others,
      declaration: SourceLine(file: file, line: line))
    self.design = design
  }
}

/// A variant as lists show it.
public struct VariantSummary: Sendable {
  public let name: String
  public let summary: String
  public let source: String
  /// What a search must find under sequential consistency.
  public let expected: Expectation
  /// What it must find under other memory models. Of those that are missing nothing is stated.
  public let expectedUnder: [MemoryModel: Expectation]
  public let declaration: SourceLine

  /// The memory models under which it states a verdict, sequential consistency first.
  public var memoryModels: [MemoryModel] {
    MemoryModel.allCases.filter { expected(under: $0) != nil }
  }

  /// What a search must find under a memory model; nil where nothing is stated of that.
  public func expected(under memoryModel: MemoryModel) -> Expectation? {
    memoryModel == .sc ? expected : expectedUnder[memoryModel]
  }
}
