/// `preempt_disable()`: until the matching enable, no other task runs on this CPU. Nests to 7.
public func preemptDisable(file: String = #filePath, line: Int = #line) -> Step {
  .context("preempt_disable", .preemption, SourceLine(file: file, line: line)) { state in
    state.enter(.preemption)
  }
}

/// `preempt_enable()`.
public func preemptEnable(file: String = #filePath, line: Int = #line) -> Step {
  .context("preempt_enable", .preemption, SourceLine(file: file, line: line)) { state in
    state.leave(.preemption)
  }
}

/// `local_bh_disable()`: until the matching enable, no softirq and no other task runs on this CPU, for
/// it raises the preemption count (kernel/softirq.c, __local_bh_disable_ip(), v5.15 to v6.12, without
/// PREEMPT_RT). Nests to 7. Misuse in an interrupt.
public func localBHDisable(file: String = #filePath, line: Int = #line) -> Step {
  .context("local_bh_disable", .bottomHalves, SourceLine(file: file, line: line)) { state in
    state.enter(.bottomHalves)
  }
}

/// `local_bh_enable()`. Misuse in an interrupt or with interrupts off.
public func localBHEnable(file: String = #filePath, line: Int = #line) -> Step {
  .context("local_bh_enable", .bottomHalves, SourceLine(file: file, line: line)) { state in
    state.leave(.bottomHalves)
  }
}

/// `local_irq_save()`: until the matching restore, nothing else runs on this CPU. Nests to 7.
public func localIrqSave(file: String = #filePath, line: Int = #line) -> Step {
  .context("local_irq_save", .interrupts, SourceLine(file: file, line: line)) { state in
    state.enter(.interrupts)
  }
}

/// `local_irq_restore()`.
public func localIrqRestore(file: String = #filePath, line: Int = #line) -> Step {
  .context("local_irq_restore", .interrupts, SourceLine(file: file, line: line)) { state in
    state.leave(.interrupts)
  }
}

/// What a step disables or enables on its CPU.
struct CPUContexts: OptionSet, Sendable {
  let rawValue: UInt8

  static let preemption = CPUContexts(rawValue: 1)
  static let bottomHalves = CPUContexts(rawValue: 2)
  static let interrupts = CPUContexts(rawValue: 4)
}

extension Step {
  fileprivate static func context(
    _ name: String, _ contexts: CPUContexts, _ declaration: SourceLine,
    _ change: @escaping @Sendable (RawState) -> Void
  ) -> Step {
    var definition = StepDefinition(name, .context, answers: false, at: declaration) { state in
      change(state)
      return true
    }
    definition.contexts = contexts
    return Step(definition)
  }

  /// The same step as one that may sleep, as wait_for_completion() or kmalloc(GFP_KERNEL) may: taking it
  /// where the actor can't be preempted is misuse, also while the step has to wait and also where it
  /// would not sleep (might_sleep(), include/linux/kernel.h, v5.15 to v6.12).
  ///
  ///     Step("wait_for_completion(&done)", .wait(done)) { $0 }.sleeps()
  public func sleeps() -> Step {
    var copy = self
    copy.definition.mustBeAllowedToSleep()
    return copy
  }
}

extension Condition {
  /// The same question as one that may sleep; see `Step.sleeps()`. Only for questions that one step
  /// answers.
  public func sleeps() -> Condition { changing("sleeps") { $0.mustBeAllowedToSleep() } }
}

extension StepDefinition {
  /// Makes it a fault to take the step in atomic context, and enables it there so that this is found.
  fileprivate mutating func mustBeAllowedToSleep() {
    wrap { guardCondition in
      { state in state.raw.isAtomic || guardCondition(state) }
    } action: { action in
      { state in
        if state.isAtomic { state.raiseSleeping() }
        return action(state)
      }
    }
  }
}

extension RawState {
  private var depths: ContextDepths { context.pointee.depths[context.pointee.actor] }

  func enter(_ contexts: CPUContexts) {
    if contexts.contains(.interrupts) { self[depths.interrupts] += 1 }
    if contexts.contains(.bottomHalves) {
      if depths.kind == .interrupt { raise(.bottomHalvesInInterrupt, depths.bottomHalves) }
      self[depths.bottomHalves] += 1
    }
    if contexts.contains(.preemption) { self[depths.preemption] += 1 }
  }

  func leave(_ contexts: CPUContexts) {
    if contexts.contains(.interrupts) { lower(depths.interrupts) }
    if contexts.contains(.bottomHalves) {
      if depths.kind == .interrupt || self[depths.interrupts] != 0 {
        raise(.bottomHalvesInInterrupt, depths.bottomHalves)
      }
      lower(depths.bottomHalves)
    }
    if contexts.contains(.preemption) { lower(depths.preemption) }
  }

  private func lower(_ depth: Field<Int>) {
    if self[depth] == 0 { return raise(.contextNotOff, depth) }
    self[depth] -= 1
  }

  /// Whether to have some contexts off keeps away nobody whom the acting actor does not keep away anyhow.
  func isOff(_ contexts: CPUContexts) -> Bool {
    if self[depths.interrupts] != 0 { return true }
    if contexts.contains(.interrupts) { return false }
    if self[depths.bottomHalves] != 0 { return true }
    return !contexts.contains(.bottomHalves) && self[depths.preemption] != 0
  }

  /// Whether the acting actor must not sleep.
  var isAtomic: Bool {
    depths.kind.isHandler || self[depths.preemption] != 0 || self[depths.bottomHalves] != 0
      || self[depths.interrupts] != 0
  }

  /// `in_interrupt()`: whether the acting actor is a handler or has bottom halves off.
  var isInInterrupt: Bool { depths.kind.isHandler || self[depths.bottomHalves] != 0 }

  /// Whether the acting actor is a handler.
  var isInHandler: Bool { depths.kind.isHandler }

  func raiseSleeping() { raise(.sleepingStep, depths.preemption) }

  /// Raises a fault if the acting actor, whose run ends, still holds a lock, has something off or is in a section.
  func checkEndsClean(_ holdings: UnsafeBufferPointer<Holding>) {
    for holding in holdings where holding.section == nil && holding.isHeld(in: self) {
      return raise(.lockHeldAtEnd, holding.field)
    }
    checkIsOn(depths.interrupts)
    checkIsOn(depths.bottomHalves)
    checkIsOn(depths.preemption)
    // What has preemption off may be a read section as well: that is the cause.
    for holding in holdings where holding.section != nil && holding.isHeld(in: self) {
      return raise(.lockHeldAtEnd, holding.field)
    }
  }

  private func checkIsOn(_ depth: Field<Int>) {
    if self[depth] != 0 { raise(.contextOffAtEnd, depth) }
  }
}
