/// The fair runs of a graph that never come to a goal.
///
/// A run is a way that ends where only actors can move that may rest, or that goes round for ever. It is
/// fair if each actor gets its turn as fairness says; where an actor may rest it needs none. A run that
/// avoids a goal stays, from where the goal is due, among states that don't fulfil it: the *pending* ones.
/// So such a run is there if and only if one comes to an end there, or to a strongly connected component
/// of pending states in which every actor gets its turn. (Emerson and Lei, "Modalities for model
/// checking", Science of Computer Programming 8, 1987.)
///
/// - Complexity: time in proportion to states and steps for weak fairness, times the actors for strong;
///   memory `byteCount`.
struct FairRuns<Graph: SearchedGraph> {
  private let graph: Graph
  private let fairness: Goal.Fairness
  /// By state: the actors that can move there and may not rest.
  private let eager: (Int) -> UInt64
  private let mustStop: () -> Bool

  /// By state: the steps of the shortest way there on which the goal is due and pending; `farAway` where
  /// there is none.
  private var distances: [UInt32]
  private static var farAway: UInt32 { .max }
  /// Whether there is a run, but none was found within the memory that looking for its loop may take.
  private(set) var gaveUp = false

  /// A run: the numbers of the edges to take.
  struct Lasso: Equatable {
    /// The state where it begins.
    var start: Int
    var stem: [Int]
    var loop: [Int]
  }

  static func byteCount(states: Int) -> Int {
    ComponentSearch.byteCount(nodes: states) + 24 * states
  }

  /// - Parameters:
  ///   - eager: by state: the actors that can move there and may not rest.
  ///   - mustStop: asked now and then.
  init(
    _ graph: Graph, _ fairness: Goal.Fairness, eager: @escaping (Int) -> UInt64,
    until mustStop: @escaping () -> Bool = { false }
  ) {
    self.graph = graph
    self.fairness = fairness
    self.eager = eager
    self.mustStop = mustStop
    distances = Array(repeating: Self.farAway, count: graph.stateCount)
  }

  /// The run with the shortest stem and, among those, the shortest loop; nil where there is none, or it had
  /// to stop.
  ///
  /// - Parameters:
  ///   - starts: the initial states.
  ///   - isDue: whether the goal must be reached from a state on; nil where from the initial states only.
  ///   - isReached: whether a state fulfils the goal.
  mutating func lasso(
    from starts: Range<Int>, whenever isDue: ((Int) -> Bool)?, isReached: (Int) -> Bool
  ) -> Lasso? {
    let depths = findDistances(from: starts, whenever: isDue, isReached: isReached)
    var ends: [Int] = []
    for state in distances.indices where isPending(state) && eager(state) == 0 {
      ends.append(state)
    }
    let components = fairComponents()
    let loopStates = distances.indices.filter { components[$0] != Self.noComponent }
    guard let nearest = (ends + loopStates).map({ distances[$0] }).min() else { return nil }
    if mustStop() { return nil }
    // There is one: whoever does not find it must not say that there is none.
    var found: Lasso?
    defer { gaveUp = found == nil }
    let nearEnds = ends.filter { distances[$0] == nearest }
    if !nearEnds.isEmpty {
      found = stem(to: Set(nearEnds), from: starts, depths: depths, isDue)
      return found
    }
    // Of the places that are equally near, those from where it is shortest to go round.
    var best: (length: Int, loops: [Int: [Int]]) = (.max, [:])
    for state in loopStates where distances[state] == nearest {
      guard let loop = shortestLoop(from: state, in: components, atMost: best.length) else {
        continue
      }
      if loop.count < best.length { best = (loop.count, [:]) }
      best.loops[state] = loop
    }
    guard !best.loops.isEmpty,
      var lasso = stem(to: Set(best.loops.keys), from: starts, depths: depths, isDue),
      let end = end(of: lasso)
    else { return nil }
    lasso.loop = best.loops[end] ?? []
    found = lasso
    return lasso
  }

