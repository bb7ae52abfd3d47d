/// The plain breadth-first search: one thread, one dictionary, the plain step functions.
///
/// It is meant to be read and believed. The fast search must agree with it on the verdict, the
/// counts and the trace, and the tests hold it to that. Memory is some hundreds of bytes a state.
struct ReferenceSearch: Exploration {
  let system: System
  private(set) var ending = SearchEnding.complete
  private(set) var statistics = Statistics()
  private(set) var violationDepths: [Int: Int] = [:]
  private(set) var assertionDepths: [Int: Int] = [:]
  private(set) var goalDepths: [Int: Int] = [:]

  private let semantics: PlainSemantics
  private let relation: any TransitionRelation
  private var search: BreadthFirst

  /// Explores the system until everything was visited, a bug was found or `stop` says so.
  ///
  /// - Parameter relation: what can happen; the plain semantics, or a layer over them.
  init(_ system: System, stop: StopCondition, through relation: (any TransitionRelation)? = nil) {
    self.system = system
    semantics = PlainSemantics(system: system)
    self.relation = relation ?? semantics
    search = BreadthFirst(self.relation, from: self.relation.initialStates)
    explore(stop)
    statistics.states = search.states.count
    statistics.depth = search.depths.last ?? 0
    statistics.widestLevel =
      Dictionary(grouping: search.depths) { $0 }.values.map(\.count).max() ?? 0
    statistics.bitsPerState = system.layout.bitCount
    statistics.wordsPerState = system.layout.wordCount
  }

  private mutating func explore(_ stop: StopCondition) {
    var level = LevelResult()
    var depth = -1
    visit(0..<search.states.count, &level)
    while true {
      let next = search.expanded
      if search.isComplete || search.depths[next] > depth {
        if let bug = level.bug(in: system, expanding: depth) {
          ending = .found(bug)
          return
        }
        level = LevelResult()
        depth += 1
      }
      if next % 256 == 0, let limit = stop.reached {
        ending = .limit(limit)
        return
      }
      guard let expansion = search.next() else { return }
      look(at: expansion, &level)
      visit(expansion.new, &level)
    }
  }

  /// What the steps from a state show.
  private mutating func look(at expansion: BreadthFirst.Expansion, _ level: inout LevelResult) {
    statistics.transitions += expansion.steps.count
    if expansion.steps.isEmpty && !semantics.isResting(search.states[expansion.state]) {
      level.deadlocked = true
    }
    for step in expansion.steps {
      let trouble = step.transition.trouble
      if let fault = trouble.fault { level.faults.insert(FindingKinds(fault.kind.finding)) }
      level.failed |= trouble.failed
      for number in trouble.failed.setBits where assertionDepths[number] == nil {
        assertionDepths[number] = search.depths[expansion.state] + 1
      }
    }
  }

  /// What states show that were met for the first time.
  private mutating func visit(_ states: Range<Int>, _ level: inout LevelResult) {
    for state in states {
      let (words, depth) = (search.states[state], search.depths[state])
      for (number, invariant) in system.invariants.enumerated()
      where !semantics.ask(invariant.holds, in: words) {
        level.violated |= 1 << UInt64(number)
        violationDepths[number] = min(depth, violationDepths[number] ?? depth)
      }
      for (number, goal) in system.goals.enumerated()
      where semantics.ask(goal.isReached, in: words) {
        level.reached |= 1 << UInt64(number)
        goalDepths[number] = min(depth, goalDepths[number] ?? depth)
      }
    }
  }

  // MARK: Goals

  func stuckStates(ofGoal goal: Int) -> StuckStates {
    let reaching = statesThatReach(goal)
    let first = search.states.firstIndex { !reaching.contains($0) }
    return first.map { .from(depth: search.depths[$0]) } ?? .never
  }

  func reachTest(ofGoal goal: Int) -> ([UInt64]) -> Bool { statesThatReach(goal).contains }

  /// The states from which the goal can be reached, found by going back along every step.
  private func statesThatReach(_ goal: Int) -> Set<[UInt64]> {
    var sources: [[UInt64]: [[UInt64]]] = [:]
    for state in search.states {
      for step in relation.transitions(from: state) {
        sources[step.target, default: []].append(state)
      }
    }
    var queue = search.states.filter { semantics.ask(system.goals[goal].isReached, in: $0) }
    var reaching = Set(queue)
    while let state = queue.popLast() {
      for source in sources[state] ?? [] where reaching.insert(source).inserted {
        queue.append(source)
      }
    }
    return reaching
  }

  // MARK: Traces

  /// Follows every shortest schedule at once and keeps, for each state and last actor, the best.
  func shortestSchedule(to target: TraceTarget) -> Schedule {
    struct Arrival: Hashable {
      let state: [UInt64]
      let lastActor: Int
    }
    struct Cost {
      var schedule: Schedule
      var switches = 0

      func isBetter(than other: Cost) -> Bool {
        if switches != other.switches { return switches < other.switches }
        if schedule.initialState != other.schedule.initialState {
          return schedule.initialState < other.schedule.initialState
        }
        return schedule.moves.lexicographicallyPrecedes(other.schedule.moves)
      }
    }
    if target.depth == 0 {
      return Schedule(
        initialState: firstInitialState(for: target, among: relation.initialStates))
    }
    let isLast = lastStepTest(target)
    var best: [Arrival: Cost] = [:]
    for (number, state) in relation.initialStates.enumerated() {
      best[Arrival(state: state, lastActor: -1)] = Cost(schedule: Schedule(initialState: number))
    }
    var finished: [Cost] = []
    for depth in 1...target.depth {
      var next: [Arrival: Cost] = [:]
      for (arrival, cost) in best {
        for step in relation.transitions(from: arrival.state) {
          var longer = cost
          if arrival.lastActor != -1 && arrival.lastActor != step.move.actor {
            longer.switches += 1
          }
          longer.schedule.moves.append(step.move)
          if depth == target.depth {
            if isLast(step.trouble, step.target) { finished.append(longer) }
          } else if !step.isBroken(in: system), let state = search.number(of: step.target),
            search.depths[state] == depth
          {
            let arrival = Arrival(state: step.target, lastActor: step.move.actor)
            if next[arrival].map(longer.isBetter) ?? true { next[arrival] = longer }
          }
        }
      }
      best = next
    }
    return finished.min { $0.isBetter(than: $1) }?.schedule ?? Schedule()
  }
}
