import ModelChecking

/// The system that a command is about: a model with its variant and bounds.
struct SystemChoice: Sendable {
  /// The options that choose a system, for the commands that take a model.
  static let options: [any DeclaredOption] = [variant, set, large]

  static let variant = variant("the variant", otherwise: "the model's first")
  static let set = Option(
    repeated: "--set", .text("BOUND=N", .settings), "a bound of the model")
  static let large = Option(
    flag: "--large", "the bounds' larger values, for those that --set leaves")

  static func variant(_ help: String, otherwise fallback: String) -> Option<String?> {
    Option("--variant", .text("NAME", .variants), help, otherwise: fallback)
  }

  let model: Model
  let variant: VariantSummary
  let bounds: Bounds
  let system: System

  /// - Parameter takesFix: whether the variant is by default the model's fix, not its first.
  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, takesFix: Bool = false
  ) throws(InputError) {
    let model = try tool.model(named: arguments.operand ?? "")
    try self.init(
      model, variant: arguments[Self.variant] ?? (takesFix ? model.fix.name : nil),
      settings: try Self.settings(arguments, model))
  }

  /// The system that a saved trace was made with, by name: its parts may have changed since.
  init(_ tool: CommandLineTool, _ trace: SavedTrace) throws(InputError) {
    let model = try tool.model(named: trace.model.printable)
    for bound in model.bounds where trace.bounds[bound.name] == nil {
      throw InputError("bound '\(bound.name)' of model '\(model.name)' is missing")
    }
    let bounds = trace.bounds.map { ($0.printable, $1) }
    try self.init(
      model, variant: trace.variant.printable,
      settings: Dictionary(bounds, uniquingKeysWith: { first, _ in first }))
  }

  private init(
    _ model: Model, variant name: String?, settings: [String: Int]
  ) throws(InputError) {
    self.model = model
    variant = model.variants[try model.variantNumber(name)]
    bounds = try Bounds(model.bounds, settings: settings, model: model.name)
    system = try model.system(variant: variant.name, settings: settings)
  }

  /// The arguments that choose the same system again.
  var arguments: String { Self.arguments(model, variant, bounds) }

  /// The arguments that choose a system.
  static func arguments(_ model: Model, _ variant: VariantSummary, _ bounds: Bounds) -> String {
    let settings = bounds.values.compactMap { setting in
      let isDefault = model.bounds.contains {
        $0.name == setting.name && $0.defaultValue == setting.value
      }
      return isDefault ? nil : " --set \(setting.name)=\(setting.value)"
    }
    return "\(model.name) --variant \(variant.name)" + settings.joined()
  }

  /// The bounds that the arguments set, by name.
  static func settings(
    _ arguments: ParsedArguments, _ model: Model
  ) throws(InputError) -> [String: Int] {
    var settings: [String: Int] = [:]
    for text in try arguments[set] {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        let example = model.bounds.first.map { ", such as \($0.name)=\($0.defaultValue)" } ?? ""
        throw InputError("--set needs BOUND=N\(example), not '\(text)'")
      }
      let name = String(parts[0])
      guard let bound = model.bounds.first(where: { $0.name == name }) else {
        throw InputError.unknown(
          "bound", name, of: "model '\(model.name)'", among: model.bounds.map(\.name))
      }
      if let earlier = settings[name] {
        throw InputError("bound '\(name)' is set twice, to \(earlier) and to \(parts[1])")
      }
      settings[name] = try Quantities.integer(
        String(parts[1]), of: "bound '\(name)' of model '\(model.name)'", in: bound.range)
    }
    if arguments.has(large) { settings.merge(model.largeBounds) { set, _ in set } }
    return settings
  }
}

extension Model {
  /// The larger value of every bound, by name.
  var largeBounds: [String: Int] {
    Dictionary(uniqueKeysWithValues: bounds.map { ($0.name, $0.largeValue) })
  }
}
