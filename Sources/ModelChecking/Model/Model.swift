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

  /// What is wrong with the declaration of the model itself, a sentence each. Nothing can be searched
  /// where something is.
  public internal(set) var problems: [String]

  /// What it is written in.
  package var language = Expectation.Language.swift
  /// Whether it stands for a text that is wrong, and its system says what is.
  package var isBroken = false

  /// Declares the system of a configuration.
  let build: @Sendable (SystemBuilder, Configuration) -> Void
  /// Finds for each configuration the first whose variant and pieces come to the same design.
  /// Designs that are not `Hashable` are never taken for equal.
  let firstOfEqualDesign: @Sendable ([Configuration]) -> [Int]

  /// - Parameters:
  ///   - variants: at least one. No two have one name, nor have two pieces or bounds.
  ///   - fix: the name of the variant that is the fix, where that is not the first.
  ///   - pieces: what can be taken out of the fix; at most 62.
  ///   - build: declares the system. It runs more than once and declares the same each time.
  public init<Design: Sendable>(
    name: String, summary: String, sources: [String], bounds: [Bound],
    variants: [Variant<Design>], fix: String? = nil, pieces: [Piece<Design>] = [],
    file: String = #filePath, line: Int = #line,
    build: @escaping @Sendable (SystemBuilder, Design, Bounds) -> Void
  ) {
    self.name = name
    self.summary = summary
    self.sources = sources
    self.bounds = bounds
    declaration = SourceLine(file: file, line: line)
    let shown = variants.map(\.shown)
    self.variants =
      shown.isEmpty
      ? [
        VariantSummary(
          name: "none", summary: "", source: "", expected: .holds, expectedUnder: [:],
          declaration: declaration)
      ] : shown
    self.fix = shown.first { $0.name == fix } ?? self.variants[0]
    self.pieces = pieces.map {
      PieceSummary(name: $0.name, summary: $0.summary, source: $0.source)
    }
    let design: @Sendable (Configuration) -> Design = { configuration in
      var design = variants[configuration.variantNumber].design
      for position in configuration.takenOut.positions { pieces[position].takeOut(&design) }
      return design
    }
    self.build = { build($0, design($1), $1.bounds) }
    problems = Self.problems(
      variants: shown, fix: fix, pieces: pieces.map(\.name), bounds: bounds)
    firstOfEqualDesign = { firstOfEqual($0.map(design)) }
  }

  private static func problems(
    variants: [VariantSummary], fix: String?, pieces: [String], bounds: [Bound]
  ) -> [String] {
    var problems = variants.filter { $0.expectedUnder[.sc] != nil }.map {
      "variant '\($0.name)' states its verdict under sc in 'expect:', and another in 'under:'"
    }
    let variants = variants.map(\.name)
    if variants.isEmpty { problems.append("it has no variant") }
    if pieces.count > PieceSet.mostPieces {
      problems.append("it has more than \(PieceSet.mostPieces) pieces")
    }
    if let fix, !variants.isEmpty && !variants.contains(fix) {
      problems.append(
        "its fix: " + InputError.unknown("variant", fix, among: variants).message)
    }
    return problems + duplicates(of: variants, "variants") + duplicates(of: pieces, "pieces")
      + duplicates(of: bounds.map(\.name), "bounds") + bounds.flatMap(\.problems)
  }

  /// The same list, in which models know of others of their name that they can't be used.
  package static func checked(_ models: [Model]) -> [Model] {
    models.map { model in
      let others = models.filter { $0.name == model.name }.map(\.declaration.description)
      var model = model
      if others.count > 1 {
        model.problems.append(
          "\(others.count) models have this name, at \(others.joined(separator: ", "))")
      }
      return model
    }
  }

  /// - Throws: `InputError` that says what is wrong with its declaration.
  package func requireSound() throws(InputError) {
    if problems.isEmpty { return }
    throw InputError("model '\(name)' is broken: \(problems.joined(separator: "; "))")
  }

  /// The larger value of every bound, by name.
  public var largeBounds: [String: Int] {
    Dictionary(bounds.map { ($0.name, $0.largeValue) }) { first, _ in first }
  }

  /// The set of the pieces called so.
  ///
  /// - Throws: `InputError` for a name that is not there, with the nearest, or is named twice.
  func pieces(named names: [String]) throws(InputError) -> PieceSet {
    var set = PieceSet()
    for name in names {
      guard let position = pieces.firstIndex(where: { $0.name == name }) else {
        throw InputError.unknown(
          "piece", name, of: "model '\(self.name)'", among: pieces.map(\.name))
      }
      guard set.insert(PieceSet(piece: position)).inserted else {
        throw InputError("piece '\(name)' is named twice")
      }
    }
    return set
  }
}

extension Model: CustomStringConvertible {
  public var description: String { name }
}

/// For each design the position of the first that is equal to it.
private func firstOfEqual<Design>(_ designs: [Design]) -> [Int] {
  var first: [AnyHashable: Int] = [:]
  return designs.enumerated().map { position, design in
    guard let design = design as? any Hashable else { return position }
    let key = AnyHashable(design)
    if let earlier = first[key] { return earlier }
    first[key] = position
    return position
  }
}
