extension FastSearch {
  /// Works back from the target: a state of the level before is on a shortest schedule if one of
  /// its successors is. Every level is expanded once more; the store needs no parent pointers.
  func shortestSchedule(to target: TraceTarget) -> Schedule {
    nameStates()
    if target.depth == 0 {
      return Schedule(initialState: firstInitialState(for: target, among: initialStates))
    }
    let slice = ScheduleSlice(self, target)
    for depth in (0..<target.depth).reversed() { slice.addLevel(depth) }
    return slice.best()
  }

  /// The position of a state in the store.
  func find(_ state: UnsafePointer<UInt64>) -> Int? {
    store.index.find(state, store.index.place(of: state))
  }
}
