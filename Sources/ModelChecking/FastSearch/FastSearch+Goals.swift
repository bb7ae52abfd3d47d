import Synchronization

extension FastSearch {
  func loss(ofGoal goal: Int) -> GoalLoss {
    let winning = winningStates(ofGoal: goal)
    if let limit = stop.reached { return .unknown(limit) }
    let depth = (0...statistics.depth).first { depth in
      level(depth).contains { !winning.contains($0) }
    }
    return depth.map { .from(depth: $0) } ?? .never
  }

  /// The states from which the goal can be reached. Where a limit is reached, states are missing.
  ///
  /// Every state that is not known to win is looked at again until a whole pass finds no more. Passes
  /// go from the deepest states up and from the first down in turn, so that a win travels far in one
  /// pass either way. If there is memory for it, the successors of all states are found once.
  func winningStates(ofGoal goal: Int) -> PositionSet {
    if let known = winningSets[goal] { return known }
    nameStates()
    let winning = PositionSet(count: store.reservedCount)
    forEachChunk(of: 0..<store.reservedCount) { chunk, worker in
      if self.stop.reached != nil { return }
      for position in chunk
      where worker.reaches(goal: goal, self.store.index.state(at: position)) {
        winning.insert(position)
      }
    }
    if allSuccessors == nil { allSuccessors = findAllSuccessors() }
    var goesUp = true
    while grow(winning, upward: goesUp) && stop.reached == nil { goesUp.toggle() }
    winningSets[goal] = winning
    return winning
  }

  /// Adds the states that have a successor in a set, in one pass over all.
  ///
  /// - Returns: whether there were any.
  private func grow(_ winning: PositionSet, upward: Bool) -> Bool {
    let states = 0..<store.reservedCount
    let lastChunk = (states.count - 1) / Self.chunkSize
    let hasGrown = Atomic<Bool>(false)
    forEachChunk(of: states) { turn, worker in
      if self.stop.reached != nil { return }
      let turn = turn.lowerBound / Self.chunkSize
      let number = upward ? lastChunk - turn : turn
      let chunk = states.dropFirst(number * Self.chunkSize).prefix(Self.chunkSize)
      if chunk.allSatisfy(winning.contains) { return }
      let successors = self.allSuccessors?[number] ?? worker.successors(of: chunk)
      successors.forEachState(fromLast: upward) { state, successors in
        let position = chunk.lowerBound + state
        if winning.contains(position) { return }
        if successors.contains(where: { winning.contains(Int($0)) }) {
          winning.insert(position)
          hasGrown.store(true, ordering: .relaxed)
        }
      }
    }
    return hasGrown.load(ordering: .relaxed)
  }

  /// The successors of all states, chunk by chunk; nil if the memory limit leaves no room for them.
  private func findAllSuccessors() -> [Successors]? {
    let needed = Successors.byteCount(
      states: store.reservedCount, transitions: statistics.transitions)
    // Arrays that grow may be twice as long as they need be.
    if store.usedBytes + 2 * needed > bytesForStates { return nil }
    let chunkCount = (store.reservedCount + Self.chunkSize - 1) / Self.chunkSize
    let all = Mutex([Successors](repeating: Successors(), count: chunkCount))
    forEachChunk(of: 0..<store.reservedCount) { chunk, worker in
      if self.stop.reached != nil { return }
      let successors = worker.successors(of: chunk)
      all.withLock { $0[chunk.lowerBound / Self.chunkSize] = successors }
    }
    return all.withLock { $0 }
  }
}
