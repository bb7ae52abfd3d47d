/// A reader-writer spinlock, `rwlock_t`: many readers or one writer; both spin while they wait, with
/// preemption off.
///
/// It is the queued one of kernel/locking/qrwlock.c, v5.15 to v6.12. Who can't have it joins one queue for
/// readers and writers. A writer that is first in the queue holds off readers that come, but none in
/// interrupt context, that is in a handler or with bottom halves off: those wait only while somebody
/// writes.
///
/// The queue is kept only where somebody reads and somebody else writes.
public struct ReadWriteLock: Sendable {
  /// What else a caller has off while it waits for the lock and holds it.
  public enum Context: Sendable {
    /// `read_lock()`, `write_lock()`.
    case plain
    /// `read_lock_bh()`, `write_lock_bh()`.
    case bottomHalvesOff
    /// `read_lock_irqsave()`, `write_lock_irqsave()`.
    case interruptsOff

    var contexts: CPUContexts {
      switch self {
      case .plain: .preemption
      case .bottomHalvesOff: .bottomHalves
      case .interruptsOff: .interrupts
      }
    }

    fileprivate func suffix(_ interrupts: String) -> String {
      switch self {
      case .plain: ""
      case .bottomHalvesOff: "_bh"
      case .interruptsOff: interrupts
      }
    }
  }

  let fields: ReadWriteFields

  public var name: String { fields.name }

  // MARK: Writing

  /// `write_lock()`: waits until nobody reads or writes, and those who came before have had it.
  public func acquireWrite(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line
  ) -> Step {
    var step = step(
      "write_lock" + context.suffix("_irqsave"), .acquire, context,
      when: { canWrite($0) || fields.isMine($0) }, file, line
    ) {
      fields.beginWriting($0)
      $0.enter(context.contexts)
      return true
    }
    step.takes = fields.forWriting
    let hasQueue = fields.hasQueue
    step.contention = Contention(
      verb: "spins", operation: .lock(.wait, fields.numbers), contexts: context.contexts,
      matters: { hasQueue || spinningMatters($0, context) },
      mustWait: { state in
        let raw = state.raw
        return !canWrite(raw) && !fields.isMine(raw)
          && (hasQueue || !raw.isOff(context.contexts))
      },
      enqueue: { if hasQueue { fields.enqueue($0, writes: true) } },
      isOver: { state in
        fields.isFree(state.raw) && (!hasQueue || fields.isFirst(state.raw, writes: true))
      },
      dequeue: { if hasQueue { fields.dequeueFirst($0) } })
    return Step(step)
  }

  /// `write_trylock()`: takes the lock if nobody has it or waits to write, and answers whether it did.
  public func tryAcquireWrite(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line
  ) -> Condition {
    var step = step(
      "write_trylock" + context.suffix("_irqsave"), .tryAcquire, context, answers: true, file, line
    ) {
      guard canWrite($0) else { return false }
      fields.beginWriting($0)
      $0.enter(context.contexts)
      return true
    }
    step.takes = fields.forWriting
    return Condition(step)
  }

  /// `write_unlock()`.
  ///
  /// - Parameter context: as it was taken.
  public func releaseWrite(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line
  ) -> Step {
    Step(
      step("write_unlock" + context.suffix("_irqrestore"), .release, context, file, line) {
        guard fields.endWriting($0) else { return true }
        fields.grant($0, toAll: false)
        $0.leave(context.contexts)
        return true
      })
  }

  // MARK: Reading

  /// `read_lock()`.
  public func acquireRead(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line
  ) -> Step {
    var step = step(
      "read_lock" + context.suffix("_irqsave"), .acquire, context,
      when: { canRead($0, context) || fields.isMine($0) }, file, line
    ) {
      fields.beginReading($0)
      $0.enter(context.contexts)
      return true
    }
    step.takes = fields.forReading
    let hasQueue = fields.hasQueue
    step.contention = Contention(
      verb: "spins", operation: .lock(.wait, fields.numbers), contexts: context.contexts,
      matters: { hasQueue && !$0.kind.isHandler || spinningMatters($0, context) },
      mustWait: { state in
        let raw = state.raw
        return !canRead(raw, context) && !fields.isMine(raw)
          && (hasQueue && !isInInterrupt(raw, context) || !raw.isOff(context.contexts))
      },
      // Bottom halves are off by now, where they are to be.
      enqueue: { if hasQueue && !$0.isInInterrupt { fields.enqueue($0, writes: false) } },
      isOver: { state in
        let raw = state.raw
        return raw[fields.writer] == 0
          && (!hasQueue || raw.isInInterrupt || fields.forReading.isHeld(in: raw))
      },
      dequeue: { fields.ungrant($0) })
    return Step(step)
  }

