import ModelChecking

/// An annotated trace as the data of the web page's script, which steps through it.
struct Playback: Encodable {
  let fields: [Field]
  /// The points between the steps, the first before the first step.
  let points: [Point]
  /// The point to which the last one is equal; absent where the schedule ends.
  let loopsTo: Int?

  struct Field: Encodable {
    let name: String
    /// Whose it is: absent for what actors share.
    let owner: String?
    let value: String
  }

  struct Point: Encodable {
    /// What was just done and what is now true, in a sentence or two.
    let sentence: String
    /// What the step to this point changed.
    let changes: [FieldChange]
    let options: [Option]
  }

  /// A step that can be taken.
  struct Option: Encodable {
    let actor: String
    let cpu: Int
    let step: String
    let remarks: [String]
    let isTaken: Bool
    let prospect: Prospect
  }

  /// Where a step leads, as far as it is known.
  struct Prospect: Encodable {
    enum Kind: String, Encodable { case bad, open, good, unknown }

    let kind: Kind
    let text: String
  }
}

extension Playback {
  init(_ trace: AnnotatedTrace, of system: System) {
    func fields(_ role: StateLayout.Role, owner: String?) -> [Field] {
      trace.start.filter { $0.role == role }.map {
        Field(name: $0.field, owner: owner, value: $0.value)
      }
    }
    let registers = system.actorNames.enumerated().flatMap { number, actor in
      fields(.register(actor: number), owner: "registers of \(actor.name)")
    }
    self.fields =
      fields(.shared, owner: nil) + registers + fields(.ghost, owner: "bookkeeping")
    let consequence = trace.finding.words.consequence(trace.finding)
    let foundAt = trace.finding.trace.steps.count
    points = trace.positions.enumerated().map { number, position in
      let isEnd = number == foundAt || number == trace.positions.count - 1
      let arrival = position.arrival.map { "\($0.actor): \($0.name)." } ?? "Before the first step."
      return Point(
        sentence: arrival + (isEnd ? " \(consequence)" : ""),
        changes: position.arrival?.changes ?? [],
        options: position.options.map { Option($0, consequence: consequence) })
    }
    loopsTo = trace.loopsTo
  }
}

extension Playback.Option {
  /// - Parameter consequence: what the trace comes to, which needn't be said again.
  fileprivate init(_ option: AnnotatedTrace.Option, consequence: String) {
    let step = option.step
    self.init(
      actor: step.actor, cpu: step.cpu, step: step.name, remarks: step.remarks,
      isTaken: option.isTaken,
      prospect: Playback.Prospect(option.prospect, consequence: consequence))
  }
}

extension Playback.Prospect {
  fileprivate init(_ prospect: AnnotatedTrace.Prospect, consequence: String) {
    switch prospect {
    case .reachesGoal(0): self.init(kind: .good, text: "reaches the goal")
    case .reachesGoal(let steps):
      self.init(kind: .good, text: "can reach the goal \(Self.within(steps))")
    case .losesGoal: self.init(kind: .bad, text: "the goal is out of reach from there")
    case .goesWrong(0, let mishap):
      self.init(kind: .bad, text: "goes wrong at once: \(mishap.sentence)")
    case .goesWrong(let steps, let mishap):
      let isNews = !consequence.contains(mishap.sentence)
      self.init(
        kind: .open,
        text: "can go wrong \(Self.within(steps))" + (isNews ? ": \(mishap.sentence)" : ""))
    case .staysRight: self.init(kind: .good, text: "nothing can go wrong from there")
    case .unknown:
      self.init(kind: .unknown, text: "not known: too many states to look at from there")
    }
  }

  private static func within(_ steps: Int) -> String { "within \(steps.of("more step"))" }
}

extension AnnotatedTrace.Mishap {
  fileprivate var sentence: String { kind.words.place(property) }
}

extension TraceStep {
  /// What the step changes or, if nothing, what it sees.
  fileprivate var remarks: [String] {
    changes.isEmpty
      ? (reads + ghostReads).map { "sees \($0.field) = \($0.value)" }
      : changes.map { "\($0.field) \($0.before) → \($0.after)" }
  }
}
