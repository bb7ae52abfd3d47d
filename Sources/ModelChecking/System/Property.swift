/// Something that must be true in every reachable state.
public struct Invariant: Sendable {
  /// What happens to the search when the invariant is violated.
  public enum Severity: String, Sendable, Codable {
    /// The kernel would be corrupt: the search stops after the level that shows it.
    case bug
    /// The kernel would warn and go on, and so does the search.
    case warning
  }

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
