import ModelChecking

/// A function that somebody asked to be called later, and those who wait until it was: what a work item
/// and an RCU callback have in common.
///
/// It may be asked for again while it runs. Who flushes waits for the call that was asked for last, and for
/// no later one.
struct PendingCall {
  /// What somebody who flushes still waits for.
  enum Flush: UInt8, FieldEnumeration { case nothing, pendingCall, runningCall }

  let isPending: Field<Bool>
  let isRunning: Field<Bool>
  let flush: ActorField<Flush>

  /// - Parameter isHandedOver: whether who calls the function has seen what came before it was asked for, and who
  ///   flushes what the call did; otherwise it is known for sequential consistency alone.
  init(_ name: String, isHandedOver: Bool = false, in system: SystemBuilder) {
    isPending = system.field("\(name).pending", .flag, initially: false)
    isRunning = system.field("\(name).running", .flag, initially: false)
    flush = system.actorField("\(name).flush", .cases, initially: .nothing)
    let reason = "stands for the list under its lock"
    if isHandedOver {
      system.handOver(isPending, because: reason)
      system.handOver(isRunning, because: reason)
      system.handOver(flush, because: reason)
    } else {
      system.onlySequential(isPending, because: reason)
      system.onlySequential(isRunning, because: reason)
      system.onlySequential(flush, because: reason)
    }
  }

  /// Its fields, for sections.
  var fields: [any SharedField] { [isPending, isRunning] + flush.all.map(\.field) }

  /// The call begins: it is pending no longer and may be asked for again.
  var begin: @Sendable (inout SectionState) -> Void {
    let flushes = flush.all.map(\.field)
    return { [isPending, isRunning] s in
      s[isPending] = false
      s[isRunning] = true
      for flush in flushes where s[flush] == .pendingCall { s[flush] = .runningCall }
    }
  }

  /// The call is over.
  var end: @Sendable (inout SectionState) -> Void {
    let flushes = flush.all.map(\.field)
    return { [isRunning] s in
      s[isRunning] = false
      for flush in flushes where s[flush] == .runningCall { s[flush] = .nothing }
    }
  }

  /// The call is not to be made; who waited for it waits no longer.
  var cancel: @Sendable (inout SectionState) -> Void {
    let flushes = flush.all.map(\.field)
    return { [isPending] s in
      s[isPending] = false
      for flush in flushes where s[flush] == .pendingCall { s[flush] = .nothing }
    }
  }

  /// The acting actor waits from now on for the last call that was asked for.
  var beginFlush: @Sendable (inout SectionState) -> Void {
    let own = flush.own
    return { [isPending, isRunning] s in
      s[own] = s[isPending] ? .pendingCall : s[isRunning] ? .runningCall : .nothing
    }
  }

  /// Waits until that call is over.
  func endFlush(_ name: String) -> Step {
    Step(name, .wait(flush.own, .acquire)) { flush in flush == .nothing }
  }
}
