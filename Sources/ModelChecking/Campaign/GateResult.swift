/// What a variant was found to show, held against what it is expected to.
public struct GateResult: Sendable {
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// Verdict and warnings are those that the variant states and, at the default bounds, so are
    /// the lengths of their traces.
    case expected
    case unexpected
    /// It holds, as expected, but not all that the model has ever happened, and the model does not say
    /// why: nothing is proved about that.
    case vacuous
    /// A limit ended the search. Never as good as expected.
    case inconclusive
    case notRun = "not run"
    /// Something is wrong with the model: its declarations, or a function of it.
    case error
  }

  public let configuration: Configuration
  public let expected: Expectation
  public let ending: Campaign.Ending

  public init(_ configuration: Configuration, expected: Expectation, _ ending: Campaign.Ending) {
    self.configuration = configuration
    self.expected = expected
    self.ending = ending
  }

  public var status: Status {
    switch ending {
    case .searched(_, let outcome):
      if case .inconclusive = outcome.verdict { return .inconclusive }
      let isMet = expected.isMet(
        by: outcome, comparingLengths: configuration.isAtDefaultBounds)
      if !isMet { return .unexpected }
      let isVacuous = outcome.verdict == .holds && outcome.coverage?.isVacuous ?? false
      return isVacuous ? .vacuous : .expected
    case .broken: return .error
    case .notRun: return .notRun
    }
  }

  /// What the search found, if there was one.
  public var outcome: Outcome? { ending.outcome }
}
