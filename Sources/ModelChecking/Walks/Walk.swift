/// A schedule under way: the state it has led to, and the steps that can be taken from there.
///
/// A walk runs the plain step functions. Every trace that is shown was walked, so its steps are
/// enabled where it says, and what they read and changed is what the step functions read and
/// changed.
public struct Walk: Sendable {
  public let system: System
  /// The number of the initial state where it began; 0 where it began elsewhere.
  public private(set) var initialState = 0
  /// The steps taken so far.
  public private(set) var steps: [TraceStep] = []
  /// The moves taken so far.
  public var moves: [Move] { steps.map(\.move) }
  /// Why the last step can't have happened, in a sentence; nothing can be taken after it.
  public var fault: String? { lastFault?.description(in: system) }

  var lastFault: Fault? { trouble.fault }

  /// What is wrong with the last step.
  private var trouble: Trouble { places[places.count - 1].trouble }

  private struct Place: Sendable {
    var words: [UInt64]
    var trouble = Trouble()
  }
  private var places: [Place]
  let semantics: PlainSemantics
  let relation: any TransitionRelation

  /// Begins at one of the initial states; the first, unless a number says another.
  ///
  /// - Parameter initialState: the state's number, from 0.
  public init(_ system: System, fromInitialState initialState: Int = 0) {
    self.init(
      PlainSemantics(system: system),
      from: PlainSemantics(system: system).initialStates[initialState])
    self.initialState = initialState
  }

  /// Begins at a state that can be reached.
  package init(_ relation: any TransitionRelation, from words: [UInt64]) {
    system = relation.system
    semantics = PlainSemantics(system: relation.system)
    self.relation = relation
    places = [Place(words: words)]
  }

  /// The place where it stands, without the way there.
  var here: Walk {
    var walk = self
    walk.steps = []
    walk.places = places.suffix(1)
    return walk
  }

  /// The state as machine words.
  package var words: [UInt64] { places[places.count - 1].words }

  /// The states that it has been in, the first and the last included.
  var states: [[UInt64]] { places.map(\.words) }

  /// Whether nothing follows the last step: it raised a fault or failed an assertion that is no
  /// warning.
  var isBroken: Bool { trouble.isFatal(in: system) }

  /// Why nothing follows the last step, in a sentence or the kernel's words; nil where something may.
  public var breakage: String? { trouble.breakage(in: system) }

  /// The assertions that the last step failed.
  public var failedAssertions: [Assertion] {
    trouble.failed.setBits.map { system.assertions[$0] }
  }

  /// The steps that can be taken now, ordered by actor and then by its program.
  ///
  /// - Complexity: runs every enabled step once.
  public var enabled: [EnabledStep] {
    if isBroken { return [] }
    return relation.transitions(from: words).map {
      EnabledStep(step: describe($0), breakage: $0.trouble.breakage(in: system))
    }
  }

  /// Takes a step.
  ///
  /// - Returns: the step as a trace shows it; nil, and nothing has changed, if it is not enabled.
  public mutating func take(_ move: Move) -> TraceStep? {
    guard !isBroken, let transition = relation.take(move, from: words) else { return nil }
    let step = describe(transition)
    steps.append(step)
    places.append(Place(words: transition.target, trouble: transition.trouble))
    return step
  }

  /// Takes each step in turn; nil if one is not enabled where it is due.
  mutating func take(_ moves: [Move]) -> [TraceStep]? {
    var steps: [TraceStep] = []
    for move in moves {
      guard let step = take(move) else { return nil }
      steps.append(step)
    }
    return steps
  }

  /// Takes the last step back. False, and nothing has changed, at the initial state.
  public mutating func goBack() -> Bool {
    if steps.isEmpty { return false }
    steps.removeLast()
    places.removeLast()
    return true
  }

  /// The fields with their values, as reports show them, in the order of their declaration.
  public var values: [FieldReading] {
    system.layout.fields.indices.map { number in
      let field = system.layout.fields[number]
      return FieldReading(
        field: field.name, role: field.role,
        value: field.label(system.layout.code(of: number, in: words)),
        isChosenAtStart: field.initialCodes.count > 1)
    }
  }

  /// The invariants that are false now.
  public var violatedInvariants: [Invariant] {
    if isBroken { return [] }
    return system.invariants.filter { !semantics.ask($0.holds, of: $0.code, in: words) }
  }

  /// The goals that are fulfilled now.
  public var reachedGoals: [Goal] {
    if isBroken { return [] }
    return system.goals.filter(fulfils)
  }

  /// Whether a goal is fulfilled now.
  package func fulfils(_ goal: Goal) -> Bool {
    !isBroken && semantics.ask(goal.isReached, of: goal.code, in: words)
  }

