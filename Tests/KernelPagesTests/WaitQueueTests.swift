import KernelPages
import ModelChecking
import Testing

@Suite("Sleeping, waking and wait queues")
struct WaitQueueTests {
  // MARK: A task by itself

  private enum Order { case lookFirst, stateFirst, timeout }

  private func declareSleeper(in b: SystemBuilder, _ order: Order) {
    let tasks = Tasks(in: b)
    let isReady = b.field("ready", .flag, initially: false)
    let ready = Condition("ready?", .load(isReady)) { $0 }
    let isOver = b.field("over", .flag, initially: false)
    b.actor("sleeper", on: b.cpu()) { _ in
      Loop {
        if order == .stateFirst { setCurrentState(.uninterruptible, tasks) }
        If(ready) { Break() }
        if order != .stateFirst { setCurrentState(.uninterruptible, tasks) }
        if order == .timeout { scheduleTimeout(tasks) } else { schedule(tasks) }
      }
      setCurrentState(.running, tasks)
      Step("over", .store(isOver)) { true }
    }
    b.actor("waker", on: b.cpu()) { _ in
      Step("ready = true", .store(isReady)) { true }
      wakeUpProcess("sleeper", tasks)
    }
    b.goal("the sleeper goes on", .alwaysReachable) { s in s[isOver] }
  }

  @Test("who looks before it says that it sleeps loses a wake-up")
  func lostWakeUp() throws {
    // Look, ready, wake, say so.
    try expect(.deadlock(steps: 3)) { b in declareSleeper(in: b, .lookFirst) }
  }

  @Test("who says so first does not, and a timeout helps as well")
  func notLost() throws {
    try expect(.holds) { b in declareSleeper(in: b, .stateFirst) }
    try expect(.holds) { b in declareSleeper(in: b, .timeout) }
  }

  @Test("after a timeout a task runs, and need not be woken")
  func timeout() throws {
    try expect(.holds) { b in
      let tasks = Tasks(in: b)
      b.actor("sleeper", on: b.cpu()) { _ in
        setCurrentState(.uninterruptible, tasks)
        If(scheduleTimeout(tasks)) { Step("woken").asserting("nobody wakes it") { _ in false } }
        schedule(tasks)
      }
    }
  }

  @Test("a task that nobody sleeps as can't be woken")
  func unknownTask() {
    let error = #expect(throws: ModelError.self) {
      try System { b in
        let tasks = Tasks(in: b)
        b.actor("kswapd", on: b.cpu()) { _ in schedule(tasks) }
        b.actor("waker", on: b.cpu()) { _ in wakeUpProcess("kswapd0", tasks) }
      }
    }
    #expect(
      error?.problems == ["no actor 'kswapd0' has 'state' of its own; did you mean 'kswapd'?"])
  }

  // MARK: A queue

  private enum Waker { case storesFirst, wakesFirst, onlyIfActive, never }

  private func declareQueue(
    in b: SystemBuilder, waiters: Int = 1, exclusive: Bool = false, all: Bool = false,
    _ waker: Waker
  ) {
    let queue = WaitQueue("wq", in: b)
    let isReady = b.field("ready", .flag, initially: false)
    let through = b.field("through", .range(0...waiters), initially: 0)
    b.actor("waker", on: b.cpu()) { _ in
      let wake = all ? wakeUpAll(queue) : wakeUp(queue)
      if waker == .wakesFirst { wake }
      Step("ready = true", .store(isReady)) { true }
      if waker == .storesFirst { wake }
      if waker == .onlyIfActive { If(waitqueueActive(queue)) { wake } }
    }
    for number in 0..<waiters {
      b.actor("waiter\(number)", on: b.cpu()) { _ in
        waitEvent(queue, exclusive: exclusive, Condition("ready?", .load(isReady)) { $0 })
        Step("through", .atomic(through)) { $0 += 1 }
      }
    }
    b.goal("all are through", .alwaysReachable) { s in s[through] == waiters }
  }

  @Test("wait_event waits until its condition is true", arguments: 1...3)
  func waitEvents(waiters: Int) throws {
    try expect(.holds) { b in declareQueue(in: b, waiters: waiters, .storesFirst) }
    try expect(.holds) { b in declareQueue(in: b, waiters: waiters, .onlyIfActive) }
  }

  @Test("who wakes before the condition is true, or never, wakes nobody")
  func noWakeUp() throws {
    // Look, queue, look; wake before that and store after it.
    try expect(.deadlock(steps: 4)) { b in declareQueue(in: b, .wakesFirst) }
    try expect(.deadlock(steps: 3)) { b in declareQueue(in: b, .never) }
  }

  @Test("wake_up wakes one of the exclusive, wake_up_all all of them")
  func exclusive() throws {
    // Both look and queue; the second looks; store, wake; the first looks, leaves the queue and goes on.
    try expect(.deadlock(steps: 2 * 2 + 1 + 2)) { b in
      declareQueue(in: b, waiters: 2, exclusive: true, .storesFirst)
    }
    try expect(.holds) { b in
      declareQueue(in: b, waiters: 2, exclusive: true, all: true, .storesFirst)
    }
    try expect(.holds) { b in
      declareQueue(in: b, waiters: 1, exclusive: true, .storesFirst)
    }
  }

  @Test("exclusive waiters are woken in their order, and all others first")
  func order() throws {
    let system = try System { b in
      let queue = WaitQueue("wq", in: b)
      let turn = b.field("turn", .range(0...3), initially: 0)
      let woken = b.fields("woken", count: 3, .flag, initially: false)
      for number in 0..<3 {
        b.actor("w\(number)", on: b.cpu()) { _ in
          Step("wait", .wait(turn)) { $0 == number }
          prepareToWait(queue, exclusive: number != 1)
          Step("turn++", .atomic(turn)) { $0 += 1 }
          schedule(queue.tasks)
          Step("woken", .store(woken[number])) { true }
          finishWait(queue)
        }
      }
      b.actor("waker", on: b.cpu()) { _ in
        Step("wait", .wait(turn)) { $0 == 3 }
        wakeUp(queue)
        Step("turn++", .store(turn)) { 0 }
        wakeUp(queue)
      }
      b.invariant("the last after the first two") { s in
        !s[woken[2]] || s[turn] == 0
      }
      b.goal("the first two after the first") { s in
        s[turn] == 3 && s[woken[0]] && s[woken[1]]
      }
      b.goal("all in the end", .alwaysReachable) { s in s[woken[0]] && s[woken[1]] && s[woken[2]] }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test("an exclusive waiter that leaves lets the next one be woken")
  func leaving() throws {
    try expect(.holds) { b in
      let queue = WaitQueue("wq", in: b)
      let turn = b.field("turn", .range(0...2), initially: 0)
      b.actor("first", on: b.cpu()) { _ in
        prepareToWait(queue, exclusive: true)
        Step("turn++", .atomic(turn)) { $0 += 1 }
        Step("wait", .wait(turn)) { $0 == 2 }
        finishWait(queue)
        wakeUp(queue)
      }
      b.actor("second", on: b.cpu()) { _ in
        Step("wait", .wait(turn)) { $0 == 1 }
        prepareToWait(queue, exclusive: true)
        Step("turn++", .atomic(turn)) { $0 += 1 }
        schedule(queue.tasks)
      }
    }
  }

  @Test("nobody waits at a queue that is only woken")
  func empty() throws {
    try expect(.holds) { b in
      let queue = WaitQueue("wq", in: b)
      b.actor("waker", on: b.cpu()) { _ in
        If(waitqueueActive(queue)) { wakeUp(queue) }
        wakeUpAll(queue)
      }
    }
  }
}