  private func isPending(_ state: Int) -> Bool { distances[state] != Self.farAway }

  private func end(of lasso: Lasso) -> Int? {
    lasso.stem.reduce(lasso.start) { graph.target(of: $0, $1) }
  }

  // MARK: Where the goal is pending

  /// Fills `distances`. Returns the steps of the shortest way to each state, whatever is due on it.
  private mutating func findDistances(
    from starts: Range<Int>, whenever isDue: ((Int) -> Bool)?, isReached: (Int) -> Bool
  ) -> [UInt32] {
    var depths = [UInt32](repeating: Self.farAway, count: graph.stateCount)
    var level = Array(starts)
    var pending: [Int] = []
    for state in starts { depths[state] = 0 }
    var depth: UInt32 = 0
    while !level.isEmpty || !pending.isEmpty {
      if mustStop() { return depths }
      // The goal becomes due, whether or not it is pending here already.
      for state in level where !isPending(state) && (isDue?(state) ?? (depth == 0)) {
        if isReached(state) { continue }
        distances[state] = depth
        pending.append(state)
      }
      var nextLevel: [Int] = []
      var nextPending: [Int] = []
      for state in level {
        for target in targets(of: state) where depths[target] == Self.farAway {
          depths[target] = depth + 1
          nextLevel.append(target)
        }
      }
      for state in pending {
        for target in targets(of: state) where !isPending(target) && !isReached(target) {
          distances[target] = depth + 1
          nextPending.append(target)
        }
      }
      (level, pending) = (nextLevel, nextPending)
      depth += 1
    }
    return depths
  }

  private func targets(of state: Int) -> some Sequence<Int> {
    (0..<graph.edgeCount(of: state)).lazy.map { graph.target(of: state, $0) }
  }

  // MARK: Fair components

  private static var noComponent: UInt32 { .max }

  /// By state: its component where that is one in which every actor gets its turn.
  private func fairComponents() -> [UInt32] {
    var fair = [UInt32](repeating: Self.noComponent, count: graph.stateCount)
    var isPart = distances.map { $0 != Self.farAway }
    var count: UInt32 = 0
    while isPart.contains(true) && !mustStop() {
      var search = ComponentSearch(nodeCount: graph.stateCount)
      search.run(where: { isPart[$0] }, until: mustStop) { state, edge in
        edge < graph.edgeCount(of: state) ? graph.target(of: state, edge) : nil
      }
      var again = [Bool](repeating: false, count: graph.stateCount)
      var first = 0
      while first < search.order.count {
        let number = search.number[Int(search.order[first])]
        var end = first
        while end < search.order.count, search.number[Int(search.order[end])] == number { end += 1 }
        let members = search.order[first..<end]
        first = end
        let turns = turns(in: members, number, search.number)
        if !turns.isCyclic { continue }
        let starved =
          fairness == .weak ? turns.alwaysEager & ~turns.moved : turns.everEager & ~turns.moved
        if starved == 0 {
          for member in members { fair[Int(member)] = count }
          count += 1
        } else if fairness == .strong {
          // A fair run inside keeps away from where one that gets no turn is enabled.
          for member in members where eager(Int(member)) & starved == 0 {
            again[Int(member)] = true
          }
        }
      }
      isPart = again
    }
    return fair
  }

  /// Who gets a turn in a component.
  private func turns(
    in members: ArraySlice<UInt32>, _ number: UInt32, _ numbers: [UInt32]
  ) -> (isCyclic: Bool, moved: UInt64, everEager: UInt64, alwaysEager: UInt64) {
    var (isCyclic, moved, ever, always) = (false, UInt64(0), UInt64(0), UInt64.max)
    for member in members {
      let state = Int(member)
      ever |= eager(state)
      always &= eager(state)
      for edge in 0..<graph.edgeCount(of: state)
      where numbers[graph.target(of: state, edge)] == number {
        isCyclic = true
        moved |= 1 << UInt64(graph.actor(of: state, edge))
      }
    }
    return (isCyclic, moved, ever, always)
  }

