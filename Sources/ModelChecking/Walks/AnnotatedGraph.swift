/// A graph of states with what is true in each of them, and with the path of one trace through it.
public struct AnnotatedGraph: Sendable {
  /// A state, at its number in the graph.
  public struct Node: Sendable {
    /// The fields that the model declared, in the order of their declaration.
    public let values: [FieldReading]
    /// The invariants that are false here.
    public let violatedInvariants: [Invariant]
    public let isDeadlocked: Bool
    public let isOnPath: Bool
    /// Whether the graph begins here.
    public let isInitial: Bool
    /// The steps of the graph from here.
    public let edges: [Edge]
  }

  /// A step from one state.
  public struct Edge: Sendable {
    public let step: TraceStep
    public let end: End
    public let isOnPath: Bool
  }

  /// What a step leads to.
  public enum End: Sendable, Equatable {
    /// A state, by its number.
    case state(Int)
    /// Nowhere: nothing follows the step, for a reason in words.
    case broken(String)
  }

  public let nodes: [Node]

  /// - Parameters:
  ///   - graph: from the initial states of a system.
  ///   - trace: one of that system.
  /// - Complexity: takes each step of the graph once and asks each property once a state.
  public init(_ graph: StateGraph, path trace: Trace? = nil) {
    let path = TracePath(trace, in: graph)
    nodes = graph.edges.indices.map { state in
      let walk = graph.walk(from: state)
      return Node(
        values: walk.values.filter { $0.role != .control },
        violatedInvariants: walk.violatedInvariants, isDeadlocked: walk.isDeadlocked,
        isOnPath: path.states.contains(state), isInitial: graph.starts.contains(state),
        edges: graph.edges[state].map { edge in
          var walk = walk
          guard let step = walk.take(edge.move) else { Trap.raiseUnrepeatable() }
          return Edge(
            step: step, end: edge.target.map(End.state) ?? .broken(walk.breakage ?? ""),
            isOnPath: path.takes(edge.move, from: state))
        })
    }
  }
}

/// The states and steps of a trace in a graph.
private struct TracePath {
  private struct Departure: Hashable {
    let state: Int
    let move: Move
  }

  private(set) var states: Set<Int> = []
  private var departures: Set<Departure> = []

  init(_ trace: Trace?, in graph: StateGraph) {
    guard let trace else { return }
    var walk = Walk(graph.system, fromInitialState: trace.initialState)
    if let start = graph.number(of: walk) { states.insert(start) }
    for step in trace.allSteps {
      if let state = graph.number(of: walk) {
        departures.insert(Departure(state: state, move: step.move))
      }
      _ = walk.take(step.move)
      if let state = graph.number(of: walk) { states.insert(state) }
    }
  }

  func takes(_ move: Move, from state: Int) -> Bool {
    departures.contains(Departure(state: state, move: move))
  }
}
