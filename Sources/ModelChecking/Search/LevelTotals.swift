/// What a level came to: on one rank, and of all together.
struct LevelTotals {
  var result = LevelResult()
  /// The steps out of the states that were expanded; nil where they are too many to be counted.
  var transitions: Int? = 0
  /// The states for which those stand that were expanded.
  var expanded = 0
  /// The states of the next level that are in the store.
  var found = 0
  /// Whether all of them are.
  var isComplete = true
  /// Whether, where they are not, it is for the width of their numbers.
  var isBoundByNumbering = false

  mutating func merge(_ other: LevelTotals) {
    result.merge(other.result)
    transitions = transitions.flatMap { mine in other.transitions.flatMap { mine.sum($0) } }
    expanded += other.expanded
    found += other.found
    isComplete = isComplete && other.isComplete
    isBoundByNumbering = isBoundByNumbering || other.isBoundByNumbering
  }
}

// MARK: Several ranks

extension LevelTotals {
  /// The same of all ranks. Collective.
  func merged(over peers: any Peers) -> LevelTotals {
    var all = LevelTotals()
    for words in peers.gather(words) { all.merge(LevelTotals(words)) }
    return all
  }

  private var words: [UInt64] {
    [
      result.violated, result.reached, result.failed, UInt64(result.deadlocks),
      UInt64(result.faults.rawValue), transitions.map(UInt64.init) ?? .max, UInt64(expanded),
      UInt64(found), isComplete ? 1 : 0, isBoundByNumbering ? 1 : 0,
    ]
  }

  private init(_ words: [UInt64]) {
    result.violated = words[0]
    result.reached = words[1]
    result.failed = words[2]
    result.deadlocks = Int(words[3])
    result.faults = FindingKinds(rawValue: UInt32(words[4]))
    transitions = Int(exactly: words[5])
    expanded = Int(words[6])
    found = Int(words[7])
    isComplete = words[8] != 0
    isBoundByNumbering = words[9] != 0
  }
}
