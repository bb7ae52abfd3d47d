/// A finding's trace with what surrounds it: the state it begins at and, at each position between its
/// steps, every step that was possible there and where that would have led.
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

  /// Where a schedule stands between two steps.
  public struct Position: Sendable {
    /// The step that leads here; nil before the first step.
    public let arrival: TraceStep?
    /// The steps that can be taken here, ordered by actor; none where the schedule ends.
    public let options: [Option]
  }

  /// A step that can be taken.
  public struct Option: Sendable {
    public let step: TraceStep
    /// Whether it is the one that the trace takes.
    public let isTaken: Bool
    public let prospect: Prospect
  }

  /// Walks the trace of a finding of `system` and looks ahead from each of its states.
  ///
  /// - Parameter isOver: whether to look no further ahead; where that leads is then unknown.
  /// - Complexity: that of a `StateGraph` of `mostStates` states; memory is in proportion to the steps of
  ///   the trace and those that can be taken beside them.
  public init(_ finding: Finding, of system: System, unless isOver: () -> Bool = { false }) {
    let trace = finding.trace
    let steps = trace.allSteps
    let places = Self.places(along: trace, steps, of: system)
    let lookout = Lookout(for: finding, from: places, unless: isOver)
    // After the last step a loop begins again.
    let taken = steps.map(\.move) + trace.loop.prefix(1).map(\.move)
    self.finding = finding
    start = places[0].values
    loopsTo = trace.loop.isEmpty ? nil : steps.count - trace.loop.count
    positions = places.enumerated().map { number, place in
      Position(
        arrival: number == 0 ? nil : steps[number - 1],
        options: number < taken.count ? lookout.options(at: place, taken: taken[number]) : [])
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
