import ModelChecking

/// `task->__state`: whether the scheduler may run a task once it has called `schedule()`.
public enum TaskState: UInt8, FieldEnumeration { case running, uninterruptible }

/// The tasks of a system as far as they sleep and are woken (kernel/sched/core.c, include/linux/sched.h,
/// v4.4 to v6.12).
///
/// The order in which a task says that it is going to sleep, looks whether it has to, and sleeps, is the
/// model's. Whoever looks first sleeps through a wake-up that comes in between.
public struct Tasks {
  /// The state of each task that ever sleeps this way.
  let state: ActorField<TaskState>

  /// However often it is declared, the tasks of a system are the same ones.
  public init(in system: SystemBuilder) {
    state = system.actorField("state", .cases, initially: .running)
    system.onlySequential(state, because: "stands for what the scheduler orders")
  }
}

/// `set_current_state()`, `__set_current_state()`.
public func setCurrentState(_ state: TaskState, _ tasks: Tasks) -> Step {
  Step("set_current_state", .store(tasks.state.own, .full)) { state }
}

/// `schedule()`: a task whose state is not running is taken off its CPU until somebody wakes it. Where it
/// can't be preempted that is a fault, "scheduling while atomic".
public func schedule(_ tasks: Tasks) -> Step {
  Step("schedule", .wait(tasks.state.own)) { state in state == .running }
    .sleeps()
}

/// `schedule_timeout()`: like `schedule()`, and a timer may wake the task as well. Answers whether somebody
/// else did.
public func scheduleTimeout(_ tasks: Tasks) -> Condition {
  Condition(call: "schedule_timeout") {
    Choose {
      Way {
        schedule(tasks)
        Return(true)
      }
      Way {
        Step("timeout", .atomic(tasks.state.own), when: { $0 != .running }) { $0 = .running }
        Return(false)
      }
    }
    Return(false)
  }
}

/// `wake_up_process()`: lets a task run again; one that runs is left alone.
///
/// - Parameter name: the actor's.
public func wakeUpProcess(_ name: String, _ tasks: Tasks) -> Step {
  Step("wake_up_process(\(name))", .atomic(tasks.state.of(name), .full)) { $0 = .running }
}