  /// Whether every actor is finished or may stop where it is.
  public var isResting: Bool { !isBroken && semantics.isResting(words) }

  /// The fields that a predicate looks at now, each once, in its order.
  func reads(
    of predicate: (State) -> Bool, _ code: AuthorCode, as actor: Int = 0
  ) -> [FieldRead] {
    let log = AccessLog()
    _ = semantics.ask(predicate, of: code, in: words, as: actor, log: log)
    return reads(in: log.accesses) { $1 != .control }
  }

  private func reads(
    in accesses: [AccessLog.Access], where isWanted: (Int, StateLayout.Role) -> Bool
  ) -> [FieldRead] {
    var reads: [FieldRead] = []
    for case .read(let number, let code) in accesses {
      let field = system.layout.fields[number]
      // What a step reads after its own write is no news.
      let isKnown = reads.contains { $0.field == field.name }
      if isKnown || field.isBufferSlot || !isWanted(number, field.role) { continue }
      reads.append(FieldRead(field: field.name, value: valueSeen(code, of: number)))
    }
    return reads
  }

  /// A value that was read, which may be older than the one that is there.
  private func valueSeen(_ code: Int, of number: Int) -> String {
    let field = system.layout.fields[number]
    let newest = system.layout.code(of: number, in: words)
    if system.memoryModel != .lkmm || field.role != .shared || code == newest {
      return field.label(code)
    }
    return "\(field.label(code)), since \(field.label(newest)) is not seen yet"
  }

  private func describe(_ transition: Transition) -> TraceStep {
    let actor = system.actors[transition.move.actor]
    let alternative = actor.program.alternatives[transition.move.alternative]
    let fields = system.layout.fields
    // That a section has its lock is what lets it run, and nothing that it sees.
    let locks = alternative.step.operation.locksOfSection
    let changes = fields.indices.compactMap { field -> FieldChange? in
      let before = system.layout.code(of: field, in: words)
      let after = system.layout.code(of: field, in: transition.target)
      if before == after || fields[field].role == .control { return nil }
      return FieldChange(
        field: fields[field].name, before: fields[field].label(before),
        after: fields[field].label(after))
    }
    return TraceStep(
      move: transition.move, actor: actor.name,
      cpu: actor.cpu.index, calls: alternative.calls,
      callSites: alternative.callSites.map(\.site), name: alternative.step.name,
      reads: reads(in: transition.accesses) { $1 == .shared && !locks.contains($0) },
      ghostReads: reads(in: transition.accesses) { $1 == .ghost },
      changes: changes,
      quietRegisters: Set(alternative.step.quietRegisters.map { fields[$0].name }),
      stores: alternative.step.operation.isStore ? storesWithoutChange(in: transition) : [],
      placed: placed(by: alternative, of: actor, transition),
      declaration: alternative.step.declaration)
  }

  private func placed(
    by alternative: Program.Alternative, of actor: System.ActorProgram, _ transition: Transition
  ) -> [FieldRead] {
    let (yes, no) = alternative.step.placed
    if yes.isEmpty && no.isEmpty { return [] }
    let place = system.layout.code(of: Int(actor.counter.number), in: transition.target)
    let isYes = actor.program.locations(of: alternative.next).contains(place)
    return (isYes ? yes : no).map { local in
      FieldRead(field: "\(actor.name).\(local.name)", value: local.value)
    }
  }

  /// The shared fields that were written and are as they were: the value is the same, or the store comes before
  /// the newest.
  private func storesWithoutChange(in transition: Transition) -> [FieldRead] {
    transition.accesses.compactMap { access in
      guard case .write(let number, let before, let after) = access,
        system.layout.fields[number].role == .shared
      else { return nil }
      let field = system.layout.fields[number]
      let newest = system.layout.code(of: number, in: transition.target)
      if before == after {
        return FieldRead(field: field.name, value: "\(field.label(after)), as before")
      }
      if system.memoryModel != .lkmm || after == newest { return nil }
      return FieldRead(
        field: field.name, value: "\(field.label(after)), ordered before \(field.label(newest))")
    }
  }
}

/// A step that can be taken from where a walk stands.
public struct EnabledStep: Sendable {
  /// What it would see and do.
  public let step: TraceStep
  /// Why nothing follows it, where it raises a fault or fails an assertion that is no warning.
  public let breakage: String?
}

/// A field's value at some state.
public struct FieldReading: Sendable {
  public let field: String
  public let role: StateLayout.Role
  public let value: String
  /// Whether the field may have any of several values at first.
  public let isChosenAtStart: Bool
}
