import Synchronization

/// The hangs of a search: what must stay possible and doesn't.
///
/// A state from which an actor can come nearer to its home is no hang: where all actors together are nearer,
/// the same can be said again, and their distance does not fall for ever. So only the states are suspect
/// in which nobody can come nearer, and random walks settle most of them. If one is left, the whole graph
/// is made and looked at.
extension FastSearch {
  func firstHangs(among judged: Obligations) -> FirstHangs {
    if judged == .none || isFreeOfHangs { return .none }
    if let hangs { return firstHangs(hangs, among: judged) }
    // Where a step is broken, the next state need not be nearer.
    if ending == .complete && bugs.all.isEmpty && settlesSuspects() {
      isFreeOfHangs = true
      return .none
    }
    if let limit = stop.reached { return .unknown(limit) }
    guard hasRoomForGraph else { return .unknown(.memory) }
    let graph = graph()
    if let limit = stop.reached { return .unknown(limit) }
    stop.monitor.begin(.goingRound)
    guard
      let hangs = Hangs(
        graph, of: system, until: { stop.reached != nil }, fulfilled: { graph.marks[$0].fulfilled })
    else { return .unknown(stop.reached ?? .interrupted) }
    self.hangs = hangs
    return firstHangs(hangs, among: judged)
  }

  /// Whether it is judged by more than the states that were visited: whose hang it is can't be said of one
  /// state for many. Asked where some states were left out.
  var needsEveryState: Bool {
    var judged = Obligations(of: system)
    if !scope.includesHangs { judged.actors = 0 }
    switch ending {
    case .limit: return false
    case .found: return bugs.all.first(where: scope.includes)?.kind == .deadlock
    case .complete:
      if judged == .none || isFreeOfHangs { return false }
      isFreeOfHangs = bugs.all.isEmpty && settlesSuspects()
      return !isFreeOfHangs
    }
  }

  private func firstHangs(
    _ hangs: Hangs<TransitionGraph>, among judged: Obligations
  ) -> FirstHangs {
    for depth in 0...statistics.depth {
      var (missing, waiting) = (Obligations.none, UInt64(0))
      for state in level(depth) {
        missing.formUnion(hangs.missing(from: state).intersection(judged))
        waiting |= hangs.waiting(from: state) & judged.actors
      }
      if missing != .none { return .at(depth: depth, missing: missing, waiting: waiting) }
    }
    return .none
  }

  func missing(from state: [UInt64]) -> Obligations {
    guard let hangs else { return .none }
    return position(of: state).map(hangs.missing) ?? .none
  }

  func waiting(from state: [UInt64]) -> UInt64 {
    guard let hangs else { return 0 }
    return position(of: state).map(hangs.waiting) ?? 0
  }

  /// The position of a state in the store, or of the one that stands for it.
  func position(of state: [UInt64]) -> Int? {
    canonical(state).withUnsafeBufferPointer { find($0.baseAddress!) }
  }

  // MARK: Suspects

  /// Whether walks show of every suspect that it is no hang. That they don't show it says nothing.
  private func settlesSuspects() -> Bool {
    if !all(workers.indices.allSatisfy { workers[$0].suspectCount <= Worker.mostSuspects }) {
      return false
    }
    let suspects = workers.indices.flatMap { workers[$0].suspectWords }
    stop.monitor.begin(.judging, of: suspects.count / table.wordCount)
    // Past that, the graph is quicker.
    let mostSteps = 100_000 + statistics.transitions / 4
    let takenSteps = Atomic<Int>(0)
    let isSettled = Atomic<Bool>(true)
    forEachChunk(of: 0..<(suspects.count / table.wordCount), size: 64) { chunk, worker in
      let copy = OwnedBuffer<UInt64>(repeating: 0, count: table.wordCount)
      for number in chunk where isSettled.load(ordering: .relaxed) {
        var steps = 0
        let goesOn = suspects[(number * table.wordCount)...].withUnsafeBufferPointer {
          worker.goesOn(from: $0.baseAddress!, steps: &steps, copy: copy.base)
        }
        let taken = takenSteps.wrappingAdd(steps, ordering: .relaxed).newValue
        if !goesOn || taken > mostSteps || stop.reached != nil {
          isSettled.store(false, ordering: .relaxed)
        }
      }
    }
    return all(isSettled.load(ordering: .relaxed))
  }
}
