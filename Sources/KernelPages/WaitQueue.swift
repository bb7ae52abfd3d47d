import ModelChecking

/// `wait_queue_head_t`: the tasks that wait for something to happen (include/linux/wait.h,
/// kernel/sched/wait.c, v4.13 to v6.12).
///
/// What is done under the queue's lock is one step each: everything there is done with interrupts off and
/// without waiting, and nobody looks at the queue without its lock, but for `waitqueue_active()`, which loads
/// one pointer.
public struct WaitQueue {
  public let name: String
  public let tasks: Tasks
  /// 0, -1 for a task that is queued, or the place among those that are queued as exclusive, from 1.
  let entry: ActorField<Int>

  public init(_ name: String, in system: SystemBuilder) {
    self.name = name
    tasks = Tasks(in: system)
    entry = system.actorField(
      name,
      .codes(-1...system.actorCount) { code in
        code == 0 ? "not queued" : code < 0 ? "queued" : "exclusive \(code)"
      }, initially: 0)
    system.onlySequential(entry, because: "stands for the queue under its lock")
  }

  fileprivate static let reason = "it is done under the queue's lock, with interrupts off"

  /// The tasks that may be queued: entry and state of each.
  fileprivate var members: [(entry: Field<Int>, state: Field<TaskState>)] {
    let states = tasks.state.all
    return entry.all.compactMap { entry in
      states.first { $0.actor == entry.actor }.map { (entry.field, $0.field) }
    }
  }
}

/// `prepare_to_wait()`, `prepare_to_wait_exclusive()`: the task queues itself and says that it is going to
/// sleep.
///
/// Its state is set under the lock as well. Somebody who wakes the task by another way than the queue finds
/// it running before this step, as between the two.
public func prepareToWait(_ queue: WaitQueue, exclusive: Bool = false) -> Step {
  let (entry, state) = (queue.entry.own, queue.tasks.state.own)
  let entries = queue.entry.all.map(\.field)
  return Step(
    "prepare_to_wait(\(queue.name))", .section(entries + [entry, state], because: WaitQueue.reason)
  ) { s in
    if s[entry] == 0 {
      var last = 0
      for other in entries { last = max(last, s[other]) }
      s[entry] = exclusive ? last + 1 : -1
    }
    s[state] = .uninterruptible
  }
}

/// `finish_wait()`: the task runs, and leaves the queue if nobody took it off.
///
/// The kernel sets the state before it takes the lock. A wake-up in between finds the task running, and
/// goes on to the next exclusive one, as it does after this step.
public func finishWait(_ queue: WaitQueue) -> Step {
  let (entry, state) = (queue.entry.own, queue.tasks.state.own)
  let entries = queue.entry.all.map(\.field)
  return Step(
    "finish_wait(\(queue.name))", .section(entries + [entry, state], because: WaitQueue.reason)
  ) { s in
    s[state] = .running
    let place = s[entry]
    s[entry] = 0
    if place > 0 { closeRanks(behind: place, entries, &s) }
  }
}

/// `wake_up()`, `wake_up_nr()`: lets all tasks run that are not queued as exclusive, and of those that are
/// the first `nr` that sleep. They are taken off the queue, as by `autoremove_wake_function()`.
public func wakeUp(_ queue: WaitQueue, _ nr: Int = 1) -> Step {
  wake("wake_up(\(queue.name))", queue, nr)
}

/// `wake_up_all()`: lets every task of the queue run.
public func wakeUpAll(_ queue: WaitQueue) -> Step {
  wake("wake_up_all(\(queue.name))", queue, .max)
}

private func wake(_ name: String, _ queue: WaitQueue, _ nr: Int) -> Step {
  let members = queue.members
  let (entries, states) = (members.map(\.entry), members.map(\.state))
  // Nobody ever waits here.
  if members.isEmpty { return Step(name) }
  let fields: [any SharedField] = entries + states
  return Step(name, .section(fields, because: WaitQueue.reason)) { s in
    for member in members where s[member.entry] == -1 && s[member.state] != .running {
      s[member.state] = .running
      s[member.entry] = 0
    }
    var woken = 0
    var place = 1
    while woken < nr {
      guard let member = members.first(where: { s[$0.entry] == place }) else { break }
      // try_to_wake_up() answers no for a task that runs, and the scan goes on.
      guard s[member.state] != .running else {
        place += 1
        continue
      }
      s[member.state] = .running
      s[member.entry] = 0
      closeRanks(behind: place, entries, &s)
      woken += 1
    }
  }
}

private func closeRanks(
  behind place: Int, _ entries: [Field<Int>], _ s: inout SectionState
) {
  for other in entries where s[other] > place { s[other] -= 1 }
}

/// `waitqueue_active()`: whether anybody is queued, without the lock.
public func waitqueueActive(_ queue: WaitQueue) -> Condition {
  let name = "waitqueue_active(\(queue.name))"
  let entries = queue.entry.all.map(\.field)
  if entries.isEmpty {
    return Condition(call: name) {
      Step("list_empty")
      Return(false)
    }
  }
  return Condition(
    name, .section(entries, because: "list_empty() loads one pointer of the list's head")
  ) { s in
    for entry in entries where s[entry] != 0 { return true }
    return false
  }
}

/// `wait_event()`: sleeps until a condition is true, which is asked before the task queues itself and each
/// time after it has.
///
/// - Parameter condition: is composed twice.
@StepsBuilder public func waitEvent(
  _ queue: WaitQueue, exclusive: Bool = false, _ condition: Condition
) -> Steps {
  Call("wait_event") {
    If(condition) { Return() }
    Loop {
      prepareToWait(queue, exclusive: exclusive)
      If(condition) { Break() }
      schedule(queue.tasks)
    }
    finishWait(queue)
  }
}
