import ModelChecking

/// Read-copy-update: what is taken away from readers is used by those who are inside, and freed when they
/// have left (include/linux/rcupdate.h, kernel/rcu/tree.c; Documentation/RCU/Design/Requirements; v4.20 to
/// v6.12).
///
/// A grace period begins in one step, with a list of the readers who are inside, and ends when each of them
/// has left its section once. The kernel's begins at that moment or later and ends at that moment or later:
/// readers that come before its later beginning are met by this one when it begins as late, and where
/// it ends later its actor may take its next step as late. No reader is on the list who was not inside, and
/// none leaves it who has not left. So every order of events that the kernel allows is tried, and no other.
///
/// Since v4.20 a grace period waits also for who has preemption, bottom halves or interrupts off. A model
/// that relies on that says so by a read section.
///
/// Under the kernel's memory model what a section and a grace period order is LKMM's (Docs/MemoryModels.md).
public struct RCU {
  /// How deep each reader is in sections: `current->rcu_read_lock_nesting`.
  let nesting: ActorField<Int>
  /// Whom each who waits for a grace period waits for.
  let gracePeriod: ActorField<ActorSet>
  let isPreemptible: Bool
  private let name: String
  /// What lockdep calls a read section.
  let section: String

  /// - Parameter preemptible: whether readers may be preempted, as with CONFIG_PREEMPT_RCU; otherwise a
  ///   section has preemption off, and sleeping in it is found.
  public init(_ name: String = "rcu", in system: SystemBuilder, preemptible: Bool = true) {
    nesting = system.actorField("\(name)_nesting", .range(0...3), initially: 0)
    gracePeriod = system.actorField(
      "\(name)_waits_for", system.setsOfActors, initially: ActorSet())
    isPreemptible = preemptible
    self.name = name
    section = "\(name)_read_lock"
    system.standForReadSections(nesting, gracePeriod)
  }

  /// What entering or leaving a section is to grace periods.
  fileprivate func deed(_ kind: GracePeriodDeed.Kind) -> GracePeriodDeed {
    let own = nesting.mine
    return GracePeriodDeed(
      kind, name, actor: own.actor, nesting: own.field,
      waitedForBy: gracePeriod.all.map { .init(actor: $0.actor, readers: $0.field) })
  }

  /// What the actor's waiting is to sections.
  fileprivate func waitingDeed(_ kind: GracePeriodDeed.Kind) -> GracePeriodDeed {
    GracePeriodDeed(kind, name, actor: gracePeriod.mine.actor)
  }

  /// A step that begins a grace period, for which the acting actor waits.
  fileprivate func begin(
    _ name: String, when isPending: Field<Bool>? = nil, file: String = #filePath, line: Int = #line
  ) -> Step {
    let (readers, own) = (nesting.all, gracePeriod.own)
    let pending: [any SharedField] = isPending.map { [$0] } ?? []
    return Step(
      name,
      .section(
        readers.map(\.field) + [own] + pending,
        because: "a grace period waits for the readers who are inside when it begins"),
      when: isPending.map { isPending in { @Sendable s in s[isPending] } }, file: file, line: line
    ) { s in
      for reader in readers where s[reader.field] > 0 { s[own].insert(reader.actor) }
    }.doing(waitingDeed(.begins))
  }
}

/// `rcu_read_lock()`: enters a read section. Nests to 3. Who ends in one is found, as by lockdep.
@StepsBuilder public func rcuReadLock(
  _ rcu: RCU, file: String = #filePath, line: Int = #line
) -> Steps {
  if !rcu.isPreemptible { preemptDisable(file: file, line: line) }
  Step("rcu_read_lock", .atomic(rcu.nesting.own), file: file, line: line) { $0 += 1 }
    .doing(rcu.deed(.enters)).counting(rcu.section, depth: rcu.nesting.own)
}

