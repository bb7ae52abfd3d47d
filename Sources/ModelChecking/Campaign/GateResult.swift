/// A variant at some bounds, to be held against what it is expected to show.
public struct GateCheck: Sendable {
  public let model: Model
  public let variant: VariantSummary
  public let bounds: Bounds

  /// - Throws: `InputError` for a bound the model doesn't have or a value outside its range.
  public init(
    _ model: Model, _ variant: VariantSummary, settings: [String: Int] = [:]
  ) throws(InputError) {
    self.model = model
    self.variant = variant
    bounds = try Bounds(model.bounds, settings: settings, model: model.name)
  }

  /// "MODEL/VARIANT".
  public var name: String { "\(model.name)/\(variant.name)" }

  /// Whether the bounds are those for which the variant states its verdict in full.
  var isAtDefaultBounds: Bool {
    model.bounds.allSatisfy { bounds[$0] == $0.defaultValue }
  }

  func system() throws(InputError) -> System {
    try model.system(
      variant: variant.name, settings: Dictionary(uniqueKeysWithValues: bounds.values))
  }
}

/// What became of a check.
public struct GateResult: Sendable {
  public enum Ending: Sendable {
    case searched(System, Outcome)
    /// There was nothing to search: the model's declarations are wrong, in a sentence.
    case broken(String)
    /// Its turn never came, for a reason in a sentence.
    case notRun(String)
  }

  public enum Status: String, Sendable, Codable, CaseIterable {
    /// Verdict and warnings are those that the variant states and, at the default bounds, so are
    /// the lengths of their traces.
    case expected
    case unexpected
    /// A limit ended the search. Never as good as expected.
    case inconclusive
    case notRun = "not run"
  }

  public let check: GateCheck
  public let ending: Ending

  public init(check: GateCheck, ending: Ending) {
    self.check = check
    self.ending = ending
  }

  public var status: Status {
    switch ending {
    case .searched(_, let outcome):
      if case .inconclusive = outcome.verdict { return .inconclusive }
      let isMet = check.variant.expected.isMet(
        by: outcome, comparingLengths: check.isAtDefaultBounds)
      return isMet ? .expected : .unexpected
    case .broken: return .unexpected
    case .notRun: return .notRun
    }
  }

  /// What the search found, if there was one.
  public var outcome: Outcome? {
    if case .searched(_, let outcome) = ending { outcome } else { nil }
  }
}
