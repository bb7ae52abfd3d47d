/// A finding's trace with what surrounds it: the state it begins at, every step that was possible at each
/// position between its steps, where that would have led, and what could have followed.
public struct AnnotatedTrace: Sendable {
  /// The states that are looked at to say where a step leads.
  public static let mostStates = 20_000

  /// The steps of a trace up to which it is annotated by the command line: beyond, what is made of it is
  /// more than a browser shows.
  public static let mostSteps = 20_000

  public let finding: Finding
  /// Every field before the first step.
  public let start: [FieldReading]
  /// The positions, the first before the first step.
  public let positions: [Position]
  /// The position whose state the last one has again; nil where the schedule ends.
  public let loopsTo: Int?
  /// The states of the trace and those around it.
  public let neighborhood: Neighborhood

  /// Where a schedule stands between two steps.
  public struct Position: Sendable {
    /// The step that leads here; nil before the first step.
    public let arrival: TraceStep?
    /// The place in the neighborhood; nil where nothing follows the step that leads here.
    public let place: Int?
    /// Which of the place's ways the trace goes; nil where it ends.
    public let taken: Int?
  }

  /// Walks the trace of a finding of `system` and looks ahead from each of its states.
  ///
  /// - Parameters:
  ///   - mostPlaces: the states whose steps are kept, those of the trace aside.
  ///   - isOver: whether to look no further ahead; where that leads is then unknown.
  /// - Complexity: that of a `StateGraph` of `mostStates` states; memory is in proportion to the steps of
  ///   the trace and those that can be taken beside them, and to the limits of `Neighborhood`.
  public init(
    _ finding: Finding, of system: System, mostPlaces: Int = Neighborhood.mostPlaces,
    unless isOver: () -> Bool = { false }
  ) {
    let trace = finding.trace
    let steps = trace.allSteps
    let places = Self.places(along: trace, steps, of: system)
    let lookout = Lookout(for: finding, from: places, unless: isOver)
    // After the last step a loop begins again.
    let taken = steps.map(\.move) + trace.loop.prefix(1).map(\.move)
    let neighborhood = Neighborhood(
      lookout, departures: Array(places.prefix(taken.count)), mostPlaces: mostPlaces, unless: isOver
    )
    self.finding = finding
    self.neighborhood = neighborhood
    start = places[0].values
    loopsTo = trace.loop.isEmpty ? nil : steps.count - trace.loop.count
    positions = places.enumerated().map { number, walk in
      let place = lookout.graph.number(of: walk)
      let ways = place.flatMap { neighborhood.places[$0].ways } ?? []
      return Position(
        arrival: number == 0 ? nil : steps[number - 1], place: place,
        taken: number < taken.count ? ways.firstIndex { $0.step.move == taken[number] } : nil)
    }
  }

  /// Where the trace stands before the first step and after each. A walk with its steps at each of these
  /// places would take memory with the square of their number.
  private static func places(
    along trace: Trace, _ steps: [TraceStep], of system: System
  ) -> [Walk] {
    var walk = Walk(system, fromInitialState: trace.initialState)
    return [walk]
      + steps.map { step in
        guard walk.take(step.move) != nil else { Trap.raiseUnrepeatable() }
        walk = walk.here
        return walk
      }
  }
}
