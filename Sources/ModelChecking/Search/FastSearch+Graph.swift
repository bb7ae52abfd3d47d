/// The whole graph of a search, for those questions that need it.
extension FastSearch {
  /// Whether the memory limit leaves room for the graph and what is done with it.
  var hasRoomForGraph: Bool {
    let states = store.reservedCount
    let work = max(
      Hangs<TransitionGraph>.byteCount(states: states),
      FairRuns<TransitionGraph>.byteCount(states: states))
    let needed =
      TransitionGraph.byteCount(states: states, transitions: statistics.transitions) + work
    return isStoreComplete && store.canNameStates && store.usedBytes + needed <= bytesForStates
  }

  /// The graph, made at the first time. Where a limit is reached, parts are missing.
  func graph() -> TransitionGraph {
    if let known = knownGraph { return known }
    nameStates()
    stop.monitor.begin(.graphing, of: store.reservedCount)
    // Where nothing can move, all states of that depth were expanded and the next ones were not.
    let standstill = bugs.all.first { $0.kind == .deadlock }
    let expanded =
      if ending != .complete, let standstill { level(standstill.depth).upperBound } else {
        store.reservedCount
      }
    let graph = TransitionGraph(stateCount: store.reservedCount, expandedCount: expanded)
    forEachChunk(of: 0..<store.reservedCount, size: TransitionGraph.chunkSize) { chunk, worker in
      if stop.reached != nil { return }
      for state in chunk {
        graph.marks[state] = worker.stepper.marks(of: worker.state(at: state))
      }
      if chunk.lowerBound >= expanded { return }
      graph.set(
        chunk.lowerBound / TransitionGraph.chunkSize,
        to: worker.steps(from: chunk.clamped(to: 0..<expanded)))
    }
    knownGraph = graph
    return graph
  }

  func fairRun(avoiding goal: Goal) -> AvoidingRun {
    guard let fairness = goal.kind.fairness else { return .none }
    if let limit = stop.reached { return .unknown(limit) }
    guard hasRoomForGraph else { return .unknown(.memory) }
    let graph = graph()
    stop.monitor.begin(.goingRound)
    let bit: UInt64 = 1 << UInt64(goal.number)
    var runs = FairRuns(
      graph, fairness, eager: { graph.movers(from: $0) & ~graph.marks[$0].fulfilled.actors },
      until: { self.stop.reached != nil })
    let lasso = runs.lasso(
      from: 0..<initialStates.count,
      whenever: goal.isDue == nil ? nil : { graph.marks[$0].due & bit != 0 },
      isReached: { graph.marks[$0].fulfilled.goals & bit != 0 })
    if let limit = stop.reached { return .unknown(limit) }
    if runs.gaveUp { return .unknown(.memory) }
    return lasso.map { .found(FairRun($0)) } ?? .none
  }
}
