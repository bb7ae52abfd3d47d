import ModelChecking

// Since v4.20 a grace period of RCU also waits for who has preemption, bottom halves or interrupts off, as with a
// spinlock (kernel/rcu/tree.c; Documentation/RCU/Design/Requirements, "Consolidating RCU flavors").
//
// It is a read section of its own that begins behind the step that turns the first of them off, and ends behind
// the one that turns the last on again: nothing is accessed in between.
extension Lowering {
  /// What is known of the words of a file: whether a grace period may wait for more than rcu_read_lock().
  /// herd's does not.
  static func waitsForPreemption(_ world: World) -> Bool {
    world.race.final == nil
      && world.race.mentions([
        "synchronize_rcu", "synchronize_rcu_expedited", "synchronize_net", "call_rcu", "kfree_rcu",
        "kvfree_rcu",
      ])
  }

  /// How many of them a function turns off (1) or on (-1); nil for others. Locks have it by their deed.
  static func preemptionChange(of name: String) -> Int? {
    switch name {
    case "preempt_disable", "get_cpu", "local_bh_disable", "rcu_read_lock_bh",
      "rcu_read_lock_sched":
      1
    case "preempt_enable", "put_cpu", "local_bh_enable", "rcu_read_unlock_bh",
      "rcu_read_unlock_sched":
      -1
    case "local_irq_save", "local_irq_restore", "local_irq_disable", "local_irq_enable": 0
    default: nil
    }
  }

  /// Does what turns something off or on, and begins or ends the section.
  ///
  /// - Parameter change: by how many there are more; those that have an answer, where it is yes.
  mutating func changingPreemption(
    by change: Int, at spot: Spot, _ body: (inout Lowering) -> Value
  ) -> Value {
    if !waitsForPreemption || mode != .code { return body(&self) }
    let wasOff = newVariable("preemption was off", .boolean, at: spot)
    assign(wasOff, isPreemptionOff)
    let result = body(&self)
    let answer = change > 0 && result.type != .void ? result.term.asTruth : .one
    let by = Term.making(answer, then: .constant(change), otherwise: .zero)
    assign(preemptionOff, .making(.add, .variable(preemptionOff), by))
    inCase(.making(.equal, .variable(wasOff), isPreemptionOff)) { _ in
    } otherwise: { lowering in
      lowering.inCase(lowering.isPreemptionOff) { lowering in
        _ = lowering.engine(.rcuReadLock, at: spot)
        lowering.noteReader()
      } otherwise: { lowering in
        _ = lowering.engine(.rcuReadUnlock, at: spot)
        lowering.noteReader()
      }
    }
    return result
  }

  private var isPreemptionOff: Term {
    .making(
      .or, .making(.notEqual, .variable(preemptionOff), .zero), .variable(interruptsOff).asTruth)
  }

  /// Whether a grace period waits for the actor.
  var isReader: Term {
    .making(
      .or, .making(.notEqual, .variable(readSections), .zero),
      waitsForPreemption ? isPreemptionOff : .zero)
  }
}
