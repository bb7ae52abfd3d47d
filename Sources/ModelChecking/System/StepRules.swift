extension System {
  /// The steps that break the rules by which interleavings are counted, each in a sentence.
  ///
  /// A step may touch one shared field, or several if it says why that loses nothing; registers of
  /// its own actor only; and no ghost field may be read by a step.
  ///
  /// - Parameter states: the states looked at, in breadth-first order. What a step does beyond
  ///   them is not seen.
  public func brokenStepRules(states limit: Int = 10_000) -> [String] {
    let semantics = PlainSemantics(system: self)
    let start = semantics.initialState()
    var seen: Set<[UInt64]> = [start]
    var queue = [start]
    var broken: [String] = []
    var head = 0
    while head < queue.count {
      for transition in semantics.transitions(from: queue[head]) {
        for problem in problems(of: transition) where !broken.contains(problem) {
          broken.append(problem)
        }
        if queue.count < limit && transition.fault == nil && seen.insert(transition.target).inserted
        {
          queue.append(transition.target)
        }
      }
      head += 1
    }
    return broken
  }

  private func problems(of transition: PlainSemantics.Transition) -> [String] {
    let actor = actors[transition.actor]
    let step = actor.program.alternatives[transition.alternative].step
    let place = "step '\(step.name)' of '\(actor.name)'"
    var shared: [String] = []
    var problems: [String] = []
    for access in transition.accesses {
      let field = layout.fields[access.field]
      switch field.role {
      case .shared:
        if !shared.contains(field.name) { shared.append(field.name) }
      case .register(let owner) where owner != transition.actor:
        problems.append("\(place) uses '\(field.name)', a register of another actor")
      case .ghost:
        if case .read = access { problems.append("\(place) reads the ghost field '\(field.name)'") }
      case .register, .control: break
      }
    }
    if shared.count > 1 && step.collapse == nil {
      problems.append("\(place) touches \(shared.joined(separator: " and ")) without saying why")
    }
    return problems
  }
}
