import ModelChecking
import Testing

@Suite("Both searches against an oracle that knows no engine")
struct AgreementTests {
  /// What the oracle finds in a random system by the most direct means.
  struct Oracle {
    typealias State = [Int]  // the fields, then the actors' places
    typealias Move = (actor: Int, way: Int)

    let random: RandomSystem
    var verdict = "holds"
    var states: Set<State> = []
    var transitions = 0
    /// Of the shortest schedules to the bug: the one with fewest switches, then the first.
    var schedule: [String] = []

    private var fieldCount: Int { random.fieldSizes.count }

    init(_ random: RandomSystem) {
      self.random = random
      let start = State(repeating: 0, count: random.fieldSizes.count + random.actors.count)
      states = [start]
      var level = [start]
      var depth = 0
      if isForbidden(start) {
        verdict = "violated"
        return
      }
      while !level.isEmpty {
        var next: [State] = []
        for state in level {
          let steps = successors(state)
          transitions += steps.count
          if steps.isEmpty && !isOver(state) { verdict = "deadlock" }
          for step in steps where states.insert(step.target).inserted { next.append(step.target) }
        }
        if verdict == "deadlock" {
          schedule = bestSchedule(from: start, steps: depth) {
            self.successors($0).isEmpty && !self.isOver($0)
          }
          return
        }
        depth += 1
        if next.contains(where: isForbidden) {
          verdict = "violated"
          schedule = bestSchedule(from: start, steps: depth, isForbidden)
          return
        }
        level = next
      }
      judgeGoal(from: start)
    }

    private func isForbidden(_ state: State) -> Bool {
      !random.forbidden.isEmpty && random.forbidden.allSatisfy { state[$0.field] == $0.value }
    }

    private func isOver(_ state: State) -> Bool {
      random.actors.indices.allSatisfy { state[fieldCount + $0] == random.actors[$0].count }
    }

    private func successors(_ state: State) -> [(move: Move, target: State)] {
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
    private func bestSchedule(
      from start: State, steps: Int, _ isTarget: (State) -> Bool
    ) -> [String] {
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

    private mutating func judgeGoal(from start: State) {
      var reaching = states.filter { $0[random.goal.field] == random.goal.value }
      if random.goalKind == .reachable {
        if reaching.isEmpty { verdict = "goal unreachable" }
        return
      }
      var hasGrown = true
      while hasGrown {
        hasGrown = false
        for state in states where !reaching.contains(state) {
          if successors(state).contains(where: { reaching.contains($0.target) }) {
            reaching.insert(state)
            hasGrown = true
          }
        }
      }
      if reaching.count < states.count { verdict = "stuck" }
    }
  }

  @Test("verdicts, counts and traces agree on random systems", arguments: 0..<20)
  func agreement(batch: Int) throws {
    var verdicts: [String: Int] = [:]
    for seed in (batch * 50)..<(batch * 50 + 50) {
      let random = RandomSystem(seed: UInt64(seed))
      let oracle = Oracle(random)
      verdicts[oracle.verdict, default: 0] += 1
      let system = try random.system()
      let reference = try system.search(strategy: .reference)
      for threads in [1, 2, 4] {
        try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
      }
      #expect(reference.verdict.name == oracle.verdict, "seed \(seed)")
      #expect(reference.statistics.states == oracle.states.count, "seed \(seed)")
      #expect(reference.statistics.transitions == oracle.transitions, "seed \(seed)")
      if oracle.verdict == "violated" || oracle.verdict == "deadlock" {
        let steps = reference.findings.first?.trace.steps.map { "\($0.actor) \($0.name)" }
        #expect(steps == oracle.schedule, "seed \(seed)")
      }
    }
    // The systems are worth the name only if they show different things.
    #expect(verdicts.count >= 3)
  }
}

/// Pairs of a number and lists of numbers, by the number first.
private func < (a: (Int, [[Int]]), b: (Int, [[Int]])) -> Bool {
  a.0 != b.0
    ? a.0 < b.0 : a.1.flatMap(\.self).lexicographicallyPrecedes(b.1.flatMap(\.self))
}