/// `rcu_read_unlock()`: leaves a read section; with the outermost, grace periods wait for the actor no
/// longer. Who is in none is found, as by lockdep.
@StepsBuilder public func rcuReadUnlock(
  _ rcu: RCU, file: String = #filePath, line: Int = #line
) -> Steps {
  let (own, me) = (rcu.nesting.own, rcu.nesting.mine.actor)
  let waiting = rcu.gracePeriod.all.map(\.field)
  Step(
    "rcu_read_unlock",
    .section(
      [own] + waiting,
      because: "that a reader has left is one store, which grace periods look for"),
    file: file, line: line
  ) { s in
    s[own] -= 1
    if s[own] == 0 {
      for set in waiting { s[set].remove(me) }
    }
  }.doing(rcu.deed(.leaves)).counting(rcu.section, depth: own)
  if !rcu.isPreemptible { preemptEnable(file: file, line: line) }
}

/// `synchronize_rcu()`: sleeps until every reader that is inside has left its section. A reader that calls it
/// waits for itself.
@StepsBuilder public func synchronizeRCU(
  _ rcu: RCU, file: String = #filePath, line: Int = #line
) -> Steps {
  Call("synchronize_rcu") {
    rcu.begin("grace period begins", file: file, line: line).sleeps()
    gracePeriodEnds(rcu, file, line)
  }
}

/// A grace period for who does not sleep in it: the kernel's own, whose callbacks are called behind it.
@StepsBuilder package func rcuGracePeriod(_ rcu: RCU, file: String, line: Int) -> Steps {
  rcu.begin("grace period begins", file: file, line: line).mayRest()
  gracePeriodEnds(rcu, file, line).mayRest()
}

private func gracePeriodEnds(_ rcu: RCU, _ file: String, _ line: Int) -> Step {
  Step("grace period ends", .wait(rcu.gracePeriod.own), file: file, line: line) { readers in
    readers.isEmpty
  }.doing(rcu.waitingDeed(.ends))
}

/// `struct rcu_head`: a callback for after a grace period (kernel/rcu/tree.c).
public struct RCUHead {
  public let name: String
  let rcu: RCU
  let call: PendingCall

  public init(_ name: String, _ rcu: RCU, in system: SystemBuilder) {
    self.name = name
    self.rcu = rcu
    call = PendingCall(name, isHandedOver: true, in: system)
  }

  fileprivate static let reason = "the list of callbacks is the CPU's own, with interrupts off"
}

/// `call_rcu()`: has the callback called after a grace period. A head that waits already must not be queued
/// again.
public func callRCU(_ head: RCUHead) -> Step {
  let isPending = head.call.isPending
  return Step("call_rcu(\(head.name))", .store(isPending)) { true }
    .asserting("no rcu_head is queued that is queued already") { s in !s[isPending] }
}

/// The program of the softirq that calls the callback of one head: an actor of its own, `.softirq`, which
/// rests while nothing is queued and while its grace period lasts.
///
/// The callback may queue its head again.
@StepsBuilder public func rcuCallback(
  _ head: RCUHead, @StepsBuilder _ callback: () -> Steps
) -> Steps {
  let (call, own) = (head.call, head.rcu.gracePeriod.own)
  let (begin, end) = (call.begin, call.end)
  Loop {
    head.rcu.begin("grace period begins", when: call.isPending).mayRest()
    Step(
      "rcu_do_batch(\(head.name))", .section(call.fields + [own], because: RCUHead.reason),
      when: { s in s[own].isEmpty }, begin
    ).doing(head.rcu.waitingDeed(.ends)).mayRest()
    Call(head.name) { callback() }
    Step("\(head.name) was called", .section(call.fields, because: RCUHead.reason), end)
  }
}

/// `rcu_barrier()`: sleeps until every callback that is queued was called.
///
/// - Parameter heads: all that the model has.
@StepsBuilder public func rcuBarrier(_ heads: RCUHead...) -> Steps {
  let begins = heads.map(\.call.beginFlush)
  Call("rcu_barrier") {
    Step(
      "rcu_barrier_entrain",
      .section(
        heads.flatMap { head -> [any SharedField] in head.call.fields + [head.call.flush.own] },
        because:
          "a callback that is queued after the first list was looked at need not be waited for")
    ) { s in
      for begin in begins { begin(&s) }
    }.sleeps()
    for head in heads { head.call.endFlush("wait_for_completion(\(head.name))") }
  }
}
