/// What a search is about: a variant of a model, without some of its pieces, at some bounds.
///
///     let configuration = try Configuration(
///       .putPageRace, variant: "put-page-hook", settings: ["pages": 2])
///     let outcome = try configuration.system().search()
///
/// All of it is there: names and values are checked when it is made.
public struct Configuration: Sendable {
  public let model: Model
  /// The pieces that are taken out of the variant, by their positions in `model.pieces`.
  public private(set) var takenOut: PieceSet
  public let bounds: Bounds
  /// What machine it is checked for.
  public var memoryModel = MemoryModel.sc
  /// Whether data races are told of, also where the model doesn't ask for that.
  public var reportsDataRaces = false
  /// A mistake that is made in the programs on purpose.
  var mistake: Mistake?
  /// The barriers that are taken out of the programs; nil where nobody asks which are needed.
  var weakened: Set<Barrier>?

  let variantNumber: Int

  /// A mistake, and its number among those that can be made.
  struct Mistake: Sendable {
    let number: Int
    let mutation: Mutation
  }

  /// - Parameters:
  ///   - variant: the name of one of `model.variants`; the first if nil.
  ///   - pieces: the names of those of `model.pieces` that are taken out of it.
  ///   - settings: values for some of the bounds, by name; the others have their default values.
  /// - Throws: `InputError` for a name that is not there, with the nearest, a piece named twice, and
  ///   a value out of range.
  public init(
    _ model: Model, variant: String? = nil, without pieces: [String] = [],
    settings: [String: Int] = [:]
  ) throws(InputError) {
    self.model = model
    let name = variant ?? model.variants[0].name
    guard let number = model.variants.firstIndex(where: { $0.name == name }) else {
      throw InputError.unknown(
        "variant", name, of: "model '\(model.name)'", among: model.variants.map(\.name))
    }
    variantNumber = number
    takenOut = try model.pieces(named: pieces)
    bounds = try Bounds(model.bounds, settings: settings, model: model.name)
  }

  public var variant: VariantSummary { model.variants[variantNumber] }

  /// What a search must find at the default bounds; nil where the variant says nothing of the memory model.
  public var expected: Expectation? { variant.expected(under: memoryModel) }

  /// The same with these pieces taken out as well; what is no piece of the model can't be.
  public func without(_ pieces: PieceSet) -> Configuration {
    var configuration = self
    configuration.takenOut.formUnion(pieces.intersection(.first(model.pieces.count)))
    return configuration
  }

  /// The names of the pieces that are taken out, in the model's order.
  public var takenOutNames: [String] { takenOut.positions.map { model.pieces[$0].name } }

  /// The system to search.
  ///
  /// - Throws: `InputError` for a model whose declarations are wrong, and where a piece that is taken
  ///   out changes what the system is held to.
  public func system() throws(InputError) -> System {
    if takenOut.isEmpty || mistake != nil {
      return try system(mutating: mistake.map { .making($0.mutation) } ?? .no)
    }
    return try system(with: propertiesOfWhole())
  }

  /// The same with every piece of the variant.
  var whole: Configuration {
    var configuration = self
    configuration.takenOut = PieceSet()
    return configuration
  }

  /// The system as the model declares it.
  func declared() throws(InputError) -> System { try system(mutating: .no) }

  func system(mutating: Mutating) throws(InputError) -> System {
    try model.requireSound()
    let mutating = weakened.map { .takingOut($0) } ?? mutating
    do {
      return try System(mutating: mutating, memoryModel) { system in
        model.build(system, self)
        if reportsDataRaces { system.reportDataRaces(at: model.declaration) }
      }
    } catch {
      let machine =
        memoryModel == .sc ? "is broken" : "can't be checked under \(memoryModel.rawValue)"
      throw InputError("model '\(model.name)' \(machine): \(error)")
    }
  }

  /// Whether all bounds are those for which the variant states its verdict in full.
  public var isAtDefaultBounds: Bool {
    model.bounds.allSatisfy { bounds[$0] == $0.defaultValue }
  }
}

extension Configuration {
  /// What reports call it: "put-page-race as-reported pages=1 walkers=1".
  public var name: String {
    let without = takenOut.isEmpty ? [] : ["without", takenOutNames.joined(separator: ",")]
    let bounds = bounds.values.map { "\($0.name)=\($0.value)" }
    let mistake = mistake.map {
      ["with \($0.mutation.title) in \($0.mutation.function)"]
    }
    return ([model.name, variant.name] + without + bounds).joined(separator: " ") + machine
      + (mistake.map { [""] + $0 } ?? []).joined(separator: " ")
  }

  /// " under tso", as names end; empty under sequential consistency.
  private var machine: String { memoryModel == .sc ? "" : " under \(memoryModel.rawValue)" }

  /// The variant as a check of a gate is called within its model: "as-reported", "as-reported under tso".
  package var variantTitle: String { variant.name + machine }

  /// "MODEL/VARIANT", as a check of a gate is called: with the memory model where that isn't sequential
  /// consistency.
  public var checkName: String { variantName + machine }

  /// "MODEL/VARIANT", as the patterns of a command line choose it.
  public var variantName: String { "\(model.name)/\(variant.name)" }

  /// The arguments that ask a command for it again: "put-page-race --variant as-reported".
  ///
  /// They name the variant even where it is the default one, and the bounds that are not at their
  /// default values.
  public var arguments: String {
    let pieces = takenOutNames.joined(separator: ",").asShellWord
    let without = takenOut.isEmpty ? [] : ["--without \(pieces)"]
    let settings = model.bounds.filter { bounds[$0] != $0.defaultValue }
      .map { "--set \("\($0.name)=\(bounds[$0])".asShellWord)" }
    let machine = memoryModel == .sc ? [] : ["--memory-model \(memoryModel.rawValue)"]
    let races = reportsDataRaces ? ["--data-races"] : []
    let mistake = mistake.map { ["--mistake \($0.number)"] } ?? []
    let names = "\(model.name.asShellWord) --variant \(variant.name.asShellWord)"
    return ([names] + without + settings + machine + races + mistake)
      .joined(separator: " ")
  }
}

extension Model {
  /// The system of one variant, for callers that need nothing else of its configuration.
  ///
  /// - Throws: what `Configuration` throws.
  public func system(
    variant: String? = nil, settings: [String: Int] = [:]
  ) throws(InputError) -> System {
    try Configuration(self, variant: variant, settings: settings).system()
  }
}
