/// What a system is held to: an invariant, a goal, or what a step asserts.
///
/// The engine knows it by its number. People and files know it by its name, which no other property
/// of the system has.
public protocol Property: Sendable {
  /// Its place among the system's invariants, goals or assertions, from 0.
  var number: Int { get }
  /// What holds or is reached, in a sentence without its full stop, or the kernel's statement.
  var name: String { get }
  var declaration: SourceLine { get }
  /// Which property of the system it is.
  var id: PropertyID { get }
}

/// Which property of a system something is about, by its number among those of its sort.
public enum PropertyID: Hashable, Sendable {
  case invariant(Int)
  case assertion(Int)
  case goal(Int)
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

  public var id: PropertyID { .invariant(number) }
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

  public var id: PropertyID { .goal(number) }
}

/// What steps claim about what they meet.
public struct Assertion: Property {
  public let number: Int
  /// The claim in a sentence, or the kernel's statement.
  public let name: String
  /// Where it is first made.
  public let declaration: SourceLine
  public let severity: Severity
  let wording: StepAssertion.Wording

  public var id: PropertyID { .assertion(number) }

  /// What it is found to be where it is false.
  var kind: FindingKind {
    switch wording {
    case .claim: .violated
    case .statement: .assertionFailed
    }
  }
}
