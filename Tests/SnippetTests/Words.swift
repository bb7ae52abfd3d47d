import KernelPages
import ModelChecking

// The kernel's words at work, as Docs/Words.md shows them. Each is a system that holds.

func declareRCU(in system: SystemBuilder) {
  let rcu = RCU(in: system)
  let head = RCUHead("old->rcu", rcu, in: system)
  let pointer = system.field("pointer", .flag, initially: true)
  let isFreed = system.ghost("freed", .flag, initially: false)
  let free = Step("kfree").noting { s in s[isFreed] = true }

  system.actor("reader", on: system.cpu()) { _ in
    rcuReadLock(rcu)
    If(Condition("rcu_dereference(pointer)", .load(pointer)) { $0 }) {
      Step("use").asserting("nothing is used that is freed") { s in !s[isFreed] }
    }
    rcuReadUnlock(rcu)
  }
  system.actor("updater", on: system.cpu()) { _ in
    Step("rcu_assign_pointer(pointer, NULL)", .store(pointer, .release)) { false }
    Choose {
      Way {
        synchronizeRCU(rcu)
        free
      }
      Way {
        callRCU(head)
        rcuBarrier(head)
      }
    }
  }
  system.actor("rcu softirq", on: system.cpu(), .softirq) { _ in rcuCallback(head) { free } }
}

func declareSeqcount(in system: SystemBuilder) {
  let seqlock = Seqlock("mount_lock", in: system)
  let pair = (0..<2).map { system.field("pair\($0)", .flag, initially: false) }

  system.actor("writer", on: system.cpu()) { _ in
    writeSeqlock(seqlock)
    for half in pair { Step("write", .store(half)) { true } }
    writeSequnlock(seqlock)
  }
  system.actor("reader", on: system.cpu()) { actor in
    let seen = (0..<2).map { actor.register("seen\($0)", .flag, initially: false) }
    Loop {
      readSeqbegin(seqlock)
      for (half, seen) in zip(pair, seen) {
        Step("read", .load(half)) { value, my in my[seen] = value }
      }
      If(!readSeqretry(seqlock)) { Break() }
    }
    Step("use").asserting("both are of one time") { s in s[seen[0]] == s[seen[1]] }
  }
}

func declareCompletion(in system: SystemBuilder) {
  let done = Completion("done", in: system)

  system.actor("waiter", on: system.cpu()) { _ in
    If(!waitForCompletionTimeout(done)) { waitForCompletion(done) }
  }
  system.actor("worker", on: system.cpu()) { _ in
    Step("work")
    complete(done)
  }
}

func declareWaitQueue(in system: SystemBuilder) {
  let queue = WaitQueue("pfmemalloc_wait", in: system)
  let isReady = system.field("ready", .flag, initially: false)
  let ready = Condition("READ_ONCE(ready)", .load(isReady, .relaxed)) { $0 }

  system.actor("waiter", on: system.cpu()) { _ in
    waitEvent(queue, ready)
  }
  system.actor("by hand", on: system.cpu()) { _ in
    Loop {
      prepareToWait(queue)
      If(ready) { Break() }
      schedule(queue.tasks)
    }
    finishWait(queue)
  }
  system.actor("waker", on: system.cpu()) { _ in
    Step("ready = true", .store(isReady)) { true }
    wakeUp(queue)
  }
}

func declareTasks(in system: SystemBuilder) {
  let tasks = Tasks(in: system)
  let isStopped = system.field("stopped", .flag, initially: false)

  system.actor("kcompactd0", on: system.cpu()) { _ in
    Loop {
      setCurrentState(.uninterruptible, tasks)
      If(Condition("kthread_should_stop", .load(isStopped)) { $0 }) { Break() }
      schedule(tasks)
    }
    setCurrentState(.running, tasks)
  }
  system.actor("stopper", on: system.cpu()) { _ in
    Step("set_bit(KTHREAD_SHOULD_STOP)", .store(isStopped)) { true }
    wakeUpProcess("kcompactd0", tasks)
  }
}

func declareWorkItem(in system: SystemBuilder) {
  let work = WorkItem("drain_work", in: system)
  let drained = system.field("drained", .range(0...2), initially: 0)

  system.actor("owner", on: system.cpu()) { _ in
    queueWork(work)
    If(queueWork(work)) { Step("it runs once more") }
    flushWork(work)
    cancelWorkSync(work)
  }
  system.actor("kworker", on: system.cpu()) { _ in
    workerThread(work) { Step("drain", .atomic(drained)) { $0 += 1 } }
  }
}

