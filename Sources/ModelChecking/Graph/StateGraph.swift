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

  let states: [[UInt64]]
  private let numbers: [[UInt64]: Int]

  /// Explores from where some walks stand.
  ///
  /// - Parameters:
  ///   - starts: walks of one system, at least one. One that ended in a fault is left out.
  ///   - mostStates: the limit; the states of the starts are there in any case.
  /// - Complexity: expands at most `mostStates` states by the plain step functions: some tens of
  ///   thousands a second.
  public init(from starts: [Walk], mostStates: Int) {
    system = starts[0].system
    let semantics = PlainSemantics(system: system)
    let bugs = system.invariants.filter { $0.severity == .bug }
    var states: [[UInt64]] = []
    var numbers: [[UInt64]: Int] = [:]

    func number(of state: [UInt64]) -> Int {
      if let number = numbers[state] { return number }
      numbers[state] = states.count
      states.append(state)
      return states.count - 1
    }

    for start in starts where start.fault == nil { _ = number(of: start.words) }
    while edges.count < states.count {
      let state = states[edges.count]
      var out: [Edge] = []
      if bugs.allSatisfy({ semantics.ask($0.holds, in: state) }) {
        for step in semantics.transitions(from: state) {
          let move = Move(actor: step.actor, alternative: step.alternative)
          if step.fault != nil {
            out.append(Edge(move: move, target: nil))
          } else if states.count < mostStates || numbers[step.target] != nil {
            out.append(Edge(move: move, target: number(of: step.target)))
          } else {
            openStates.insert(edges.count)
          }
        }
      }
      edges.append(out)
    }
    self.states = states
    self.numbers = numbers
  }

  /// The number of the state where a walk stands; nil if it is not in the graph.
  public func number(of walk: Walk) -> Int? {
    walk.fault == nil ? numbers[walk.words] : nil
  }

  /// A walk that begins at a state.
  public func walk(from state: Int) -> Walk { Walk(system, from: states[state]) }
}
