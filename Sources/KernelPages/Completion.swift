import ModelChecking

/// `struct completion`: somebody waits until somebody else is done (kernel/sched/completion.c, v4.13 to
/// v6.12).
///
/// The queue of waiters is left out. `complete()` wakes a waiter for each time that it counts, and who is
/// woken looks at the count under the queue's lock, as one does who comes later: nobody stays asleep while
/// something is left to be taken, and any of them may take it.
public struct Completion: Sendable {
  /// `complete_all()`, UINT_MAX.
  fileprivate static let all = -1

  public let name: String
  /// How often it was completed and not yet waited for; -1 after `complete_all()`.
  public let done: Field<Int>

  /// - Parameter most: how often it may be completed before somebody waits for it.
  public init(_ name: String, in system: SystemBuilder, most: Int = 1) {
    self.name = name
    done = system.field(
      "\(name).done", .codes(-1...max(1, most)) { $0 == Self.all ? "all" : String($0) },
      initially: 0)
    system.onlySequential(done, because: "stands for the count under the queue's lock")
  }
}

/// `complete()`: lets one waiter go on, now or later.
public func complete(_ x: Completion) -> Step {
  Step("complete(\(x.name))", .atomic(x.done, .release)) { done in
    if done != Completion.all { done += 1 }
  }
}

/// `complete_all()`: lets all waiters go on, until `reinit_completion()`.
public func completeAll(_ x: Completion) -> Step {
  Step("complete_all(\(x.name))", .atomic(x.done, .release)) { done in done = Completion.all }
}

/// `reinit_completion()`: a plain store.
public func reinitCompletion(_ x: Completion) -> Step {
  Step("reinit_completion(\(x.name))", .store(x.done)) { 0 }
}

/// `wait_for_completion()`: sleeps until it is completed.
public func waitForCompletion(_ x: Completion) -> Step {
  Step(
    "wait_for_completion(\(x.name))", .atomic(x.done, .acquire),
    when: { done in done != 0 }
  ) { done in
    if done != Completion.all { done -= 1 }
  }.sleeps()
}

/// `wait_for_completion_timeout()`: whether it was completed in time.
public func waitForCompletionTimeout(_ x: Completion) -> Condition {
  Condition(call: "wait_for_completion_timeout") {
    Choose {
      Way {
        waitForCompletion(x)
        Return(true)
      }
      Way {
        Step("timeout", .wait(x.done)) { done in done == 0 }
        Return(false)
      }
    }
    Return(false)
  }
}

/// `try_wait_for_completion()`: takes it if it is completed, and answers whether it was.
public func tryWaitForCompletion(_ x: Completion) -> Condition {
  Condition("try_wait_for_completion(\(x.name))", .atomic(x.done, .acquire)) { done in
    if done == 0 { return false }
    if done != Completion.all { done -= 1 }
    return true
  }
}

/// `completion_done()`: whether nobody need wait.
public func completionDone(_ x: Completion) -> Condition {
  Condition("completion_done(\(x.name))", .load(x.done, .acquire)) { done in done != 0 }
}
