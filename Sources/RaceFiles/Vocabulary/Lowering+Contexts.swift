import ModelChecking

// Interrupts, and sections of RCU: include/linux/irqflags.h, spinlock_api_smp.h, kernel/irq/handle.c,
// kernel/sched/core.c (v5.4 to v6.12).
//
// Whether interrupts are off is a local variable of each actor, which is nearly always known where it is asked:
// what turns them off again where they are off is no step.
extension Lowering {
  /// The contexts in which an actor begins. A handler of interrupts has them off.
  mutating func beginContexts(of actor: ActorSyntax?) {
    let spot = actor?.function.spot ?? .nowhere
    isInterrupt = actor?.kind == .interrupt
    interruptsOff = newVariable("interrupts off", .boolean, at: spot)
    assign(interruptsOff, isInterrupt ? .one : .zero)
    readSections = newVariable("RCU sections", .integer, range: 0...3, at: spot)
    assign(readSections, .zero)
    preemptionOff = newVariable("preemption off", .integer, range: 0...15, at: spot)
    assign(preemptionOff, .zero)
  }

  mutating func context(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    guard let change = Self.preemptionChange(of: name) else {
      return section(name, arguments, at: spot)
    }
    return changingPreemption(by: change, at: spot) { lowering in
      switch name {
      case "preempt_disable", "get_cpu", "rcu_read_lock_sched":
        lowering.engine(.context(.preemptDisable), at: spot)
      case "preempt_enable", "put_cpu", "rcu_read_unlock_sched":
        lowering.engine(.context(.preemptEnable), at: spot)
      case "local_bh_disable", "rcu_read_lock_bh":
        lowering.engine(.context(.bottomHalvesDisable), at: spot)
      case "local_bh_enable", "rcu_read_unlock_bh":
        lowering.engine(.context(.bottomHalvesEnable), at: spot)
      default: lowering.interrupts(name, arguments, at: spot)
      }
    }
  }

  /// Read sections of RCU, and who waits for them.
  private mutating func section(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    switch name {
    case "rcu_read_lock", "rcu_read_unlock":
      let isLock = name == "rcu_read_lock"
      let result = engine(isLock ? .rcuReadLock : .rcuReadUnlock, at: spot)
      assign(readSections, .making(.add, .variable(readSections), .constant(isLock ? 1 : -1)))
      noteReader()
      return result
    case "synchronize_rcu", "synchronize_rcu_expedited", "synchronize_net":
      noteSleep(at: spot)
      return engine(.synchronizeRCU, at: spot)
    case "rcu_grace_period": return engine(.gracePeriod, at: spot)
    default: return nil
    }
  }

  // MARK: Interrupts

