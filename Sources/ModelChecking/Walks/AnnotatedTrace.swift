/// A finding's trace with what surrounds it: the state it begins at and, at each position between its
/// steps, every step that was possible there and where that would have led.
public struct AnnotatedTrace: Sendable {
  /// The states that are looked at to say where a step leads.
  public static let mostStates = 20_000

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
  /// - Complexity: that of a `StateGraph` of `mostStates` states.
  public init(_ finding: Finding, of system: System) {
    let trace = finding.trace
    let steps = trace.steps + trace.onward + trace.loop
    let walks = Self.walks(along: trace, steps, of: system)
    let lookout = Lookout(for: finding, from: walks)
    // After the last step a loop begins again.
    let taken = steps.map(\.move) + trace.loop.prefix(1).map(\.move)
    self.finding = finding
    start = walks[0].values
    loopsTo = trace.loop.isEmpty ? nil : steps.count - trace.loop.count
    positions = walks.enumerated().map { number, walk in
      Position(
        arrival: walk.steps.last,
        options: number < taken.count ? lookout.options(at: walk, taken: taken[number]) : [])
    }
  }

  /// The walk before the first step and after each.
  private static func walks(
    along trace: Trace, _ steps: [TraceStep], of system: System
  ) -> [Walk] {
    var walk = Walk(system, fromInitialState: trace.initialState)
    return [walk]
      + steps.map { step in
        guard walk.take(step.move) != nil else {
          preconditionFailure("the trace takes '\(step.name)' where \(step.actor) can't")
        }
        return walk
      }
  }
}
