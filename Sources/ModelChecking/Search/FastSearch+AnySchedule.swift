import Synchronization

/// A shortest schedule where the memory or the time for the best one is not there.
///
/// From a state of the target's depth, level by level, to a state of the level before with a step that
/// leads there. That takes no memory, and levels that were forgotten are visited again. As long as there is
/// time it is the least such state, so that the schedule is the same for any number of threads; afterwards it
/// is any.
extension FastSearch {
  func anySchedule(to target: TraceTarget) -> Schedule {
    let lastDepth =
      target.trouble == nil && hasLevel(target.depth) ? target.depth : target.depth - 1
    let search = remembering(depth: lastDepth)
    if search !== self { return search.anySchedule(to: target) }
    stop.monitor.begin(.tracing)
    guard let trouble = target.trouble else {
      return anySchedule(to: anyState(target), at: target.depth) { _ in [] }
    }
    let state = least(in: level(target.depth - 1)) { _, state, worker in
      worker.alternative(from: state, with: trouble) == nil ? nil : self.words(state)
    }
    return anySchedule(to: state, at: target.depth - 1) { state in
      [self.move(from: state) { $0.alternative(from: $1, with: trouble) }]
    }
  }

  /// A shortest schedule to a state of some depth, and what is to follow.
  ///
  /// - Parameter rest: what follows in the state to which the schedule leads: that, or another for which it
  ///   stands.
  func anySchedule(
    to state: [UInt64], at depth: Int, then rest: ([UInt64]) -> [Move]
  ) -> Schedule {
    var way = [state]
    var search = self
    for depth in (0..<depth).reversed() {
      search = search.remembering(depth: depth)
      way.append(search.predecessor(of: way[way.count - 1], at: depth))
    }
    // Forward by the system's own states, whichever stand for them.
    let start = initialStates.firstIndex { canonical($0) == way[way.count - 1] }
    var moves: [Move] = []
    var state = initialStates[Trap.foundAgain(start)]
    for next in way.dropLast().reversed() {
      let move = move(from: state) { $0.alternative(from: $1, to: next) }
      moves.append(move)
      state = successor(of: state, by: move)
    }
    return Schedule(initialState: start!, moves: moves + rest(state), hasFewestSwitches: false)
  }

  private func successor(of state: [UInt64], by move: Move) -> [UInt64] {
    var target = state
    let alternative = Trap.foundAgain(table.moves.firstIndex(of: move))
    _ = state.withUnsafeBufferPointer { state in
      target.withUnsafeMutableBufferPointer {
        workers[0].stepper.answer(
          of: alternative, from: state.baseAddress!, into: $0.baseAddress!)
      }
    }
    return target
  }

  func words(_ state: UnsafePointer<UInt64>) -> [UInt64] {
    Array(UnsafeBufferPointer(start: state, count: table.wordCount))
  }

  /// The step of a state that a worker finds.
  private func move(
    from state: [UInt64], _ find: (borrowing Worker, UnsafePointer<UInt64>) -> Int?
  ) -> Move {
    table.moves[
      Trap.foundAgain(state.withUnsafeBufferPointer { find(workers[0], $0.baseAddress!) })]
  }

  /// A state that is the target.
  private func anyState(_ target: TraceTarget) -> [UInt64] {
    if hasLevel(target.depth) {
      let isTarget = stateTest(target)
      return least(in: level(target.depth)) { position, state, worker in
        isTarget(position, state, worker) ? self.words(state) : nil
      }
    }
    // The store was full, and what was violated found no room in it.
    guard case .invariant(let number) = target.property else {
      preconditionFailure("only a violation is found beyond the last level")
    }
    return least(in: level(target.depth - 1)) { _, state, worker in
      worker.leastSuccessor(of: state) { worker.violates(invariant: number, $0) }
    }
  }

  /// A state of a depth with a step to another.
  private func predecessor(of state: [UInt64], at depth: Int) -> [UInt64] {
    let isPredecessor: Find = { _, source, worker in
      worker.alternative(from: source, to: state) == nil ? nil : self.words(source)
    }
    if !store.canNameStates || peers != nil { return least(in: level(depth), isPredecessor) }
    return leastIfTime(in: level(depth), isPredecessor)
      ?? nearestPredecessor(of: state, in: level(depth))
  }

  // MARK: The least

  private typealias Find =
    @Sendable (
      _ position: Int, UnsafePointer<UInt64>, borrowing Worker
    ) -> [UInt64]?

  /// The least of what is found in the states of a level; any, if time runs out. There must be one.
  private func least(in level: Range<Int>, _ find: Find) -> [UInt64] {
    if let peers { return Trap.foundAgain(peers.least(leastHere(in: level, find))) }
    return leastIfTime(in: level, find) ?? Trap.foundAgain(least(in: level, untilFound: true, find))
  }

  /// The same; nil if time runs out before one is found.
  private func leastIfTime(in level: Range<Int>, _ find: Find) -> [UInt64]? {
    least(in: level, untilFound: false, find)
  }

  /// The least that this rank has. Ranks don't run out of time one by one: a trace is wanted however late it is.
  private func leastHere(in level: Range<Int>, _ find: Find) -> [UInt64]? {
    least(in: level, hasTime: { _ in true }, find)
  }

  private func least(in level: Range<Int>, untilFound: Bool, _ find: Find) -> [UInt64]? {
    least(
      in: level, hasTime: { hasFound in self.stop.reached == nil || untilFound && !hasFound }, find)
  }

  private func least(
    in level: Range<Int>, hasTime: @Sendable (_ hasFound: Bool) -> Bool, _ find: Find
  ) -> [UInt64]? {
    let least = Mutex<[UInt64]?>(nil)
    forEachChunk(of: level) { chunk, worker in
      if !hasTime(least.withLock { $0 != nil }) { return }
      for position in chunk {
        guard let state = find(position, worker.state(at: position), worker) else {
          continue
        }
        least.withLock { least in
          if least.map({ state.lexicographicallyPrecedes($0) }) ?? true { least = state }
        }
      }
    }
    return least.withLock { $0 }
  }

  // MARK: The nearest

  /// The states of a level were met about in the order of those before that lead to them. So one that
  /// leads to a state is looked for around the place where it should be.
  private func nearestPredecessor(of state: [UInt64], in level: Range<Int>) -> [UInt64] {
    let guess = likelyPredecessor(of: state, in: level)
    for distance in 0..<level.count {
      for position in [guess - distance, guess + distance] where level.contains(position) {
        let source = workers[0].state(at: position)
        if workers[0].alternative(from: source, to: state) != nil { return words(source) }
      }
    }
    // The search came there from one of them.
    Trap.raiseUnrepeatable()
  }

  private func likelyPredecessor(of state: [UInt64], in level: Range<Int>) -> Int {
    nameStates()
    let position = state.withUnsafeBufferPointer { find($0.baseAddress!) }
    guard let position else { return level.lowerBound + level.count / 2 }
    let next = level.upperBound..<store.reservedCount
    var range = level
    while range.count > 32 {
      let middle = range.lowerBound + range.count / 2
      var farthest = 0
      workers[0].forEachEdge(outOf: middle..<(middle + 16), into: next) {
        farthest = max(farthest, $0.target)
      }
      range = farthest < position ? middle..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }
}
