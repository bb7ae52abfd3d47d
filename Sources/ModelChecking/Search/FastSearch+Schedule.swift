extension FastSearch {
  /// Works back from the target: a state of the level before is on a shortest schedule if one of
  /// its successors is. Every level is expanded once more; the store needs no parent pointers.
  func shortestSchedule(to target: TraceTarget) -> Schedule {
    if target.depth == 0 {
      return Schedule(initialState: firstInitialState(for: target, among: initialStates))
    }
    let end = target.depth - (target.trouble == nil ? 0 : 1)
    // What is violated may have found no room, and its level was never done.
    if all(stop.reached == nil && roomForTrace > 0 && store.canNameStates && hasLevel(end)) {
      nameStates()
      if let peers {
        stop.monitor.begin(.tracing)
        let slice = SharedSlice(self, target, room: roomForTrace, peers)
        return slice.schedule() ?? anySchedule(to: target)
      }
      stop.monitor.begin(.tracing, of: level(end).upperBound)
      let slice = ScheduleSlice(self, target, room: roomForTrace)
      if let schedule = slice.schedule() { return schedule }
    }
    return anySchedule(to: target)
  }

  /// What the memory limit leaves for a trace. What the store takes is estimated from the number of
  /// states, so that it is the same for any number of threads.
  private var roomForTrace: Int {
    let graph = knownGraph.map {
      TransitionGraph.byteCount(states: $0.stateCount, transitions: statistics.transitions)
    }
    let states = progress.stateCount
    let index = store.onDisk > 0 ? min(10 * states, store.mostSize.byteCount) : 10 * states
    let inMemory = max(0, states - store.onDisk) * 8 * store.index.wordCount
    return traceMemory
      ?? (bytesForStates - inMemory - index - store.bytesForParts - (graph ?? 0))
  }

  /// The first step that has the trouble, of the actor that moved last if it has one.
  func lastMove(from state: [UInt64], _ trouble: TroubleTest, after last: Move?) -> Move {
    var moves: [Move] = []
    state.withUnsafeBufferPointer { state in
      workers[0].forEachStep(of: state.baseAddress!, with: trouble) { alternative, _ in
        moves.append(table.moves[alternative])
      }
    }
    return moves.first { $0.actor == last?.actor } ?? Trap.foundAgain(moves.first)
  }

  /// The position of a state in the store.
  func find(_ state: UnsafePointer<UInt64>) -> Int? {
    workers[0].find(state)
  }

  /// Tells the states of the store that are the target, which is one.
  func stateTest(
    _ target: TraceTarget
  ) -> @Sendable (_ position: Int, UnsafePointer<UInt64>, borrowing Worker) -> Bool {
    switch (target.property, target.kind.subject) {
    case (.invariant(let number), _):
      return { _, state, worker in worker.violates(invariant: number, state) }
    case (.goal(let number), _):
      return { [hangs] position, _, _ in
        (hangs?.missing(from: position).goals ?? 0) >> UInt64(number) & 1 != 0
      }
    case (.ending(let actor), _):
      return { [hangs] position, _, _ in
        (hangs?.missing(from: position).actors ?? 0) >> UInt64(actor) & 1 != 0
      }
    case (nil, .standstill):
      return { [hangs] position, state, worker in
        hangs.map { $0.waiting(from: position) != 0 } ?? false || worker.isDeadlocked(state)
      }
    case (.assertion, _), (nil, _):
      preconditionFailure("the target is no state")
    }
  }
}
