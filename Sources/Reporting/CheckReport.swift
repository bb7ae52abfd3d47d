import ModelChecking

/// A search and what it found, ready to be shown.
public struct CheckReport: Sendable {
  public let configuration: Configuration
  /// The system of the configuration.
  public let system: System
  public let outcome: Outcome
  /// The command line that finds the same again.
  public let command: String

  public init(_ configuration: Configuration, system: System, outcome: Outcome, command: String) {
    self.configuration = configuration
    self.system = system
    self.outcome = outcome
    self.command = command
  }
}
