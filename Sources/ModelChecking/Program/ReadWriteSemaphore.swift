/// A reader-writer semaphore, `struct rw_semaphore`: many readers or one writer; both sleep while they
/// wait.
///
/// A fair one is that of kernel/locking/rwsem.c, v5.11 to v6.12. A reader waits while somebody writes,
/// and also while others read if anybody waits already. A writer takes the semaphore whenever it is free,
/// whoever waits. Where it gets free and a reader is first in the queue, all queued readers get it
/// together; a writer that is first takes it when it runs. Not there: the hand-off after 4 ms, which only
/// rules schedules out, and a writer that comes between up_write() and the wake-up within it.
///
/// The queue is kept only where somebody reads and somebody else writes.
public struct ReadWriteSemaphore: Sendable {
  public enum Kind: Sendable {
    /// As the kernel's.
    case fair
    /// A waiting writer does not hold up readers, and nobody is let in while he sleeps. That has more
    /// schedules than the kernel has, and fewer states; no hang is missed where nobody waits for anything
    /// with the semaphore held.
    case unfair
  }

  public let kind: Kind
  let fields: ReadWriteFields

  public var name: String { fields.name }

  // MARK: Writing

  /// `down_write()`: waits until nobody reads or writes.
  public func acquireWrite(file: String = #filePath, line: Int = #line) -> Step {
    var step = step("down_write", .acquire, when: { canWrite($0) || isMisused($0) }, file, line) {
      checkMaySleep($0)
      fields.beginWriting($0)
      return true
    }
    step.takes = fields.forWriting
    step.contention = waiting(
      if: { !canWrite($0) }, writes: true,
      isOver: { canWrite($0) && fields.isFirst($0, writes: true) },
      dequeue: { fields.dequeueFirst($0) })
    return Step(step)
  }

  /// `down_write_trylock()`: takes the semaphore if nobody has it or waits for it, and answers whether it
  /// did.
  public func tryAcquireWrite(file: String = #filePath, line: Int = #line) -> Condition {
    var step = step("down_write_trylock", .tryAcquire, answers: true, file, line) {
      guard canWrite($0), fields.waiting($0).isEmpty else { return false }
      fields.beginWriting($0)
      return true
    }
    step.takes = fields.forWriting
    return Condition(step)
  }

  /// `up_write()`.
  public func releaseWrite(file: String = #filePath, line: Int = #line) -> Step {
    Step(
      step("up_write", .release, file, line) {
        if fields.endWriting($0) { fields.grant($0, toAll: true) }
        return true
      })
  }

  /// `downgrade_write()`: goes on as a reader, and lets readers in that are first in the queue.
  public func downgradeWrite(file: String = #filePath, line: Int = #line) -> Step {
    var step = step("downgrade_write", .release, file, line) {
      if fields.endWriting($0) {
        fields.beginReading($0)
        fields.grant($0, toAll: true)
      }
      return true
    }
    step.takes = fields.forReading
    return Step(step)
  }

  // MARK: Reading

  /// `down_read()`.
  public func acquireRead(file: String = #filePath, line: Int = #line) -> Step {
    var step = step("down_read", .acquire, when: { canRead($0) || isMisused($0) }, file, line) {
      checkMaySleep($0)
      fields.beginReading($0)
      return true
    }
    step.takes = fields.forReading
    step.contention = waiting(
      if: { !canRead($0) }, writes: false, isOver: { fields.forReading.isHeld(in: $0) },
      dequeue: { fields.ungrant($0) })
    return Step(step)
  }

  /// `down_read_trylock()`: takes the semaphore if nobody writes or waits for it, and answers whether it
  /// did.
  public func tryAcquireRead(file: String = #filePath, line: Int = #line) -> Condition {
    var step = step("down_read_trylock", .tryAcquire, answers: true, file, line) {
      guard $0[fields.writer] == 0, fields.waiting($0).isEmpty else { return false }
      fields.beginReading($0)
      return true
    }
    step.takes = fields.forReading
    return Condition(step)
  }

  /// `up_read()`.
  public func releaseRead(file: String = #filePath, line: Int = #line) -> Step {
    Step(
      step("up_read", .release, file, line) {
        if fields.endReading($0) && fields.isFree($0) { fields.grant($0, toAll: true) }
        return true
      })
  }

  // MARK: Both

  /// `guard(rwsem_read)(&sem)`: the steps with the semaphore held for reading, which is given back on every
  /// way out of them.
  public func readGuarded(
    file: String = #filePath, line: Int = #line, @StepsBuilder _ body: () -> Steps
  ) -> Steps {
    acquireRead(file: file, line: line).guarding(body(), until: releaseRead(file: file, line: line))
  }

  /// `guard(rwsem_write)(&sem)`: the same for writing.
  public func writeGuarded(
    file: String = #filePath, line: Int = #line, @StepsBuilder _ body: () -> Steps
  ) -> Steps {
    acquireWrite(file: file, line: line)
      .guarding(body(), until: releaseWrite(file: file, line: line))
  }

  /// `lockdep_assert_held()`: it is a bug not to hold the semaphore here, for reading or writing.
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

  /// Whether nobody reads or writes: for properties about what the semaphore protects.
  public func isFree(_ s: State) -> Bool { fields.isFree(s.raw) }
  /// Whether somebody writes.
  public func isHeldForWriting(_ s: State) -> Bool { s[fields.writer] != 0 }
  /// How many have it for reading: also those that it was granted to while they slept.
  public func readerCount(_ s: State) -> Int { s[fields.readers].nonzeroBitCount }

  // MARK: Steps

  private var hasQueue: Bool { kind == .fair && fields.hasQueue }

  private func canWrite(_ state: RawState) -> Bool { fields.isFree(state) }

  private func canRead(_ state: RawState) -> Bool {
    state[fields.writer] == 0 && (fields.waiting(state).isEmpty || state[fields.readers] == 0)
  }

  private func isMisused(_ state: RawState) -> Bool { fields.isMine(state) || state.isAtomic }

  private func checkMaySleep(_ state: RawState) {
    if state.isAtomic { state.raise(.sleepInAtomicContext, fields.writer) }
  }

  private func waiting(
    if mustWait: @escaping @Sendable (RawState) -> Bool, writes: Bool,
    isOver: @escaping @Sendable (RawState) -> Bool,
    dequeue: @escaping @Sendable (RawState) -> Void
  ) -> Contention? {
    guard hasQueue else { return nil }
    return Contention(
      verb: "waits", operation: .lock(.wait, fields.numbers), contexts: [], matters: { _ in true },
      mustWait: { mustWait($0.raw) && !isMisused($0.raw) },
      enqueue: { fields.enqueue($0, writes: writes) }, isOver: { isOver($0.raw) },
      dequeue: dequeue)
  }

  private func step(
    _ function: String, _ operation: Operation.LockOperation, answers: Bool = false,
    when isEnabled: (@Sendable (RawState) -> Bool)? = nil, _ file: String, _ line: Int,
    _ action: @escaping StepDefinition.Action
  ) -> StepDefinition {
    fields.step(function, operation, answers: answers, when: isEnabled, file, line, action)
  }
}
