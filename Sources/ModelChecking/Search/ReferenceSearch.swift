/// The plain breadth-first search: one thread, one dictionary, the plain step functions.
///
/// It is meant to be read and believed. The fast search must agree with it on the verdict, the
/// counts and the trace, and the tests hold it to that. Memory is some hundreds of bytes a state.
struct ReferenceSearch: Exploration {
  let system: System
  private(set) var ending = Ending.complete
  private(set) var statistics = Statistics()
  private(set) var violationDepths: [Int: Int] = [:]
  private(set) var goalDepths: [Int: Int] = [:]

  private let semantics: PlainSemantics
  private var depths: [[UInt64]: Int] = [:]
  private var levels: [[[UInt64]]] = []

  /// Explores the system until everything was visited, a bug was found or `stop` says so.
  init(_ system: System, stop: StopCondition) {
    self.system = system
    semantics = PlainSemantics(system: system)
    explore(stop)
    statistics.states = depths.count
    statistics.depth = levels.count - 1
    statistics.widestLevel = levels.map(\.count).max() ?? 0
    statistics.bitsPerState = system.layout.bitCount
    statistics.wordsPerState = system.layout.wordCount
  }

  private mutating func explore(_ stop: StopCondition) {
    let start = semantics.initialState()
    var atStart = LevelResult()
    visit(start, depth: 0, &atStart)
    levels = [[start]]
    if let bug = atStart.bug(in: system, expanding: -1) {
      ending = .found(bug)
      return
    }
    while true {
      let depth = levels.count - 1
      var result = LevelResult()
      var next: [[UInt64]] = []
      for (position, state) in levels[depth].enumerated() {
        if position % 256 == 0, let limit = stop.reached {
          ending = .limit(limit)
          return
        }
        let transitions = semantics.transitions(from: state)
        statistics.transitions += transitions.count
        if transitions.isEmpty && !semantics.isResting(state) { result.deadlocked = true }
        for step in transitions {
          if let fault = step.fault {
            result.faults.insert(FindingKinds(fault.kind.finding))
          } else if depths[step.target] == nil {
            visit(step.target, depth: depth + 1, &result)
            next.append(step.target)
          }
        }
      }
      if !next.isEmpty { levels.append(next) }
      if let bug = result.bug(in: system, expanding: depth) {
        ending = .found(bug)
        return
      }
      if next.isEmpty { return }
    }
  }

  private mutating func visit(_ state: [UInt64], depth: Int, _ result: inout LevelResult) {
    depths[state] = depth
    for (number, invariant) in system.invariants.enumerated()
    where !semantics.ask(invariant.holds, in: state) {
      result.violated |= 1 << UInt64(number)
      violationDepths[number] = min(depth, violationDepths[number] ?? depth)
    }
    for (number, goal) in system.goals.enumerated()
    where semantics.ask(goal.isReached, in: state) {
      result.reached |= 1 << UInt64(number)
      goalDepths[number] = min(depth, goalDepths[number] ?? depth)
    }
  }

  // MARK: Goals

  func stuckStates(ofGoal goal: Int) -> StuckStates {
    let reaching = statesThatReach(goal)
    let depth = levels.firstIndex { $0.contains { !reaching.contains($0) } }
    return depth.map { .from(depth: $0) } ?? .never
  }

  func reachTest(ofGoal goal: Int) -> ([UInt64]) -> Bool { statesThatReach(goal).contains }

  /// The states from which the goal can be reached, found by going back along every step.
  private func statesThatReach(_ goal: Int) -> Set<[UInt64]> {
    var sources: [[UInt64]: [[UInt64]]] = [:]
    for state in depths.keys {
      for step in semantics.transitions(from: state) {
        sources[step.target, default: []].append(state)
      }
    }
    var queue = depths.keys.filter { semantics.ask(system.goals[goal].isReached, in: $0) }
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
  func shortestSchedule(to target: TraceTarget) -> [Move] {
    struct Arrival: Hashable {
      let state: [UInt64]
      let lastActor: Int
    }
    struct Schedule {
      var switches = 0
      var moves: [Move] = []

      func isBetter(than other: Schedule) -> Bool {
        switches != other.switches
          ? switches < other.switches : moves.lexicographicallyPrecedes(other.moves)
      }
    }
    let isLast = lastStepTest(target)
    var best: [Arrival: Schedule] = [
      Arrival(state: semantics.initialState(), lastActor: -1): Schedule()
    ]
    var finished: [Schedule] = []
    for depth in 1...target.depth {
      var next: [Arrival: Schedule] = [:]
      for (arrival, schedule) in best {
        for step in semantics.transitions(from: arrival.state) {
          var longer = schedule
          if arrival.lastActor != -1 && arrival.lastActor != step.actor { longer.switches += 1 }
          longer.moves.append(Move(actor: step.actor, alternative: step.alternative))
          if depth == target.depth {
            if isLast(step.fault, step.target) { finished.append(longer) }
          } else if step.fault == nil && depths[step.target] == depth {
            let arrival = Arrival(state: step.target, lastActor: step.actor)
            if next[arrival].map(longer.isBetter) ?? true { next[arrival] = longer }
          }
        }
      }
      best = next
    }
    return finished.min { $0.isBetter(than: $1) }?.moves ?? []
  }
}