  /// `read_trylock()`: takes the lock if nobody writes or is first in the queue to write, and answers
  /// whether it did.
  public func tryAcquireRead(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line
  ) -> Condition {
    var step = step(
      "read_trylock" + context.suffix("_irqsave"), .tryAcquire, context, answers: true, file, line
    ) {
      guard $0[fields.writer] == 0, !fields.waiting($0).firstWrites else { return false }
      fields.beginReading($0)
      $0.enter(context.contexts)
      return true
    }
    step.takes = fields.forReading
    return Condition(step)
  }

  /// `read_unlock()`.
  ///
  /// - Parameter context: as it was taken.
  public func releaseRead(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line
  ) -> Step {
    Step(
      step("read_unlock" + context.suffix("_irqrestore"), .release, context, file, line) {
        if fields.endReading($0) { $0.leave(context.contexts) }
        return true
      })
  }

  // MARK: Both

  /// `guard(read_lock)(&lock)`: the steps with the lock held for reading, which is given back on every way
  /// out of them.
  public func readGuarded(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line,
    @StepsBuilder _ body: () -> Steps
  ) -> Steps {
    acquireRead(context, file: file, line: line)
      .guarding(body(), until: releaseRead(context, file: file, line: line))
  }

  /// `guard(write_lock)(&lock)`: the same for writing.
  public func writeGuarded(
    _ context: Context = .plain, file: String = #filePath, line: Int = #line,
    @StepsBuilder _ body: () -> Steps
  ) -> Steps {
    acquireWrite(context, file: file, line: line)
      .guarding(body(), until: releaseWrite(context, file: file, line: line))
  }

  /// `lockdep_assert_held()`: it is a bug not to hold the lock here, for reading or writing.
  public func assertHeld(file: String = #filePath, line: Int = #line) -> Step {
    fields.asserting("lockdep_assert_held", file, line) { fields.isMine($0) }
  }

  /// `lockdep_assert_held_write()`.
  public func assertHeldForWriting(file: String = #filePath, line: Int = #line) -> Step {
    fields.asserting("lockdep_assert_held_write", file, line) { fields.forWriting.isHeld(in: $0) }
  }

  /// `lockdep_assert_held_read()`.
  public func assertHeldForReading(file: String = #filePath, line: Int = #line) -> Step {
    fields.asserting("lockdep_assert_held_read", file, line) { fields.forReading.isHeld(in: $0) }
  }

  /// Whether nobody reads or writes: for properties about what the lock protects.
  public func isFree(_ s: State) -> Bool { fields.isFree(s.raw) }
  /// Whether somebody writes.
  public func isHeldForWriting(_ s: State) -> Bool { s[fields.writer] != 0 }
  /// How many have it for reading: also those that spin and have not seen yet that they have it.
  public func readerCount(_ s: State) -> Int { s[fields.readers].nonzeroBitCount }

  // MARK: Steps

  private func canWrite(_ state: RawState) -> Bool {
    fields.isFree(state) && fields.waiting(state).isEmpty
  }

  private func canRead(_ state: RawState, _ context: Context) -> Bool {
    state[fields.writer] == 0
      && (isInInterrupt(state, context) || !fields.waiting(state).firstWrites)
  }

  /// Whether the acting actor waits in interrupt context, and so in no queue.
  private func isInInterrupt(_ state: RawState, _ context: Context) -> Bool {
    state.isInInterrupt || context == .bottomHalvesOff
  }

  private func spinningMatters(_ surroundings: Surroundings, _ context: Context) -> Bool {
    fields.isWaitedUnder && context.contexts.keepAway(surroundings)
      && fields.readingActors.union(fields.writingActors).count > 1
  }

  private func step(
    _ function: String, _ operation: Operation.LockOperation, _ context: Context,
    answers: Bool = false, when isEnabled: (@Sendable (RawState) -> Bool)? = nil,
    _ file: String, _ line: Int, _ action: @escaping StepDefinition.Action
  ) -> StepDefinition {
    var step = fields.step(
      function, operation, answers: answers, when: isEnabled, file, line, action)
    step.contexts = context.contexts
    return step
  }
}