  // MARK: The loop

  /// The states and turns that are looked at to find a shortest loop. Past that it is any loop.
  static var mostPlaces: Int { 2_000_000 }

  /// A state on a loop, with who had a turn on the way or was in no need of one.
  private struct Place: Hashable {
    let state: Int
    var moved: UInt64
    var eager: UInt64
  }

  /// The shortest way round from a state in which everybody gets their turn, the first by its moves.
  private func shortestLoop(
    from start: Int, in components: [UInt32], atMost most: Int
  ) -> [Int]? {
    var places = [Place(state: start, moved: 0, eager: eager(start))]
    var arrivals: [(from: Int, edge: Int)] = [(-1, -1)]
    var depths = [0]
    var known = Set(places)
    var next = 0
    while next < places.count {
      if depths[next] >= most || places.count > Self.mostPlaces || mustStop() { return nil }
      let place = places[next]
      for edge in 0..<graph.edgeCount(of: place.state) {
        let target = graph.target(of: place.state, edge)
        if components[target] != components[start] { continue }
        let moved = place.moved | 1 << UInt64(graph.actor(of: place.state, edge))
        // Weak: who was eager all the time needs a turn; strong: who ever was.
        let eager = fairness == .weak ? place.eager & eager(target) : place.eager | eager(target)
        let arrival = Place(state: target, moved: moved, eager: eager)
        let isNew = known.insert(arrival).inserted
        if target == start && eager & ~moved == 0 {
          return way(to: next, arrivals) + [edge]
        }
        if isNew {
          places.append(arrival)
          arrivals.append((next, edge))
          depths.append(depths[next] + 1)
        }
      }
      next += 1
    }
    return nil
  }

  private func way(to place: Int, _ arrivals: [(from: Int, edge: Int)]) -> [Int] {
    var edges: [Int] = []
    var place = place
    while arrivals[place].from >= 0 {
      edges.append(arrivals[place].edge)
      place = arrivals[place].from
    }
    return edges.reversed()
  }

  // MARK: The stem

  /// The shortest way to one of some states, with fewest switches and then the first by its moves.
  ///
  /// - Parameter targets: pending states at the same distance.
  private func stem(
    to targets: Set<Int>, from starts: Range<Int>, depths: [UInt32], _ isDue: ((Int) -> Bool)?
  ) -> Lasso? {
    // A way goes through states where nothing is due, and from one where it is through pending ones. A place
    // is one or the other of a state.
    guard let anyTarget = targets.first else { return nil }
    let length = Int(distances[anyTarget])
    /// By place: for each actor, the switches that follow if it moves first.
    var costs: [[StemPlace: [Int: Int]]] = []
    var level = Dictionary(
      uniqueKeysWithValues: targets.map { (StemPlace(state: $0, isPending: true), [Int: Int]()) })
    costs.append(level)
    let sources = StemSources(
      graph, distances: distances, depths: depths, isDue: isDue, farAway: Self.farAway)
    for step in (0..<length).reversed() {
      var earlier: [StemPlace: [Int: Int]] = [:]
      for (place, rest) in level {
        for (source, actor) in sources.places(before: place, step: step) {
          let onward = rest.map { $0.value + ($0.key == actor ? 0 : 1) }.min() ?? 0
          let known = earlier[source, default: [:]][actor]
          earlier[source, default: [:]][actor] = min(known ?? .max, onward)
        }
      }
      level = earlier
      costs.append(level)
    }
    costs.reverse()
    func begins(_ state: Int) -> [StemPlace] {
      [true, false].map { StemPlace(state: state, isPending: $0) }
        .filter { costs[0][$0] != nil }
    }
    func leastCost(_ place: StemPlace) -> Int { costs[0][place]?.values.min() ?? 0 }
    let firsts = starts.flatMap(begins)
    guard let least = firsts.map(leastCost).min(),
      let first = firsts.first(where: { leastCost($0) == least })
    else { return nil }
    var places = Set(begins(first.state).filter { leastCost($0) == least })
    var lasso = Lasso(start: first.state, stem: [], loop: [])
    var (state, last) = (first.state, -1)
    for step in 0..<length {
      var choice: (edge: Int, actor: Int, cost: Int, places: Set<StemPlace>)?
      for edge in 0..<graph.edgeCount(of: state) {
        let (target, actor) = (graph.target(of: state, edge), graph.actor(of: state, edge))
        for place in places {
          for next in sources.places(after: place, to: target, step: step)
          where costs[step + 1][next] != nil {
            let rest = costs[step + 1][next]!
            let onward = rest.map { $0.value + ($0.key == actor ? 0 : 1) }.min() ?? 0
            let cost = onward + (last == -1 || last == actor ? 0 : 1)
            if cost < choice?.cost ?? .max {
              choice = (edge, actor, cost, [next])
            } else if cost == choice?.cost && edge == choice?.edge {
              choice?.places.insert(next)
            }
          }
        }
      }
      guard let choice else { return nil }
      lasso.stem.append(choice.edge)
      (state, last, places) = (graph.target(of: state, choice.edge), choice.actor, choice.places)
    }
    return lasso
  }
}

