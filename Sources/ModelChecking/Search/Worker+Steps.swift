/// What a worker is asked for a trace, once the search is over. What its batch held is lost by that.
extension Worker {
  /// A step from one state in the store to another.
  struct Edge {
    let source: Int
    let alternative: Int
    let target: Int
    /// The actor whose step it is, by what it is called in the target.
    let mover: Int
  }

  /// Calls `visit` for each step out of some states that leads into a level, in the order of the states
  /// and of each state's steps. Only where slots name positions.
  ///
  /// - Parameter level: the positions of the level's states.
  @inline(__always)
  func forEachEdge(
    outOf states: Range<Int>, into level: Range<Int>, visit: (Edge) -> Void
  ) {
    switch wordCount {
    case _ where isEncoding: forEachEdge(outOf: states, into: level, EncodedWords.self, visit)
    case 1: forEachEdge(outOf: states, into: level, OneWord.self, visit)
    case 2: forEachEdge(outOf: states, into: level, TwoWords.self, visit)
    case 3: forEachEdge(outOf: states, into: level, ThreeWords.self, visit)
    default: forEachEdge(outOf: states, into: level, ManyWords.self, visit)
    }
  }

  /// As many successors as fill a batch are looked up together, as in the search.
  private func forEachEdge<Words: WordCount>(
    outOf states: Range<Int>, into level: Range<Int>, _: Words.Type, _ visit: (Edge) -> Void
  ) {
    assert(index.namesPositions)
    let wordCount = Words.count(wordCount)
    let (stepper, index, batch, places) = (stepper, index, batch.base, places.base)
    let alternatives = OwnedBuffer<Int32>(repeating: 0, count: self.places.count)
    let sources = OwnedBuffer<UInt32>(repeating: 0, count: self.places.count)
    let movers = OwnedBuffer<UInt8>(repeating: 0, count: self.places.count)
    var states = states
    while !states.isEmpty {
      var count = 0
      while count < Self.batchSize && !states.isEmpty {
        let made = batch + count &* wordCount
        let end = stepper.expand(
          Words.isEncoded
            ? state(at: states.lowerBound)
            : index.state(at: states.lowerBound, wordCount: wordCount), into: made,
          wordCount: wordCount, naming: alternatives.base + count
        ).end
        let all = count &+ (end - made) / wordCount
        while count < all {
          movers.base[count] = name(
            actor: stepper.actor(of: Int(alternatives.base[count])),
            afterCanonizing: batch + count &* wordCount)
          if !Words.isEncoded {
            places[count] = index.place(of: batch + count &* wordCount, wordCount: wordCount)
            index.prefetchBucket(of: places[count])
          }
          sources.base[count] = UInt32(truncatingIfNeeded: states.lowerBound)
          count &+= 1
        }
        states = (states.lowerBound &+ 1)..<states.upperBound
      }
      for number in 0..<count where !Words.isEncoded {
        index.prefetchCandidate(of: &places[number], wordCount: wordCount)
      }
      for number in 0..<count {
        let state = batch + number &* wordCount
        let position =
          Words.isEncoded
          ? find(state) : index.position(of: state, places[number], wordCount: wordCount)
        // Where the memory limit ended the search, some successors are not there.
        guard let target = position, level.contains(target) else { continue }
        visit(
          Edge(
            source: Int(sources.base[number]), alternative: Int(alternatives.base[number]),
            target: target, mover: Int(movers.base[number])))
      }
    }
  }

  /// Puts a successor in the form in which the store has it.
  ///
  /// - Returns: what an actor is called there.
  @inline(__always)
  func name(
    actor: Int, afterCanonizing state: UnsafeMutablePointer<UInt64>
  ) -> UInt8 {
    guard let canonizer else { return UInt8(truncatingIfNeeded: actor) }
    canonizer.canonizeNamingActors(state)
    return canonizer.actorNames.base[actor]
  }

