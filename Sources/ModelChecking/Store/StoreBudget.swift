/// How a memory limit is shared between states and their index.
struct StoreBudget {
  /// How full the index may be before it grows.
  private static let mostFullPercent = 78

  /// What a slot can tell apart, with room for a piece of the hash and for the slack of any number of
  /// workers.
  static let mostStates = Int(UInt32.max) / 2 - (1 << 24)

  /// Machine words of a state.
  var wordCount: Int
  /// The memory that states and index may take together.
  var byteLimit: Int
  /// The states that take no memory any more, beside the index.
  var away = 0
  /// From which exponent of its size on the index needs no positions of states, and so no end of them; nil where
  /// it always does.
  var leastExponentOfRests: Int?

  /// The states that there is room for beside an index of a size.
  func capacity(beside size: StateIndex.Size) -> Int {
    let affordable = away + (byteLimit - size.byteCount) / (8 * wordCount)
    // Positions that nobody needs to name any more may be any number.
    let isNumbering = away == 0 || leastExponentOfRests.map { size.exponent < $0 } ?? true
    return max(1, min(affordable, Self.mostEntries(size), isNumbering ? Self.mostStates : .max))
  }

  /// The size of the index, from one on, beside which there is room for the most states.
  func mostSize(from size: StateIndex.Size) -> StateIndex.Size {
    var most = size
    while capacity(beside: most.next) > capacity(beside: most) { most = most.next }
    return most
  }

  static func mostEntries(_ size: StateIndex.Size) -> Int {
    size.slotCount / 100 * mostFullPercent
  }
}
