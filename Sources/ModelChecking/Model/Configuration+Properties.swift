/// What is asked of a system stays the same whatever is taken out of it: a piece that takes a property
/// along would be found redundant just because nobody asks any more, and one that brings a property
/// when it goes would be found needed for it.
extension Configuration {
  /// What a model holds a system to, by name: invariants, goals, and the claims at its steps. Statements
  /// of the kernel's, as `BUG_ON()`, are code and go with the code that has them.
  struct Properties: Equatable {
    private let named: [(kind: String, name: String)]

    init(of system: System) {
      // Which accesses race is a matter of what is there.
      named =
        system.invariants.filter { $0.race == nil && !$0.isImplied }.map { ("invariant", $0.name) }
        + system.goals.map { ("goal", $0.name) }
        + system.assertions.filter { $0.kind == .violated }.map { ("claim", $0.name) }
    }

    /// The first that the other hasn't got, in words: "the invariant 'only one is inside'".
    func firstMissing(in other: Properties) -> String? {
      named.first { mine in !other.named.contains { $0 == mine } }
        .map { "the \($0.kind) '\($0.name)'" }
    }

    static func == (one: Properties, other: Properties) -> Bool {
      one.firstMissing(in: other) == nil && other.firstMissing(in: one) == nil
    }
  }

  /// The properties of the variant with all its pieces.
  ///
  /// - Throws: `InputError` for a model whose declarations are wrong.
  func propertiesOfWhole() throws(InputError) -> Properties {
    Properties(of: try whole.declared())
  }

  /// The system to search, which has the properties of the whole.
  ///
  /// - Throws: `InputError` that names the piece and the property where it hasn't; and for a model
  ///   whose declarations are wrong.
  func system(with properties: Properties) throws(InputError) -> System {
    // A mistake may well leave out what makes a claim.
    if mistake != nil { return try self.system() }
    let system = try declared()
    let own = Properties(of: system)
    guard own != properties else { return system }
    // One piece alone, if there is one that does it.
    for piece in takenOut.positions {
      let without = whole.without(PieceSet(piece: piece))
      let part = Properties(of: try without.declared())
      if part != properties { throw without.change(from: properties, to: part) }
    }
    throw change(from: properties, to: own)
  }

  private func change(from whole: Properties, to own: Properties) -> InputError {
    let isOne = takenOut.count == 1
    let names = takenOutNames.map { "'\($0)'" }.joined(separator: ", ")
    let change =
      if let lost = whole.firstMissing(in: own) {
        "\(isOne ? "takes" : "take") \(lost) along"
      } else {
        "\(isOne ? "brings" : "bring") \(own.firstMissing(in: whole) ?? "a property") "
          + "where \(isOne ? "it is" : "they are") taken out"
      }
    return InputError(
      "model '\(model.name)' is broken: \(isOne ? "piece" : "pieces") \(names) of variant "
        + "'\(variant.name)' \(change); a piece changes what the system does, never what is asked of it"
    )
  }
}
