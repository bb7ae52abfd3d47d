/// States that lie one after another become words, in place.
extension StateTree {
  enum Encoding { case done, tooManyParts, noRoom }

  /// Writes the word for each state where the words of those before it were. If that can't be, all is as it was.
  ///
  /// - Parameters:
  ///   - runs: the positions that hold a state, in their order. The first run alone decides whether there are too
  ///     many parts, by taking more than half of the room for them.
  ///   - states: room for `wordCount` words a position.
  /// - Complexity: proportional to the words of all states, on one thread.
  func encode(
    _ runs: [Range<Int>], of states: UnsafeMutablePointer<UInt64>,
    _ forEachChunk: StateStore.ForEachChunk
  ) -> Encoding {
    var coder = StateCoder(self)
    for (number, run) in runs.enumerated() {
      let end = encode(run, of: states, &coder, forEachChunk)
      let isFirst = number == 0
      let partCount = values.reservedCount - coder.block.count
      if end < run.upperBound || isFirst && partCount > values.capacity / 2 {
        decode(runs, before: end, of: states, &coder)
        return isFirst ? .tooManyParts : .noRoom
      }
    }
    // They are the last, so that no name changes.
    values.close(gaps: [coder.block])
    return .done
  }

  /// - Returns: the first position whose state is left, for want of room.
  private func encode(
    _ run: Range<Int>, of states: UnsafeMutablePointer<UInt64>, _ coder: inout StateCoder,
    _ forEachChunk: StateStore.ForEachChunk
  ) -> Int {
    for position in run {
      var word: UInt64?
      while word == nil && !values.isFull {
        if values.isCrowded {
          values.growIndex(gaps: [coder.block], forEachChunk)
          coder.adopt()
        }
        word = coder.encode(states + wordCount * position)
      }
      guard let word else { return position }
      states[position] = word
    }
    return run.upperBound
  }

  /// Makes states again of the words before a position, from the last on.
  private func decode(
    _ runs: [Range<Int>], before end: Int, of states: UnsafeMutablePointer<UInt64>,
    _ coder: inout StateCoder
  ) {
    for run in runs.reversed() where run.lowerBound < end {
      for position in run.reversed() where position < end {
        let state = coder.decode(states[position])
        for word in 0..<wordCount { states[wordCount * position + word] = state[word] }
      }
    }
  }
}
