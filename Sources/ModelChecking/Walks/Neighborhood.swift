/// The states of a trace and those near it, with the steps between them: where a reader may go who leaves
/// the trace.
public struct Neighborhood: Sendable {
  /// Of so many states at most the command line keeps the steps, those of the trace aside.
  public static let mostPlaces = 3_000
  /// No further state's steps are kept when they have so many entries: one for the step itself, and one for each
  /// field that it changes or sees.
  public static let mostEntries = 40_000

  /// A state.
  public struct Place: Sendable {
    /// The steps that can be taken here, ordered by actor and then by its program; none where the search
    /// goes no further either. Nil where they were not kept.
    public let ways: [Way]?
    /// What lies ahead.
    public let prospect: AnnotatedTrace.Prospect
    /// What is wrong here, where nothing follows for that reason.
    public let mishap: AnnotatedTrace.Mishap?
  }

  /// A step that can be taken.
  public struct Way: Sendable {
    public let step: TraceStep
    public let end: End
  }

  /// Where a step leads.
  public enum End: Sendable, Equatable {
    /// To a place, by its number.
    case place(Int)
    /// Nowhere: nothing follows the step.
    case broken(AnnotatedTrace.Mishap)
  }

  /// Those of the trace first, in its order, then the others, the nearest first.
  public let places: [Place]

  /// What lies ahead of a step.
  public func prospect(of way: Way) -> AnnotatedTrace.Prospect {
    switch way.end {
    case .place(let number): places[number].prospect
    case .broken(let mishap): .goesWrong(within: 0, mishap)
    }
  }

  /// - Parameters:
  ///   - departures: where the trace stands before each of its steps: it goes on there, whatever is wrong.
  ///   - mostPlaces: the states whose steps are kept, those of the trace aside.
  ///   - isOver: whether to keep no more than what the trace needs.
  /// - Complexity: takes each step that is kept once.
  init(_ lookout: Lookout, departures: [Walk], mostPlaces: Int, unless isOver: () -> Bool) {
    let graph = lookout.graph
    let departures = Set(departures.compactMap(graph.number))
    var kept: [(walk: Walk, ways: [(step: TraceStep, target: Target)])] = []
    var entries = 0
    for state in graph.edges.indices {
      let isNear = state < mostPlaces && entries < Self.mostEntries
      guard graph.starts.contains(state) || isNear && !isOver() else { break }
      let walk = graph.walk(from: state)
      let goesOn = departures.contains(state) || !walk.hasBug
      let ways = goesOn ? walk.enabled.map { Self.way($0.step, from: walk, in: graph) } : []
      entries += ways.reduce(0) { $0 + $1.step.entryCount }
      kept.append((walk, ways))
    }
    // Behind the kept ones stand those that their steps lead to, and last one of which nothing is known.
    let beyond = Set(kept.flatMap { $0.ways.compactMap(\.target.state) })
      .filter { $0 >= kept.count }.sorted()
    let isUnknownMet = kept.contains { $0.ways.contains { $0.target.isUnknown } }
    let numbers = Dictionary(
      uniqueKeysWithValues: beyond.enumerated().map { ($1, kept.count + $0) })
    places =
      kept.enumerated().map { state, place in
        Place(
          ways: place.ways.map { way in
            let end: End =
              switch way.target {
              case .broken(let mishap): .broken(mishap)
              case .unknown: .place(kept.count + beyond.count)
              case .state(let state): .place(numbers[state] ?? state)
              }
            return Way(step: way.step, end: end)
          },
          prospect: lookout.prospects[state],
          mishap: place.ways.isEmpty ? lookout.mishap(at: place.walk) : nil)
      }
      + (beyond.map { lookout.prospects[$0] } + (isUnknownMet ? [.unknown] : [])).map {
        Place(ways: nil, prospect: $0, mishap: nil)
      }
  }

  /// Where a step leads in the graph that was looked at.
  private enum Target {
    case state(Int)
    case broken(AnnotatedTrace.Mishap)
    case unknown

    var isUnknown: Bool { if case .unknown = self { true } else { false } }
    var state: Int? { if case .state(let number) = self { number } else { nil } }
  }

  private static func way(
    _ step: TraceStep, from walk: Walk, in graph: StateGraph
  ) -> (step: TraceStep, target: Target) {
    var next = walk
    _ = next.take(step.move)
    if next.isBroken, let finding = next.findings.first {
      return (step, .broken(AnnotatedTrace.Mishap(finding)))
    }
    return (step, graph.number(of: next).map(Target.state) ?? .unknown)
  }
}

extension TraceStep {
  fileprivate var entryCount: Int {
    1 + changes.count + reads.count + ghostReads.count + stores.count
  }
}

extension Walk {
  /// Whether an invariant is false here at which a search stops.
  fileprivate var hasBug: Bool { semantics.hasBug(words) }
}
