/// What a graph of states shows to lie ahead of one of them.
public enum Outlook: Sendable, Equatable {
  /// The thing asked for, described, is at most this many steps ahead; 0 if it is here.
  case within(steps: Int, what: String)
  /// No schedule leads to it.
  case outOfReach
  /// The graph ends before it was found.
  case unknown
}

extension StateGraph {
  /// By state: how near the nearest place is that `isThere` describes. A step that raises a fault
  /// counts as such a place, one step ahead, with the fault's description.
  ///
  /// In a complete graph the numbers of steps are exact. In one that is cut off, a shorter way may
  /// lead past the limit.
  ///
  /// - Complexity: asks once for each state, and then goes back along each step once.
  public func outlooks(of isThere: (Walk) -> String?) -> [Outlook] {
    var outlooks = [Outlook](repeating: .outOfReach, count: edges.count)
    let sources = sourcesByTarget
    spread(from: openStates.sorted().map { ($0, .unknown) }, to: &outlooks, sources) { $0 }

    var here: [(Int, Outlook)] = []
    var faults: [(Int, Outlook)] = []
    for state in edges.indices {
      let walk = walk(from: state)
      if let what = isThere(walk) {
        here.append((state, .within(steps: 0, what: what)))
      } else if edges[state].contains(where: { $0.target == nil }),
        let fault = walk.enabled.lazy.compactMap(\.breakage).first
      {
        faults.append((state, .within(steps: 1, what: fault)))
      }
    }
    spread(from: here, then: faults, to: &outlooks, sources) {
      guard case .within(let steps, let what) = $0 else { return $0 }
      return .within(steps: steps + 1, what: what)
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
  private func spread(
    from first: [(Int, Outlook)], then later: [(Int, Outlook)] = [], to outlooks: inout [Outlook],
    _ sources: [[Int]], farther: (Outlook) -> Outlook
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
