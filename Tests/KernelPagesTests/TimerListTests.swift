import KernelPages
import ModelChecking
import Testing

@Suite("Timers")
struct TimerListTests {
  private enum Stop: CaseIterable { case delete, deleteSync, shutdownSync }

  @StepsBuilder private func stop(_ timer: TimerList, _ stop: Stop) -> Steps {
    switch stop {
    case .delete: timerDelete(timer)
    case .deleteSync: timerDeleteSync(timer)
    case .shutdownSync: timerShutdownSync(timer)
    }
  }

  /// Who starts the timer again while it is stopped.
  private enum Rearming { case nobody, function, other }

  private func declare(in b: SystemBuilder, _ how: Stop, _ rearming: Rearming = .nobody) {
    let timer = TimerList("timer", in: b)
    let thing = Thing(in: b)
    b.actor("owner", on: b.cpu()) { _ in
      modTimer(timer)
      stop(timer, how)
      thing.free
    }
    b.actor("softirq", on: b.cpu(), .softirq) { _ in
      runTimer(timer) {
        thing.use
        if rearming == .function { modTimer(timer) }
      }
    }
    if rearming == .other { b.actor("other", on: b.cpu()) { _ in modTimer(timer) } }
    b.goal("it is freed", .alwaysReachable) { s in s[thing.isFreed] }
  }

  @Test("a timer that is only taken off its list may still run")
  func delete() throws {
    // Start, expire, delete, free, use.
    try expect(.violated(Thing.claim, steps: 5)) { b in declare(in: b, .delete) }
  }

  @Test("timer_delete_sync waits for its function, also where that starts the timer again")
  func deleteSync() throws {
    try expect(.holds) { b in declare(in: b, .deleteSync) }
    try expect(.holds) { b in declare(in: b, .deleteSync, .function) }
  }

  @Test("a timer that somebody else starts again must be shut down")
  func shutdown() throws {
    // Start, delete, free, start, expire, use.
    try expect(.violated(Thing.claim, steps: 6)) { b in declare(in: b, .deleteSync, .other) }
    for rearming in [Rearming.nobody, .function, .other] {
      try expect(.holds) { b in declare(in: b, .shutdownSync, rearming) }
    }
  }

  @Test(
    "waiting for it with a lock that its function takes is a deadlock", arguments: [false, true])
  func lock(holdsLock: Bool) throws {
    try expect(holdsLock ? .deadlock(steps: 3) : .holds) { b in
      let timer = TimerList("timer", in: b)
      let lock = b.lock("lock", .spinlock)
      b.actor("owner", on: b.cpu()) { _ in
        modTimer(timer)
        if holdsLock { lock.acquire() }
        timerDeleteSync(timer)
        if holdsLock { lock.release() }
      }
      b.actor("softirq", on: b.cpu(), .softirq) { _ in
        runTimer(timer) {
          lock.acquire()
          lock.release()
        }
      }
    }
  }

  @Test("in its own function that is a deadlock too")
  func ownFunction() throws {
    try expect(.deadlock(steps: 2)) { b in
      let timer = TimerList("timer", in: b)
      b.actor("owner", on: b.cpu()) { _ in modTimer(timer) }
      b.actor("softirq", on: b.cpu(), .softirq) { _ in runTimer(timer) { timerDeleteSync(timer) } }
    }
  }

  @Test("starting and deleting tell whether it was pending")
  func answers() throws {
    try expect(.holds) { b in
      let timer = TimerList("timer", in: b)
      let sum = b.field("sum", .range(0...31), initially: 0)
      b.actor("owner", on: b.cpu()) { _ in
        for (bit, question) in [
          modTimer(timer), modTimer(timer), timerPending(timer), timerDelete(timer),
          timerDelete(timer),
        ].enumerated() {
          If(question) { Step("yes", .atomic(sum)) { $0 += 1 << bit } }
        }
      }
      b.goal("no, yes, yes, yes, no") { s in s[sum] == 0b01110 }
      b.invariant("only these") { s in s[sum] & ~0b01110 == 0 }
    }
  }
}
