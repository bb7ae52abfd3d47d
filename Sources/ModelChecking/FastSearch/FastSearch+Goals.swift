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

  /// The states from which the goal can be reached.
  ///
  /// Found without storing a single edge: every state that is not known to win is expanded again
  /// until a whole pass finds no more. Passes go from the deepest states up and from the first down
  /// in turn, so that a win travels far in one pass either way. Where a limit is reached, states are
  /// missing.
  func winningStates(ofGoal goal: Int) -> PositionSet {
    if let known = winningSets[goal] { return known }
    nameStates()
    let winning = PositionSet(count: store.reservedCount)
    let last = store.reservedCount - 1
    forEachChunk(of: 0..<store.reservedCount) { chunk, worker in
      if self.stop.reached != nil { return }
      for position in chunk
      where worker.reaches(goal: goal, self.store.index.state(at: position)) {
        winning.insert(position)
      }
    }
    var goesUp = true
    while true {
      let isUpward = goesUp
      let hasGrown = Atomic<Bool>(false)
      forEachChunk(of: 0..<store.reservedCount) { chunk, worker in
        if self.stop.reached != nil { return }
        for turn in chunk {
          let place = isUpward ? last - turn : turn
          if winning.contains(place) { continue }
          let wins = worker.anySuccessor(of: self.store.index.state(at: place)) { position in
            winning.contains(position)
          }
          if wins {
            winning.insert(place)
            hasGrown.store(true, ordering: .relaxed)
          }
        }
      }
      goesUp.toggle()
      if !hasGrown.load(ordering: .relaxed) || stop.reached != nil { break }
    }
    winningSets[goal] = winning
    return winning
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
