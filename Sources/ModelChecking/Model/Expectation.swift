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

  /// Whether `outcome` is what was expected: verdict and warnings, with the lengths of their traces.
  ///
  /// - Parameter comparesLengths: false at bounds for which the lengths were not stated.
  public func isMet(by outcome: Outcome, comparingLengths comparesLengths: Bool = true) -> Bool {
    let found = Expectation(metBy: outcome)
    if comparesLengths { return self == found }
    return verdict == found.verdict && Set(warnings.keys) == Set(found.warnings.keys)
  }

  /// What `outcome` shows, in the form of an expectation.
  public init(metBy outcome: Outcome) {
    let shown = outcome.findings.filter { $0.severity == .warning }
    var warnings = Dictionary(
      shown.map { ($0.property, $0.trace.steps.count) }, uniquingKeysWith: min)
    let length = outcome.findings.first?.trace.steps.count
    switch outcome.verdict {
    case .violated(let name):
      // A verdict that is itself a warning is not listed a second time.
      if outcome.findings.first?.severity == .warning { warnings[name] = nil }
      self.init(verdict: outcome.verdict, steps: length, warnings: warnings)
    case .deadlock, .stuck, .faulted:
      self.init(verdict: outcome.verdict, steps: length, warnings: warnings)
    case .holds, .goalUnreachable, .inconclusive:
      self.init(verdict: outcome.verdict, steps: nil, warnings: warnings)
    }
  }

  private init(verdict: Verdict, steps: Int?, warnings: [String: Int]) {
    self.verdict = verdict
    self.steps = steps
    self.warnings = warnings
  }
}

extension Expectation: CustomStringConvertible {
  public var description: String {
    let subject: String? =
      switch verdict {
      case .violated(let name), .stuck(let name), .goalUnreachable(let name), .faulted(let name):
        name
      case .holds, .deadlock, .inconclusive: nil
      }
    let extra = warnings.sorted { $0.key < $1.key }.map { "; warning after \($1) steps: \($0)" }
    return outline + (subject.map { ": \($0)" } ?? "") + extra.joined()
  }

  /// The verdict and the length of its trace: "violated after 5 steps".
  package var outline: String {
    let after = steps.map { " after \($0) steps" } ?? ""
    return switch verdict {
    case .holds: "holds"
    case .violated: "violated\(after)"
    case .deadlock: "deadlock\(after)"
    case .stuck: "stuck\(after)"
    case .goalUnreachable: "goal unreachable"
    case .faulted: "faulted\(after)"
    case .inconclusive(let limit): "inconclusive (\(limit.rawValue))"
    }
  }
}
