/// One thing that is not as it should be, with the schedule that shows it.
public struct Finding: Sendable {
  public let kind: FindingKind
  /// The property; nil where the finding is about none.
  public let subject: (any Property)?
  /// The name of the property, or the description of the deadlock or fault.
  public let property: String
  public let severity: Severity
  /// The shortest way there; among the shortest, the one with fewest switches between actors.
  public let trace: Trace
  /// The fields that the invariant or goal looks at in the trace's last state, with their values
  /// there. For a deadlock, those that waiting actors look at; empty for what is wrong
  /// with a step, which shows what it saw itself.
  public let evidence: [FieldRead]
}

extension Finding {
  /// The steps that lead to it; nil where it is true of all states, and none do.
  public var length: Int? { kind.isAboutAllStates ? nil : trace.steps.count }
}
