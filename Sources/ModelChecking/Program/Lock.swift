/// A lock of the modelled kernel.
///
/// Misuse ends the search, for it is a bug of the kernel: taking a lock twice, releasing one that
/// another actor holds or nobody holds, sleeping on a mutex or semaphore where the actor can't be
/// preempted, running a section without the lock that it names.
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
  /// 0, or the number of the holder plus 1. No bits where no actor holds the lock from one step to
  /// another.
  let holder: Field<Int>

  /// Takes the lock, waiting until it is free. One step.
  public func acquire(file: String = #filePath, line: Int = #line) -> Step {
    Step(
      operation(
        acquireName, .acquire, when: { state in canBeTaken(in: state.raw) }, file: file, line: line
      ) { state in
        checkMayBeTaken(in: state)
        take(state)
        return true
      })
  }

  /// Takes the lock if it is free and answers whether it was. One step.
  public func tryAcquire(file: String = #filePath, line: Int = #line) -> Condition {
    Condition(
      operation(tryName, .tryAcquire, answers: true, file: file, line: line) { state in
        // It does not sleep, but mutexes are not for interrupt handlers.
        if case .mutex = kind, state.isInHandler { state.raise(.sleepInAtomicContext, holder) }
        if state[holder] != 0 { return false }
        take(state)
        return true
      })
  }

  /// Gives the lock back. One step.
  public func release(file: String = #filePath, line: Int = #line) -> Step {
    Step(
      operation(releaseName, .release, file: file, line: line) { state in
        guard state[holder] == state.me else {
          state.raise(.unlockByNonOwner, holder)
          return true
        }
        state[holder] = 0
        switch kind {
        case .mutex: break
        case .spinlock: state.leavePreemptionOff()
        case .irqSpinlock: state.leaveInterruptsOff()
        }
        return true
      })
  }

  /// `lockdep_assert_held()`: it is a bug not to hold the lock here. One step.
  public func assertHeld(file: String = #filePath, line: Int = #line) -> Step {
    Step(
      operation("lockdep_assert_held(\(name))", .assertHeld, file: file, line: line) { state in
        checkIsHeld(in: state)
        return true
      })
  }

  /// Whether nobody holds the lock: for properties about what it protects.
  public func isFree(_ s: State) -> Bool { s[holder] == 0 }

  private func operation(
    _ name: String, _ operation: Operation.LockOperation, answers: Bool = false,
    when guardCondition: StepDefinition.Guard? = nil, file: String, line: Int,
    _ action: @escaping StepDefinition.Action
  ) -> StepDefinition {
    var step = StepDefinition(
      name, .lock(operation, [Int(holder.number)]), answers: answers, when: guardCondition,
      at: SourceLine(file: file, line: line), action)
    step.changesContext = kind != .mutex && operation != .assertHeld
    return step
  }

  // MARK: What sections ask

  /// Whether the acting actor need not wait for the lock: it is free, or its own.
  func canBeTaken(in state: RawState) -> Bool {
    state[holder] == 0 || state[holder] == state.me
  }

  func isHeld(in state: RawState) -> Bool { state[holder] == state.me }

  /// Raises a fault unless the acting actor holds the lock.
  func checkIsHeld(in state: RawState) {
    if !isHeld(in: state) { state.raise(.lockNotHeld, holder) }
  }

  /// Raises a fault if the acting actor must not take the lock: it holds it, or must not sleep.
  func checkMayBeTaken(in state: RawState) {
    if state[holder] == state.me { state.raise(.recursiveLock, holder) }
    if case .mutex = kind, state.isAtomic { state.raise(.sleepInAtomicContext, holder) }
  }

  private func take(_ state: RawState) {
    state[holder] = state.me
    switch kind {
    case .mutex: break
    case .spinlock: state.enterPreemptionOff()
    case .irqSpinlock: state.enterInterruptsOff()
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

extension RawState {
  /// The acting actor as locks record it: its number plus 1.
  var me: Int { context.pointee.actor + 1 }

  /// The acting actor's bit in a set of actors.
  var myBit: Int { 1 << context.pointee.actor }

  func raise(_ kind: Fault.Kind, _ field: Field<Int>) { raise(kind, field.number, value: me) }
}
