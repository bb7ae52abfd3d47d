import ModelChecking

/// `struct timer_list`: a function that is called when its time has come (kernel/time/timer.c, v4.8 to
/// v6.12; shutdown since v6.2).
///
/// When that is, nothing is said: a timer that is pending may expire at any time. What is done under the
/// base's lock with interrupts off is one step.
public struct TimerList: Sendable {
  public let name: String
  public let isPending: Field<Bool>
  /// `base->running_timer` is this timer: its function runs.
  public let isRunning: Field<Bool>
  /// It was shut down and can't be started any more.
  let isShutDown: Field<Bool>

  public init(_ name: String, in system: SystemBuilder) {
    self.name = name
    isPending = system.field("\(name).pending", .flag, initially: false)
    isRunning = system.field("\(name).running", .flag, initially: false)
    isShutDown = system.field("\(name).shutdown", .flag, initially: false)
    for field in [isPending, isRunning, isShutDown] {
      system.onlySequential(field, because: "stands for the timer under its base's lock")
    }
  }

  fileprivate static let reason = "it is done under base->lock, with interrupts off"
}

/// `mod_timer()`, `add_timer()`: starts the timer, or moves its time, and answers whether it was pending.
/// Ignored after a shutdown.
public func modTimer(_ timer: TimerList) -> Condition {
  let (isPending, isShutDown) = (timer.isPending, timer.isShutDown)
  return Condition(
    "mod_timer(\(timer.name))", .section([isPending, isShutDown], because: TimerList.reason)
  ) { s in
    defer { if !s[isShutDown] { s[isPending] = true } }
    return s[isPending]
  }
}

/// The program of the softirq in which the timer's function runs: an actor of its own, `.softirq`, which
/// rests while the timer is not pending.
@StepsBuilder public func runTimer(
  _ timer: TimerList, @StepsBuilder _ function: () -> Steps
) -> Steps {
  let (isPending, isRunning) = (timer.isPending, timer.isRunning)
  Loop {
    Step(
      "expire_timers(\(timer.name))", .section([isPending, isRunning], because: TimerList.reason),
      when: { s in s[isPending] }
    ) { s in
      s[isPending] = false
      s[isRunning] = true
    }.mayRest()
    Call(timer.name) { function() }
    Step("running_timer = NULL", .store(isRunning)) { false }
  }
}

/// `timer_pending()`.
public func timerPending(_ timer: TimerList) -> Condition {
  Condition("timer_pending(\(timer.name))", .load(timer.isPending)) { $0 }
}

/// `timer_delete()`, formerly `del_timer()`: stops the timer and answers whether it was pending. Its
/// function may still run.
public func timerDelete(_ timer: TimerList) -> Condition {
  Condition("timer_delete(\(timer.name))", .atomic(timer.isPending, .full)) { isPending in
    defer { isPending = false }
    return isPending
  }
}

/// `timer_delete_sync()`, formerly `del_timer_sync()`: stops the timer when its function does not run, for
/// which it spins, and answers whether it was pending.
///
/// Who holds a lock that the function takes waits for ever, and so does the function itself, and an
/// interrupt that came in between its steps.
public func timerDeleteSync(_ timer: TimerList) -> Condition {
  let (isPending, isRunning) = (timer.isPending, timer.isRunning)
  return Condition(
    "timer_delete_sync(\(timer.name))",
    .section([isPending, isRunning], because: TimerList.reason),
    when: { s in !s[isRunning] }
  ) { s in
    defer { s[isPending] = false }
    return s[isPending]
  }
}

/// `timer_shutdown_sync()` (v6.2 and on): like `timer_delete_sync()`, and nobody can start the timer any
/// more from the time on when it begins to wait.
@StepsBuilder public func timerShutdownSync(_ timer: TimerList) -> Steps {
  let (isPending, isRunning, isShutDown) = (timer.isPending, timer.isRunning, timer.isShutDown)
  Call("timer_shutdown_sync") {
    Step(
      "__try_to_del_timer_sync(\(timer.name))",
      .section([isPending, isRunning, isShutDown], because: TimerList.reason)
    ) { s in
      s[isShutDown] = true
      if !s[isRunning] { s[isPending] = false }
    }
    timerDeleteSync(timer)
  }
}
