/// Finds how a system goes round for ever from a state.
struct LoopFinder {
  let system: System

  /// The states looked at before giving up. A retry loop of the kernel is a few states long.
  static let mostStates = 100_000

  /// A nearest loop: the moves to a state on it, and the moves round it. The loop is empty where
  /// every schedule from the state ends, or where none was found among the nearest states.
  ///
  /// Among the states reachable from `start`, the first in breadth-first order that can reach
  /// itself is where the loop begins.
  func lasso(from start: [UInt64]) -> (stem: [Move], loop: [Move]) {
    var search = BreadthFirst(
      PlainSemantics(system: system), from: [start], limit: Self.mostStates)
    var edges: [[(move: Move, target: Int)]] = []
    while let expansion = search.next() {
      edges.append(
        expansion.steps.compactMap { step in
          guard case .state(let target) = step.target else { return nil }
          return (step.transition.move, target)
        })
    }
    let targets = edges.map { $0.map(\.target) }
    let components = Components(of: targets)
    let first = targets.indices.first { components.isCyclic(components.number[$0], targets) }
    guard let first else {
      return (Self.firstWayOut(edges), [])
    }
    return (
      first == 0 ? [] : Self.shortestPath(from: 0, to: first, edges) ?? [],
      Self.shortestPath(from: first, to: first, edges) ?? []
    )
  }

  /// Some way from state 0 to a state with no way out, always by the first move.
  private static func firstWayOut(_ edges: [[(move: Move, target: Int)]]) -> [Move] {
    var moves: [Move] = []
    var state = 0
    while let edge = edges[state].first, moves.count < edges.count {
      moves.append(edge.move)
      state = edge.target
    }
    return moves
  }

  /// The shortest nonempty path, the first in breadth-first order.
  private static func shortestPath(
    from start: Int, to goal: Int, _ edges: [[(move: Move, target: Int)]]
  ) -> [Move]? {
    var arrival: [Int: (from: Int, move: Move)] = [:]
    var queue = [start]
    var head = 0
    while head < queue.count {
      let state = queue[head]
      head += 1
      for edge in edges[state] where arrival[edge.target] == nil {
        arrival[edge.target] = (state, edge.move)
        queue.append(edge.target)
      }
      if arrival[goal] != nil { break }
    }
    if start == goal && arrival[goal] == nil { return nil }
    var path: [Move] = []
    var place = goal
    repeat {
      guard let step = arrival[place] else { return path.isEmpty ? [] : nil }
      path.append(step.move)
      place = step.from
    } while place != start
    return path.reversed()
  }
}
