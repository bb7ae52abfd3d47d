/// A lock of the modelled kernel.
///
/// Misuse ends the search: taking a lock twice, releasing one that another actor holds or nobody
/// holds, sleeping on a mutex or semaphore where the actor can't be preempted.
public struct Lock: Sendable {
  public enum Kind: Sendable {
    /// `mutex_lock()`: sleeps while the lock is held.
    case mutex
    /// `spin_lock()`: preemption is disabled while the lock is held.
    case spinlock
    /// `spin_lock_irqsave()`: interrupts are disabled while the lock is held.
    case irqSpinlock
  }

  public let name: String
  public let kind: Kind
  /// 0, or the number of the holder plus 1.
  let holder: Field<Int>

  /// Takes the lock, waiting until it is free. One step.
  public func acquire() -> Step {
    Step(
      acquireName,
      when: { [holder] s in s[holder] == 0 || s[holder] == s.context.pointee.actor + 1 }
    ) { [self] s in
      take(s)
    }.changingContext(kind != .mutex)
  }

  /// Takes the lock if it is free and answers whether it was. One step.
  public func tryAcquire() -> Condition {
    Condition(tryName, changingContext: kind != .mutex) { [self] s in
      if s[holder] != 0 { return false }
      take(s)
      return true
    }
  }

  /// Gives the lock back. One step.
  public func release() -> Step {
    Step(releaseName) { [self] s in
      guard s[holder] == s.me else { return s.fault(.unlockByNonOwner, holder) }
      s[holder] = 0
      switch kind {
      case .mutex: break
      case .spinlock: s.leavePreemptionOff()
      case .irqSpinlock: s.leaveInterruptsOff()
      }
    }.changingContext(kind != .mutex)
  }

  /// Whether nobody holds the lock: for invariants about what it protects, and
  /// for the guard of a step that takes it and releases it.
  public func isFree(_ s: State) -> Bool { s[holder] == 0 }

  private func take(_ s: StepState) {
    if s[holder] == s.me { return s.fault(.recursiveLock, holder) }
    s[holder] = s.me
    switch kind {
    case .mutex: if s.isAtomic { s.fault(.sleepInAtomicContext, holder) }
    case .spinlock: s.enterPreemptionOff()
    case .irqSpinlock: s.enterInterruptsOff()
    }
  }

  private var acquireName: String {
    switch kind {
    case .mutex: "mutex_lock(\(name))"
    case .spinlock: "spin_lock(\(name))"
    case .irqSpinlock: "spin_lock_irqsave(\(name))"
    }
  }

  private var tryName: String {
    switch kind {
    case .mutex: "mutex_trylock(\(name))"
    case .spinlock: "spin_trylock(\(name))"
    case .irqSpinlock: "spin_trylock_irqsave(\(name))"
    }
  }

  private var releaseName: String {
    switch kind {
    case .mutex: "mutex_unlock(\(name))"
    case .spinlock: "spin_unlock(\(name))"
    case .irqSpinlock: "spin_unlock_irqrestore(\(name))"
    }
  }
}

/// A reader-writer semaphore: many readers or one writer; both sleep while they wait.
///
/// A waiting writer does not hold up readers here, which admits more schedules than the kernel's
/// fair queue does.
public struct ReadWriteSemaphore: Sendable {
  public let name: String
  /// 0, or the number of the writer plus 1.
  let writer: Field<Int>
  /// One bit an actor that reads.
  let readers: Field<Int>

  /// `down_write()`: waits until nobody reads or writes.
  public func acquireWrite() -> Step {
    Step(
      "down_write(\(name))",
      when: { [self] s in
        let me = s.context.pointee.actor
        return (s[writer] == 0 && s[readers] == 0) || s[writer] == me + 1
          || s[readers] & (1 << me) != 0
      }, collapsing: .because("the semaphore's count and owner are one word")
    ) { [self] s in
      if s[writer] != 0 || s[readers] != 0 { return s.fault(.recursiveLock, writer) }
      s[writer] = s.me
      if s.isAtomic { s.fault(.sleepInAtomicContext, writer) }
    }
  }

  /// `up_write()`.
  public func releaseWrite() -> Step {
    Step("up_write(\(name))") { [writer] s in
      guard s[writer] == s.me else { return s.fault(.unlockByNonOwner, writer) }
      s[writer] = 0
    }
  }

  /// `down_read()`: waits until nobody writes.
  public func acquireRead() -> Step {
    Step(
      "down_read(\(name))",
      when: { [writer] s in s[writer] == 0 || s[writer] == s.context.pointee.actor + 1 },
      collapsing: .because("the semaphore's count and owner are one word")
    ) { [self] s in
      if s[writer] != 0 || s[readers] & s.myBit != 0 { return s.fault(.recursiveLock, readers) }
      s[readers] |= s.myBit
      if s.isAtomic { s.fault(.sleepInAtomicContext, readers) }
    }
  }

  /// `up_read()`.
  public func releaseRead() -> Step {
    Step("up_read(\(name))") { [readers] s in
      guard s[readers] & s.myBit != 0 else { return s.fault(.unlockByNonOwner, readers) }
      s[readers] &= ~s.myBit
    }
  }
}

extension StepState {
  /// The acting actor as locks record it: its number plus 1.
  var me: Int { context.pointee.actor + 1 }

  var myBit: Int { 1 << context.pointee.actor }

  func fault(_ kind: Fault.Kind, _ field: Field<Int>) {
    context.pointee.raise(Fault(kind, field: field.number, value: me))
  }
}
