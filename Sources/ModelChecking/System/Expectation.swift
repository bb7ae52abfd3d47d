/// What a search of a variant must find, so that a changed verdict is noticed.
public struct Expectation: Sendable, Equatable {
  /// The verdict, with the property where the verdict is about one.
  public let verdict: Verdict
  /// The steps of the shortest trace, for verdicts that come with one.
  public let steps: Int?
  /// The warnings that appear on the way, each with the steps of its shortest trace.
  public let warnings: [String: Int]

  /// Every property holds.
  public static let holds = Expectation(verdict: .holds, steps: nil, warnings: [:])

  /// An invariant is violated, first after `steps` steps.
  public static func violated(
    _ invariant: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    Expectation(verdict: .violated(invariant), steps: steps, warnings: warnings)
  }

  /// No reachable state fulfils the goal.
  public static func goalUnreachable(_ goal: String) -> Expectation {
    Expectation(verdict: .goalUnreachable(goal), steps: nil, warnings: [:])
  }

  /// The goal gets out of reach, first after `steps` steps.
  public static func stuck(_ goal: String, steps: Int) -> Expectation {
    Expectation(verdict: .stuck(goal), steps: steps, warnings: [:])
  }

  /// Nothing can move although somebody is not finished, first after `steps` steps.
  public static func deadlock(steps: Int) -> Expectation {
    Expectation(verdict: .deadlock, steps: steps, warnings: [:])
  }

  /// Whether `outcome` is what was expected.
  public func isMet(by outcome: Outcome) -> Bool {
    let found = outcome.findings.filter { $0.severity == .warning }
    let foundWarnings = Dictionary(
      found.map { ($0.property, $0.trace.steps.count) }, uniquingKeysWith: min)
    if case .violated(let name) = verdict, outcome.verdict == verdict,
      outcome.findings.first?.severity == .warning
    {
      // The verdict itself is a warning: it is not listed a second time.
      return outcome.findings.first?.trace.steps.count == steps
        && foundWarnings.filter { $0.key != name } == warnings
    }
    return outcome.verdict == verdict && foundWarnings == warnings
      && (steps == nil || outcome.findings.first?.trace.steps.count == steps)
  }
}

extension Expectation: CustomStringConvertible {
  public var description: String {
    let after = steps.map { " after \($0) steps" } ?? ""
    let main =
      switch verdict {
      case .holds: "holds"
      case .violated(let name): "violated\(after): \(name)"
      case .deadlock: "deadlock\(after)"
      case .stuck(let goal): "stuck\(after): \(goal)"
      case .goalUnreachable(let goal): "goal unreachable: \(goal)"
      case .faulted(let text): "faulted\(after): \(text)"
      case .inconclusive(let limit): "inconclusive (\(limit.rawValue))"
      }
    let extra = warnings.sorted { $0.key < $1.key }.map { "; warning after \($1) steps: \($0)" }
    return main + extra.joined()
  }
}
