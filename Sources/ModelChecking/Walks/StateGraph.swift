/// The states within reach of given ones and the steps between them, up to a limit.
///
/// It is made by the plain step functions and is for small things: to be drawn, and to look a little
/// way ahead. As a search stops at a bug, so no step is shown from a state that violates an invariant
/// of severity `bug`. Without a bug, a complete graph from the initial state has exactly the states
/// and transitions that a search counts.
public struct StateGraph: Sendable {
  /// A step from one state to another.
  public struct Edge: Sendable, Equatable {
    public let move: Move
    /// The number of the state it leads to; nil if the step raises a fault.
    public let target: Int?
  }

  public let system: System

  /// By state: the steps that can be taken there, ordered by actor and then by its program.
  ///
  /// States are numbered from 0 as a breadth-first search meets them, those it began at first.
  public private(set) var edges: [[Edge]] = []

  /// The states of which a step is missing, because it leads past the limit.
  public private(set) var openStates: Set<Int> = []

  /// Whether all that is within reach is there.
  public var isComplete: Bool { openStates.isEmpty }

  /// The numbers of the states that it began at.
  let starts: Range<Int>

  private let search: BreadthFirst

  /// Explores from every initial state.
  ///
  /// - Parameter mostStates: the limit; the initial states are there in any case.
  public init(of system: System, mostStates: Int) {
    let semantics = PlainSemantics(system: system)
    self.init(semantics, from: semantics.initialStates, mostStates: mostStates)
  }

  /// Explores from where some walks stand.
  ///
  /// - Parameters:
  ///   - starts: walks of one system, at least one. One that ended in a fault is left out.
  ///   - mostStates: the limit; the states of the starts are there in any case.
  ///   - isOver: whether to expand no further state.
  /// - Complexity: expands at most `mostStates` states by the plain step functions: some tens of
  ///   thousands a second.
  public init(from starts: [Walk], mostStates: Int, unless isOver: () -> Bool = { false }) {
    self.init(
      PlainSemantics(system: starts[0].system),
      from: starts.filter { !$0.isBroken }.map(\.words), mostStates: mostStates, unless: isOver)
  }

  private init(
    _ semantics: PlainSemantics, from starts: [[UInt64]], mostStates: Int,
    unless isOver: () -> Bool = { false }
  ) {
    system = semantics.system
    var search = BreadthFirst(semantics, from: starts, limit: mostStates)
    self.starts = 0..<search.states.count
    while !isOver(), let expansion = search.next(where: { !semantics.hasBug($0) }) {
      edges.append(
        expansion.steps.compactMap { step in
          switch step.target {
          case .state(let number): Edge(move: step.transition.move, target: number)
          case .broken: Edge(move: step.transition.move, target: nil)
          case .beyondLimit: nil
          }
        })
      if expansion.steps.contains(where: { $0.target == .beyondLimit }) {
        openStates.insert(expansion.state)
      }
    }
    openStates.formUnion(search.expanded..<search.states.count)
    edges += Array(repeating: [], count: search.states.count - search.expanded)
    self.search = search
  }

  /// The number of the state where a walk stands; nil if it is not in the graph.
  public func number(of walk: Walk) -> Int? {
    walk.isBroken ? nil : search.number(of: walk.words)
  }

  /// A walk that begins at a state.
  public func walk(from state: Int) -> Walk {
    Walk(PlainSemantics(system: system), from: search.states[state])
  }
}
