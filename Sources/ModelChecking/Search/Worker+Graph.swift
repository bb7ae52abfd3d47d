/// What a worker is asked once the search is over. What its batch held is lost by that.
extension Worker {
  /// The steps from some states. Only where slots name positions.
  func steps(from states: Range<Int>) -> TransitionGraph.Chunk {
    assert(index.namesPositions)
    let (index, batch, places) = (index, batch.base, places.base)
    let movers = OwnedBuffer<UInt8>(repeating: 0, count: self.places.count)
    var (starts, targets, actors): ([UInt32], [UInt32], [UInt8]) = ([0], [], [])
    var count = 0
    for state in states {
      let made = batch + count * wordCount
      let successors = stepper.expand(
        self.state(at: state), into: made, actors: movers.base + count)
      starts.append(starts.last! + UInt32(successors))
      for number in count..<(count + successors) {
        if !isEncoding {
          places[number] = index.place(of: batch + number * wordCount)
          index.prefetchBucket(of: places[number])
        }
        actors.append(movers[number])
      }
      count += successors
      assert(count < self.places.count)
      if count < Self.batchSize && state + 1 < states.upperBound { continue }
      for number in 0..<count where !isEncoding {
        index.prefetchCandidate(of: &places[number], wordCount: wordCount)
      }
      for number in 0..<count {
        let successor = batch + number * wordCount
        // Every successor is there: all these states were expanded.
        guard let position = isEncoding ? find(successor) : index.find(successor, places[number])
        else { Trap.raiseUnrepeatable() }
        targets.append(UInt32(position))
      }
      count = 0
    }
    return TransitionGraph.Chunk(
      starts: OwnedBuffer(starts), targets: OwnedBuffer(targets), actors: OwnedBuffer(actors))
  }

  /// Expands a single state, with all that a trace tells of a step.
  ///
  /// - Parameter visit: gets for each enabled step its alternative, its actor, what is wrong
  ///   with it, and the state it leads to, which is valid during the call.
  func forEachSuccessor(
    of state: UnsafePointer<UInt64>,
    visit: (Int, Int, Trouble, UnsafePointer<UInt64>) -> Void
  ) {
    let successor = batch.base
    stepper.forEachSuccessor(of: state, into: successor) { alternative, actor, trouble in
      visit(alternative, actor, trouble, successor)
    }
  }
}
