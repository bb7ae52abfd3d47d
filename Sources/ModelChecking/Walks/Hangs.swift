/// From which states of a graph something that must stay possible is out of reach.
///
/// The strongly connected components decide all of it together: in the order of their numbers, each
/// gets what is fulfilled in it and what those have to which it leads. Where a state is open, all is taken
/// to be in reach.
///
/// - Complexity: time in proportion to states and steps; memory `byteCount`.
struct Hangs<Graph: SearchedGraph> {
  private let graph: Graph
  private let all: Obligations
  /// By state: its component.
  private let component: [UInt32]
  /// By component: what can be reached, and the actors that can go round for ever.
  private var reached: [Obligations]
  private var goingRound: [UInt64]

  /// Bytes for a graph of so many states, at most.
  static func byteCount(states: Int) -> Int {
    ComponentSearch.byteCount(nodes: states) + 24 * states
  }

  /// - Parameters:
  ///   - system: whose states they are.
  ///   - mustStop: asked now and then.
  ///   - fulfilled: what a state fulfils by itself: goals, and actors that may rest.
  /// - Returns: nil where it had to stop.
  init?(
    _ graph: Graph, of system: System, until mustStop: () -> Bool = { false },
    fulfilled: (_ state: Int) -> Obligations
  ) {
    self.graph = graph
    all = Obligations(of: system)
    var search = ComponentSearch(nodeCount: graph.stateCount)
    search.run(until: mustStop) { state, edge in
      edge < graph.edgeCount(of: state) ? graph.target(of: state, edge) : nil
    }
    if search.order.count < graph.stateCount { return nil }
    component = search.number
    reached = Array(repeating: .none, count: search.count)
    goingRound = Array(repeating: 0, count: search.count)
    let keepMoving = system.obligationsOfActors.enumerated().reduce(UInt64(0)) {
      $1.element == .keepsMoving ? $0 | 1 << UInt64($1.offset) : $0
    }
    for (done, number) in search.order.enumerated() {
      if done & 0xFFFF == 0 && mustStop() { return nil }
      let state = Int(number)
      let own = Int(component[state])
      reached[own].formUnion(graph.isOpen(state) ? all : fulfilled(state))
      if graph.isOpen(state) { goingRound[own] = .max }
      for edge in 0..<graph.edgeCount(of: state) {
        let mover: UInt64 = 1 << UInt64(graph.actor(of: state, edge))
        reached[own].actors |= mover & keepMoving
        let other = Int(component[graph.target(of: state, edge)])
        if other == own {
          goingRound[own] |= mover
        } else {
          reached[own].formUnion(reached[other])
          goingRound[own] |= goingRound[other]
        }
      }
    }
  }

  /// What is out of reach from a state.
  func missing(from state: Int) -> Obligations {
    all.subtracting(reached[Int(component[state])])
  }

  /// The actors of those that wait for ever: from the state on they can't move again and again.
  func waiting(from state: Int) -> UInt64 {
    missing(from: state).actors & ~goingRound[Int(component[state])]
  }
}

extension Hangs: Sendable where Graph: Sendable {}

extension Hangs<StateGraph> {
  /// By the plain step functions.
  init(_ graph: StateGraph, of system: System) {
    let semantics = PlainSemantics(system: system)
    // It never has to stop.
    self.init(graph, of: system) { state in
      Obligations(fulfilledIn: graph.walk(from: state).words, semantics)
    }!
  }
}

extension Obligations {
  /// What a state fulfils by itself, by the plain step functions.
  init(fulfilledIn words: [UInt64], _ semantics: PlainSemantics) {
    let system = semantics.system
    for goal in system.goals
    where goal.kind == .alwaysReachable && semantics.ask(goal.isReached, of: goal.code, in: words) {
      goals |= 1 << UInt64(goal.number)
    }
    for actor in system.actors.indices where semantics.mayRest(actor, in: words) {
      actors |= 1 << UInt64(actor)
    }
  }
}
