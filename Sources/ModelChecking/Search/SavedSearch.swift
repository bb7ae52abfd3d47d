/// A search between two levels, in the form in which a file keeps it beside the states.
///
/// The states in the order of discovery, where each depth of them begins, and what was noted on the way are
/// all that a search needs to go on: the index is made from the states, and what the transition cache knew is
/// learnt anew.
public struct SavedSearch: Sendable, Codable {
  /// The number of states that belong to it.
  public var stateCount: Int { progress.stateCount }
  /// Machine words of a state.
  public let wordCount: Int
  /// The bytes of its states.
  public var byteCount: Int { 8 * wordCount * stateCount }

  let progress: SearchProgress
  /// Which states stood for others; nil where each was visited.
  let reduction: Reduction?
  /// Why something that seemed alike is not, of a search that visits every state for that.
  let difference: String?
  let marks: StepMarks
  /// The states that may be hangs, by their positions.
  let suspects: [UInt32]
  /// What it took so far.
  let seconds: Double

  /// What was found not to be alike before the search could go by what is.
  struct Reduction: Sendable, Codable {
    var unlike: Set<[String]> = []
    var differences: [String] = []
  }
}

/// Where a search is kept as it goes on, and where it goes on from.
public struct Checkpoints: Sendable {
  /// Seconds from one to the next. Each is that of the last level that was done.
  public let interval: Double
  /// Keeps a search. The states are there until it returns.
  public let keep: @Sendable (SavedSearch, _ states: UnsafeRawBufferPointer) -> Void
  /// The search to go on with; nil to begin.
  public let start: Start?

  /// A search that was kept, of the same system with the same options.
  public struct Start: Sendable {
    let search: SavedSearch
    /// Reads all of its states.
    let read: @Sendable (UnsafeMutableRawBufferPointer) throws(InputError) -> Void

    public init(
      _ search: SavedSearch,
      read: @escaping @Sendable (UnsafeMutableRawBufferPointer) throws(InputError) -> Void
    ) {
      self.search = search
      self.read = read
    }
  }

  public init(
    interval: Double, start: Start? = nil,
    keep: @escaping @Sendable (SavedSearch, _ states: UnsafeRawBufferPointer) -> Void
  ) {
    self.interval = interval
    self.start = start
    self.keep = keep
  }
}

/// What one of the searches that a verdict may take does about checkpoints.
struct Keeping: Sendable {
  let checkpoints: Checkpoints
  /// Which states stand for others; nil where each is visited.
  var reduction: SavedSearch.Reduction?
  var difference: String?
  /// What to go on with, in place of the initial states.
  var start: Checkpoints.Start?
}
