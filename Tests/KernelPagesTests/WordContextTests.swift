import KernelPages
import ModelChecking
import Testing

/// Where the words may be used, and what shares a CPU with them.
@Suite("Words and contexts")
struct WordContextTests {
  /// What may sleep, each with what it needs.
  static let sleepers: [(String, @Sendable (SystemBuilder) -> () -> Steps)] = [
    (
      "wait_for_completion",
      { b in
        let done = Completion("done", in: b)
        return {
          Steps {
            complete(done)
            waitForCompletion(done)
          }
        }
      }
    ),
    (
      "schedule",
      { b in
        let tasks = Tasks(in: b)
        return { schedule(tasks).steps }
      }
    ),
    (
      "schedule_timeout",
      { b in
        let tasks = Tasks(in: b)
        return { scheduleTimeout(tasks).steps }
      }
    ),
    (
      "flush_work",
      { b in
        let work = WorkItem("work", in: b)
        return { flushWork(work) }
      }
    ),
    (
      "cancel_work_sync",
      { b in
        let work = WorkItem("work", in: b)
        return { cancelWorkSync(work) }
      }
    ),
    (
      "synchronize_rcu",
      { b in
        let rcu = RCU(in: b)
        return { synchronizeRCU(rcu) }
      }
    ),
    (
      "rcu_barrier",
      { b in
        let head = RCUHead("head", RCU(in: b), in: b)
        return { rcuBarrier(head) }
      }
    ),
    (
      "folio_lock",
      { b in
        let page = PageLock("page", in: b)
        return {
          Steps {
            folioLock(page)
            folioUnlock(page)
          }
        }
      }
    ),
  ]

