/// Runs a schedule through the plain step functions.
///
/// Every trace that is shown was replayed: its steps are enabled where it says, and what they read
/// and changed is what the plain step functions read and changed.
struct Replay {
  let system: System
  private(set) var words: [UInt64]
  private(set) var fault: Fault?
  private let semantics: PlainSemantics

  init(_ system: System) {
    self.system = system
    semantics = PlainSemantics(system: system)
    words = semantics.initialState()
  }

  /// Takes each move in turn.
  ///
  /// - Returns: the steps as a trace shows them; nil if a move is not enabled where it is due.
  mutating func take(_ moves: [Move]) -> [TraceStep]? {
    var steps: [TraceStep] = []
    for move in moves {
      let enabled = semantics.transitions(of: move.actor, from: words)
      guard fault == nil, let step = enabled.first(where: { $0.alternative == move.alternative })
      else { return nil }
      steps.append(describe(step))
      words = step.target
      fault = step.fault
    }
    return steps
  }

  private func describe(_ transition: PlainSemantics.Transition) -> TraceStep {
    let actor = system.actors[transition.actor]
    let alternative = actor.program.alternatives[transition.alternative]
    let fields = system.layout.fields
    var reads: [FieldRead] = []
    for case .read(let field, let code) in transition.accesses.prefix(while: {
      $0 != .registerQuestion
    })
    where fields[field].role == .shared
      && !reads.contains(where: { $0.field == fields[field].name })
    {
      // What the step reads after its own write is no news.
      reads.append(FieldRead(field: fields[field].name, value: fields[field].label(code)))
    }
    let changes = fields.indices.compactMap { field -> FieldChange? in
      let before = system.layout.code(of: field, in: words)
      let after = system.layout.code(of: field, in: transition.target)
      if before == after || fields[field].role == .control { return nil }
      return FieldChange(
        field: fields[field].name, before: fields[field].label(before),
        after: fields[field].label(after))
    }
    return TraceStep(
      actor: actor.name, cpu: actor.cpu.index, calls: alternative.calls,
      name: alternative.step.name, reads: reads, changes: changes)
  }
}

extension Fault {
  /// What the fault says about a step of `system`.
  func description(in system: System) -> String {
    let field = system.layout.fields[Int(self.field)]
    let lock = field.name.prefix(upTo: field.name.lastIndex(of: ".") ?? field.name.endIndex)
    switch kind {
    case .outOfRange:
      let codes = field.slot.codes
      return "'\(field.name)' would become \(field.label(value)), outside "
        + "\(field.label(codes.lowerBound)) to \(field.label(codes.upperBound))"
    case .recursiveLock:
      return "\(system.actors[value - 1].name) takes '\(lock)', which it already holds"
    case .unlockByNonOwner:
      return "\(system.actors[value - 1].name) releases '\(lock)', which it does not hold"
    case .sleepInAtomicContext:
      return "\(system.actors[value - 1].name) may sleep on '\(lock)' where it can't be preempted"
    }
  }
}
