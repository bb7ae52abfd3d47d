/// A run that ends or goes round for ever: which of the steps that can be taken it takes, by their numbers.
struct FairRun {
  /// The number of the initial state.
  let initialState: Int
  let stem: [Int]
  let loop: [Int]

  init(_ lasso: FairRuns<some SearchedGraph>.Lasso) {
    initialState = lasso.start
    stem = lasso.stem
    loop = lasso.loop
  }
}

extension Walk {
  /// Takes the steps of a run, its loop included.
  init(_ system: System, along run: FairRun) {
    self.init(system, fromInitialState: run.initialState)
    for number in run.stem + run.loop { take(number) }
  }

  /// Takes one of the steps after which something may follow, by its number.
  private mutating func take(_ number: Int) {
    let open = relation.transitions(from: words).filter { !$0.isBroken(in: system) }
    _ = take(open[number].move)
  }

  /// The run that the walk has taken never comes to a goal.
  func avoiding(_ goal: Goal, _ run: FairRun) -> Finding {
    avoiding(
      goal,
      trace: Trace(
        from: initialState, steps: Array(steps.prefix(run.stem.count)),
        loop: Array(steps.dropFirst(run.stem.count))))
  }

  func avoiding(_ goal: Goal, trace: Trace) -> Finding {
    Finding(
      kind: .avoidable, subject: goal, property: goal.name, severity: .bug, trace: trace,
      evidence: reads(of: goal.isReached, goal.code))
  }

  /// Why the walk, of which the last steps are a loop, is no fair run that avoids a goal; nil where it is.
  ///
  /// - Parameter loopLength: 0 where the run ends.
  func whyNoRun(avoiding goal: Goal, loopLength: Int) -> String? {
    let states = self.states
    // The last place where it is due decides: from there on it must not be reached.
    let due =
      goal.isDue.map { isDue in states.lastIndex { semantics.ask(isDue, of: goal.code, in: $0) } }
      ?? 0
    guard let due else { return "it is never due that \(goal.name)" }
    let pending = states[min(due, states.count - 1 - loopLength)...]
    if pending.contains(where: { semantics.ask(goal.isReached, of: goal.code, in: $0) }) {
      return "it comes to it that \(goal.name)"
    }
    let round = states.suffix(loopLength == 0 ? 1 : loopLength)
    let moved = steps.suffix(loopLength).reduce(UInt64(0)) { $0 | 1 << UInt64($1.move.actor) }
    let eager = round.map(eagerActors)
    let starved =
      goal.kind.fairness == .strong
      ? eager.reduce(0, |) & ~moved : eager.reduce(UInt64.max, &) & ~moved
    if starved == 0 { return nil }
    let name = system.actors[starved.trailingZeroBitCount].name
    return loopLength == 0
      ? "\(name) can still move at its end" : "\(name) gets no turn in its loop"
  }

  /// The actors that can move in a state and may not rest there.
  private func eagerActors(in state: [UInt64]) -> UInt64 {
    relation.transitions(from: state).reduce(0) { bits, step in
      step.isBroken(in: system) || semantics.mayRest(step.move.actor, in: state)
        ? bits : bits | 1 << UInt64(step.move.actor)
    }
  }
}
