/// A trace in the form in which files keep it, with all that it takes to run it again and to tell
/// whether it went as it did then. Docs/SavedTraces.md describes the members.
public struct SavedTrace: Sendable, Equatable, Codable {
  /// The version of the form that this program writes and reads.
  public static let currentFormat = 2

  /// A step with what it saw and did.
  public struct Step: Sendable, Equatable, Codable {
    public let actor: String
    public let cpu: Int
    /// The functions the step is nested in, outermost first.
    public let calls: [String]
    public let step: String
    /// Which of the steps of the actor's program it is, since two may have one name.
    public let alternative: Int
    public let reads: [FieldRead]
    public let changes: [FieldChange]
    /// Local variables that the actor keeps in its place in the program and that have other values behind the step;
    /// nil where none has.
    public let locals: [FieldRead]?

    public init(_ step: TraceStep) {
      actor = step.actor
      cpu = step.cpu
      calls = step.calls
      self.step = step.name
      alternative = step.move.alternative
      reads = step.reads
      changes = step.changes
      locals = step.placed.isEmpty ? nil : step.placed
    }
  }

  public private(set) var traceFormat = currentFormat
  public let model: String
  public let variant: String
  /// The pieces taken out of the variant; nil where none is.
  public let without: [String]?
  public let bounds: [String: Int]
  /// What machine it was found for; nil for sequential consistency.
  public let memoryModel: MemoryModel?
  /// true where data races were told of without the model's asking; nil otherwise.
  public let dataRaces: Bool?
  public let fingerprint: Fingerprint
  /// The number of the initial state that it begins at, from 0.
  public let initialState: Int
  /// What is wrong where the steps end; nil for a walk that just stops.
  public let end: FindingKind?
  /// The property, or the description of the deadlock or fault; nil where `end` is.
  public let property: String?
  public let steps: [Step]
  /// For a deadlock: the actors that wait for ever.
  public let waiting: [String]?
  /// How the schedule goes on where a goal is out of reach, or up to where a deadlock stands still.
  public let onward: [Step]
  /// The steps that then go round for ever.
  public let loop: [Step]
}
