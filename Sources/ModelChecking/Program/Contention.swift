/// What becomes of a step that has to wait for its lock, where others can tell: one step begins the
/// wait, and another, the step itself, ends it.
///
/// A task that spins has preemption off while it does (include/linux/spinlock_api_smp.h,
/// __raw_spin_lock(), v5.15 to v6.12), and whoever waits in a queue holds off those who come later. Where
/// nobody can tell, an actor waits before its step, and there are fewer states.
struct Contention: Sendable {
  /// What a trace calls the beginning, behind the name of the step.
  let verb: String
  /// What is looked at to see whether a wait begins: the fields of the lock, at least.
  var operation: Operation
  /// What the actor has off while it waits.
  let contexts: CPUContexts
  /// Whether the wait is to be told from what is before it, for an actor among its neighbours.
  let matters: @Sendable (Surroundings) -> Bool
  /// Whether the step has to wait, and the wait has not begun.
  let mustWait: StepDefinition.Guard
  /// What the wait begins with, besides the contexts.
  var enqueue: @Sendable (RawState) -> Void = { _ in }
  /// Whether the wait is over; nil where the guard of the step says so.
  var isOver: StepDefinition.Guard?
  /// Whether the lock can be had, but not what the step waits for besides: then the actor gives it back,
  /// and waits as before. Nil where the step waits for its lock alone.
  var isInVain: StepDefinition.Guard?
  /// Undoes what the wait began with, so that the step finds things as if it had not waited.
  var dequeue: @Sendable (RawState) -> Void = { _ in }
}

/// Where an actor runs, as far as the runs of `build` before this one know.
struct Surroundings: Sendable {
  let actor: Int
  let kind: ActorKind
  /// How the others of its CPU get to run.
  let others: [ActorKind]
}

extension CPUContexts {
  /// Whether having them off keeps somebody from running.
  func keepAway(_ surroundings: Surroundings) -> Bool {
    let (kind, others) = (surroundings.kind, surroundings.others)
    if contains(.interrupts) {
      if kind == .task && !others.isEmpty { return true }
      if kind == .softirq && others.contains(.interrupt) { return true }
    }
    if contains(.bottomHalves) && kind == .task && others.contains(where: { $0 != .interrupt }) {
      return true
    }
    return contains(.preemption) && kind == .task && others.contains(.task)
  }
}

extension StepDefinition {
  /// The step that begins to wait.
  func beginning(of wait: Contention) -> StepDefinition {
    var step = StepDefinition(
      "\(name) \(wait.verb)", wait.operation, answers: false, when: wait.mustWait, at: declaration
    ) { state in
      state.enter(wait.contexts)
      wait.enqueue(state)
      return true
    }
    step.contexts = wait.contexts
    return step
  }

  /// The step that ends a wait in vain; nil where there is none.
  func givingUp(_ wait: Contention) -> StepDefinition? {
    guard let isInVain = wait.isInVain else { return nil }
    var step = StepDefinition(
      "\(name) waits again", wait.operation, answers: false, when: isInVain, at: declaration
    ) { state in
      wait.dequeue(state)
      state.leave(wait.contexts)
      return true
    }
    step.contexts = wait.contexts
    return step
  }

  /// The same step at the end of a wait.
  func end(of wait: Contention) -> StepDefinition {
    var step = self
    step.mayRest = false
    step.contention = nil
    step.wrap(
      guardCondition: { guardCondition in wait.isOver ?? guardCondition },
      action: { action in
        { state in
          wait.dequeue(state)
          state.leave(wait.contexts)
          return action(state)
        }
      })
    return step
  }
}
