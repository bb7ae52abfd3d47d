/// The meaning of a system, written to be read: what each actor may do in a state, and what comes
/// of it.
///
/// The reference search, the replay of traces and the tests use these functions. The fast search
/// has its own form of the same (`Stepper`), and is checked against this one.
struct PlainSemantics {
  let system: System

  /// One step that an actor may take in some state.
  struct Transition {
    let actor: Int
    /// The position of the step among the program's alternatives.
    let alternative: Int
    /// The state after the step; where there is a fault, as far as the step got.
    let target: [UInt64]
    let fault: Fault?
    /// What the step read and wrote, its guard included, and then what the questions about registers
    /// before and after it read.
    let accesses: [AccessLog.Access]
  }

  /// The initial state: every field at its initial value, every program at its first step.
  func initialState() -> [UInt64] {
    var words = system.layout.initialWords
    for (number, actor) in system.actors.enumerated() {
      settle(actor.program.start, of: number, in: &words)
    }
    return words
  }

  /// Every step that may be taken in a state, ordered by actor and then by the program's order.
  func transitions(from words: [UInt64]) -> [Transition] {
    system.actors.indices.flatMap { transitions(of: $0, from: words) }
  }

  /// The steps that one actor may take in a state.
  func transitions(of number: Int, from words: [UInt64]) -> [Transition] {
    let actor = system.actors[number]
    guard canRun(number, in: words) else { return [] }
    let location = actor.program.locations[value(actor.counter, in: words)]
    return location.alternatives.compactMap { position in
      let alternative = actor.program.alternatives[position]
      let log = AccessLog()
      let questions = AccessLog()
      let isThere = alternative.conditions.allSatisfy {
        ask($0.predicate, in: words, as: number, log: questions) == $0.expected
      }
      if !isThere { return nil }
      if let condition = alternative.step.guardCondition {
        if !ask(condition, in: words, as: number, log: log) { return nil }
      }
      return take(position, of: number, from: words, log: log, questions)
    }
  }

  /// Whether nothing else occupies the actor's CPU.
  func canRun(_ number: Int, in words: [UInt64]) -> Bool {
    let me = system.actors[number]
    return system.actors.indices.allSatisfy { other in
      let actor = system.actors[other]
      if other == number || actor.cpu != me.cpu { return true }
      let interruptsOff = value(actor.depths.interrupts, in: words) > 0
      let preemptionOff = value(actor.depths.preemption, in: words) > 0
      let inHandler = value(actor.active, in: words) != 0
      return !interruptsOff && !inHandler && (me.kind == .interrupt || !preemptionOff)
    }
  }

  /// Whether every actor is finished or may stop where it is.
  func isResting(_ words: [UInt64]) -> Bool {
    system.actors.allSatisfy { $0.program.locations[value($0.counter, in: words)].mayRest }
  }

  /// Whether `invariant`, `goal` or a register condition is true in a state.
  func ask(
    _ predicate: (State) -> Bool, in words: [UInt64], as actor: Int = 0, log: AccessLog? = nil
  ) -> Bool {
    withContext(actor: actor, log: log) { context in
      words.withUnsafeBufferPointer {
        predicate(State(words: $0.baseAddress!, context: context))
      }
    }
  }

  // MARK: One step

  private func take(
    _ position: Int, of number: Int, from words: [UInt64], log: AccessLog, _ questions: AccessLog
  ) -> Transition {
    let alternative = system.actors[number].program.alternatives[position]
    var target = words
    let (answer, fault): (Bool, Fault?) = withContext(actor: number, log: log) { context in
      target.withUnsafeMutableBufferPointer {
        let state = StepState(words: $0.baseAddress!, context: context)
        let answer =
          switch alternative.step.action {
          case .act(let act):
            {
              act(state)
              return true
            }()
          case .test(let test): test(state)
          }
        return (answer, context.pointee.fault)
      }
    }
    if fault == nil {
      settle(
        answer ? alternative.next : alternative.otherwise, of: number, in: &target, log: questions)
      let actor = system.actors[number]
      if actor.kind == .interrupt {
        let isResting = actor.program.locations[value(actor.counter, in: target)].mayRest
        set(actor.active, to: isResting ? 0 : 1, in: &target)
      }
    }
    return Transition(
      actor: number, alternative: position, target: target, fault: fault,
      accesses: log.accesses + [.registerQuestion] + questions.accesses)
  }

  /// Puts the actor's program counter where the program goes on, past all branches on registers.
  private func settle(
    _ continuation: Program.Continuation, of number: Int, in words: inout [UInt64],
    log: AccessLog? = nil
  ) {
    let actor = system.actors[number]
    var place = continuation
    while case .branch(let position) = place {
      let branch = actor.program.branches[position]
      place = ask(branch.predicate, in: words, as: number, log: log) ? branch.yes : branch.no
    }
    if case .location(let location) = place { set(actor.counter, to: location, in: &words) }
  }

  // MARK: Raw access

  func value<Value>(_ field: Field<Value>, in words: [UInt64]) -> Int {
    system.layout.code(of: Int(field.number), in: words)
  }

  private func set<Value>(_ field: Field<Value>, to code: Int, in words: inout [UInt64]) {
    words.withUnsafeMutableBufferPointer { field.store(code, in: $0.baseAddress!) }
  }

  private func withContext<Result>(
    actor: Int, log: AccessLog? = nil,
    _ body: (UnsafeMutablePointer<StepContext>) -> Result
  ) -> Result {
    system.actors.map(\.depths).withUnsafeBufferPointer { depths in
      var context = StepContext(depths: depths.baseAddress!)
      context.actor = actor
      return withExtendedLifetime(log) {
        context.log = log.map { Unmanaged.passUnretained($0) }
        return withUnsafeMutablePointer(to: &context, body)
      }
    }
  }
}
