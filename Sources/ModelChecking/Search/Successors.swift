/// The positions of the successors of some neighbouring states.
struct Successors: Sendable {
  /// How many each state has: at most as many as all programs have alternatives.
  private(set) var counts: [UInt32] = []
  private(set) var positions: [UInt32] = []

  /// What a list for so many states takes.
  static func byteCount(states: Int, transitions: Int) -> Int { 4 * (states + transitions) }

  mutating func addState(successors: Int) { counts.append(UInt32(successors)) }
  mutating func addSuccessor(_ position: Int) { positions.append(UInt32(position)) }

  /// Calls `body` for the number of each state, from the last to the first or the other way round.
  func forEachState(
    fromLast: Bool, _ body: (_ number: Int, _ successors: ArraySlice<UInt32>) -> Void
  ) {
    var place = fromLast ? positions.count : 0
    for turn in counts.indices {
      let number = fromLast ? counts.count - 1 - turn : turn
      let count = Int(counts[number])
      if fromLast { place -= count }
      body(number, positions[place..<(place + count)])
      if !fromLast { place += count }
    }
  }
}
