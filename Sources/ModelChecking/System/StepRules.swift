extension System {
  /// The steps that break the rules by which interleavings are counted, each in a sentence.
  ///
  /// A step may touch one shared field, or several if it says why that loses nothing; registers of
  /// its own actor only; ghost fields may be read in bookkeeping only (`also`).
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
    var keepsBooks = false
    var booksRead: String?
    var asksRegisters = false
    for access in transition.accesses {
      let number: Int
      var isWrite = false
      switch access {
      case .bookkeeping:
        keepsBooks = true
        continue
      case .registerQuestion:
        asksRegisters = true
        continue
      case .read(let field, _): number = field
      case .write(let field, _, _): (number, isWrite) = (field, true)
      }
      let field = layout.fields[number]
      if asksRegisters {
        if field.role != .register(actor: transition.actor) {
          problems.append("a question about registers at \(place) reads '\(field.name)'")
        }
        continue
      }
      if keepsBooks && !isWrite && (field.role == .shared || field.role == .ghost) {
        booksRead = field.name
      }
      switch field.role {
      case .shared:
        if keepsBooks {
          if isWrite { problems.append("\(place) changes '\(field.name)' in its bookkeeping") }
        } else if !shared.contains(field.name) {
          shared.append(field.name)
        }
      case .register(let owner) where owner != transition.actor:
        problems.append("\(place) uses '\(field.name)', a register of another actor")
      case .ghost:
        if !isWrite && !keepsBooks {
          problems.append("\(place) reads the ghost field '\(field.name)'")
        }
      case .register:
        if keepsBooks, isWrite, let booksRead {
          problems.append("\(place) carries '\(booksRead)' into a register in its bookkeeping")
        }
      case .control: break
      }
    }
    if shared.count > 1 && step.collapse == nil {
      problems.append("\(place) touches \(shared.joined(separator: " and ")) without saying why")
    }
    return problems
  }
}
