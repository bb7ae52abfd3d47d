/// Actors that wait for ever.
extension Walk {
  /// The states that are looked at to find where actors that wait for ever come to stand.
  static let mostStates = 100_000

  /// Whether nothing can move although an actor is not finished.
  public var isDeadlocked: Bool { !isBroken && !isResting && enabled.isEmpty }

  /// The actors that are not finished and may not rest here.
  var unfinishedActors: [Int] {
    system.actors.indices.filter { !semantics.mayRest($0, in: words) }
  }

  /// From where the walk stands, some actors will wait for ever. The trace goes on to a nearest place
  /// where none of them can move any more.
  func deadlock(of actors: [Int]) -> Finding {
    var walk = self
    let onward = walk.take(wayToRest(of: actors)) ?? []
    return walk.deadlock(
      of: actors, trace: Trace(from: initialState, steps: steps, onward: onward))
  }

  /// Some actors wait for ever, from the last of the steps of the trace on; the walk stands where it ends.
  func deadlock(of actors: [Int], trace: Trace) -> Finding {
    Finding(
      kind: .deadlock, subject: nil, property: Self.description(of: actors, in: system),
      severity: .bug, trace: trace,
      evidence: actors.flatMap(readsOfWaiting).reduce(into: []) {
        if !$0.contains($1) { $0.append($1) }
      }, waits: actors.compactMap(wait))
  }

  /// "a and b wait for ever".
  private static func description(of actors: [Int], in system: System) -> String {
    let names = actors.map { system.actors[$0].name }
    let list = names.dropLast().joined(separator: ", ")
    return list.isEmpty
      ? "\(names.joined()) waits for ever" : "\(list) and \(names[names.count - 1]) wait for ever"
  }

  /// The moves to a nearest state from which none of some actors can move; none where the walk is in one, or
  /// where there are too many states to tell.
  private func wayToRest(of actors: [Int]) -> [Move] {
    if enabled.isEmpty { return [] }
    let graph = StateGraph(from: [self], mostStates: Self.mostStates)
    var mayMove = Array(repeating: false, count: graph.stateCount)
    var sources = Array(repeating: [Int](), count: graph.stateCount)
    var queue: [Int] = []
    for state in graph.edges.indices {
      for edge in graph.edges[state] { edge.target.map { sources[$0].append(state) } }
      let moves = graph.edges[state].contains { actors.contains($0.move.actor) }
      if moves || graph.isOpen(state) {
        mayMove[state] = true
        queue.append(state)
      }
    }
    while let state = queue.popLast() {
      for source in sources[state] where !mayMove[source] {
        mayMove[source] = true
        queue.append(source)
      }
    }
    // States are numbered breadth first from where the walk stands.
    guard let end = mayMove.firstIndex(of: false) else { return [] }
    return graph.shortestWay(to: end)
  }

  /// The steps that an actor would take here and that have to wait.
  private func waitingSteps(of number: Int) -> [Program.Alternative] {
    let program = system.actors[number].program
    let location = program.locations[semantics.value(system.actors[number].counter, in: words)]
    return location.alternatives.map { program.alternatives[$0] }.filter { alternative in
      alternative.conditions.allSatisfy {
        semantics.ask($0.predicate, of: alternative.code, in: words, as: number) == $0.expected
      }
    }
  }

  /// The fields that an actor looks at now to see whether it may go on.
  private func readsOfWaiting(_ number: Int) -> [FieldRead] {
    waitingSteps(of: number).flatMap { alternative in
      alternative.step.guardCondition.map { reads(of: $0, alternative.code, as: number) } ?? []
    }
  }

  /// What an actor waits for here; nil where it may rest.
  private func wait(of number: Int) -> WaitingActor? {
    let name = system.actors[number].name
    guard let step = waitingSteps(of: number).first?.step else { return nil }
    let obstacle: WaitingActor.Obstacle =
      if !semantics.canRun(number, in: words) {
        .cpu(holders: whoHoldsUp(number))
      } else if let lock = heldLock(of: step, butFor: name) {
        lock
      } else {
        .values(readsOfWaiting(number))
      }
    return WaitingActor(
      actor: name, step: step.name, declaration: step.declaration, obstacle: obstacle)
  }

  /// The lock that a step takes and others hold.
  private func heldLock(
    of step: StepDefinition, butFor waiting: String
  ) -> WaitingActor.Obstacle? {
    let fields = step.operation.locks.map { system.layout.fields[$0] }
    let labels = zip(step.operation.locks, fields).flatMap { number, field in
      field.label(system.layout.code(of: number, in: words)).split(separator: "+").map(String.init)
    }
    let holders = system.actors.map(\.name).filter { labels.contains($0) && $0 != waiting }
    guard let field = fields.first, !holders.isEmpty else { return nil }
    let lock = field.name.prefix(upTo: field.name.lastIndex(of: ".") ?? field.name.endIndex)
    return .lock(String(lock), holders: holders)
  }

  /// The actors that keep another from running on its CPU.
  private func whoHoldsUp(_ number: Int) -> [String] {
    system.actors.indices.filter { !semantics.mayRun(number, beside: $0, in: words) }
      .map { system.actors[$0].name }
  }
}

extension StateGraph {
  /// The moves of a shortest way from where it began.
  fileprivate func shortestWay(to end: Int) -> [Move] {
    var arrival: [Int: (from: Int, move: Move)] = [:]
    for state in edges.indices {
      for edge in edges[state] {
        guard let target = edge.target, !starts.contains(target), arrival[target] == nil
        else { continue }
        arrival[target] = (state, edge.move)
      }
    }
    var moves: [Move] = []
    var state = end
    while let step = arrival[state] {
      moves.append(step.move)
      state = step.from
    }
    return moves.reversed()
  }
}