  @Test("what may sleep is found where that is not allowed", arguments: sleepers.indices)
  func sleeping(index: Int) throws {
    let (name, make) = Self.sleepers[index]
    func declare(in b: SystemBuilder, locked: Bool) {
      let lock = b.lock("lock", .spinlock)
      let word = make(b)
      b.actor("a", on: b.cpu()) { _ in
        if locked { lock.acquire() }
        word()
        if locked { lock.release() }
      }
    }
    let atomic = try System { b in declare(in: b, locked: true) }
    #expect(
      try atomic.search().verdict
        == .found(.lockMisused, property: "a may sleep where it can't be preempted"), "\(name)")
    try expect(.holds, "\(name)") { b in declare(in: b, locked: false) }
  }

  @Test("what a timer's function takes has to keep softirqs off its CPU")
  func timerLock() throws {
    func declare(in b: SystemBuilder, _ kind: Lock.Kind) {
      let timer = TimerList("timer", in: b)
      let lock = b.lock("lock", kind)
      let cpu = b.cpu()
      b.actor("task", on: cpu) { _ in
        modTimer(timer)
        lock.acquire()
        lock.release()
      }
      b.actor("softirq", on: cpu, .softirq) { _ in
        runTimer(timer) {
          lock.acquire()
          lock.release()
        }
      }
    }
    // Start, take, expire.
    try expect(.deadlock(steps: 3)) { b in declare(in: b, .spinlock) }
    try expect(.holds) { b in declare(in: b, .bhSpinlock) }
  }

  /// The case that the comment of `timer_delete_sync()` has: the lock has nothing to do with the timer.
  @Test("who waits for a timer must not hold what an interrupt on the timer's CPU takes")
  func timerAndInterrupt() throws {
    func declare(in b: SystemBuilder, holdsLock: Bool) {
      let timer = TimerList("timer", in: b)
      let lock = b.lock("somelock", .irqSpinlock)
      let cpu = b.cpu()
      b.actor("owner", on: b.cpu()) { _ in
        modTimer(timer)
        if holdsLock { lock.acquire() }
        timerDeleteSync(timer)
        if holdsLock { lock.release() }
      }
      b.actor("softirq", on: cpu, .softirq) { _ in runTimer(timer) { Step("function") } }
      b.actor("irq", on: cpu, .interrupt) { _ in
        Step("enter")
        lock.acquire()
        lock.release()
      }
    }
    // Start, expire, take the lock; and the interrupt comes.
    try expect(.deadlock(steps: 4)) { b in declare(in: b, holdsLock: true) }
    try expect(.holds) { b in declare(in: b, holdsLock: false) }
  }

  /// What a handler begins with.
  private enum Beginning { case step, reading, resting }

  @Test("a reader in an interrupt waits for ever for the writer that it came in between")
  func seqlock() throws {
    func declare(in b: SystemBuilder, _ kind: Lock.Kind, _ beginning: Beginning) {
      let seqlock = Seqlock("seq", in: b, kind)
      let cpu = b.cpu()
      b.actor("writer", on: cpu) { _ in
        writeSeqlock(seqlock)
        writeSequnlock(seqlock)
      }
      b.actor("irq", on: cpu, .interrupt) { _ in
        if beginning == .step { Step("enter") }
        Loop {
          if beginning == .resting {
            readSeqbegin(seqlock).mayRest()
            Step("read")
          } else {
            readSeqbegin(seqlock)
            If(!readSeqretry(seqlock)) { Break() }
          }
        }
      }
    }
    for beginning in [Beginning.step, .reading, .resting] {
      try expect(.deadlock(steps: 3)) { b in declare(in: b, .spinlock, beginning) }
      try expect(.holds) { b in declare(in: b, .irqSpinlock, beginning) }
    }
  }

  @Test("an interrupt waits for ever for a timer whose function it came in between")
  func timerInInterrupt() throws {
    func declare(in b: SystemBuilder, sharesCPU: Bool) {
      let timer = TimerList("timer", in: b)
      let cpu = b.cpu()
      b.actor("owner", on: b.cpu()) { _ in modTimer(timer) }
      b.actor("softirq", on: cpu, .softirq) { _ in runTimer(timer) { Step("function") } }
      b.actor("irq", on: sharesCPU ? cpu : b.cpu(), .interrupt) { _ in timerDeleteSync(timer) }
    }
    // Start, expire; and the interrupt comes.
    try expect(.deadlock(steps: 3)) { b in declare(in: b, sharesCPU: true) }
    try expect(.holds) { b in declare(in: b, sharesCPU: false) }
  }

  private enum Flag: UInt8, FieldEnumeration { case locked }

  @Test("a bit spinlock keeps interrupts on, and must not be taken in one")
  func bitSpinlock() throws {
    func declare(in b: SystemBuilder, off: Bool) {
      let word = b.field("word", .sets(of: Flag.self), initially: [])
      let cpu = b.cpu()
      b.actor("task", on: cpu) { _ in
        if off { localIrqSave() }
        bitSpinLock(.locked, word)
        bitSpinUnlock(.locked, word)
        if off { localIrqRestore() }
      }
      b.actor("irq", on: cpu, .interrupt) { _ in
        bitSpinLock(.locked, word)
        bitSpinUnlock(.locked, word)
      }
    }
    // Preemption off and the bit; then the interrupt begins.
    try expect(.deadlock(steps: 3)) { b in declare(in: b, off: false) }
    try expect(.holds) { b in declare(in: b, off: true) }
  }

  @Test("a callback of RCU frees what readers on its CPU have left")
  func rcuOnOneCPU() throws {
    try expect(.holds) { b in
      let rcu = RCU(in: b, preemptible: false)
      let head = RCUHead("head", rcu, in: b)
      let pointer = b.field("pointer", .flag, initially: true)
      let thing = Thing(in: b)
      let cpu = b.cpu()
      b.actor("reader", on: cpu) { _ in
        rcuReadLock(rcu)
        If(Condition("rcu_dereference", .load(pointer)) { $0 }) { thing.use }
        rcuReadUnlock(rcu)
      }
      b.actor("updater", on: b.cpu()) { _ in
        Step("pointer = NULL", .store(pointer)) { false }
        callRCU(head)
      }
      b.actor("softirq", on: cpu, .softirq) { _ in rcuCallback(head) { thing.free } }
      b.goal("it is freed", .alwaysReachable) { s in s[thing.isFreed] }
    }
  }

  @Test("a bit lock or a read section that is not left is found")
  func leftOver() throws {
    try expect(.lockMisused("a ends with preemption off", steps: 2)) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [])
      b.actor("a", on: b.cpu()) { _ in bitSpinLock(.locked, word) }
    }
    try expect(.lockMisused("a ends with preemption off", steps: 2)) { b in
      let rcu = RCU(in: b, preemptible: false)
      b.actor("a", on: b.cpu()) { _ in rcuReadLock(rcu) }
    }
    try expect(.lockMisused("a ends with 'rcu_read_lock' held", steps: 4)) { b in
      let rcu = RCU(in: b)
      b.actor("a", on: b.cpu()) { _ in
        rcuReadLock(rcu)
        rcuReadLock(rcu)
        rcuReadUnlock(rcu)
        Step("end")
      }
    }
  }
}
