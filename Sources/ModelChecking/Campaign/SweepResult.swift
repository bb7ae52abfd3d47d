/// What a check of a sweep came to: the figures of a search, by which searches at other bounds are judged.
public struct SweepResult: Sendable, Equatable, Codable {
  public let verdict: Verdict
  /// What the verdict is about; nil for `holds` and `inconclusive`.
  public let property: String?
  /// The steps of the shortest trace, where the verdict is about something that happens.
  public let steps: Int?
  public let states: Int
  public let visited: Int
  public let transitions: Int
  public let depth: Int
  public let seconds: Double
  /// Whether every state was visited, so that the counts are those of the whole.
  public let isWhole: Bool

  public init(_ outcome: Outcome) {
    verdict = outcome.verdict
    property = outcome.propertyOfVerdict
    steps = if case .found = outcome.verdict { outcome.findings.first?.length } else { nil }
    states = outcome.statistics.states
    visited = outcome.statistics.visited
    transitions = outcome.statistics.transitions
    depth = outcome.statistics.depth
    seconds = outcome.statistics.seconds
    isWhole = outcome.coverage != nil
  }
}

/// A result as a file keeps it, so that what is done is not done again.
public struct KeptResult: Sendable, Codable {
  /// The version of the form that this program writes and reads.
  public static let currentFormat = 1

  public private(set) var format = currentFormat
  /// What a search must have in common with this one, by what it is: the program, the system.
  public let identity: [String: String]
  /// The bytes that the search might use.
  public let memory: Int
  public let result: SweepResult

  public init(_ result: SweepResult, of identity: [String: String], memory: Int) {
    self.identity = identity
    self.memory = memory
    self.result = result
  }

  /// Whether a search with so much memory would come to nothing else. Of one that somebody ended, or for which
  /// the time was too short, that is not known.
  public func isFinal(within memory: Int) -> Bool {
    switch result.verdict.limit {
    case nil, .stateCount, .storeBuffer, .keptStores: true
    case .memory: memory <= self.memory
    case .time, .interrupted, .otherPart, .error, .diskSpace, .diskFull, .diskFailure: false
    }
  }
}
