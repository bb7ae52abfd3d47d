/// Many variants, each held against what it is expected to show, within one budget.
public struct Gate: Sendable {
  public let checks: [Configuration]
  /// What each must find.
  private let expected: [Expectation]
  private let campaign: Campaign

  /// What all searches may use together.
  public var budget: SearchOptions { campaign.budget }

  /// - Parameters:
  ///   - checks: configurations without pieces taken out, for which no variant states a verdict.
  ///   - budget: what all searches may use together.
  /// - Throws: `InputError` for less memory than a small search is given, for pieces taken out, and where a
  ///   variant states no verdict under the memory model.
  public init(_ checks: [Configuration], budget: SearchOptions) throws(InputError) {
    if let check = checks.first(where: { !$0.takenOut.isEmpty }) {
      throw InputError("'\(check.name)' lacks pieces, and no verdict is stated for that")
    }
    try Campaign.requireRoom(budget)
    self.checks = checks
    expected = try checks.map { check throws(InputError) in
      guard let expected = check.expected else {
        throw InputError("no verdict of '\(check.checkName)' is stated")
      }
      return expected
    }
    campaign = Campaign(budget: budget)
  }

  /// Runs every check for which the budget lasts.
  ///
  /// - Parameters:
  ///   - monitor: ends the run; what is under way is then inconclusive, and the rest not run.
  ///   - report: gets each result as soon as it and all before it are there, one at a time.
  /// - Returns: the results in the order of the checks.
  public func run(
    monitor: SearchMonitor = SearchMonitor(), report: @Sendable (GateResult) -> Void = { _ in }
  ) -> [GateResult] {
    campaign.run(
      checks, monitor: monitor, report: { report(result($0, $1)) },
      system: { check throws(InputError) in try check.system() }
    ).enumerated().map(result)
  }

  /// The results of runs that shared out the checks.
  ///
  /// - Throws: `InputError` where a part that is there has nothing of a check, or searched another system.
  public func results(
    of parts: ShardReports, report: (GateResult) -> Void = { _ in }
  ) throws(InputError) -> [GateResult] {
    try checks.enumerated().map { number, check throws(InputError) in
      let ending = try parts.ending(of: check.name) { () throws(InputError) in
        try check.system()
      }
      let result = result(number, ending)
      report(result)
      return result
    }
  }

  private func result(_ number: Int, _ ending: Campaign.Ending) -> GateResult {
    let expected = expected[number]
    if case .searched(let system, _) = ending,
      let problem = expected.propertyProblem(in: system)
    {
      return GateResult(checks[number], expected: expected, .broken(problem))
    }
    return GateResult(checks[number], expected: expected, ending)
  }
}
