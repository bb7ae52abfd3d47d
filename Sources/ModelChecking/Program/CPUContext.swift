/// How an actor gets to run on its CPU.
public enum ActorKind: Sendable, Equatable {
  /// A process, a kernel thread, or a work item bound to its CPU: preempted where its context
  /// allows.
  case task
  /// An interrupt or inter-processor interrupt: it can't be preempted between resting places.
  case interrupt
}

/// `preempt_disable()`: until the matching enable, no other task runs on this CPU. Nests to 7.
public func preemptDisable(file: String = #filePath, line: Int = #line) -> Step {
  .context("preempt_disable", SourceLine(file: file, line: line)) { state in
    state.enterPreemptionOff()
  }
}

/// `preempt_enable()`.
public func preemptEnable(file: String = #filePath, line: Int = #line) -> Step {
  .context("preempt_enable", SourceLine(file: file, line: line)) { state in
    state.leavePreemptionOff()
  }
}

/// `local_irq_save()`: until the matching restore, nothing else runs on this CPU. Nests to 7.
public func localIrqSave(file: String = #filePath, line: Int = #line) -> Step {
  .context("local_irq_save", SourceLine(file: file, line: line)) { state in
    state.enterInterruptsOff()
  }
}

/// `local_irq_restore()`.
public func localIrqRestore(file: String = #filePath, line: Int = #line) -> Step {
  .context("local_irq_restore", SourceLine(file: file, line: line)) { state in
    state.leaveInterruptsOff()
  }
}

extension Step {
  fileprivate static func context(
    _ name: String, _ declaration: SourceLine, _ change: @escaping @Sendable (RawState) -> Void
  ) -> Step {
    var definition = StepDefinition(name, .context, answers: false, at: declaration) { state in
      change(state)
      return true
    }
    definition.changesContext = true
    return Step(definition)
  }
}

extension RawState {
  private var depths: ContextDepths { context.pointee.depths[context.pointee.actor] }

  func enterPreemptionOff() { self[depths.preemption] += 1 }
  func leavePreemptionOff() { self[depths.preemption] -= 1 }
  func enterInterruptsOff() { self[depths.interrupts] += 1 }
  func leaveInterruptsOff() { self[depths.interrupts] -= 1 }

  /// Whether the acting actor must not sleep.
  var isAtomic: Bool {
    depths.isHandler || self[depths.preemption] != 0 || self[depths.interrupts] != 0
  }

  /// Whether the acting actor is an interrupt handler.
  var isInHandler: Bool { depths.isHandler }
}
