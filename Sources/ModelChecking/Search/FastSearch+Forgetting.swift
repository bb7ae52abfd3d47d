/// What becomes of states behind the frontier where memory is short.
///
/// A search needs them for nothing but to know that it has met them, and that the index tells by itself where
/// it holds the rests of states (`StateIndex`). So they are forgotten before the memory limit ends the search,
/// which then has room for about twice as many. What is asked of them afterwards is answered by going there
/// again: the states of a depth are the same each time.
///
/// With a disk nothing is forgotten: states go there in their order (`StateStore.moveToDisk`).
extension FastSearch {
  /// Makes room for more states, if it can: they take less memory each, and then those before a level that is
  /// expanded are forgotten or lie on a disk. Between rounds only.
  func makeRoom(expanding level: Range<Int>) {
    if store.canEncode { return encodeStates() }
    if store.canMoveToDisk(expanding: level) { return moveToDisk(expanding: level) }
    let position = level.lowerBound
    guard store.canForget(before: position) else { return }
    for worker in workers.indices { workers[worker].keepSuspects(before: position) }
    store.forget(before: position)
  }

  /// A search that has the states of a depth in memory: this one, or another that goes as far. This one's
  /// store is empty then.
  func remembering(depth: Int) -> FastSearch {
    if all(level(depth).lowerBound >= store.forgotten) { return self }
    store.discard()
    // A trace is wanted however late it is.
    var options = options
    options.seconds = nil
    let monitor = SearchMonitor()
    let again = try? FastSearch(
      system, options, stop: StopCondition(options, monitor), monitor: monitor, symmetry: symmetry,
      live: live, lastDepth: depth)
    guard let again, again.hasLevel(depth), again.level(depth).count == level(depth).count else {
      Trap.raiseUnrepeatable()
    }
    return again
  }
}
