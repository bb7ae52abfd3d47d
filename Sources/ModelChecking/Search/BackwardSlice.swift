/// The states on shortest schedules to a target, which are found from the target back.
protocol BackwardSlice {
  var target: TraceTarget { get }

  /// Adds the states that are the target. False where a limit was reached.
  func addEnd() -> Bool

  /// Adds the states out of which a step is the target. False where a limit was reached.
  func addLevelBeforeTrouble(_ trouble: TroubleTest) -> Bool

  /// Adds the states of a depth that have a successor in the slice. False where a limit was reached.
  func addLevel(_ depth: Int) -> Bool
}

extension BackwardSlice {
  /// Adds all levels. False where a limit was reached.
  func addLevels() -> Bool {
    var depth = target.depth
    if let trouble = target.trouble {
      depth -= 1
      if !addLevelBeforeTrouble(trouble) { return false }
    } else if !addEnd() {
      return false
    }
    while depth > 0 {
      depth -= 1
      if !addLevel(depth) { return false }
    }
    return true
  }

  /// What it takes to mark the states of all levels before the target.
  static func markBytes(of search: FastSearch, to target: TraceTarget) -> Int {
    (0..<target.depth).reduce(0) { $0 + SliceLevel.markBytes(states: search.level($1).count) }
  }
}
