import KernelPages
import ModelChecking
import Testing

@Suite("Completions")
struct CompletionTests {
  /// Waiters who each count themselves, and what somebody does for them.
  private func declare(
    in b: SystemBuilder, waiters: Int, most: Int = 1, _ program: @escaping (Completion) -> Steps
  ) {
    let done = Completion("done", in: b, most: most)
    let through = b.field("through", .range(0...waiters), initially: 0)
    for number in 0..<waiters {
      b.actor("waiter\(number)", on: b.cpu()) { _ in
        waitForCompletion(done)
        Step("through", .atomic(through)) { $0 += 1 }
      }
    }
    b.actor("completer", on: b.cpu()) { _ in
      program(done)
      Step("end")
    }
    b.goal("all are through") { s in s[through] == waiters }
  }

  @Test("complete lets one go on, now or later", arguments: 1...3)
  func one(waiters: Int) throws {
    try expect(.holds) { b in
      declare(in: b, waiters: waiters, most: waiters) { done in
        Steps { for _ in 0..<waiters { complete(done) } }
      }
    }
    // As soon as the others have taken what there is.
    try expect(.deadlock(steps: 2 * (waiters - 1))) { b in
      declare(in: b, waiters: waiters, most: waiters) { done in
        Steps { for _ in 1..<waiters { complete(done) } }
      }
    }
  }

  @Test("complete_all lets all go on, until it is made anew")
  func all() throws {
    try expect(.holds) { b in
      declare(in: b, waiters: 3) { done in
        Steps {
          completeAll(done)
          complete(done)
        }
      }
    }
    try expect(.deadlock(steps: 2)) { b in
      declare(in: b, waiters: 1) { done in
        Steps {
          completeAll(done)
          reinitCompletion(done)
        }
      }
    }
  }

  @Test("more of it than was said is a fault")
  func most() throws {
    try expect(.faulted("'done.done' would become 2, outside all to 1", steps: 2)) { b in
      declare(in: b, waiters: 1) { done in
        Steps {
          complete(done)
          complete(done)
        }
      }
    }
  }

  /// A task with a completion on its stack, and somebody who completes it.
  private func declareOnStack(in b: SystemBuilder, givesUp: Bool) {
    let done = Completion("done", in: b)
    let stack = Thing("stack", in: b)
    b.actor("waiter", on: b.cpu()) { _ in
      If(waitForCompletionTimeout(done)) {
        Step("done")
      } otherwise: {
        if !givesUp { waitForCompletion(done) }
      }
      stack.free
    }
    b.actor("worker", on: b.cpu()) { _ in stack.uses(complete(done)) }
    b.goal("the waiter returns", .alwaysReachable) { s in s[stack.isFreed] }
  }

  @Test("who gives up waiting leaves a completion behind that is used after it is gone")
  func onStack() throws {
    // The time is over, the stack is gone, it is completed.
    try expect(.violated(Thing.claim, steps: 3)) { b in declareOnStack(in: b, givesUp: true) }
    try expect(.holds) { b in declareOnStack(in: b, givesUp: false) }
  }

  @Test("who only looks does not wait")
  func looking() throws {
    try expect(.holds) { b in
      let done = Completion("done", in: b)
      let taken = b.field("taken", .range(0...2), initially: 0)
      let seen = b.field("seen", .flag, initially: false)
      for number in 0..<2 {
        b.actor("looker\(number)", on: b.cpu()) { _ in
          If(tryWaitForCompletion(done)) { Step("taken", .atomic(taken)) { $0 += 1 } }
        }
      }
      b.actor("watcher", on: b.cpu()) { _ in
        If(completionDone(done)) { Step("seen", .store(seen)) { true } }
      }
      b.actor("completer", on: b.cpu()) { _ in complete(done) }
      b.invariant("one takes it") { s in s[taken] < 2 }
      b.goal("one takes it, another sees it") { s in s[taken] == 1 && s[seen] }
    }
  }
}
