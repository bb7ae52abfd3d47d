/// Something that must be true in every reachable state.
public struct Invariant: Sendable {
  /// The invariant in a sentence that says what holds: "an offline page is on no free list".
  public let name: String
  public let severity: Severity
  let holds: @Sendable (State) -> Bool
}

/// Something that must be able to happen.
public struct Goal: Sendable {
  public enum Kind: String, Sendable, Codable {
    /// Some reachable state fulfils it.
    case reachable
    /// From every reachable state, a state that fulfils it can still be reached.
    case alwaysReachable
  }

  /// What is reached, in a sentence: "the memory block is offline".
  public let name: String
  public let kind: Kind
  let isReached: @Sendable (State) -> Bool
}

/// What steps claim about what they meet.
public struct Assertion: Sendable {
  /// The claim in a sentence, or the kernel's statement.
  public let name: String
  let wording: StepAssertion.Wording
  public let severity: Severity
  /// Where it is first made.
  let declaration: SourceLine
}