func declareTimer(in system: SystemBuilder) {
  let timer = TimerList("timer", in: system)
  let lock = system.lock("lock", .irqSpinlock)

  system.actor("owner", on: system.cpu()) { _ in
    lock.acquire()
    modTimer(timer)
    lock.release()
    // Not with the lock held: its function takes it.
    timerDeleteSync(timer)
  }
  system.actor("timer softirq", on: system.cpu(), .softirq) { _ in
    runTimer(timer) {
      lock.acquire()
      lock.release()
    }
  }
}

func declareRefcount(in system: SystemBuilder) {
  let count = Refcount("entry->refcount", in: system, most: 3)
  let isFreed = system.ghost("freed", .flag, initially: false)
  let put = Steps {
    If(refcountDecAndTest(count)) { Step("free").noting { s in s[isFreed] = true } }
  }

  system.actor("owner", on: system.cpu()) { _ in put }
  system.actor("finder", on: system.cpu()) { _ in
    If(refcountIncNotZero(count)) {
      Step("use").asserting("nothing is used that is freed") { s in !s[isFreed] }
      put
    }
  }
}

func declareAtomics(in system: SystemBuilder) {
  let count = system.field("count", .range(0...3), initially: 0)

  for number in 0..<2 {
    system.actor("task\(number)", on: system.cpu()) { actor in
      let seen = actor.register("seen", .range(0...3), initially: 0)
      While(!tryCmpxchg(.atomic(count), seen) { my in my[seen] + 1 }) {}
      If(cmpxchg(.atomic(count), 2, 3)) { Step("the last") }
      xchg(.atomic(count, .relaxed), 0, into: seen)
    }
  }
}

private enum Flag: UInt8, FieldEnumeration { case locked, dirty, uptodate }

func declareBits(in system: SystemBuilder) {
  let flags = system.field("flags", .sets(of: Flag.self), initially: [.uptodate])

  for number in 0..<2 {
    system.actor("task\(number)", on: system.cpu()) { _ in
      bitSpinLock(.locked, flags)
      If(testAndClearBit(.dirty, flags)) { Step("write back") }
      bitSpinUnlock(.locked, flags)
      setBit(.dirty, flags)
    }
  }
  system.invariant("the flag stays") { s in s[flags].contains(.uptodate) }
}

func declarePageLock(in system: SystemBuilder) {
  let page = PageLock("page", in: system, locked: true)

  system.actor("end of io", on: system.cpu()) { _ in folioUnlock(page) }
  system.actor("fault", on: system.cpu()) { _ in
    folioLock(page)
    folioUnlock(page)
  }
  system.actor("msync", on: system.cpu()) { _ in folioWaitLocked(page) }
}

func declareLockArray(in system: SystemBuilder) {
  let locks = system.locks("ptl", count: 2, .spinlock)
  let entries = system.fields("pte", count: 2, .range(0...2), initially: 0)

  for number in 0..<2 {
    system.actor("task\(number)", on: system.cpu()) { actor in
      let index = actor.register("index", .range(0...1), initially: 0)
      Choose(0..<2) { hash in Step("hash") { my in my[index] = hash } }
      locks[index].acquire()
      Step("pte++", .atomic(entries[index])) { $0 += 1 }
      locks[index].release()
      // A pointer to the lock: it stays the same one.
      locks[index].with { lock in
        lock.acquire()
        Step("pte = 0", .section(entries.fields, holding: lock)) { s in s[entries[index]] = 0 }
        lock.release()
      }
    }
  }
}

func declareActorFields(in system: SystemBuilder) {
  let depth = system.actorField("memalloc_depth", .range(0...1), initially: 0)
  let inside = system.field("inside", system.setsOfActors, initially: ActorSet())

  for number in 0..<2 {
    system.actor("task\(number)", on: system.cpu()) { _ in
      let me = depth.mine.actor
      Step("memalloc_noio_save", .atomic(depth.own)) { $0 += 1 }
      Step("enter", .atomic(inside)) { inside in inside.insert(me) }
      Step("leave", .atomic(inside)) { inside in inside.remove(me) }
      Step("memalloc_noio_restore", .atomic(depth.own)) { $0 -= 1 }
    }
  }
  system.actor("watcher", on: system.cpu()) { _ in
    let depths = depth.all.map(\.field)
    Step("all are out", .section(depths, because: "it is asked what they are at once")) { _ in }
  }
}
