import ModelChecking
import Testing

/// Expects that the fast search finds what the reference search found: verdict, figures and traces.
func expectAgreement(
  of system: System, with reference: Outcome, threads: Int, _ comment: Comment,
  options: SearchOptions = SearchOptions()
) throws {
  var options = options
  options.threads = threads
  // Small systems are over before a step is remembered, unless it is done at once.
  options.cacheInterval = threads == 2 ? 64 : 1
  options.mostStatesUnreduced = threads == 1 ? nil : 0
  options.leastArrangements = 1
  options.setsRegistersBack = false
  expectEqual(try system.search(options), reference, comment)
}

/// Expects the same verdict, figures and traces.
func expectEqual(_ fast: Outcome, _ reference: Outcome, _ comment: Comment) {
  #expect(fast.verdict == reference.verdict, comment)
  #expect(fast.goals == reference.goals, comment)
  #expect(fast.coverage == reference.coverage, comment)
  #expect(fast.statistics.states == reference.statistics.states, comment)
  #expect(fast.statistics.transitions == reference.statistics.transitions, comment)
  #expect(fast.statistics.depth == reference.statistics.depth, comment)
  #expect(fast.statistics.widestLevel == reference.statistics.widestLevel, comment)
  #expect(fast.findings.map(\.property) == reference.findings.map(\.property), comment)
  #expect(fast.findings.map(\.trace.steps) == reference.findings.map(\.trace.steps), comment)
  #expect(fast.findings.map(\.evidence) == reference.findings.map(\.evidence), comment)
  #expect(fast.findings.map(\.trace.loop) == reference.findings.map(\.trace.loop), comment)
}

extension [FieldRead] {
  /// Each as "page0.refcount = 1".
  var texts: [String] { map { "\($0.field) = \($0.value)" } }
}
