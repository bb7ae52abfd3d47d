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
    let states = 0..<store.reservedCount
    let lastChunk = (states.count - 1) / Self.chunkSize
    var goesUp = true
    while true {
      let isUpward = goesUp
      let hasGrown = Atomic<Bool>(false)
      forEachChunk(of: states) { turn, worker in
        if self.stop.reached != nil { return }
        let turn = turn.lowerBound / Self.chunkSize
        let number = isUpward ? lastChunk - turn : turn
        let chunk = states.dropFirst(number * Self.chunkSize).prefix(Self.chunkSize)
        if chunk.allSatisfy(reaching.contains) { return }
        let successors = self.allSuccessors?[number] ?? worker.successors(of: chunk)
        successors.forEachState(fromLast: isUpward) { state, successors in
          let position = chunk.lowerBound + state
          if reaching.contains(position) { return }
          if successors.contains(where: { reaching.contains(Int($0)) }) {
            reaching.insert(position)
            hasGrown.store(true, ordering: .relaxed)
          }
        }
      }
      goesUp.toggle()
      if !hasGrown.load(ordering: .relaxed) || stop.reached != nil { break }
    }
    reachingSets[goal] = reaching
    return reaching
  }

  /// The successors of all states, chunk by chunk; nil if the memory limit leaves no room for them.
  private func findAllSuccessors() -> [Successors]? {
    let needed = Successors.byteCount(
      states: store.reservedCount, transitions: statistics.transitions)
    // Arrays that grow may be twice as long as they need be.
    if store.bytes + 2 * needed > room { return nil }
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

/// A set of positions in the store, one bit each, that threads may add to at the same time.
final class PositionSet: @unchecked Sendable {
  // Unchecked: the words are atomics.

  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let wordCount: Int

  init(count: Int) {
    wordCount = count / 64 + 1
    words = .allocate(capacity: wordCount)
    for word in 0..<wordCount { (words + word).initialize(to: Atomic(0)) }
  }

  deinit { words.deallocate() }

  func contains(_ position: Int) -> Bool {
    words[position / 64].load(ordering: .relaxed) & (1 << UInt64(position % 64)) != 0
  }

  func insert(_ position: Int) {
    words[position / 64].bitwiseOr(1 << UInt64(position % 64), ordering: .relaxed)
  }
}
