/// What a worker is asked once the search is over. What its batch held is lost by that.
extension Worker {
  /// Whether a state fulfils a goal.
  func reaches(goal: Int, _ state: UnsafePointer<UInt64>) -> Bool {
    stepper.reachedGoals(in: state) & (1 << UInt64(goal)) != 0
  }

  /// The positions of the successors of some states. Only where slots name positions.
  func successors(of states: Range<Int>) -> Successors {
    assert(index.namesPositions)
    let (index, batch, places) = (index, batch.base, places.base)
    var result = Successors()
    var count = 0
    for state in states {
      let made = batch + count * wordCount
      let end = stepper.expand(index.state(at: state), into: made, wordCount: wordCount).end
      result.addState(successors: (end - made) / wordCount)
      while batch + count * wordCount < end {
        places[count] = index.place(of: batch + count * wordCount)
        index.prefetchBucket(of: places[count])
        count += 1
      }
      assert(count < self.places.count)
      if count < Self.batchSize && state + 1 < states.upperBound { continue }
      for number in 0..<count {
        index.prefetchCandidate(of: &places[number], wordCount: wordCount)
      }
      for number in 0..<count {
        let state = batch + number * wordCount
        // Every successor is there: all states were expanded.
        result.addSuccessor(index.find(state, places[number])!)
      }
      count = 0
    }
    return result
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
