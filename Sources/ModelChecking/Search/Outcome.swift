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
    if case .found = verdict { findings.first?.property } else { nil }
  }
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
/// All but the seconds, the stored bytes and the peak depend only on the system and the limits. When a
/// search is cut short, they count the levels that were completed.
public struct Statistics: Sendable, Equatable {
  /// Distinct reachable states, the initial ones included.
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
