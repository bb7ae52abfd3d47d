/// The states within reach of some, as breadth-first search meets them, with the steps between them.
///
/// The one loop of all that looks at few states: the reference search, graphs, loops, a replay that
/// looks for a goal. Memory is some hundreds of bytes a state.
package struct BreadthFirst {
  /// Where a step leads.
  package enum Target: Equatable {
    /// A state, by its number.
    case state(Int)
    /// Nowhere: nothing follows the step.
    case broken
    /// A state for which there was no room.
    case beyondLimit
  }

  /// A state with all its ways out.
  package struct Expansion {
    /// The state's number.
    package let state: Int
    package let steps: [(transition: Transition, target: Target)]
    /// The numbers of the states that were met for the first time.
    package let new: Range<Int>
  }

  /// The states met so far, in that order; their numbers are their positions.
  package private(set) var states: [[UInt64]] = []
  /// By state: the steps of a shortest way there.
  package private(set) var depths: [Int] = []
  /// The states whose ways out are known: the first so many.
  package private(set) var expanded = 0

  private var numbers: [[UInt64]: Int] = [:]
  private let relation: any TransitionRelation
  private let limit: Int

  /// - Parameters:
  ///   - starts: the states to begin with. They are there in any case.
  ///   - limit: how many states are remembered.
  package init(_ relation: any TransitionRelation, from starts: [[UInt64]], limit: Int = .max) {
    self.relation = relation
    self.limit = limit
    for start in starts where numbers[start] == nil { add(start, depth: 0) }
  }

  func number(of state: [UInt64]) -> Int? { numbers[state] }

  /// Whether every state that was met has been expanded.
  package var isComplete: Bool { expanded == states.count }

  /// Expands the next state; nil when there is none left.
  ///
  /// - Parameter goesOn: whether the search goes on from a state.
  package mutating func next(where goesOn: ([UInt64]) -> Bool = { _ in true }) -> Expansion? {
    if isComplete { return nil }
    let state = expanded
    let first = states.count
    expanded += 1
    let transitions = goesOn(states[state]) ? relation.transitions(from: states[state]) : []
    let steps = transitions.map { transition -> (Transition, Target) in
      if transition.isBroken(in: relation.system) { return (transition, .broken) }
      if let known = numbers[transition.target] { return (transition, .state(known)) }
      if states.count >= limit { return (transition, .beyondLimit) }
      add(transition.target, depth: depths[state] + 1)
      return (transition, .state(states.count - 1))
    }
    return Expansion(state: state, steps: steps, new: first..<states.count)
  }

  private mutating func add(_ state: [UInt64], depth: Int) {
    numbers[state] = states.count
    states.append(state)
    depths.append(depth)
  }
}
