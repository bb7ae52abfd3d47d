/// The meaning of a system, written to be read: what each actor may do in a state, and what comes
/// of it.
///
/// The fast search has its own form of the same (`Stepper`), and is checked against this one.
package struct PlainSemantics: TransitionRelation {
  package let system: System
  /// Where it is noted what steps were seen to do; nil where nobody asks.
  private let marks: StepMarks.Log?

  package init(system: System) { self.init(system: system, marks: nil) }

  init(system: System, marks: StepMarks.Log?) {
    self.system = system
    self.marks = marks
  }

  package var initialStates: [[UInt64]] { system.initialStates }

  package func transitions(from words: [UInt64]) -> [Transition] {
    system.actors.indices.flatMap { transitions(of: $0, from: words) }
  }

  package func take(_ move: Move, from words: [UInt64]) -> Transition? {
    guard system.actors.indices.contains(move.actor) else { return nil }
    return transitions(of: move.actor, from: words).first { $0.move == move }
  }

  /// The steps that one actor may take in a state.
  private func transitions(of number: Int, from words: [UInt64]) -> [Transition] {
    let actor = system.actors[number]
    guard canRun(number, in: words) else { return [] }
    let location = actor.program.locations[value(actor.counter, in: words)]
    return location.alternatives.compactMap { take($0, of: number, from: words) }
  }

  /// Whether nothing else occupies the actor's CPU.
  func canRun(_ number: Int, in words: [UInt64]) -> Bool {
    system.actors.indices.allSatisfy { mayRun(number, beside: $0, in: words) }
  }

  /// Whether another actor lets one run.
  func mayRun(_ number: Int, beside other: Int, in words: [UInt64]) -> Bool {
    other == number
      || system.actors[number].mayRun(
        beside: system.actors[other], isOff: { value($0, in: words) > 0 },
        isActive: { value($0, in: words) != 0 })
  }

  /// Whether every actor is finished or may stop where it is.
  func isResting(_ words: [UInt64]) -> Bool {
    system.actors.indices.allSatisfy { mayRest($0, in: words) }
  }

  /// Whether an actor is finished or may stop where it is.
  func mayRest(_ number: Int, in words: [UInt64]) -> Bool {
    let actor = system.actors[number]
    return actor.program.locations[value(actor.counter, in: words)].mayRest
  }

  /// Whether a property or a guard is true in a state.
  ///
  /// - Parameter code: what the predicate is of.
  func ask(
    _ predicate: (State) -> Bool, of code: AuthorCode, in words: [UInt64], as actor: Int = 0,
    log: AccessLog? = nil
  ) -> Bool {
    var copy = words
    return system.run(as: actor, on: &copy, log: log) { state in
      code.run(on: state.words) { predicate(state.readOnly) }
    }
  }

  /// Whether an invariant of severity `bug` is false, so that a search goes no further.
  func hasBug(_ words: [UInt64]) -> Bool {
    system.invariants.contains {
      $0.severity == .bug && !ask($0.holds, of: $0.code, in: words)
    }
  }

  // MARK: One step

  /// The questions about registers, the guard, the step, and where the program goes on; nil if a
  /// question or the guard says that the step is not enabled.
  private func take(_ position: Int, of number: Int, from words: [UInt64]) -> Transition? {
    let code = system.actors[number].program.alternatives[position].code
    return words.withUnsafeBufferPointer { state in
      code.run(on: state.baseAddress) { taken(position, of: number, from: words) }
    }
  }

  private func taken(_ position: Int, of number: Int, from words: [UInt64]) -> Transition? {
    let actor = system.actors[number]
    let alternative = actor.program.alternatives[position]
    let step = alternative.step
    let log = AccessLog()
    var target = words
    var trouble = Trouble()
    let isEnabled = system.run(as: number, on: &target) { state in
      defer { trouble.fault = state.context.pointee.fault }
      for condition in alternative.conditions
      where condition.predicate(state.readOnly) != condition.expected {
        return state.context.pointee.fault != nil
      }
      state.context.pointee.log = .passUnretained(log)
      defer { withExtendedLifetime(log) { state.context.pointee.log = nil } }
      if let isEnabled = step.guardCondition, !isEnabled(state.readOnly) {
        if state.context.pointee.fault != nil { return true }
        marks?.note(step: position, of: number, .waited)
        return false
      }
      marks?.note(step: position, of: number, .taken)
      trouble.failed |= alternative.failedAssertions(.before, in: state.readOnly, answer: true)
      // Where the kernel stops, it does no more.
      if trouble.failed & system.fatalStatements != 0 { return true }
      let answer = step.action(state)
      // Of a step that has gone wrong already nothing more can be claimed.
      if state.context.pointee.fault == nil {
        trouble.failed |= alternative.failedAssertions(.after, in: state.readOnly, answer: answer)
      }
      state.context.pointee.log = nil
      marks?.note(step: position, of: number, .answer(answer))
      let next = answer ? alternative.next : alternative.otherwise
      let location = actor.program.location(at: next, in: state.readOnly) {
        marks?.note(branch: $0, of: number, .answer($1))
      }
      actor.counter.store(location, in: state.words)
      for reset in actor.program.locations[location].resets { reset.apply(to: state.words) }
      noteHandler(number, in: state)
      if actor.program.locations[location].endsRun && actor.program.mayHold {
        actor.program.holdings.withUnsafeBufferPointer { state.checkEndsClean($0) }
      }
      return true
    }
    guard isEnabled else { return nil }
    var transition = Transition(
      move: Move(actor: number, alternative: position), target: target, trouble: trouble)
    transition.accesses = log.accesses
    return transition
  }

  /// Notes whether a handler still runs: until it is where it may rest.
  private func noteHandler(_ number: Int, in state: RawState) {
    let actor = system.actors[number]
    guard actor.kind.isHandler else { return }
    let location = actor.program.locations[actor.counter.code(in: state.words)]
    actor.active.store(location.mayRest ? 0 : 1, in: state.words)
  }

  // MARK: Raw access

  func value<Value>(_ field: Field<Value>, in words: [UInt64]) -> Int {
    system.layout.code(of: Int(field.number), in: words)
  }
}

extension Program.Alternative {
  /// The assertions of the step that are false, by their numbers in the system, one bit each.
  func failedAssertions(
    _ moment: StepAssertion.Moment, in state: State, answer: Bool
  ) -> UInt64 {
    zip(step.assertions, assertions).reduce(0) { failed, assertion in
      let isAsked = assertion.0.moment == moment
      return isAsked && !assertion.0.holds(state, answer)
        ? failed | 1 << UInt64(assertion.1) : failed
    }
  }
}
