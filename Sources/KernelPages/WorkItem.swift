import ModelChecking

/// `struct work_struct`: a function that a worker calls later (kernel/workqueue.c, v3.7 to v6.12).
///
/// A work item is queued once at most; while its function runs it may be queued again, and it never runs
/// twice at once. What is done under the pool's lock with interrupts off is one step.
public struct WorkItem {
  public let name: String
  let call: PendingCall
  /// How many have it disabled: it can't be queued.
  let disabled: Field<Int>

  public init(_ name: String, in system: SystemBuilder) {
    self.name = name
    call = PendingCall(name, in: system)
    disabled = system.field("\(name).disabled", .range(0...system.actorCount), initially: 0)
    system.onlySequential(disabled, because: "stands for the work's word under the pool's lock")
  }

  fileprivate static let reason = "it is done under the pool's lock, with interrupts off"
}

/// `queue_work()`, `schedule_work()`: answers whether it was queued; it is not if it is queued already, or
/// while somebody cancels it.
public func queueWork(_ work: WorkItem) -> Condition {
  let (isPending, disabled) = (work.call.isPending, work.disabled)
  return Condition(
    "queue_work(\(work.name))",
    .section(
      [isPending, disabled],
      because:
        "the pending bit is tested and set at once, and nobody finds the item before it is queued")
  ) { s in
    if s[isPending] || s[disabled] != 0 { return false }
    s[isPending] = true
    return true
  }
}

/// The program of a worker that runs one work item, or any of several that are queued, one at a time: a
/// workqueue with `max_active` 1. Items of workqueues that run several at once have a worker each.
///
/// The worker takes any item that is queued. The kernel takes them in the order in which they were
/// queued, which is one of these.
@StepsBuilder public func workerThread(
  _ items: [(work: WorkItem, function: Steps)]
) -> Steps {
  Loop {
    Choose(items) { item in
      let (call, begin, end) = (item.work.call, item.work.call.begin, item.work.call.end)
      Step(
        "process_one_work(\(item.work.name))",
        .section(call.fields, because: WorkItem.reason),
        when: { [call = call.isPending] s in s[call] }, begin
      ).mayRest()
      Call(item.work.name) { item.function }
      Step(
        "worker is done with \(item.work.name)", .section(call.fields, because: WorkItem.reason),
        end)
    }
  }
}

/// The program of the worker of one work item.
@StepsBuilder public func workerThread(
  _ work: WorkItem, @StepsBuilder _ function: () -> Steps
) -> Steps {
  workerThread([(work, function())])
}

/// `flush_work()`: sleeps until the call that was queued last is over.
@StepsBuilder public func flushWork(_ work: WorkItem) -> Steps {
  Call("flush_work") {
    Step(
      "start_flush_work(\(work.name))",
      .section(work.call.fields + [work.call.flush.own], because: WorkItem.reason),
      work.call.beginFlush
    ).sleeps()
    work.call.endFlush("wait_for_completion(\(work.name))")
  }
}

/// `cancel_work()`: takes the item off its queue, does not wait for a call that runs, and answers whether
/// it was queued.
public func cancelWork(_ work: WorkItem) -> Condition {
  let (isPending, cancel) = (work.call.isPending, work.call.cancel)
  return Condition(
    "cancel_work(\(work.name))", .section(work.call.fields, because: WorkItem.reason)
  ) { s in
    let wasPending = s[isPending]
    cancel(&s)
    return wasPending
  }
}

/// `cancel_work_sync()`: takes the item off its queue and waits until a call that runs is over. Until it
/// returns nobody can queue the item, not even its own function.
@StepsBuilder public func cancelWorkSync(_ work: WorkItem) -> Steps {
  Call("cancel_work_sync") {
    disableAndFlush(work)
    enable(work)
  }
}

/// `disable_work_sync()` (v6.10 and on): like `cancel_work_sync()`, and the item can't be queued until
/// `enable_work()`.
@StepsBuilder public func disableWorkSync(_ work: WorkItem) -> Steps {
  Call("disable_work_sync") { disableAndFlush(work) }
}

/// `enable_work()` (v6.10 and on).
public func enableWork(_ work: WorkItem) -> Step { enable(work) }

@StepsBuilder private func disableAndFlush(_ work: WorkItem) -> Steps {
  let (disabled, cancel, beginFlush) = (work.disabled, work.call.cancel, work.call.beginFlush)
  Step(
    "try_to_grab_pending(\(work.name))",
    .section(work.call.fields + [work.call.flush.own, disabled], because: WorkItem.reason)
  ) { s in
    s[disabled] += 1
    cancel(&s)
    beginFlush(&s)
  }.sleeps()
  work.call.endFlush("__flush_work(\(work.name))")
}

private func enable(_ work: WorkItem) -> Step {
  Step("enable_work(\(work.name))", .atomic(work.disabled)) { disabled in disabled -= 1 }
}
