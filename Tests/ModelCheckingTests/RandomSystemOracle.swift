import ModelChecking

/// What is found in a random system by the most direct means, without the engine.
struct RandomSystemOracle {
  typealias State = [Int]  // the fields, then the actors' places
  typealias Move = (actor: Int, way: Int)

  let random: RandomSystem
  private(set) var verdict = "holds"
  private(set) var depths: [State: Int] = [:]
  var states: Set<State> { Set(depths.keys) }
  private(set) var transitions = 0
  /// Of the shortest schedules to what is wrong: the one with fewest switches, then the first.
  private(set) var schedule: [String] = []

  let start: State
  private var fieldCount: Int { random.fieldSizes.count }

  init(_ random: RandomSystem) {
    self.random = random
    start = State(repeating: 0, count: random.fieldSizes.count + random.actors.count)
    depths[start] = 0
    explore()
  }

  private mutating func explore() {
    if isForbidden(start) {
      verdict = "violated"
      return
    }
    var level = [start]
    var depth = 0
    while !level.isEmpty {
      var next: [State] = []
      for state in level {
        let steps = successors(state)
        transitions += steps.count
        if steps.isEmpty && !isOver(state) { verdict = "deadlock" }
        for step in steps where depths[step.target] == nil {
          depths[step.target] = depth + 1
          next.append(step.target)
        }
      }
      if verdict == "deadlock" {
        judgeHangs(expandedDepth: depth)
        return
      }
      depth += 1
      if next.contains(where: isForbidden) {
        verdict = "violated"
        schedule = bestSchedule(steps: depth, isForbidden)
        return
      }
      level = next
    }
    if random.goalKind == .reachable && !depths.keys.contains(where: isGoal) {
      verdict = "goal unreachable"
    } else {
      judgeHangs(expandedDepth: depth)
    }
  }

  private func isForbidden(_ state: State) -> Bool {
    !random.forbidden.isEmpty && random.forbidden.allSatisfy { state[$0.field] == $0.value }
  }

  func isGoal(_ state: State) -> Bool {
    state[random.goal.field] == random.goal.value
  }

  func isOver(_ actor: Int, _ state: State) -> Bool {
    state[fieldCount + actor] == random.actors[actor].count
  }

  private func isOver(_ state: State) -> Bool {
    random.actors.indices.allSatisfy {
      isOver($0, state) || random.duties[$0] == .mayBeStopped
    }
  }

  func successors(_ state: State) -> [(move: Move, target: State)] {
    var found: [(move: Move, target: State)] = []
    for (actor, places) in random.actors.enumerated()
    where state[fieldCount + actor] < places.count {
      for (index, way) in places[state[fieldCount + actor]].enumerated() {
        if let wanted = way.guardField, state[wanted.field] != wanted.value { continue }
        var target = state
        let field = way.change.field
        target[field] = (target[field] + way.change.by) % random.fieldSizes[field]
        target[fieldCount + actor] = target[field] == way.pivot ? way.next : way.otherwise
        found.append(((actor, index), target))
      }
    }
    return found
  }

  /// Tries every schedule of this length.
  private func bestSchedule(steps: Int, _ isTarget: (State) -> Bool) -> [String] {
    var best: (switches: Int, moves: [[Int]], names: [String])?
    func extend(_ state: State, _ moves: [[Int]], _ names: [String], _ switches: Int) {
      if let best, switches > best.switches { return }
      if moves.count == steps {
        if isTarget(state) && (best == nil || (switches, moves) < (best!.switches, best!.moves)) {
          best = (switches, moves, names)
        }
        return
      }
      for (move, target) in successors(state) {
        let isSwitch = moves.last.map { $0[0] != move.actor } ?? false
        let place = state[fieldCount + move.actor]
        extend(
          target, moves + [[move.actor, move.way]],
          names + ["actor\(move.actor) \(place).\(move.way)"], switches + (isSwitch ? 1 : 0))
      }
    }
    extend(start, [], [], 0)
    return best?.names ?? []
  }

  // MARK: Hangs

  /// Looks for what must stay possible and doesn't. Nothing is known behind states that are deeper than
  /// those that were expanded.
  private mutating func judgeHangs(expandedDepth: Int) {
    let open = Set(depths.filter { $0.value > expandedDepth }.keys)
    var edges: [State: [(move: Move, target: State)]] = [:]
    for state in depths.keys where !open.contains(state) { edges[state] = successors(state) }

    func reaching(_ isWanted: (State) -> Bool) -> Set<State> {
      var reaching = Set(depths.keys.filter { open.contains($0) || isWanted($0) })
      var hasGrown = true
      while hasGrown {
        hasGrown = false
        for (state, ways) in edges where !reaching.contains(state) {
          if ways.contains(where: { reaching.contains($0.target) }) {
            reaching.insert(state)
            hasGrown = true
          }
        }
      }
      return reaching
    }
    /// The states from which an actor can move without end.
    func movingForEver(_ actor: Int) -> Set<State> {
      var able = Set(depths.keys)
      while true {
        let next = reaching { state in
          edges[state]?.contains { $0.move.actor == actor && able.contains($0.target) } ?? false
        }
        if next == able { return able }
        able = next
      }
    }

    var waiting: Set<State> = []
    var goingRound: [(number: Int, states: Set<State>)] = []
    let all = Set(depths.keys)
    for actor in random.actors.indices where random.duties[actor] != .mayBeStopped {
      let mustEnd = hasEnd(actor) && random.duties[actor] == .end
      let able = reaching { state in
        isOver(actor, state)
          || !mustEnd && (edges[state]?.contains { $0.move.actor == actor } ?? false)
      }
      let unable = all.subtracting(able)
      let moving = movingForEver(actor)
      waiting.formUnion(unable.subtracting(moving))
      goingRound.append((actor, unable))
    }
    let lost = random.goalKind == .alwaysReachable ? all.subtracting(reaching(isGoal)) : []
    let hangs = goingRound.reduce(lost) { $0.union($1.states) }
    guard let depth = hangs.compactMap({ depths[$0] }).min() else { return }
    func areThere(_ states: Set<State>) -> Bool { states.contains { depths[$0] == depth } }
    let kinds = [("deadlock", waiting), ("stuck", lost)] + goingRound.map { ("stuck", $0.states) }
    guard let found = kinds.first(where: { areThere($0.1) }) else { return }
    verdict = found.0
    schedule = bestSchedule(steps: depth) { found.1.contains($0) }
  }

  /// Whether the actor's program may come to its end, whatever fields hold.
  private func hasEnd(_ actor: Int) -> Bool {
    let places = random.actors[actor]
    var reached: Set<Int> = [0]
    var queue = [0]
    while let place = queue.popLast() {
      if place == places.count { return true }
      for way in places[place] {
        for next in [way.next, way.otherwise] where reached.insert(next).inserted {
          queue.append(next)
        }
      }
    }
    return false
  }
}

/// Pairs of a number and lists of numbers, by the number first.
private func < (a: (Int, [[Int]]), b: (Int, [[Int]])) -> Bool {
  a.0 != b.0
    ? a.0 < b.0 : a.1.flatMap(\.self).lexicographicallyPrecedes(b.1.flatMap(\.self))
}
