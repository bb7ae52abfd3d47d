import ModelChecking
import TestSupport
import Testing

/// Searches what is declared, expects what a variant would state, the same of the reference search, and
/// steps that read and write what they say.
@discardableResult
func expect(
  _ expected: ModelChecking.Expectation, _ comment: Comment? = nil,
  at location: SourceLocation = #_sourceLocation, _ build: (SystemBuilder) -> Void
) throws -> Outcome {
  let system = try System(build)
  let outcome = try system.search()
  let found = outcome.findings.map { "\($0.property): \($0.trace.steps.map(\.name))" }
  let isMet = expected.isMet(by: outcome)
  #expect(
    isMet, "\(comment ?? "") found \(outcome.verdict), \(found)", sourceLocation: location)
  let reference = try system.search(strategy: .reference)
  #expect(outcome.verdict == reference.verdict, comment, sourceLocation: location)
  #expect(
    outcome.statistics.states == reference.statistics.states, comment, sourceLocation: location)
  #expect(checkFootprints(of: system, mostStates: 60) == [], comment, sourceLocation: location)
  return outcome
}

/// What becomes of a thing that can be freed: a ghost that notes it, and steps that use and free it.
struct Thing: Sendable {
  let isFreed: Ghost<Bool>

  init(_ name: String = "thing", in system: SystemBuilder) {
    isFreed = system.ghost("\(name).freed", .flag, initially: false)
  }

  static let claim = "nothing is used that is freed"

  /// The kernel's memory sanitizer, at any step.
  func uses(_ step: Step) -> Step {
    step.asserting(Self.claim) { s in !s[isFreed] }
  }

  var use: Step { uses(Step("use")) }

  var free: Step { Step("free").noting { s in s[isFreed] = true } }
}
