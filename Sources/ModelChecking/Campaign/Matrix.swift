/// Every set of a fix's pieces, or of its barriers, with what a search found of it.
public struct Matrix: Sendable {
  /// The most pieces that are varied: 1,024 sets.
  public static let mostPieces = 10

  /// One set of pieces.
  public struct Row: Sendable {
    /// The pieces that are there, by their positions in `Matrix.pieces`.
    public let set: PieceSet
    public let verdict: Verdict
    /// What the verdict is about; nil for `holds` and `inconclusive`.
    public let property: String?
    /// The steps of the shortest trace, where the verdict is about something that happens.
    public let steps: Int?
    public let states: Int
    public let transitions: Int
    /// What is wrong with the model, where that is why there is no verdict.
    public let error: String?

    /// Whether the pieces suffice; nil if the search was inconclusive.
    public var suffices: Bool? {
      switch verdict {
      case .holds: true
      case .inconclusive: nil
      case .found: false
      }
    }
  }

  /// What pieces were taken out of.
  public let configuration: Configuration
  /// The pieces that were varied, in the model's order.
  public let pieces: [PieceSummary]
  /// Chosen pieces that make no difference to the variant: it has the same design without them.
  public let idlePieces: [PieceSummary]
  /// A row for each set, at the set's `rawValue`.
  public let rows: [Row]
  /// The searches that were made: equal designs share one.
  public let searches: Int
  /// The states of all searches together.
  public let states: Int
  public let seconds: Double
  /// Of one part of several: how each of its searches ended, by its name.
  public let endings: [String: SavedEnding]
  /// The searches that all parts make together.
  public let allSearches: Int

  /// What follows from the rows.
  public var sufficiency: Sufficiency {
    Sufficiency(pieceCount: pieces.count, suffices: rows.map(\.suffices))
  }

  /// The variant as it is, with every piece it has.
  public var full: Row { rows[rows.count - 1] }
}

extension Matrix.Row {
  init(_ set: PieceSet, _ ending: Campaign.Ending) {
    switch ending {
    case .searched(_, let outcome):
      // What the whole shows nothing of, no part of it does.
      let gap = outcome.coverage?.unexplained.first { $0.kind == .neverClaimed }
      if let gap, set.isEmpty && outcome.verdict == .holds {
        self.init(set, .broken("'\(gap.name)' \(gap.kind.rawValue)"))
      } else {
        self.init(set, outcome)
      }
    case .notRun(let limit, _):
      self.init(
        set: set, verdict: .inconclusive(limit), property: nil, steps: nil, states: 0,
        transitions: 0, error: nil)
    case .broken(let reason):
      self.init(
        set: set, verdict: .inconclusive(.error), property: nil, steps: nil, states: 0,
        transitions: 0, error: reason)
    }
  }

  private init(_ set: PieceSet, _ outcome: Outcome) {
    self.set = set
    verdict = outcome.verdict
    states = outcome.statistics.states
    transitions = outcome.statistics.transitions
    property = outcome.propertyOfVerdict
    error = nil
    if case .found = outcome.verdict {
      steps = outcome.findings.first?.length
    } else {
      steps = nil
    }
  }
}
