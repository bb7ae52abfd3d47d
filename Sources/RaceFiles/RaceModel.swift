import ModelChecking

/// What tells the variants of a race file apart: the pieces that are there.
struct RaceDesign: Hashable, Sendable {
  var pieces: Set<String>
}

/// Makes the model of a file.
struct RaceModel: Diagnosing {
  private let path: String
  private let title: String
  private let race: RaceSyntax
  private let cache: CompilationCache
  private(set) var diagnostics = Diagnostics()

  init(path: String, title: String, _ race: RaceSyntax, _ cache: CompilationCache) {
    self.path = path
    self.title = title
    self.race = race
    self.cache = cache
  }

  func model() throws(InputError) -> Model {
    var maker = self
    let variants = maker.variants()
    let bounds = race.bounds.map {
      Bound($0.name, $0.summary, default: $0.value, large: $0.large, in: $0.range)
    }
    let defaults = Dictionary(race.bounds.map { ($0.name, $0.value) }) { first, _ in first }
    var tried: Set<RaceDesign> = []
    var called: Set<String> = []
    for variant in variants where tried.insert(variant.design).inserted {
      cache.check(
        pieces: variant.design.pieces, bounds: defaults, called: &called, &maker.diagnostics)
    }
    if maker.diagnostics.isEmpty {
      RaceCompiler.checkUncalled(
        cache.text, race, bounds: defaults, called: called, &maker.diagnostics)
      cache.checkUncalled(race, called: called, &maker.diagnostics)
    }
    if !maker.diagnostics.isEmpty { throw maker.diagnostics.error(in: cache.text) }
    let line = cache.text.sourceLine(of: race.titleSpot)
    let (file, number, cache) = (line.file, line.line, cache)
    var model = Model(
      name: path, summary: race.summary ?? title,
      sources: race.sources.isEmpty ? [path] : race.sources,
      bounds: bounds, variants: variants.map(\.variant), fix: fix, pieces: pieces, file: file,
      line: number
    ) { system, design, bounds in
      do throws(InputError) {
        let race = try cache.race(pieces: design.pieces, bounds: bounds.byName)
        Emission(race, in: system).declare()
      } catch {
        system.reject(error.message)
      }
    }
    model.language = .raceFile
    return model
  }

  private var pieces: [Piece<RaceDesign>] {
    race.pieces.filter { !$0.isSwitch }.map { piece in
      Piece(piece.name, piece.summary, source: piece.source ?? path) {
        $0.pieces.remove(piece.name)
      }
    }
  }

  /// The variant that is marked so; or the first that holds.
  private var fix: String? {
    let holding = race.variants.first { variant in
      variant.expected.contains { expected in
        expected.kind == "holds" && expected.memoryModels.contains { $0.model == .sc }
      }
    }
    return (race.variants.first(where: \.isFix) ?? holding)?.name
  }

  private mutating func variants() -> [(variant: Variant<RaceDesign>, design: RaceDesign)] {
    let all = race.pieces.map(\.name)
    if race.variants.isEmpty {
      let design = RaceDesign(pieces: Set(all))
      let line = cache.text.sourceLine(of: race.titleSpot)
      return [
        (
          Variant(
            all.isEmpty ? "as-written" : "all-pieces", "the file with all that it has",
            source: path,
            expect: .holds, design: design, file: line.file, line: line.line), design
        )
      ]
    }
    if race.variants.count > Self.mostVariants {
      diagnostics.report(
        "a file has at most \(Self.mostVariants) variants, and this one \(race.variants.count)",
        at: race.variants[Self.mostVariants].spot)
      return []
    }
    return race.variants.map { variant in
      for (name, spot) in variant.pieces where !all.contains(name) {
        diagnostics.report("there is no piece '\(name)'" + hint(name, all), at: spot)
      }
      let design = RaceDesign(pieces: Set(variant.pieces.map(\.name)))
      let line = cache.text.sourceLine(of: variant.spot)
      let names = variant.pieces.map(\.name).joined(separator: ", ")
      let summary = variant.summary ?? (names.isEmpty ? "without any piece" : "with \(names)")
      var expected = expectations(variant)
      let sequential = expected.removeValue(forKey: .sc) ?? .holds
      return (
        Variant(
          variant.name, summary, source: variant.source ?? path, expect: sequential,
          under: expected, design: design, file: line.file, line: line.line), design
      )
    }
  }

  /// More variants are refused.
  private static let mostVariants = 1_000

  // MARK: Expectations

  private static let kinds: [String: FindingKind] = [
    "violated": .violated, "assertion-failed": .assertionFailed, "data-race": .dataRace,
    "deadlock": .deadlock,
    "stuck": .stuck, "not-inevitable": .avoidable, "avoidable": .avoidable,
    "goal-unreachable": .goalUnreachable, "lock-misused": .lockMisused, "faulted": .faulted,
  ]

  /// What a variant must find, by memory model.
  private mutating func expectations(_ variant: VariantSyntax) -> [MemoryModel: Expectation] {
    var all: [MemoryModel: Expectation] = [:]
    for expected in variant.expected {
      let expectation = expectation(expected)
      for (model, spot) in expected.memoryModels
      where all.updateValue(expectation, forKey: model) != nil {
        diagnostics.report(
          "'\(variant.name)' states a second verdict under \(model.rawValue), and a search has one: the first bug that "
            + "it finds; warnings stand behind it, 'expect violated \"...\" in 5, warning \"...\" in 3'",
          at: spot)
      }
    }
    if all[.sc] == nil, let first = variant.expected.first {
      diagnostics.report(
        "what '\(variant.name)' must find under sc is missing", at: first.spot)
    }
    return all
  }

  private mutating func expectation(_ expected: ExpectationSyntax) -> Expectation {
    let warnings = Dictionary(expected.warnings.map { ($0.name, $0.steps) }) { first, _ in first }
    if expected.kind == "holds" {
      if expected.steps != nil || expected.property != nil {
        diagnostics.report("'holds' has no length and no property", at: expected.spot)
      }
      return .holds
    }
    guard let kind = Self.kinds[expected.kind] else {
      diagnostics.report(
        "'\(expected.kind)' can't be expected"
          + hint(expected.kind, Self.kinds.keys.sorted() + ["holds"])
          + "; there is: holds, \(Self.kinds.keys.sorted().joined(separator: ", "))",
        at: expected.spot)
      return .holds
    }
    var property = expected.property
    if property == nil {
      switch kind {
      case .violated:
        property =
          race.properties.first { $0.kind == .always }?.name
          ?? race.final.map { cache.text.flatText(of: $0.spot) }
      case .goalUnreachable, .stuck, .avoidable:
        property =
          race.properties.first {
            $0.kind == .reachable || $0.kind == .alwaysReachable || $0.kind == .eventually
          }?.name ?? race.final.map { cache.text.flatText(of: $0.spot) }
      default: break
      }
    }
    // What a step did has no name beforehand: any will do.
    let isAnyMeant = kind == .deadlock || kind == .assertionFailed || kind.subject == .step
    if property == nil && !isAnyMeant {
      diagnostics.report(
        "what is \(expected.kind) is missing: 'expect \(expected.kind) \"...\" in 5'",
        at: expected.spot)
    }
    if expected.steps == nil && kind != .goalUnreachable {
      diagnostics.report(
        "the length is missing: 'expect \(expected.kind) in 5'; write any, and 'gate' says which it is",
        at: expected.spot)
    }
    return .found(
      kind, property: property, steps: kind == .goalUnreachable ? nil : expected.steps,
      warnings: warnings)
  }
}
