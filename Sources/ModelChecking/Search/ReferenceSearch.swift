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
  private(set) var bugs = Bugs()
  let scope: PropertyScope
  let keepsGoing: Bool
  let looksAtValues: Bool
  private(set) var marks: StepMarks?

  private let semantics: PlainSemantics
  private let relation: TrapNet
  private var search: BreadthFirst

  /// Explores the system until everything was visited, a bug was found or `stop` says so.
  ///
  /// - Parameter relation: what can happen; the plain semantics, or a layer over them.
  /// - Throws: `InputError` where an author's function traps.
  init(
    _ system: System, _ options: SearchOptions = SearchOptions(), stop: StopCondition,
    through relation: (any TransitionRelation)? = nil
  ) throws(InputError) {
    self.system = system
    scope = options.scope
    keepsGoing = options.keepsGoing
    looksAtValues = options.looksAtValues
    let log = relation == nil ? StepMarks.Log(system) : nil
    semantics = PlainSemantics(system: system)
    self.relation = TrapNet(relation ?? PlainSemantics(system: system, marks: log))
    search = BreadthFirst(self.relation, from: self.relation.initialStates)
    explore(stop)
    if let trap = self.relation.trap { throw error(for: trap) }
    marks = log.map { log in
      var marks = log.marks
      marks.antecedents = metAntecedents
      return marks
    }
    if let error = unrepeatable { throw error }
    statistics.states = search.states.count
    statistics.visited = search.states.count
    statistics.levels = search.depths.reduce(into: []) { levels, depth in
      if depth == levels.count { levels.append(0) }
      levels[depth] += 1
    }
    statistics.bitsPerState = system.layout.bitCount
    statistics.wordsPerState = system.layout.wordCount
  }

  var triedDepth: Int? {
    search.isComplete ? search.depths.last : search.depths[search.expanded]
  }

  private mutating func explore(_ stop: StopCondition) {
    var level = LevelResult()
    var depth = -1
    visit(0..<search.states.count, &level)
    if relation.trap != nil { return }
    while true {
      let next = search.expanded
      if search.isComplete || search.depths[next] > depth {
        bugs.add(level.bugs(in: system, expanding: depth))
        if !keepsGoing && bugs.all.contains(where: scope.includes) {
          ending = .found
          return
        }
        level = LevelResult()
        depth += 1
        stop.monitor.beginLevel(depth: depth, frontier: search.states.count - next)
      }
      if next % 256 == 0 {
        stop.monitor.update(states: search.states.count, storedBytes: 0)
        if let limit = stop.reached {
          ending = .limit(limit)
          return
        }
      }
      guard let expansion = search.next() else { return }
      look(at: expansion, &level)
      visit(expansion.new, &level)
      if relation.trap != nil { return }
    }
  }

  /// What the steps from a state show.
  private mutating func look(at expansion: BreadthFirst.Expansion, _ level: inout LevelResult) {
    statistics.transitions += expansion.steps.count
    if expansion.steps.isEmpty && !semantics.isResting(search.states[expansion.state]) {
      level.deadlocks += 1
      statistics.deadlocks += 1
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
      guard let (violated, reached) = relation.catching({ answers(in: words) }) else { return }
      level.violated |= violated
      for number in violated.setBits {
        violationDepths[number] = min(depth, violationDepths[number] ?? depth)
      }
      level.reached |= reached
      for number in reached.setBits { goalDepths[number] = min(depth, goalDepths[number] ?? depth) }
    }
  }

  /// The invariants that are false in a state, and the goals that it fulfils, one bit each.
  private func answers(in words: [UInt64]) -> (violated: UInt64, reached: UInt64) {
    let violated = system.invariants.filter {
      !semantics.ask($0.holds, of: $0.code, in: words)
    }
    let reached = system.goals.filter { semantics.ask($0.isReached, of: $0.code, in: words) }
    func bits(_ numbers: [Int]) -> UInt64 { numbers.reduce(0) { $0 | 1 << UInt64($1) } }
    return (bits(violated.map(\.number)), bits(reached.map(\.number)))
  }

  /// The invariants whose antecedent is true in some state, one bit each.
  private var metAntecedents: UInt64 {
    system.invariants.reduce(0) { met, invariant in
      guard let antecedent = invariant.antecedent,
        search.states.contains(where: { semantics.ask(antecedent, of: invariant.code, in: $0) })
      else { return met }
      return met | 1 << UInt64(invariant.number)
    }
  }

  func valuesSeen(by survey: ValueSurvey) -> [UInt64] {
    var seen = survey.none
    for state in search.states {
      state.withUnsafeBufferPointer { words in
        survey.note(0..<1, in: &seen) { _ in words.baseAddress! }
      }
    }
    return seen
  }

  // MARK: Traps

  /// The error for a step or property that answers differently when it is asked again, in the first
  /// states and in some of the others; nil if none was found to.
  private var unrepeatable: InputError? {
    var check = RepeatCheck(system, StepTable(system))
    let count = search.states.count
    for number in 0..<min(count, 128) {
      let position = number < 64 || count <= 128 ? number : number * count / 128
      search.states[position].withUnsafeBufferPointer { check.add($0.baseAddress!) }
    }
    do { return try check.error() } catch { return self.error(afterSearch: error) }
  }

  func error(afterSearch met: Trap) -> InputError {
    var traps = TrapSearch(StepTable(system))
    var depth = 0
    for (state, words) in search.states.enumerated() {
      if search.depths[state] != depth && traps.first != nil { break }
      depth = search.depths[state]
      words.withUnsafeBufferPointer { traps.askWhatIsDue(in: $0.baseAddress!) }
    }
    guard let found = traps.first else { return system.error(for: met, after: nil) }
    return system.error(for: found.trap, after: way(to: found.source))
  }

  /// The error for the trap that was met last.
  private func error(for met: Trap) -> InputError {
    var traps = TrapSearch(StepTable(system))
    let isAtStart = search.expanded == 0
    let depth = isAtStart ? 0 : search.depths[search.expanded - 1]
    for (state, words) in search.states.enumerated() where search.depths[state] == depth {
      if isAtStart {
        traps.ask(ofInitial: words)
      } else {
        words.withUnsafeBufferPointer { traps.look(from: $0.baseAddress!) }
      }
    }
    guard let found = traps.first else { return system.error(for: met, after: nil) }
    var schedule = way(to: found.source)
    if let move = found.move { schedule?.moves.append(move) }
    return system.error(for: found.trap, after: schedule)
  }

  /// A shortest way to a state, found backwards as the fast search does it.
  private func way(to state: [UInt64]) -> Schedule? {
    guard var state = search.number(of: state) else { return nil }
    var moves: [Move] = []
    while search.depths[state] > 0 {
      let sources = search.states.indices.filter { search.depths[$0] == search.depths[state] - 1 }
      let steps = sources.flatMap { source in
        relation.transitions(from: search.states[source]).filter {
          $0.target == search.states[state] && !$0.isBroken(in: system)
        }.prefix(1).map { (source: source, move: $0.move) }
      }
      guard
        let first = steps.min(by: {
          search.states[$0.source].lexicographicallyPrecedes(search.states[$1.source])
        })
      else { return nil }
      moves.append(first.move)
      state = first.source
    }
    return Schedule(initialState: state, moves: moves.reversed())
  }

  // MARK: Hangs

  func firstHangs(among judged: Obligations) -> FirstHangs {
    func missing(_ state: [UInt64]) -> Obligations {
      self.missing(from: state).intersection(judged)
    }
    let hangs = search.states.filter { missing($0) != .none }
    guard let first = hangs.first else { return .none }
    let depth = search.depths[Trap.foundAgain(search.number(of: first))]
    var (all, waiting) = (Obligations.none, UInt64(0))
    for state in hangs where search.depths[Trap.foundAgain(search.number(of: state))] == depth {
      all.formUnion(missing(state))
      waiting |= self.waiting(from: state) & judged.actors
    }
    return .at(depth: depth, missing: all, waiting: waiting)
  }

  func missing(from state: [UInt64]) -> Obligations {
    Obligations(
      goals: bits(system.goals) {
        $0.kind == .alwaysReachable && !reach.goals[$0.number]!.contains(state)
      },
      actors: bits(system.endings) { reach.actors[$0.number].map { !$0.contains(state) } ?? false })
  }

  func waiting(from state: [UInt64]) -> UInt64 {
    missing(from: state).actors & ~bits(system.endings) {
      reach.goingRound[$0.number].contains(state)
    }
  }

  private func bits<Element>(_ elements: [Element], where isIn: (Element) -> Bool) -> UInt64 {
    elements.enumerated().reduce(0) { isIn($1.element) ? $0 | 1 << UInt64($1.offset) : $0 }
  }

  /// By goal and by actor: the states from which it can be reached, can come home or move.
  private struct Reach {
    var goals: [Int: Set<[UInt64]>] = [:]
    var actors: [Int: Set<[UInt64]>] = [:]
    /// By actor: the states from which it can go round for ever.
    var goingRound: [Set<[UInt64]>] = []
  }

  private var reach: Reach {
    if let known = reachBox.value { return known }
    var reach = Reach()
    let steps = Steps(search, relation)
    for goal in system.goals where goal.kind == .alwaysReachable {
      reach.goals[goal.number] = steps.statesThatReach {
        semantics.ask(goal.isReached, of: goal.code, in: $0)
      }
    }
    reach.goingRound = system.actors.indices.map(steps.statesWhereGoesRound)
    for (actor, obligation) in system.obligationsOfActors.enumerated() where obligation != .none {
      let movers = obligation == .keepsMoving ? steps.movers(actor) : []
      reach.actors[actor] = steps.statesThatReach {
        semantics.mayRest(actor, in: $0) || movers.contains($0)
      }
    }
    reachBox.value = reach
    return reach
  }

  private final class ReachBox { var value: Reach? }
  private let reachBox = ReachBox()

  /// The steps between the states that were visited. What was not expanded may lead anywhere.
  private struct Steps {
    let states: [[UInt64]]
    var sources: [[UInt64]: [(actor: Int, state: [UInt64])]] = [:]
    var open: [[UInt64]] = []

    init(_ search: BreadthFirst, _ relation: any TransitionRelation) {
      states = search.states
      open = Array(states[search.expanded...])
      for state in states.prefix(search.expanded) {
        for step in relation.transitions(from: state) where !step.isBroken(in: relation.system) {
          sources[step.target, default: []].append((step.move.actor, state))
        }
      }
    }

    /// The states from which one that is wanted can be reached, found by going back along every step.
    func statesThatReach(_ isWanted: ([UInt64]) -> Bool) -> Set<[UInt64]> {
      var queue = states.filter(isWanted) + open
      var reaching = Set(queue)
      while let state = queue.popLast() {
        for source in sources[state] ?? [] where reaching.insert(source.state).inserted {
          queue.append(source.state)
        }
      }
      return reaching
    }

    /// The states in which an actor has a step, to one of some states.
    func movers(_ actor: Int, to targets: Set<[UInt64]>? = nil) -> Set<[UInt64]> {
      var movers = Set<[UInt64]>()
      for target in targets ?? Set(states) {
        for source in sources[target] ?? [] where source.actor == actor {
          movers.insert(source.state)
        }
      }
      return movers
    }

    /// The states from which an actor can take a step to a state from which it can take a step, and so
    /// on for ever.
    func statesWhereGoesRound(_ actor: Int) -> Set<[UInt64]> {
      let open = Set(open)
      var able = Set(states)
      while true {
        let movers = movers(actor, to: able)
        let next = statesThatReach { movers.contains($0) || open.contains($0) }
        if next == able { return able }
        able = next
      }
    }
  }

  // MARK: Runs

  /// The states with the steps between them, as lists.
  private struct ListedGraph: SearchedGraph {
    let edges: [[(actor: Int, target: Int)]]

    var stateCount: Int { edges.count }
    func isOpen(_ state: Int) -> Bool { false }
    func edgeCount(of state: Int) -> Int { edges[state].count }
    func target(of state: Int, _ edge: Int) -> Int { edges[state][edge].target }
    func actor(of state: Int, _ edge: Int) -> Int { edges[state][edge].actor }
  }

  func fairRun(avoiding goal: Goal) -> AvoidingRun {
    guard let fairness = goal.kind.fairness else { return .none }
    let graph = ListedGraph(
      edges: search.states.map { state in
        relation.transitions(from: state).filter { !$0.isBroken(in: system) }.compactMap { step in
          search.number(of: step.target).map { (step.move.actor, $0) }
        }
      })
    func ask(_ question: (State) -> Bool) -> [Bool] {
      search.states.map { semantics.ask(question, of: goal.code, in: $0) }
    }
    let (reached, due) = (ask(goal.isReached), goal.isDue.map(ask))
    let resting = search.states.map { state in
      bits(system.endings) { semantics.mayRest($0.number, in: state) }
    }
    var runs = FairRuns(graph, fairness, eager: { graph.movers(from: $0) & ~resting[$0] })
    let lasso = runs.lasso(
      from: 0..<relation.initialStates.count, whenever: due.map { due in { due[$0] } },
      isReached: { reached[$0] })
    if runs.gaveUp { return .unknown(.memory) }
    return lasso.map { .found(FairRun($0)) } ?? .none
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
