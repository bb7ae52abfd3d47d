extension Fault {
  /// What the fault says about a step of `system`.
  func description(in system: System) -> String {
    let field = system.layout.fields[Int(self.field)]
    let lock = field.name.prefix(upTo: field.name.lastIndex(of: ".") ?? field.name.endIndex)
    let acting = system.actors.indices.contains(value &- 1) ? system.actors[value &- 1] : nil
    let actor = acting?.name ?? "an actor"
    let ends = acting?.kind == .task ? "ends" : "returns"
    switch kind {
    case .outOfRange:
      let codes = field.slot.codes
      return "'\(field.name)' would become \(field.label(value)), outside "
        + "\(field.label(codes.lowerBound)) to \(field.label(codes.upperBound))"
        + (field.remedy.map { "; \($0)" } ?? "")
    case .recursiveLock:
      return
        "\(actor) takes '\(acting?.section(of: self.field) ?? String(lock))', which it already holds"
        + (acting?.section(of: self.field) == nil ? "" : ": possible recursive locking detected")
    case .unlockByNonOwner:
      return
        "\(actor) releases '\(acting?.section(of: self.field) ?? String(lock))', which it does not hold: "
        + "bad unlock balance detected"
    case .sleepInAtomicContext:
      return "\(actor) may sleep on '\(lock)' where it can't be preempted"
    case .sleepingStep:
      return "\(actor) may sleep where it can't be preempted"
    case .bottomHalvesInInterrupt:
      return "\(actor) disables or enables bottom halves where interrupts are off"
    case .contextNotOff:
      let isInterrupts = self.field == acting?.depths.interrupts.number
      return
        "\(actor) enables \(acting?.disabled(by: self.field) ?? "something"), which it has not disabled: "
        + (isInterrupts
          ? "raw_local_irq_restore() called with IRQs enabled"
          : "DEBUG_LOCKS_WARN_ON(val > preempt_count())")
    case .lockHeldAtEnd:
      return "\(actor) \(ends) with '\(acting?.section(of: self.field) ?? String(lock))' held"
    case .contextOffAtEnd:
      return "\(actor) \(ends) with \(acting?.disabled(by: self.field) ?? "something") off"
    case .lockNotHeld:
      return "\(actor) does not hold '\(lock)', as it must here"
    case .unlistedField:
      return "the section uses '\(field.name)', which it does not list"
    case .foreignRegister:
      return "the step uses '\(field.name)', a register of another actor"
    case .indexOutOfRange:
      return "'\(field.name)' chooses number \(value), which is not there"
    case .undefined:
      return system.undefinedWords?(value) ?? "something undefined is done"
    }
  }
}

extension System.ActorProgram {
  /// What the section is called of which a field counts how deep the actor is in it; nil for a lock's field.
  fileprivate func section(of field: Int32) -> String? {
    program.holdings.first { $0.field.number == field }?.section
  }

  /// What one of the actor's counters counts.
  fileprivate func disabled(by field: Int32) -> String {
    switch field {
    case depths.interrupts.number: "interrupts"
    case depths.bottomHalves.number: "bottom halves"
    default: "preemption"
    }
  }
}
