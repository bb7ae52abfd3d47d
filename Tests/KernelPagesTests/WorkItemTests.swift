import KernelPages
import ModelChecking
import Testing

@Suite("Work items")
struct WorkItemTests {
  private enum Stop { case none, flush, cancel, cancelSync, disableSync }

  /// A work item that uses something, which is freed after the item is stopped.
  private func declare(in b: SystemBuilder, _ stop: Stop, requeues: Bool = false) {
    let work = WorkItem("work", in: b)
    let thing = Thing(in: b)
    b.actor("owner", on: b.cpu()) { _ in
      queueWork(work)
      switch stop {
      case .none: Steps.none
      case .flush: flushWork(work)
      case .cancel: cancelWork(work)
      case .cancelSync: cancelWorkSync(work)
      case .disableSync: disableWorkSync(work)
      }
      thing.free
    }
    b.actor("kworker", on: b.cpu()) { _ in
      workerThread(work) {
        thing.use
        if requeues { queueWork(work) }
      }
    }
    b.goal("it is freed", .alwaysReachable) { s in s[thing.isFreed] }
  }

  @Test("an item that is not waited for uses what is gone")
  func notStopped() throws {
    // Queue, free, run, use.
    try expect(.violated(Thing.claim, steps: 4)) { b in declare(in: b, .none) }
    // Queue, run, cancel, free, use.
    try expect(.violated(Thing.claim, steps: 5)) { b in declare(in: b, .cancel) }
  }

  @Test("flush_work and cancel_work_sync wait for it")
  func stopped() throws {
    for stop in [Stop.flush, .cancelSync, .disableSync] {
      try expect(.holds, "\(stop)") { b in declare(in: b, stop) }
    }
  }

  @Test("an item that queues itself again is stopped by cancel_work_sync only")
  func requeueing() throws {
    try expect(.holds) { b in declare(in: b, .cancelSync, requeues: true) }
    // Queue, flush, run, use, queue again, end; flushed, free; run, use.
    try expect(.violated(Thing.claim, steps: 10)) { b in
      declare(in: b, .flush, requeues: true)
    }
  }

  /// How often an item runs that is queued twice.
  @Test("queued twice it runs once, unless it runs already: then it runs again")
  func pending() throws {
    func declare(in b: SystemBuilder, runs count: Int, secondQueued: Bool) {
      let work = WorkItem("work", in: b)
      let runs = b.field("runs", .range(0...3), initially: 0)
      let second = b.field("second", .flag, initially: false)
      let isOver = b.ghost("over", .flag, initially: false)
      b.actor("owner", on: b.cpu()) { _ in
        queueWork(work)
        If(queueWork(work)) { Step("second", .store(second)) { true } }
        flushWork(work)
        Step("look", .load(runs))
          .asserting("one run or two, by what the second call said") { s in
            s[runs] == (s[second] ? 2 : 1)
          }.noting { s in s[isOver] = true }
      }
      b.actor("kworker", on: b.cpu()) { _ in
        workerThread(work) { Step("runs++", .atomic(runs)) { $0 += 1 } }
      }
      b.goal("runs and was queued so") { s in
        s[isOver] && s[runs] == count && s[second] == secondQueued
      }
    }
    try expect(.holds) { b in declare(in: b, runs: 2, secondQueued: true) }
    try expect(.holds) { b in declare(in: b, runs: 1, secondQueued: false) }
    try expect(.goalUnreachable("runs and was queued so")) { b in
      declare(in: b, runs: 2, secondQueued: false)
    }
    try expect(.goalUnreachable("runs and was queued so")) { b in
      declare(in: b, runs: 3, secondQueued: true)
    }
  }

  @Test("it never runs twice at once, whoever queues it")
  func notReentrant() throws {
    try expect(.holds) { b in
      let work = WorkItem("work", in: b)
      let inside = b.field("inside", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("owner\(number)", on: b.cpu()) { _ in
          queueWork(work)
          cancelWorkSync(work)
        }
      }
      b.actor("kworker", on: b.cpu()) { _ in
        workerThread(work) {
          Step("enter", .atomic(inside)) { $0 += 1 }
          Step("leave", .atomic(inside)) { $0 -= 1 }
        }
      }
      b.invariant("one at a time") { s in s[inside] < 2 }
    }
  }

  @Test("waiting for it with a lock that it takes is a deadlock", arguments: [false, true])
  func lock(holdsLock: Bool) throws {
    // Queue, run, take the lock, start to wait.
    try expect(holdsLock ? .deadlock(steps: 3) : .holds) { b in
      let work = WorkItem("work", in: b)
      let lock = b.lock("m", .mutex)
      b.actor("owner", on: b.cpu()) { _ in
        queueWork(work)
        if holdsLock { lock.acquire() }
        cancelWorkSync(work)
        if holdsLock { lock.release() }
      }
      b.actor("kworker", on: b.cpu()) { _ in
        workerThread(work) {
          lock.acquire()
          lock.release()
        }
      }
    }
  }

  @Test("waiting for it in its own function is a deadlock")
  func ownFunction() throws {
    try expect(.deadlock(steps: 3)) { b in
      let work = WorkItem("work", in: b)
      b.actor("owner", on: b.cpu()) { _ in queueWork(work) }
      b.actor("kworker", on: b.cpu()) { _ in workerThread(work) { flushWork(work) } }
    }
  }

  @Test("waiting for another item is a deadlock where one worker runs both")
  func oneWorker() throws {
    func declare(in b: SystemBuilder, workers: Int) {
      let (one, two) = (WorkItem("one", in: b), WorkItem("two", in: b))
      b.actor("owner", on: b.cpu()) { _ in
        queueWork(two)
        queueWork(one)
      }
      if workers == 1 {
        b.actor("kworker", on: b.cpu()) { _ in
          workerThread([(one, Steps { flushWork(two) }), (two, Steps { Step("work") })])
        }
      } else {
        b.actor("kworker1", on: b.cpu()) { _ in workerThread(one) { flushWork(two) } }
        b.actor("kworker2", on: b.cpu()) { _ in workerThread(two) { Step("work") } }
      }
    }
    try expect(.deadlock(steps: 4)) { b in declare(in: b, workers: 1) }
    try expect(.holds) { b in declare(in: b, workers: 2) }
  }

  @Test("an item that is disabled can't be queued until it is enabled again")
  func disabled() throws {
    func declare(in b: SystemBuilder, enabled: Bool) {
      let work = WorkItem("work", in: b)
      let runs = b.field("runs", .flag, initially: false)
      b.actor("owner", on: b.cpu()) { _ in
        disableWorkSync(work)
        if enabled { enableWork(work) }
        queueWork(work)
      }
      b.actor("kworker", on: b.cpu()) { _ in
        workerThread(work) { Step("runs", .store(runs)) { true } }
      }
      b.goal("it runs") { s in s[runs] }
    }
    try expect(.holds) { b in declare(in: b, enabled: true) }
    try expect(.goalUnreachable("it runs")) { b in declare(in: b, enabled: false) }
  }
}
