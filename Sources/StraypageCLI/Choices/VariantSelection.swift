import ModelChecking

/// The variants that a command is about, of all models.
struct VariantSelection: Sendable {
  /// The options that choose variants, for the commands that take several models.
  static let options: [any DeclaredOption] = [only, except]

  private static let only = Option(
    repeated: "--only", .text("PATTERN", .patterns),
    "only these: MODEL or MODEL/VARIANT, * for any characters")
  private static let except = Option(
    repeated: "--except", .text("PATTERN", .patterns), "all but these")

  private(set) var chosen: [(model: Model, variant: VariantSummary)] = []
  private(set) var leftOut: [(model: Model, variants: [String])] = []

  /// - Parameter keepsBroken: whether a race file that is wrong is a model, of which the search says so.
  /// - Throws: `InputError` for a model that isn't there, a pattern that matches nothing, and a
  ///   choice that leaves nothing.
  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, keepsBroken: Bool = false
  ) throws(InputError) {
    let files = try tool.raceFiles(among: arguments.operands, keepsBroken: keepsBroken)
    let named = try Self.names(arguments.operands, files, tool)
    let models =
      files.isEmpty ? tool.models : files + tool.models.filter { named.contains($0.name) }
    let only = try Self.patterns(Self.only, arguments, models)
    let except = try Self.patterns(Self.except, arguments, models)
    for model in models {
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

  /// The names of the models that are meant: a race file's is its path.
  private static func names(
    _ operands: [String], _ files: [Model], _ tool: CommandLineTool
  ) throws(InputError) -> [String] {
    var names = files.map(\.name)
    for name in operands
    where !files.contains(where: { $0.name == name || $0.name.isIn(folder: name) }) {
      names.append(try tool.model(named: name).name)
    }
    return names
  }

  private static func patterns(
    _ option: Option<[String]>, _ arguments: ParsedArguments, _ models: [Model]
  ) throws(InputError) -> [VariantPattern] {
    try arguments[option].map { text throws(InputError) in
      let pattern = VariantPattern(text)
      try pattern.requireMatch(among: models)
      return pattern
    }
  }
}

extension String {
  /// Whether a path is of something in a folder.
  fileprivate func isIn(folder: String) -> Bool {
    hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }
}
