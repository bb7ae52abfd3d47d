import ModelChecking

/// A search and what it found, ready to be shown.
public struct CheckReport: Sendable {
  public let model: String
  public let variant: String
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
    self.variant = variant
    self.bounds = bounds.values
    self.outcome = outcome
    self.command = command
    self.system = system
  }
}
