/// A race as something to check: actors, invariants, variants and bounds.
///
/// A model is a value; its `build` closure declares the system for one variant and one choice of
/// bounds. `Design` is the author's own type that tells the variants apart: which pieces of a fix
/// are there, which of several designs is used.
public struct Model: Sendable {
  /// One word with hyphens, as on the command line: "put-page-race".
  public let name: String
  /// What the model asks, in a sentence.
  public let summary: String
  /// Where the race was described: mails, commits, kernel functions.
  public let sources: [String]
  public let bounds: [Bound]
  /// The variants; the first is the default.
  public let variants: [VariantSummary]
  public let declaration: SourceLine
  /// The variant that is the fix, with all its pieces; the first where the model names none.
  public let fix: VariantSummary
  /// The pieces of the fix; none where the model declares none.
  public let pieces: [PieceSummary]

  private let build: @Sendable (SystemBuilder, DesignChoice, Bounds) -> Void
  private let equalDesigns: @Sendable ([DesignChoice]) -> [Int]

  /// A variant, by its position, and what is taken out of it.
  private typealias DesignChoice = (variant: Int, without: PieceSet)

  /// - Parameters:
  ///   - variants: at least one.
  ///   - fix: the name of the variant that is the fix, where that is not the first.
  ///   - pieces: what can be taken out of the fix; at most 62.
  ///   - build: declares the system. It runs more than once and declares the same each time.
  public init<Design: Sendable>(
    name: String, summary: String, sources: [String], bounds: [Bound],
    variants: [Variant<Design>], fix: String? = nil, pieces: [Piece<Design>] = [],
    file: String = #filePath, line: Int = #line,
    build: @escaping @Sendable (SystemBuilder, Design, Bounds) -> Void
  ) {
    precondition(!variants.isEmpty, "a model has at least one variant")
    precondition(pieces.count <= 62, "a model has at most 62 pieces")
    let fixNumber = fix.map { name in variants.firstIndex { $0.shown.name == name } } ?? 0
    guard let fixNumber else { preconditionFailure("the fix is one of the model's variants") }
    self.name = name
    self.summary = summary
    self.sources = sources
    self.bounds = bounds
    self.variants = variants.map(\.shown)
    declaration = SourceLine(file: file, line: line)
    self.fix = self.variants[fixNumber]
    self.pieces = pieces.map {
      PieceSummary(name: $0.name, summary: $0.summary, source: $0.source)
    }
    let design: @Sendable (DesignChoice) -> Design = { choice in
      var design = variants[choice.variant].design
      for position in choice.without.positions { pieces[position].takeOut(&design) }
      return design
    }
    self.build = { builder, choice, bounds in build(builder, design(choice), bounds) }
    equalDesigns = { choices in firstEqual(choices.map(design)) }
  }

  /// The system of one variant.
  ///
  /// - Parameters:
  ///   - variant: the name of one of `variants`; the default variant if nil.
  ///   - pieces: what is taken out of it, of `pieces`.
  ///   - settings: values for some of the bounds, by name.
  /// - Throws: `InputError` for a name that is not there or a value out of range, and for a model
  ///   whose declarations are wrong.
  public func system(
    variant: String? = nil, without pieces: PieceSet = [], settings: [String: Int] = [:]
  ) throws(InputError) -> System {
    let number = try variantNumber(variant)
    let bounds = try Bounds(bounds, settings: settings, model: name)
    do {
      return try System { build($0, (number, pieces), bounds) }
    } catch {
      throw InputError("model '\(name)' is broken: \(error)")
    }
  }

  /// The position of the variant called `name`.
  ///
  /// - Throws: `InputError` naming the nearest variant where there is none of that name.
  public func variantNumber(_ name: String?) throws(InputError) -> Int {
    guard let name else { return 0 }
    guard let number = variants.firstIndex(where: { $0.name == name }) else {
      throw InputError.unknown(
        "variant", name, of: "model '\(self.name)'", among: variants.map(\.name))
    }
    return number
  }

  /// Tells which ways of taking pieces out of a variant come to the same design.
  ///
  /// - Returns: for each of `sets` the position of the first that leaves an equal design. Designs
  ///   that are not `Hashable` are never taken for equal.
  func equalDesigns(variant: String, without sets: [PieceSet]) throws(InputError) -> [Int] {
    let number = try variantNumber(variant)
    return equalDesigns(sets.map { (number, $0) })
  }
}

/// For each design the position of the first that is equal to it.
///
/// A build is made from the design and the bounds alone, so equal designs make the same system.
private func firstEqual<Design>(_ designs: [Design]) -> [Int] {
  var first: [AnyHashable: Int] = [:]
  return designs.enumerated().map { position, design in
    guard let design = design as? any Hashable else { return position }
    let key = AnyHashable(design)
    if let earlier = first[key] { return earlier }
    first[key] = position
    return position
  }
}

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
    file: String = #filePath, line: Int = #line, _ change: (inout Design) -> Void = { _ in }
  ) {
    var design = Design()
    change(&design)
    self.init(
      name, summary, source: source, expect: expected, design: design, file: file, line: line)
  }
}

/// A variant as lists show it.
public struct VariantSummary: Sendable {
  public let name: String
  public let summary: String
  public let source: String
  public let expected: Expectation
  public let declaration: SourceLine

  package init(
    name: String, summary: String, source: String, expected: Expectation, declaration: SourceLine
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.expected = expected
    self.declaration = declaration
  }
}
