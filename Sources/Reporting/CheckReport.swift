import ModelChecking

/// A search and what it found, ready to be shown.
public struct CheckReport: Sendable {
  public let model: String
  /// What the model asks, in a sentence.
  let question: String
  public let variant: String
  /// What the variant is, in a sentence without an end.
  let variantSummary: String
  /// The bounds in the model's order.
  public let bounds: [(name: String, value: Int)]
  public let outcome: Outcome
  /// The command line that finds the same again.
  public let command: String
  public let system: System

  public init(
    model: Model, variant: String, bounds: Bounds, system: System, outcome: Outcome,
    command: String
  ) {
    self.model = model.name
    question = model.summary
    self.variant = variant
    variantSummary = model.variants.first { $0.name == variant }?.summary ?? ""
    self.bounds = bounds.values
    self.outcome = outcome
    self.command = command
    self.system = system
  }
}
