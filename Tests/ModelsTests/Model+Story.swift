import ModelChecking
import Testing

extension Model {
  /// The steps of a variant's shortest trace, each as "actor: step".
  func story(of variant: String) throws -> [String] {
    let outcome = try system(variant: variant).search()
    return try #require(outcome.findings.first).trace.steps.map { "\($0.actor): \($0.name)" }
  }
}
