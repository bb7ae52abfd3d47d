/// What a graph of states shows to lie ahead of one of them.
public enum Outlook<Place: Sendable & Equatable>: Sendable, Equatable {
  /// A place asked for is at most this many steps ahead; 0 if it is here.
  case within(steps: Int, of: Place)
  /// No schedule leads to one.
  case outOfReach
  /// The graph ends before one was found.
  case unknown
}

extension StateGraph {
  /// By state: how near the nearest place is that `place` finds. A walk that a step's fault ended is
  /// such a place too if `place` says so; it lies one step ahead of where the fault is raised.
  ///
  /// In a complete graph the numbers of steps are exact. In one that is cut off, a shorter way may
  /// lead past the limit.
  ///
  /// - Complexity: asks once for each state and fault, and then goes back along each step once.
  public func outlooks<Place>(to place: (Walk) -> Place?) -> [Outlook<Place>] {
    var outlooks = [Outlook<Place>](repeating: .outOfReach, count: edges.count)
    let sources = sourcesByTarget
    spread(from: openStates.sorted().map { ($0, .unknown) }, to: &outlooks, sources) { $0 }

    var places: [(Int, Outlook<Place>)] = []
    var faults: [(Int, Outlook<Place>)] = []
    for state in edges.indices {
      let walk = walk(from: state)
      if let here = place(walk) {
        places.append((state, .within(steps: 0, of: here)))
        continue
      }
      for edge in edges[state] where edge.target == nil {
        var fault = walk
        _ = fault.take(edge.move)
        guard let there = place(fault) else { continue }
        faults.append((state, .within(steps: 1, of: there)))
        break
      }
    }
    spread(from: places, then: faults, to: &outlooks, sources) {
      guard case .within(let steps, let place) = $0 else { return $0 }
      return .within(steps: steps + 1, of: place)
    }
    return outlooks
  }

  private var sourcesByTarget: [[Int]] {
    var sources = [[Int]](repeating: [], count: edges.count)
    for (source, out) in edges.enumerated() {
      for edge in out {
        if let target = edge.target { sources[target].append(source) }
      }
    }
    return sources
  }

  /// Hands an outlook on to all states from which another can be reached, level by level.
  ///
  /// - Parameter later: outlooks that begin one level after the first.
  private func spread<Place>(
    from first: [(Int, Outlook<Place>)], then later: [(Int, Outlook<Place>)] = [],
    to outlooks: inout [Outlook<Place>], _ sources: [[Int]],
    farther: (Outlook<Place>) -> Outlook<Place>
  ) {
    var isKnown = [Bool](repeating: false, count: outlooks.count)
    var level = first
    var later = later
    while !level.isEmpty || !later.isEmpty {
      var next = later
      later = []
      for (state, outlook) in level where !isKnown[state] {
        isKnown[state] = true
        outlooks[state] = outlook
        next += sources[state].map { ($0, farther(outlook)) }
      }
      level = next
    }
  }
}
