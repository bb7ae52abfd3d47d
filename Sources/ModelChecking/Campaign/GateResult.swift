/// What a variant was found to show, held against what it is expected to.
public struct GateResult: Sendable {
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// Verdict and warnings are those that the variant states and, at the default bounds, so are
    /// the lengths of their traces.
    case expected
    case unexpected
    /// A limit ended the search. Never as good as expected.
    case inconclusive
    case notRun = "not run"
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
      return isMet ? .expected : .unexpected
    case .broken: return .unexpected
    case .notRun: return .notRun
    }
  }

  /// What the search found, if there was one.
  public var outcome: Outcome? { ending.outcome }
}