  private mutating func interrupts(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value {
    let takesFlags = name == "local_irq_save" || name == "local_irq_restore"
    guard want(takesFlags ? 1 : 0, arguments, of: name, at: spot) else { return .unknown }
    if mode != .code { return engine(.context(.interruptsSave), at: spot) }
    switch name {
    case "local_irq_save":
      saveFlags(in: arguments[0])
      turnInterruptsOff(at: spot)
    case "local_irq_restore": turnInterrupts(off: value(of: arguments[0]).term.asTruth, at: spot)
    case "local_irq_disable": turnInterruptsOff(at: spot)
    default: turnInterrupts(off: .zero, at: spot)
    }
    return Self.nothing
  }

  /// Keeps in a local variable whether interrupts are off.
  mutating func saveFlags(in argument: Expression) {
    switch place(of: argument) {
    case .local(let flags): assign(flags, .variable(interruptsOff))
    case .memory:
      report("the flags are kept in a local variable: 'unsigned long flags;'", at: argument.spot)
    case .unknown: return
    }
  }

  private mutating func turnInterruptsOff(at spot: Spot) {
    inCase(.variable(interruptsOff)) { _ in
    } otherwise: { lowering in
      _ = lowering.engine(.context(.interruptsSave), at: spot)
      lowering.assign(lowering.interruptsOff, .one)
    }
  }

  private mutating func turnInterruptsOn(at spot: Spot) {
    inCase(.variable(interruptsOff)) { lowering in
      lowering.checkMayEnable(at: spot)
      _ = lowering.engine(.context(.interruptsRestore), at: spot)
      lowering.assign(lowering.interruptsOff, .zero)
    } otherwise: { _ in
    }
  }

  private mutating func turnInterrupts(off isOff: Term, at spot: Spot) {
    inCase(isOff) { lowering in
      lowering.turnInterruptsOff(at: spot)
    } otherwise: { lowering in
      lowering.turnInterruptsOn(at: spot)
    }
  }

  /// A handler must leave interrupts off (__handle_irq_event_percpu(), kernel/irq/handle.c). The kernel warns
  /// and turns them off again; here the search ends, as nothing can interrupt a handler.
  private mutating func checkMayEnable(at spot: Spot) {
    if !isInterrupt { return }
    let statement = Flow.Statement(
      text: "irq handler enabled interrupts", isKernels: true, isWarning: false,
      line: world.text.sourceLine(of: callSpot ?? spot))
    emit { next in .assertion(statement, .one, next: next) }
  }

  /// Takes or releases a lock with which interrupts are turned off or on.
  ///
  /// - Parameter flags: what is saved in it, or restored from it; nil for `_irq`.
  mutating func lockWithInterrupts(
    _ deed: EngineDeed.LockDeed, _ address: Term, _ flags: Expression?, at spot: Spot
  ) -> Value {
    if mode != .code { return engine(.lock(deed, address, .interrupts), at: spot) }
    if deed.isRelease {
      let isOff = flags.map { value(of: $0).term.asTruth } ?? .zero
      release(deed, address, off: isOff, at: spot)
      return Self.nothing
    }
    if let flags { saveFlags(in: flags) }
    if deed.answers {
      let answer = newVariable(shown(spot), .boolean, at: spot)
      inCase(.variable(interruptsOff)) { lowering in
        lowering.assign(answer, lowering.engine(.lock(deed, address, .none), at: spot).term)
      } otherwise: { lowering in
        lowering.assign(answer, lowering.engine(.lock(deed, address, .interrupts), at: spot).term)
        lowering.assign(lowering.interruptsOff, .variable(answer))
      }
      return Value(term: .variable(answer), type: .integer)
    }
    inCase(.variable(interruptsOff)) { lowering in
      _ = lowering.engine(.lock(deed, address, .none), at: spot)
    } otherwise: { lowering in
      _ = lowering.engine(.lock(deed, address, .interrupts), at: spot)
      lowering.assign(lowering.interruptsOff, .one)
    }
    return Self.nothing
  }

  /// - Parameter isOff: whether interrupts are off behind it.
  private mutating func release(
    _ deed: EngineDeed.LockDeed, _ address: Term, off isOff: Term, at spot: Spot
  ) {
    inCase(isOff) { lowering in
      _ = lowering.engine(.lock(deed, address, .none), at: spot)
      lowering.turnInterruptsOff(at: spot)
    } otherwise: { lowering in
      lowering.inCase(.variable(lowering.interruptsOff)) { lowering in
        lowering.checkMayEnable(at: spot)
        _ = lowering.engine(.lock(deed, address, .interrupts), at: spot)
        lowering.assign(lowering.interruptsOff, .zero)
      } otherwise: { lowering in
        _ = lowering.engine(.lock(deed, address, .none), at: spot)
      }
    }
  }

  /// Goes one of two ways, which nobody in the file asks for.
  mutating func inCase(
    _ term: Term, _ body: (inout Lowering) -> Void, otherwise: (inout Lowering) -> Void
  ) {
    let (yes, no, end) = (newNode(), newNode(), newNode())
    // What is claimed is claimed of the step on either way.
    let claims = pendingClaims
    branch(term, asked: nil, yes: yes, no: no)
    here = yes
    body(&self)
    jump(to: end)
    let isClaimed = pendingClaims.isEmpty
    pendingClaims = claims
    here = no
    otherwise(&self)
    flow.nodes[here] = .jump(end)
    here = end
    if !isClaimed { pendingClaims = claims }
  }

  // MARK: Read sections

  /// A step that may sleep is none of a read section (rcu_sleep_check(), include/linux/rcupdate.h).
  mutating func noteSleep(at spot: Spot) {
    if !usesRCU || mode != .code { return }
    let statement = Flow.Statement(
      text: "nothing sleeps in an RCU read section", isKernels: false, isWarning: false,
      line: world.text.sourceLine(of: callSpot ?? spot), isImplied: true)
    claim(statement, .making(.equal, .variable(readSections), .zero), at: spot)
  }

  /// Where an actor rests it is in no read section. Where it ends, the engine asks.
  mutating func checkReadSections(at spot: Spot) {
    if !usesRCU || mode != .code { return }
    let statement = Flow.Statement(
      text: "nobody rests in an RCU read section", isKernels: false, isWarning: false,
      line: world.text.sourceLine(of: callSpot ?? spot), isImplied: true)
    let isOpen = Term.making(.notEqual, .variable(readSections), .zero)
    emit { next in .assertion(statement, isOpen, next: next) }
  }
}

extension EngineDeed.LockDeed {
  var isRelease: Bool {
    switch self {
    case .release, .releaseRead, .releaseWrite: true
    default: false
    }
  }
}
