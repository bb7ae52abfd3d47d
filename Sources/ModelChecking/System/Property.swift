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
public enum PropertyID: Hashable, Sendable, Codable {
  case invariant(Int)
  case assertion(Int)
  case goal(Int)
  /// That the actor of this number comes to its end.
  case ending(Int)

  var isEnding: Bool { if case .ending = self { true } else { false } }
}

/// Something that must be true in every reachable state.
public struct Invariant: Property {
  public let number: Int
  /// The invariant in a sentence that says what holds: "an offline page is on no free list".
  public let name: String
  public let declaration: SourceLine
  /// What happens to the search when the invariant is violated.
  public let severity: Severity
  /// The states of which it claims something; nil where of all.
  let antecedent: (@Sendable (State) -> Bool)?
  /// What it claims of them.
  let claim: @Sendable (State) -> Bool
  let code: AuthorCode
  /// Whether it is no claim of the model's, but that the search leaves nothing out: where it is false, the
  /// search is inconclusive.
  var isLimit = false
  /// Whether it follows from what a front end knows, and stands nowhere in the model: a part of the system may bring it.
  var isImplied = false
  /// The accesses of which it claims that they never race, where it is that.
  var race: DataRace?

  /// What it is found to be where it is false.
  var kind: FindingKind { race == nil ? .violated : .dataRace }

  public var id: PropertyID { .invariant(number) }

  /// Whether it is true in a state.
  func holds(_ state: State) -> Bool { antecedent?(state) == false || claim(state) }
}

/// Something that must be able to happen.
public struct Goal: Property {
  public enum Kind: String, Sendable, Codable {
    /// Some reachable state fulfils it.
    case reachable
    /// From every reachable state, a state that fulfils it can still be reached.
    case alwaysReachable
    /// Every run comes to a state that fulfils it, if no actor is starved that stays enabled.
    case inevitable
    /// The same, if no actor is starved that is enabled again and again.
    case inevitableIfStronglyFair

    /// Every fair run comes to a state that fulfils it. Where an actor may rest, it need not get a turn.
    public static func inevitable(under fairness: Fairness) -> Kind {
      switch fairness {
      case .weak: .inevitable
      case .strong: .inevitableIfStronglyFair
      }
    }

    /// Which runs must come to it; nil where none must.
    var fairness: Fairness? {
      switch self {
      case .reachable, .alwaysReachable: nil
      case .inevitable: .weak
      case .inevitableIfStronglyFair: .strong
      }
    }
  }

  /// Which actors get their turn in a run that goes on for ever.
  public enum Fairness: Sendable {
    /// No actor that stays enabled is starved.
    case weak
    /// No actor that is enabled again and again is starved.
    case strong
  }

  public let number: Int
  /// What is reached, in a sentence: "the memory block is offline".
  public let name: String
  public let declaration: SourceLine
  public let kind: Kind
  /// Whether it is that an actor, whose number it has, comes to its end.
  package internal(set) var isEnding = false
  let isReached: @Sendable (State) -> Bool
  let code: AuthorCode
  /// Of an inevitable goal: the states from which on it must be reached; nil where from the initial ones.
  var isDue: (@Sendable (State) -> Bool)?

  public var id: PropertyID { isEnding ? .ending(number) : .goal(number) }
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
