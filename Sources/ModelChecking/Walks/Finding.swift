/// One thing that is not as it should be, with the schedule that shows it.
public struct Finding: Sendable {
  public let kind: FindingKind
  /// The property; nil where the finding is about none.
  public let subject: (any Property)?
  /// The name of the property, or the description of the deadlock or fault.
  public let property: String
  public let severity: Severity
  /// The shortest way there; among the shortest, the one with fewest switches between actors, unless
  /// the trace says otherwise.
  public internal(set) var trace: Trace
  /// The fields that the invariant or goal looks at in the trace's last state, with their values
  /// there. For a deadlock, those that waiting actors look at; empty for what is wrong
  /// with a step, which shows what it saw itself.
  public let evidence: [FieldRead]
  /// For a deadlock: what each actor waits for that can't go on, where the trace ends.
  public var waits: [WaitingActor] = []
  /// For a data race: the two accesses, as they may be made where the trace ends.
  public var races: [RacingAccess] = []
}

/// An actor that waits.
public struct WaitingActor: Sendable, Equatable {
  public let actor: String
  /// The step that it would take.
  public let step: String
  /// Where the step is written.
  public let declaration: SourceLine
  public let obstacle: Obstacle

  /// What keeps it from that step.
  public enum Obstacle: Sendable, Equatable {
    /// Others hold the lock.
    case lock(String, holders: [String])
    /// Others keep it from its CPU.
    case cpu(holders: [String])
    /// It sees these values and waits for others.
    case values([FieldRead])
  }
}

extension Finding {
  /// The steps that lead to it; nil where it is true of all states, and none do.
  public var length: Int? { kind.isAboutAllStates ? nil : trace.steps.count }
}
