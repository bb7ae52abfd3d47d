/// States by their numbers, with the steps between them.
protocol SearchedGraph {
  var stateCount: Int { get }

  /// Whether steps from a state are missing, so that nobody knows what lies behind it.
  func isOpen(_ state: Int) -> Bool

  /// How many steps there are from a state that lead to a state.
  func edgeCount(of state: Int) -> Int

  func target(of state: Int, _ edge: Int) -> Int

  /// Whose step it is.
  func actor(of state: Int, _ edge: Int) -> Int
}

extension StateGraph: SearchedGraph {
  var stateCount: Int { edges.count }
  func isOpen(_ state: Int) -> Bool { openStates.contains(state) }
  func edgeCount(of state: Int) -> Int { edges[state].count }
  // A step after which nothing follows leads nowhere else.
  func target(of state: Int, _ edge: Int) -> Int { edges[state][edge].target ?? state }
  func actor(of state: Int, _ edge: Int) -> Int { edges[state][edge].move.actor }
}
