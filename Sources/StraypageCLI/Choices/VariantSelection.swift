import ModelChecking

/// The variants that a command is about, of all models.
struct VariantSelection: Sendable {
  /// The options that choose variants, for the commands that take several models.
  static let options = [
    Command.Option(
      name: "--only", value: "PATTERN",
      help: "only these: MODEL or MODEL/VARIANT, * for any characters; may be repeated",
      mayRepeat: true),
    Command.Option(
      name: "--except", value: "PATTERN", help: "all but these; may be repeated", mayRepeat: true),
  ]

  private(set) var chosen: [(model: Model, variant: VariantSummary)] = []
  private(set) var leftOut: [(model: Model, variants: [String])] = []

  /// - Throws: `InputError` for a model that isn't there, a pattern that matches nothing, and a
  ///   choice that leaves nothing.
  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    let named = try arguments.operands.map { name throws(InputError) in
      try tool.model(named: name).name
    }
    let only = try Self.patterns("--only", arguments, tool)
    let except = try Self.patterns("--except", arguments, tool)
    for model in tool.models {
      let isNamed = named.isEmpty || named.contains(model.name)
      let chosen = model.variants.filter { variant in
        isNamed && (only.isEmpty || only.contains { $0.matches(model, variant) })
          && !except.contains { $0.matches(model, variant) }
      }
      self.chosen += chosen.map { (model, $0) }
      let names = Set(chosen.map(\.name))
      let rest = model.variants.map(\.name).filter { !names.contains($0) }
      if !rest.isEmpty { leftOut.append((model, rest)) }
    }
    if chosen.isEmpty { throw InputError("no variant is left by '--only' and '--except'") }
  }

  private static func patterns(
    _ option: String, _ arguments: ParsedArguments, _ tool: CommandLineTool
  ) throws(InputError) -> [VariantPattern] {
    try arguments.allValues(of: option).map { text throws(InputError) in
      let pattern = VariantPattern(text)
      try pattern.requireMatch(among: tool.models)
      return pattern
    }
  }
}

/// MODEL or MODEL/VARIANT, where * stands for any characters.
struct VariantPattern: Sendable {
  private let model: Substring
  /// Every variant, if nil.
  private let variant: Substring?

  init(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    model = parts[0]
    variant = parts.count == 2 ? parts[1] : nil
  }

  func matches(_ model: Model) -> Bool { Self.fits(self.model, model.name) }

  func matches(_ model: Model, _ variant: VariantSummary) -> Bool {
    matches(model) && (self.variant.map { Self.fits($0, variant.name) } ?? true)
  }

  /// - Throws: `InputError` that names the nearest where nothing of `models` matches.
  func requireMatch(among models: [Model]) throws(InputError) {
    let owners = models.filter(matches)
    if owners.isEmpty {
      throw InputError.unknown("model", String(model), among: models.map(\.name))
    }
    if !owners.contains(where: { owner in owner.variants.contains { matches(owner, $0) } }) {
      throw InputError.unknown(
        "variant", String(variant ?? ""), of: owners.count == 1 ? "model '\(owners[0].name)'" : nil,
        among: owners.flatMap { $0.variants.map(\.name) })
    }
  }

  /// Whether the pieces between the stars follow one another in the name, from its beginning to its
  /// end.
  private static func fits(_ pattern: Substring, _ name: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard pieces.count > 1 else { return pattern == name }
    let (first, last) = (pieces[0], pieces[pieces.count - 1])
    guard name.hasPrefix(first), name.dropFirst(first.count).hasSuffix(last) else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let place = rest.firstRange(of: piece) else { return false }
      rest = rest[place.upperBound...]
    }
    return true
  }
}
