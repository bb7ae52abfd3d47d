/// What a search of one system found.
public struct Outcome: Sendable {
  public let verdict: Verdict

  /// What is wrong, each with its shortest trace; the first is the one that the verdict names.
  public let findings: [Finding]

  /// What can happen, in the order of the system's goals.
  public let goals: [GoalResult]

  public internal(set) var statistics: Statistics

  /// The names of the properties that were looked at, where that was only some.
  public let lookedAt: [String]?

  /// Where deadlocks are ignored: the states in which nothing can move although an actor is not finished.
  public let deadlocks: Int?

  /// What ended the exploration before every state was visited; nil where all were, or where the first
  /// bug ended it. A bug that was found before is the verdict all the same.
  public let limit: SearchLimit?

  /// So many steps that every schedule of no more was tried, where a limit ended the exploration; nil where
  /// every state was visited, where a bug ended it, and where not even all initial states were made.
  public let triedSteps: Int?

  /// The families of things that are alike of which one arrangement was visited for all: the names of their
  /// members. Empty where every state was visited.
  public internal(set) var alike: [String] = []

  /// The registers that were set back where nobody reads them before they are written, so that states which
  /// differ in nothing else are one. Empty where none was.
  public internal(set) var setBack: [String] = []

  /// Why something that has alike names is not alike, in a sentence without its full stop; nil where nothing
  /// was found so, or a search was too small to ask.
  public internal(set) var difference: String?

  /// Which steps were taken and which questions answered both ways; nil where not every state was visited.
  public let coverage: Coverage?

  /// What of the search lay on a disk; nil where none was to.
  public internal(set) var disk: DiskUse?

  /// What that was drawn from.
  var marks: StepMarks?
}

extension Outcome {
  /// The finding that the verdict is about, and the file of `--save-trace`; nil for `holds` and
  /// `inconclusive`.
  public var findingOfVerdict: Finding? { verdict.limit == nil ? findings.first : nil }

  /// What the verdict is about; nil for `holds` and `inconclusive`.
  public var propertyOfVerdict: String? {
    if case .found = verdict { findings.first?.property } else { nil }
  }
}

/// How a goal fared.
public struct GoalResult: Sendable, Equatable, Codable {
  public let name: String
  public let kind: Goal.Kind
  /// The steps of the shortest way to a state that fulfils the goal; nil if none was found.
  public let steps: Int?
  /// Whether it is known if the goal can be reached: it was, or every state was visited.
  public let isDecided: Bool
}

/// The figures by which a reader judges a verdict.
///
/// All but the seconds, the stored bytes and the peak depend only on the system and the limits. When a
/// search is cut short, they count the levels that were completed.
public struct Statistics: Sendable, Equatable, Codable {
  /// Distinct reachable states, the initial ones included; those that differ only in registers that were set
  /// back are one.
  public var states = 0
  /// The states that were visited; each of the others differs from one of them only in which of several
  /// things that are alike is which.
  public var visited = 0
  /// Enabled steps over all expanded states.
  public var transitions = 0
  /// States in which nothing can move although an actor is not finished.
  public var deadlocks = 0
  /// By depth: the states to which a shortest schedule has so many steps, from 0 for the initial ones.
  public internal(set) var levels: [Int] = []
  /// The steps to the farthest state.
  public var depth: Int { max(0, levels.count - 1) }
  /// The most states at one depth.
  public var widestLevel: Int { levels.max() ?? 0 }
  /// Bits and machine words of one state.
  public var bitsPerState = 0
  public var wordsPerState = 0
  /// Bytes that the stored states and their index take.
  public var storedBytes = 0
  /// Bytes of memory that the process had at most, all its parts included.
  public var peakBytes = 0
  public var seconds = 0.0
}
