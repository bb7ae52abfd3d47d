import KernelPages
import ModelChecking

// Steps that the engine has: locks, RCU, contexts.
extension ProgramEmission {
  func engine(
    _ access: Access, _ yes: Settled.Leaf, _ no: Settled.Leaf, at location: Int
  ) -> Steps {
    guard case .engine(let deed) = access.kind else { return Steps.none }
    let (file, line) = (access.line.file, access.line.line)
    switch deed {
    case .lock(let deed, let address, let context):
      return lock(deed, address, context, access, yes, no)
    case .context(let context):
      let step =
        switch context {
        case .preemptDisable: preemptDisable(file: file, line: line)
        case .preemptEnable: preemptEnable(file: file, line: line)
        case .bottomHalvesDisable: localBHDisable(file: file, line: line)
        case .bottomHalvesEnable: localBHEnable(file: file, line: line)
        case .interruptsSave: localIrqSave(file: file, line: line)
        case .interruptsRestore: localIrqRestore(file: file, line: line)
        }
      return one(step, access, yes)
    case .rcuReadLock:
      return several(rcu.map { rcuReadLock($0, file: file, line: line) }, access, yes)
    case .rcuReadUnlock:
      return several(rcu.map { rcuReadUnlock($0, file: file, line: line) }, access, yes)
    case .synchronizeRCU:
      return several(
        rcu.map { KernelPages.synchronizeRCU($0, file: file, line: line) }, access, yes)
    case .gracePeriod:
      return several(
        rcu.map { KernelPages.rcuGracePeriod($0, file: file, line: line) }, access, yes)
    }
  }

  /// One step, with what is due at its end.
  private func one(_ step: Step, _ access: Access, _ leaf: Settled.Leaf) -> Steps {
    let ending = ending(leaf)
    let done =
      (ending.map { ending in step.also { my in _ = ending.code.run(CodedState(my)) } } ?? step)
      .quiet(about: ending?.quiet ?? []).placing(placed(leaf)).claiming(claims(of: access))
    return Steps {
      within(access.calls, done.steps)
      goto(leaf.target)
    }
  }

  /// Steps of the engine's that are one thing: what is due at its end comes with the last of them.
  private func several(_ steps: Steps?, _ access: Access, _ leaf: Settled.Leaf) -> Steps {
    guard let steps else { return goto(leaf.target) }
    let ending = ending(leaf)
    var work: (@Sendable (CodedState) -> Void)?
    if let ending { work = { state in _ = ending.code.run(state) } }
    let framed = steps.declared(at: access.line).framed(
      by: claims(of: access), quiet: ending?.quiet ?? [], placing: placed(leaf), work)
    return Steps {
      within(access.calls, framed)
      goto(leaf.target)
    }
  }

  /// What is due at the end of a step, and the registers that change there without news.
  private func ending(_ leaf: Settled.Leaf) -> (code: StepCode, quiet: [Field<Int>])? {
    if leaf.registers.isEmpty && leaf.writes.isEmpty && leaf.dropped.isEmpty { return nil }
    let pause = Access(
      kind: .pause, name: "", calls: [], line: SourceLine(file: "", line: 1), spot: .nowhere)
    var maker = StepMaker(
      machine, registers, program, Settled.Step(access: pause, tree: .leaf(leaf)))
    return (maker.make(), maker.quietRegisters)
  }

  private func claims(of access: Access) -> [CodedClaim] {
    let pause = Settled.Step(access: access, tree: .leaf(Settled.Leaf(target: 0)))
    var maker = StepMaker(machine, registers, program, pause)
    return claims(of: pause, maker.make())
  }

  /// An operation on a lock; where registers say on which, a way for each.
  private func lock(
    _ deed: EngineDeed.LockDeed, _ address: Term, _ context: EngineDeed.LockContext,
    _ access: Access, _ yes: Settled.Leaf, _ no: Settled.Leaf
  ) -> Steps {
    if let value = address.value, let cell = Address.cell(value) {
      return lock(deed, cell, context, access, yes, no)
    }
    let words = machine.number(of: "no lock is at the address in '\(access.name)'")
    let nowhere = Step(access.name, coded: .local, at: access.line) { state in
      state.raiseUndefined(words)
    }
    let none = Steps {
      within(access.calls, nowhere.steps)
      goto(yes.target)
    }
    return locks.cells(for: deed).reversed().reduce(none) { rest, cell in
      let here = lock(deed, cell, context, access, yes, no)
      let isIt = Term.making(.equal, address.unchecked, .constant(Address.of(cell: cell)))
      return If(question(isIt)) {
        here
      } otherwise: {
        rest
      }.steps
    }
  }

  private func lock(
    _ deed: EngineDeed.LockDeed, _ cell: Int, _ context: EngineDeed.LockContext, _ access: Access,
    _ yes: Settled.Leaf, _ no: Settled.Leaf
  ) -> Steps {
    if deed.answers {
      guard let asked = locks.question(deed, cell, at: access.line) else { return goto(no.target) }
      let (first, second) = (ending(yes), ending(no))
      let done = asked.claiming(claims(of: access)).also { my, answer in
        if let ending = answer ? first : second { _ = ending.code.run(CodedState(my)) }
      }.quiet(about: (first?.quiet ?? []) + (second?.quiet ?? []))
        .placing(yes: placed(yes), no: placed(no))
      let apart = locks.apart(cell, context, at: access.line)
      return Steps {
        if let apart { within(access.calls, apart.off.steps) }
        If(within(access.calls, done)) {
          goto(yes.target)
        } otherwise: {
          if let apart { within(access.calls, apart.on.steps) }
          goto(no.target)
        }
      }
    }
    guard let (before, step, after) = locks.step(deed, cell, context, at: access.line) else {
      return goto(yes.target)
    }
    if let after {
      return Steps {
        within(access.calls, step.claiming(claims(of: access)).steps)
        one(after, access.withoutClaims, yes)
      }
    }
    return Steps {
      if let before { within(access.calls, before.steps) }
      one(step, access, yes)
    }
  }
}

extension Access {
  fileprivate var withoutClaims: Access {
    var copy = self
    copy.claims = []
    return copy
  }
}
