extension FastSearch {
  /// Works back from the target: a state of the level before is on a shortest schedule if one of
  /// its successors is. Every level is expanded once more; the store needs no parent pointers.
  func shortestSchedule(to target: TraceTarget) -> [Move] {
    nameStates()
    let slice = ScheduleSlice(self, target)
    for depth in (0..<target.depth).reversed() { slice.addLevel(depth) }
    return slice.best()
  }

  /// The position of a state in the store.
  func find(_ state: UnsafePointer<UInt64>) -> Int? {
    store.index.find(state, store.index.place(of: state))
  }

  /// Whether a step is the last of a schedule to the target.
  func test(
    for target: TraceTarget
  ) -> (_ faulted: Bool, _ state: UnsafePointer<UInt64>) -> Bool {
    let semantics = PlainSemantics(system: system)
    let wordCount = table.wordCount
    func words(_ state: UnsafePointer<UInt64>) -> [UInt64] {
      Array(UnsafeBufferPointer(start: state, count: wordCount))
    }
    switch target.kind {
    case .violation(let invariant):
      let holds = system.invariants[invariant].holds
      return { faulted, state in !faulted && !semantics.ask(holds, in: words(state)) }
    case .fault:
      return { faulted, _ in faulted }
    case .deadlock:
      return { faulted, state in
        !faulted && semantics.transitions(from: words(state)).isEmpty
          && !semantics.isResting(words(state))
      }
    case .loss(let goal):
      let winning = winningStates(ofGoal: goal)
      return { [self] faulted, state in
        !faulted && find(state).map { !winning.contains($0) } ?? false
      }
    }
  }
}
