/// What a system is held to: an invariant or a goal.
///
/// The engine knows it by its number. People and files know it by its name, which no other property
/// of the system has.
public protocol Property: Sendable {
  /// Its place among the system's invariants or among its goals, from 0.
  var number: Int { get }
  /// What holds or is reached, in a sentence without its full stop.
  var name: String { get }
  var declaration: SourceLine { get }
}

/// Something that must be true in every reachable state.
public struct Invariant: Property {
  public let number: Int
  /// The invariant in a sentence that says what holds: "an offline page is on no free list".
  public let name: String
  public let declaration: SourceLine
  /// What happens to the search when the invariant is violated.
  public let severity: Severity
  let holds: @Sendable (State) -> Bool
}

/// Something that must be able to happen.
public struct Goal: Property {
  public enum Kind: String, Sendable, Codable {
    /// Some reachable state fulfils it.
    case reachable
    /// From every reachable state, a state that fulfils it can still be reached.
    case alwaysReachable
  }

  public let number: Int
  /// What is reached, in a sentence: "the memory block is offline".
  public let name: String
  public let declaration: SourceLine
  public let kind: Kind
  let isReached: @Sendable (State) -> Bool
}
