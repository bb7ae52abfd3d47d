import ModelChecking

/// A search and what it found, ready to be shown.
public struct CheckReport: Sendable {
  public let configuration: Configuration
  /// The system of the configuration.
  public let system: System
  public let outcome: Outcome
  /// The command line that finds the same again.
  public let command: String
  /// How often actors must be interrupted for what was found, where that was looked at.
  public var preemptions: Preemptions?
  /// From where on what was found can't be helped, where that was looked at.
  public var turningPoint: TurningPoint?
  /// The command line that walks through the system step by step, where there is one.
  public var walkCommand: String?
  /// The text of the race file, where it is one.
  public var source: SourceListing?

  public init(_ configuration: Configuration, system: System, outcome: Outcome, command: String) {
    self.configuration = configuration
    self.system = system
    self.outcome = outcome
    self.command = command
  }
}
