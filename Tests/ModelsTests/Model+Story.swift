import ModelChecking
import Testing

/// What happens in a variant's shortest trace, as a mail or a commit tells it.
struct Story: CustomTestStringConvertible, Sendable {
  let model: Model
  let variant: String
  /// Each as "actor: step".
  let steps: [String]
  var testDescription: String { "\(model.name) \(variant)" }
}

extension Model {
  /// The steps of a variant's shortest trace, each as "actor: step".
  func story(of variant: String, under memoryModel: MemoryModel = .sc) throws -> [String] {
    var configuration = try Configuration(self, variant: variant)
    configuration.memoryModel = memoryModel
    let outcome = try configuration.system().search()
    return try #require(outcome.findings.first).trace.steps.map { "\($0.actor): \($0.name)" }
  }
}
