import ModelChecking

/// An annotated trace and what surrounds it, as the data of the web page's script. Whatever comes more than
/// once stands in a table, and is referred to by its number.
struct Playback: Encodable {
  let fields: [Field]
  /// What fields hold.
  let values: [String]
  let steps: [Step]
  let effects: [Effect]
  let outlooks: [Outlook]
  /// What is wrong behind a step that nothing follows, in the middle of a sentence.
  let mishaps: [String]
  let places: [Place]
  /// The points between the trace's steps, the first before the first step.
  let points: [Point]
  /// The point to which the last one is equal; absent where the schedule ends.
  let loopsTo: Int?
  /// What the trace comes to, and at which point.
  let consequence: String
  let foundAt: Int
  /// The actors that have a lane in the table, from the left.
  let lanes: [String]

  struct Field: Encodable {
    let name: String
    /// Whose it is: absent for what actors share.
    let owner: String?
    /// At first.
    let value: String
    /// Whether the property looks at it.
    let isAsked: Bool
  }

  struct Step: Encodable, Hashable {
    let actor: String
    let cpu: Int
    let calls: [String]
    /// By call: which of the actor's it is.
    let sites: [Int]
    let name: String
  }

  /// A step with what it does in some state. Absent is what it doesn't do.
  struct Effect: Encodable, Hashable {
    let step: Int
    /// Field, value before and value after.
    let changes: [[Int]]?
    /// The fields of changes that are not worth a line.
    let quiet: [Int]?
    /// Field and value, where that is worth a line.
    let sees: [[Int]]?
    /// Field and value of stores that changed nothing.
    let same: [[Int]]?
    /// Local variables that are kept in the place in the program, with their new values: both are values here.
    let locals: [[Int]]?
  }

  /// What lies ahead of a state, as far as it is known.
  struct Outlook: Encodable, Hashable {
    enum Kind: String, Encodable { case bad, open, good, unknown }

    let kind: Kind
    /// Of a step that leads there.
    let ahead: String
    /// Of who stands there, in a sentence.
    let here: String
  }

  /// A state.
  struct Place: Encodable {
    /// For each step that can be taken, its effect and the place that it leads to: -1 is where the first of
    /// the mishaps happens, -2 the second. Absent where the page goes no further.
    let ways: [Int]?
    let outlook: Int
    /// What is wrong, in the middle of a sentence, where that is why nothing follows.
    let mishap: String?
  }

  struct Point: Encodable {
    /// The place; absent where nothing follows the step.
    let at: Int?
    /// The effect of the step that leads here; absent at the first.
    let by: Int?
    /// Which of the place's ways the trace goes; absent where it ends.
    let taken: Int?
  }
}

extension Playback {
  init(_ trace: AnnotatedTrace, of system: System) {
    var tables = Tables(Self.fields(of: trace, in: system), of: system)
    let finding = trace.finding
    consequence = finding.words.consequence(finding)
    foundAt = finding.trace.steps.count
    loopsTo = trace.loopsTo
    lanes = TraceTable.lanes(of: finding.trace, in: system).map(\.actor)
    points = trace.positions.map { position in
      Point(
        at: position.place, by: position.arrival.map { tables.effect(of: $0) },
        taken: position.taken)
    }
    places = trace.neighborhood.places.map { [consequence] place in
      Place(
        ways: place.ways?.flatMap { way in
          [tables.effect(of: way.step), tables.target(of: way.end)]
        },
        outlook: tables.outlooks.number(
          of: Outlook(place.prospect, consequence: consequence)),
        mishap: place.mishap?.place)
    }
    fields = tables.fields
    values = tables.values.things
    steps = tables.steps.things
    effects = tables.effects.things
    outlooks = tables.outlooks.things
    mishaps = tables.mishaps.things
  }

  /// What actors share, then the registers of each, then what the model keeps book of.
  private static func fields(of trace: AnnotatedTrace, in system: System) -> [Field] {
    let asked = trace.finding.fieldsLookedAt
    func fields(_ role: StateLayout.Role, owner: String?) -> [Field] {
      trace.start.filter { $0.role == role }.map {
        Field(
          name: $0.field, owner: owner, value: $0.value, isAsked: asked.contains($0.field))
      }
    }
    let registers = system.actorNames.enumerated().flatMap { number, actor in
      fields(.register(actor: number), owner: "registers of \(actor.name)")
    }
    return fields(.shared, owner: nil) + registers + fields(.ghost, owner: "bookkeeping")
  }

  /// What is referred to by number.
  private struct Tables {
    let fields: [Field]
    var values = Numbering<String>()
    var steps = Numbering<Step>()
    var effects = Numbering<Effect>()
    var outlooks = Numbering<Outlook>()
    var mishaps = Numbering<String>()
    private let numbers: [String: Int]
    private let sharedFields: Set<String>

    init(_ fields: [Field], of system: System) {
      self.fields = fields
      numbers = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($1.name, $0) })
      sharedFields = Set(system.layout.fields.filter { $0.role == .shared }.map(\.name))
    }

    mutating func target(of end: Neighborhood.End) -> Int {
      switch end {
      case .place(let number): number
      case .broken(let mishap): -1 - mishaps.number(of: mishap.place)
      }
    }

    mutating func effect(of step: TraceStep) -> Int {
      let effect = Effect(
        step: steps.number(
          of: Step(
            actor: step.actor, cpu: step.cpu, calls: step.calls, sites: step.callSites,
            name: step.name)),
        changes: entries(step.changes.map { ($0.field, [$0.before, $0.after]) }),
        quiet: quiet(step),
        sees: entries(step.news(in: sharedFields).map { ($0.field, [$0.value]) }),
        same: entries(step.stores.map { ($0.field, [$0.value]) }), locals: locals(step))
      return effects.number(of: effect)
    }

    private mutating func locals(_ step: TraceStep) -> [[Int]]? {
      if step.placed.isEmpty { return nil }
      return step.placed.map { [values.number(of: $0.field), values.number(of: $0.value)] }
    }

    private func quiet(_ step: TraceStep) -> [Int]? {
      let fields = step.changes.map(\.field).filter(step.quietRegisters.contains)
      return fields.isEmpty ? nil : fields.compactMap { numbers[$0] }
    }

    private mutating func entries(_ entries: [(field: String, values: [String])]) -> [[Int]]? {
      if entries.isEmpty { return nil }
      return entries.compactMap { entry in
        numbers[entry.field].map { [$0] + entry.values.map { values.number(of: $0) } }
      }
    }
  }
}

extension Finding {
  /// The fields that the property looks at; where it is about a step, those that the step touches.
  fileprivate var fieldsLookedAt: Set<String> {
    if !evidence.isEmpty { return Set(evidence.map(\.field)) }
    let step = trace.steps.last
    return Set(
      ((step?.reads ?? []) + (step?.ghostReads ?? [])).map(\.field)
        + (step?.changes ?? []).map(\.field))
  }
}