extension SearchedGraph {
  /// By state: the actors that can move there.
  func movers(from state: Int) -> UInt64 {
    (0..<edgeCount(of: state)).reduce(0) { $0 | 1 << UInt64(actor(of: state, $1)) }
  }
}

/// A state on a stem, before or after the goal has become due.
private struct StemPlace: Hashable {
  let state: Int
  let isPending: Bool
}

/// The places from which a stem comes, on shortest ways only.
private struct StemSources<Graph: SearchedGraph> {
  private let graph: Graph
  private let distances: [UInt32]
  private let depths: [UInt32]
  private let isDue: ((Int) -> Bool)?
  /// By state: where edges to it come from, and whose they are.
  private let sources: [[(state: UInt32, actor: UInt8)]]

  init(
    _ graph: Graph, distances: [UInt32], depths: [UInt32], isDue: ((Int) -> Bool)?, farAway: UInt32
  ) {
    self.graph = graph
    self.distances = distances
    self.depths = depths
    self.isDue = isDue
    var sources = [[(state: UInt32, actor: UInt8)]](repeating: [], count: graph.stateCount)
    for state in 0..<graph.stateCount {
      for edge in 0..<graph.edgeCount(of: state) {
        let target = graph.target(of: state, edge)
        let isOnWay =
          distances[target] != farAway && distances[state] < distances[target]
          || depths[state] < depths[target]
        if isOnWay {
          sources[target].append((UInt32(state), UInt8(graph.actor(of: state, edge))))
        }
      }
    }
    self.sources = sources
  }

  func places(before place: StemPlace, step: Int) -> [(place: StemPlace, actor: Int)] {
    sources[place.state].flatMap { source -> [(StemPlace, Int)] in
      let from = Int(source.state)
      return [true, false].compactMap { isPending in
        let earlier = StemPlace(state: from, isPending: isPending)
        return leads(earlier, to: place, step: step) ? (earlier, Int(source.actor)) : nil
      }
    }
  }

  func places(after place: StemPlace, to target: Int, step: Int) -> [StemPlace] {
    [true, false].map { StemPlace(state: target, isPending: $0) }
      .filter { leads(place, to: $0, step: step) }
  }

  /// Whether a shortest stem may take a step, its number from 0, from one place to the other.
  private func leads(_ from: StemPlace, to next: StemPlace, step: Int) -> Bool {
    func isThere(_ place: StemPlace, _ step: Int) -> Bool {
      let steps = place.isPending ? distances[place.state] : depths[place.state]
      return steps == step
    }
    guard isThere(from, step), isThere(next, step + 1) else { return false }
    switch (from.isPending, next.isPending) {
    case (true, true), (false, false): return true
    // The goal becomes due where the step leads.
    case (false, true): return isDue?(next.state) ?? false
    case (true, false): return false
    }
  }
}
