/// What a search shows, and never more than it shows.
public enum Verdict: Sendable, Equatable {
  /// Every reachable state was visited and every property is true.
  case holds
  /// An invariant, named, is false in a reachable state.
  case violated(String)
  /// A state is reachable where an actor is unfinished and nothing can move.
  case deadlock
  /// A state is reachable from which the goal, named, can't be reached any more.
  case stuck(String)
  /// Every reachable state was visited and none fulfils the goal, named.
  case goalUnreachable(String)
  /// A step broke a rule of the engine, described: a value left its range, a lock was misused.
  case faulted(String)
  /// A limit ended the search before it was complete.
  case inconclusive(SearchLimit)
}

extension Verdict {
  /// The verdict without what it is about, as reports for programs have it: "holds", "violated",
  /// "deadlock", "stuck", "goal unreachable", "faulted" or "inconclusive".
  public var name: String {
    switch self {
    case .holds: "holds"
    case .violated: "violated"
    case .deadlock: "deadlock"
    case .stuck: "stuck"
    case .goalUnreachable: "goal unreachable"
    case .faulted: "faulted"
    case .inconclusive: "inconclusive"
    }
  }

  /// The limit that was reached, if the verdict is inconclusive.
  public var limit: SearchLimit? {
    if case .inconclusive(let limit) = self { limit } else { nil }
  }
}

/// What ended a search early.
public enum SearchLimit: String, Sendable, Codable {
  case memory
  case time
  case interrupted
  case stateCount
}

/// What a search of one system found.
public struct Outcome: Sendable {
  public let verdict: Verdict

  /// What is wrong, each with its shortest trace; the first is the one that the verdict names.
  public let findings: [Finding]

  /// What can happen, in the order of the system's goals.
  public let goals: [GoalResult]

  public internal(set) var statistics: Statistics
}

extension Outcome {
  /// The finding that the verdict is about; nil for `holds` and `inconclusive`.
  public var findingOfVerdict: Finding? { verdict.limit == nil ? findings.first : nil }

  /// What the verdict is about; nil for `holds` and `inconclusive`.
  public var propertyOfVerdict: String? {
    switch verdict {
    case .holds, .inconclusive: nil
    case .deadlock: findings.first?.property
    case .violated(let text), .stuck(let text), .goalUnreachable(let text), .faulted(let text): text
    }
  }
}

/// One property that is not as it should be.
public struct Finding: Sendable {
  /// What is wrong where the trace ends.
  public enum Kind: String, Sendable, Codable {
    /// An invariant, the property, is false.
    case violation
    /// Nothing can move although an actor is not finished.
    case deadlock
    /// The last step breaks a rule of the engine.
    case fault
    /// A goal, the property, can't be reached any more.
    case goalLost = "goal lost"
  }

  public let kind: Kind
  /// The invariant or goal, or the description of the deadlock or fault.
  public let property: String
  public let severity: Invariant.Severity
  /// The shortest way there; among the shortest, the one with fewest switches between actors.
  public let trace: Trace
  /// The fields that the invariant or goal looks at in the trace's last state, with their values
  /// there. For a deadlock, those that waiting actors look at; empty for a fault.
  public let evidence: [FieldRead]
}

/// How a goal fared.
public struct GoalResult: Sendable, Equatable {
  public let name: String
  public let kind: Goal.Kind
  /// The steps of the shortest way to a state that fulfils the goal; nil if none was found.
  public let steps: Int?
}

/// The figures by which a reader judges a verdict.
///
/// All but the seconds, the stored bytes and the peak depend only on the system and the limits. When a search is cut short, they
/// count the levels that were completed.
public struct Statistics: Sendable, Equatable {
  /// Distinct reachable states, the initial one included.
  public var states = 0
  /// Enabled steps over all expanded states.
  public var transitions = 0
  /// The steps to the farthest state.
  public var depth = 0
  /// The most states at one depth.
  public var widestLevel = 0
  /// Bits and machine words of one state.
  public var bitsPerState = 0
  public var wordsPerState = 0
  /// Bytes that the stored states and their index take.
  public var storedBytes = 0
  /// Bytes of memory that the process had at most, all its parts included.
  public var peakBytes = 0
  public var seconds = 0.0
}
