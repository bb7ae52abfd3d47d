import Synchronization

extension FastSearch {
  func stuckStates(ofGoal goal: Int) -> StuckStates {
    let reaching = statesThatReach(goal)
    if let limit = stop.reached { return .unknown(limit) }
    let depth = (0...statistics.depth).first { depth in
      level(depth).contains { !reaching.contains($0) }
    }
    return depth.map { .from(depth: $0) } ?? .never
  }

  func reachTest(ofGoal goal: Int) -> ([UInt64]) -> Bool {
    let reaching = statesThatReach(goal)
    return { [self] state in
      let position = state.withUnsafeBufferPointer { find($0.baseAddress!) }
      return position.map(reaching.contains) ?? true
    }
  }

  /// The states from which the goal can be reached. Where a limit is reached, states are missing.
  ///
  /// Every state that is not known to reach it is looked at again until a whole pass finds no more.
  /// Passes go from the deepest states up and from the first down in turn, so that news travels far in
  /// one pass either way. If there is memory for it, the successors of all states are found once.
  func statesThatReach(_ goal: Int) -> PositionSet {
    if let known = reachingSets[goal] { return known }
    nameStates()
    let reaching = PositionSet(count: store.reservedCount)
    forEachChunk(of: 0..<store.reservedCount) { chunk, worker in
      if self.stop.reached != nil { return }
      for position in chunk
      where worker.reaches(goal: goal, self.store.index.state(at: position)) {
        reaching.insert(position)
      }
    }
    if allSuccessors == nil { allSuccessors = findAllSuccessors() }
    var goesUp = true
    while grow(reaching, upward: goesUp) && stop.reached == nil { goesUp.toggle() }
    reachingSets[goal] = reaching
    return reaching
  }

  /// Adds the states that have a successor in a set, in one pass over all.
  ///
  /// - Returns: whether there were any.
  private func grow(_ reaching: PositionSet, upward: Bool) -> Bool {
    let states = 0..<store.reservedCount
    let lastChunk = (states.count - 1) / Self.chunkSize
    let hasGrown = Atomic<Bool>(false)
    forEachChunk(of: states) { turn, worker in
      if self.stop.reached != nil { return }
      let turn = turn.lowerBound / Self.chunkSize
      let number = upward ? lastChunk - turn : turn
      let chunk = states.dropFirst(number * Self.chunkSize).prefix(Self.chunkSize)
      if chunk.allSatisfy(reaching.contains) { return }
      let successors = self.allSuccessors?[number] ?? worker.successors(of: chunk)
      successors.forEachState(fromLast: upward) { state, successors in
        let position = chunk.lowerBound + state
        if reaching.contains(position) { return }
        if successors.contains(where: { reaching.contains(Int($0)) }) {
          reaching.insert(position)
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
