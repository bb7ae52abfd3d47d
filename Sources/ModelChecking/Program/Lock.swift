/// A lock of the modelled kernel.
///
/// Misuse ends the search, for it is a bug of the kernel: taking a lock twice, releasing one that
/// another actor holds or nobody holds, sleeping on a mutex or semaphore where the actor can't be
/// preempted, running a section without the lock that it names, ending with a lock held.
public struct Lock: Sendable {
  public enum Kind: Sendable {
    /// `mutex_lock()`: sleeps while the lock is held.
    case mutex
    /// `spin_lock()`: preemption is disabled while the lock is held.
    case spinlock
    /// `spin_lock_bh()`: bottom halves are disabled while the lock is held, and preemption with them.
    case bhSpinlock
    /// `spin_lock_irqsave()`: interrupts are disabled while the lock is held, and preemption with them.
    case irqSpinlock

    /// What its holder has off. Interrupts and bottom halves keep other tasks away as well.
    var contexts: CPUContexts {
      switch self {
      case .mutex: []
      case .spinlock: .preemption
      case .bhSpinlock: .bottomHalves
      case .irqSpinlock: .interrupts
      }
    }
  }

  public let name: String
  public let kind: Kind
  /// 0, or the number of the holder plus 1. No bits where no actor holds the lock from one step to
  /// another.
  let holder: Field<Int>
  /// Who takes it; nobody before that is known.
  let takers: LockUsers
  /// Where its holders wait, so that it matters to others whether somebody spins on it; nil where they wait
  /// nowhere, or that is not known yet.
  let waitingPlaces: WaitingPlaces?

  /// Takes the lock, waiting until it is free. One step; where the CPU is shared and somebody else holds the
  /// lock, an actor may first begin to spin, with off what the lock turns off.
  public func acquire(file: String = #filePath, line: Int = #line) -> Step {
    var step = operation(
      acquireName, .acquire, when: { state in canBeTaken(in: state.raw) }, file: file, line: line
    ) { state in
      checkMayBeTaken(in: state)
      take(state)
      return true
    }
    step.takes = holding
    step.contention = spinning(on: [Int(holder.number)]) { state in !canBeTaken(in: state) }
    return Step(step)
  }

  /// Takes the lock if it is free and answers whether it was. One step.
  public func tryAcquire(file: String = #filePath, line: Int = #line) -> Condition {
    var step = operation(tryName, .tryAcquire, answers: true, file: file, line: line) { state in
      // It does not sleep, but mutexes are not for interrupt handlers.
      if case .mutex = kind, state.isInHandler { state.raise(.sleepInAtomicContext, holder) }
      if state[holder] != 0 { return false }
      take(state)
      return true
    }
    step.takes = holding
    return Condition(step)
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
        state.leave(kind.contexts)
        return true
      })
  }

  /// `guard(spinlock)(&lock)`, `scoped_guard(mutex, &lock)` (include/linux/cleanup.h): the steps with the
  /// lock held, which is given back on every way out of them: at their end, by `Return`, `Break`,
  /// `Continue`, `Finish`, and by `Goto` to a label outside.
  ///
  ///     lock.guarded {
  ///       If(isEmpty) { Return(false) }
  ///       listDel(page)
  ///     }
  public func guarded(
    file: String = #filePath, line: Int = #line, @StepsBuilder _ body: () -> Steps
  ) -> Steps {
    acquire(file: file, line: line).guarding(body(), until: release(file: file, line: line))
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
    if operation != .assertHeld { step.contexts = kind.contexts }
    return step
  }

  /// The wait of a step that must wait for the lock; nil for a lock that nobody spins on.
  func spinning(
    on fields: [Int], if mustWait: @escaping @Sendable (RawState) -> Bool
  ) -> Contention? {
    let contexts = kind.contexts
    if contexts.isEmpty { return nil }
    return Contention(
      verb: "spins", operation: .lock(.wait, fields), contexts: contexts,
      matters: {
        waitingPlaces != nil && takers.containsOther(than: $0.actor) && contexts.keepAway($0)
      },
      mustWait: { state in
        let raw = state.raw
        return mustWait(raw) && !raw.isOff(contexts)
          && waitingPlaces?.contain(raw[holder] - 1, in: raw) ?? false
      })
  }

  // MARK: What sections ask

  /// Whether the acting actor need not wait for the lock: it is free, or taking it is misuse.
  func canBeTaken(in state: RawState) -> Bool {
    state[holder] == 0 || isMisused(in: state)
  }

  /// Whether the acting actor must not wait for the lock: it holds it, or must not sleep. That is found
  /// out when it takes it, also while somebody else holds it (might_sleep() comes before the wait).
  func isMisused(in state: RawState) -> Bool {
    isHeld(in: state) || kind == .mutex && state.isAtomic
  }

  func isHeld(in state: RawState) -> Bool { state[holder] == state.me }

  /// Raises a fault unless the acting actor holds the lock.
  func checkIsHeld(in state: RawState) {
    if !isHeld(in: state) { state.raise(.lockNotHeld, holder) }
  }

  /// Raises a fault if the acting actor must not take the lock.
  func checkMayBeTaken(in state: RawState) {
    if state[holder] == state.me { state.raise(.recursiveLock, holder) }
    if case .mutex = kind, state.isAtomic { state.raise(.sleepInAtomicContext, holder) }
  }

  private func take(_ state: RawState) {
    state[holder] = state.me
    state.enter(kind.contexts)
  }

  private var holding: Holding { Holding(holder) }

  private var acquireName: String {
    switch kind {
    case .mutex: "mutex_lock(\(name))"
    case .spinlock: "spin_lock(\(name))"
    case .bhSpinlock: "spin_lock_bh(\(name))"
    case .irqSpinlock: "spin_lock_irqsave(\(name))"
    }
  }

  private var tryName: String {
    switch kind {
    case .mutex: "mutex_trylock(\(name))"
    case .spinlock: "spin_trylock(\(name))"
    case .bhSpinlock: "spin_trylock_bh(\(name))"
    case .irqSpinlock: "spin_trylock_irqsave(\(name))"
    }
  }

  private var releaseName: String {
    switch kind {
    case .mutex: "mutex_unlock(\(name))"
    case .spinlock: "spin_unlock(\(name))"
    case .bhSpinlock: "spin_unlock_bh(\(name))"
    case .irqSpinlock: "spin_unlock_irqrestore(\(name))"
    }
  }
}

extension RawState {
  /// The acting actor as locks record it: its number plus 1.
  var me: Int { context.pointee.actor + 1 }

  func raise(_ kind: Fault.Kind, _ field: Field<Int>) { raise(kind, field.number, value: me) }
}
