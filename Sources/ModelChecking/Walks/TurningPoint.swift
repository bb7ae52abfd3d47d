/// The step of a trace after which it is past help: before it, all could still have gone well.
public struct TurningPoint: Sendable, Equatable {
  /// Its number, from 1.
  public let step: Int
  /// The step in its place with which the nearest run begins that goes well: every actor comes to its end, or
  /// to where it may rest, and nothing is wrong on the way. Nil where all rested already.
  public let instead: TraceStep?
  /// How many steps that run has.
  public let length: Int

  /// More states are not looked at.
  static let mostStates = 20_000
}

extension Finding {
  /// Where the trace passes the point from which on nothing can go well; nil where that is not known, because
  /// there are too many states, or because nothing goes well in any case.
  ///
  /// - Parameter isOver: whether to look no further.
  public func turningPoint(
    in system: System, unless isOver: () -> Bool = { false }
  ) -> TurningPoint? {
    guard kind.subject == .claim || kind.subject == .step, !trace.steps.isEmpty else { return nil }
    let relation = FastRelation(system)
    let semantics = PlainSemantics(system: system)
    var walk = Walk(system, fromInitialState: trace.initialState)
    guard walk.take(trace.steps.map(\.move)) != nil else { return nil }
    let way = Array(walk.states.dropLast())

    func isGood(_ state: [UInt64]) -> Bool {
      // What was found may be a warning, at which no search stops.
      guard let invariant = subject as? Invariant else { return !semantics.hasBug(state) }
      return semantics.ask(invariant.holds, of: invariant.code, in: state)
        && !semantics.hasBug(state)
    }
    func isWrong(_ transition: Transition) -> Bool {
      if transition.isBroken(in: system) { return true }
      guard case .assertion(let number) = subject?.id else { return false }
      return transition.trouble.failed >> UInt64(number) & 1 != 0
    }
    var search = BreadthFirst(relation, from: way, limit: TurningPoint.mostStates)
    var sources: [[Int]] = []
    var isComplete = true
    while let expansion = search.next(where: isGood) {
      if isOver() { return nil }
      sources += Array(repeating: [], count: search.states.count - sources.count)
      for step in expansion.steps where !isWrong(step.transition) {
        switch step.target {
        case .state(let target): sources[target].append(expansion.state)
        case .beyondLimit: isComplete = false
        case .broken: break
        }
      }
    }
    // How far it is to where all rest, going back from there.
    var distances = [Int?](repeating: nil, count: search.states.count)
    var queue = search.states.indices.filter {
      semantics.isResting(search.states[$0]) && isGood(search.states[$0])
    }
    for state in queue { distances[state] = 0 }
    var next = 0
    while next < queue.count {
      let state = queue[next]
      next += 1
      // From what is not good no step was taken.
      for source in sources[state] where distances[source] == nil {
        distances[source] = distances[state]! + 1
        queue.append(source)
      }
    }
    func distance(_ state: [UInt64]) -> Int? { search.number(of: state).flatMap { distances[$0] } }
    guard let last = way.lastIndex(where: { distance($0) != nil }),
      isComplete || last == way.count - 1
    else { return nil }
    let length = distance(way[last])!
    let better = relation.transitions(from: way[last]).first {
      !isWrong($0) && distance($0.target) == length - 1
    }
    var instead = Walk(semantics, from: way[last])
    return TurningPoint(
      step: last + 1, instead: better.flatMap { instead.take($0.move) }, length: length)
  }
}