  /// Calls `visit` for each step out of a state, which need not be in the store, that leads into a level, in
  /// their order.
  ///
  /// - Parameter visit: gets beside the step the state it leads to, as it is.
  func forEachEdge(
    outOf state: UnsafePointer<UInt64>, into level: Range<Int>, visit: (Edge, [UInt64]) -> Void
  ) {
    let names = OwnedBuffer<Int32>(repeating: 0, count: places.count)
    let end = stepper.expand(state, into: batch.base, wordCount: wordCount, naming: names.base).end
    for number in 0..<((end - batch.base) / wordCount) {
      let successor = batch.base + number * wordCount
      let words = Array(UnsafeBufferPointer(start: successor, count: wordCount))
      let alternative = Int(names[number])
      let mover = name(actor: stepper.actor(of: alternative), afterCanonizing: successor)
      if let target = find(successor), level.contains(target) {
        visit(
          Edge(source: -1, alternative: alternative, target: target, mover: Int(mover)), words)
      }
    }
  }

  /// The first step out of a state that leads to another, as its alternative; nil if none does.
  func alternative(from source: UnsafePointer<UInt64>, to target: [UInt64]) -> Int? {
    let names = OwnedBuffer<Int32>(repeating: 0, count: places.count)
    let end = stepper.expand(source, into: batch.base, wordCount: wordCount, naming: names.base).end
    canonizeBatch(until: end)
    return (0..<((end - batch.base) / wordCount)).first { number in
      (0..<wordCount).allSatisfy { batch[number * wordCount + $0] == target[$0] }
    }.map { Int(names[$0]) }
  }

  private func canonizeBatch(until end: UnsafeMutablePointer<UInt64>) {
    guard let canonizer else { return }
    for state in stride(from: 0, to: end - batch.base, by: wordCount) {
      canonizer.canonize(batch.base + state)
    }
  }

  /// The least of a state's successors that fulfil a condition, word by word; nil if none does.
  func leastSuccessor(
    of state: UnsafePointer<UInt64>, where isWanted: (UnsafePointer<UInt64>) -> Bool
  ) -> [UInt64]? {
    let end = stepper.expand(state, into: batch.base, wordCount: wordCount).end
    canonizeBatch(until: end)
    return stride(from: 0, to: end - batch.base, by: wordCount)
      .filter { isWanted(batch.base + $0) }
      .map { Array(UnsafeBufferPointer(start: batch.base + $0, count: wordCount)) }
      .min { $0.lexicographicallyPrecedes($1) }
  }

  /// Calls `visit` for the steps out of a state that have one of some troubles, in their order.
  func forEachStep(
    of state: UnsafePointer<UInt64>, with isWanted: TroubleTest,
    visit: (_ alternative: Int, _ actor: Int) -> Void
  ) {
    _ = stepper.takeSummary()
    _ = stepper.expand(state, into: batch.base, wordCount: wordCount)
    // What is wrong with a step is not remembered, so it was met again.
    let summary = stepper.takeSummary()
    if summary.failed & isWanted.failed == 0 && summary.faults.isDisjoint(with: isWanted.faults) {
      return
    }
    forEachSuccessor(of: state) { alternative, actor, trouble, _ in
      if isWanted.accepts(trouble) { visit(alternative, actor) }
    }
  }

  /// The first of those steps; nil if there is none.
  func alternative(from state: UnsafePointer<UInt64>, with trouble: TroubleTest) -> Int? {
    var first: Int?
    forEachStep(of: state, with: trouble) { alternative, _ in first = first ?? alternative }
    return first
  }

  /// Whether nothing can move in a state although an actor is not finished.
  func isDeadlocked(_ state: UnsafePointer<UInt64>) -> Bool {
    let expansion = stepper.expand(state, into: batch.base, wordCount: wordCount)
    return expansion.end == batch.base && expansion.broken == 0 && !stepper.isResting(state)
  }

  func violates(invariant: Int, _ state: UnsafePointer<UInt64>) -> Bool {
    stepper.violatedInvariants(in: state) & 1 << UInt64(invariant) != 0
  }
}

/// Which trouble of a step is looked for: an assertion, or a kind of fault.
struct TroubleTest: Sendable {
  var failed: UInt64 = 0
  var faults: FindingKinds = []

  func accepts(_ trouble: Trouble) -> Bool {
    trouble.failed & failed != 0
      || trouble.fault.map { faults.contains(FindingKinds($0.kind.finding)) } ?? false
  }
}
