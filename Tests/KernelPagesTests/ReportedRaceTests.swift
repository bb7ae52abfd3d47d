import KernelPages
import ModelChecking
import Testing

/// Races that were reported and mended in mm, with what these words make of them.
@Suite("Reported races in the kernel's words")
struct ReportedRaceTests {
  // MARK: Swapoff frees what a fault looks at (eb085574a752, v5.3)

  /// What keeps `swapoff()` from freeing the map of a swap device that somebody looks at.
  private enum SwapDevice { case nothing, flagOnly, readSection }

  private func declareSwapoff(in b: SystemBuilder, _ design: SwapDevice) {
    let rcu = RCU(in: b)
    let isValid = b.field("SWP_VALID", .flag, initially: true)
    let map = Thing("swap_map", in: b)
    for number in 0..<2 {
      b.actor("fault\(number)", on: b.cpu()) { _ in
        Call("get_swap_device") {
          if design == .readSection { rcuReadLock(rcu) }
          If(Condition("SWP_VALID", .load(isValid)) { !$0 }) {
            if design == .readSection { rcuReadUnlock(rcu) }
            Finish()
          }
        }
        map.uses(Step("swap_map[offset]"))
        if design == .readSection { rcuReadUnlock(rcu) }
      }
    }
    b.actor("swapoff", on: b.cpu()) { _ in
      Step("flags &= ~SWP_VALID", .store(isValid)) { false }
      if design != .nothing { synchronizeRCU(rcu) }
      map.free
    }
    b.goal("the device is off", .alwaysReachable) { s in s[map.isFreed] }
  }

  @Test("swapoff waits for those who look at its map: with read sections and a grace period only")
  func swapoff() throws {
    // Look, clear, free, use; and a grace period waits for nobody who does not say that he reads.
    try expect(.violated(Thing.claim, steps: 4)) { b in declareSwapoff(in: b, .nothing) }
    try expect(.violated(Thing.claim, steps: 6)) { b in declareSwapoff(in: b, .flagOnly) }
    try expect(.holds) { b in declareSwapoff(in: b, .readSection) }
  }

  // MARK: Nobody wakes who waits at an empty mempool (a5867a218d7c, v6.17)

  /// What `mempool_free()` does for a pool without a reserve (`min_nr` 0).
  private enum ZeroMinimum {
    /// As since 2005: the element is given back to the allocator.
    case free
    /// The patch as first mailed: waiters are woken, and then the element is given back.
    case wakeThenFree
    /// The element goes into the pool, and then waiters are woken.
    case addThenWake
  }

  /// One element, which somebody has and another waits for.
  private func declareMempool(
    in b: SystemBuilder, _ design: ZeroMinimum, timeout: Bool = false
  ) {
    let queue = WaitQueue("pool->wait", in: b)
    let lock = b.lock("pool->lock", .irqSpinlock)
    let current = b.field("pool->curr_nr", .range(0...1), initially: 0)
    let memory = b.field("memory", .range(0...1), initially: 0)
    let isOver = b.field("over", .flag, initially: false)
    b.actor("mempool_alloc", on: b.cpu()) { _ in
      Loop {
        If(atomicAddUnless(.atomic(memory), -1, 0)) { Break() }
        lock.acquire()
        If(
          Condition("remove_element", .section([current], holding: lock)) { s in
            guard s[current] > 0 else { return false }
            s[current] -= 1
            return true
          }
        ) {
          lock.release()
          Break()
        }
        prepareToWait(queue)
        lock.release()
        if timeout { scheduleTimeout(queue.tasks) } else { schedule(queue.tasks) }
        finishWait(queue)
      }
      Step("over", .store(isOver)) { true }
    }
    b.actor("mempool_free", on: b.cpu()) { _ in
      switch design {
      case .free: atomicInc(.atomic(memory))
      case .wakeThenFree:
        If(waitqueueActive(queue)) { wakeUp(queue) }
        atomicInc(.atomic(memory))
      case .addThenWake:
        Step("add_element", .section([current], taking: lock)) { s in s[current] += 1 }
        If(waitqueueActive(queue)) { wakeUp(queue) }
      }
    }
    b.goal("it is allocated", .alwaysReachable) { s in s[isOver] }
  }

  @Test("who waits at a pool without a reserve is woken when the element is there, not before")
  func mempool() throws {
    // Nothing to be had, lock, nothing in the pool, queue, unlock; and the element is given back.
    try expect(.deadlock(steps: 1)) { b in declareMempool(in: b, .free) }
    // The same, and before that the look at the queue, which is empty.
    try expect(.deadlock(steps: 2)) { b in declareMempool(in: b, .wakeThenFree) }
    try expect(.holds) { b in declareMempool(in: b, .addThenWake) }
    // The timeout of mempool_alloc(), "a workaround", hides it: the sleep is only long.
    try expect(.holds) { b in declareMempool(in: b, .free, timeout: true) }
  }

  // MARK: A memory cgroup gets a reference from nobody (eefbfa7fd678, v5.11)

  private enum Group: UInt8, FieldEnumeration { case child, parent }

  /// An object's charge and the end of its group, whose objects go to the parent.
  private func declareCharge(in b: SystemBuilder, tries: Bool) {
    let rcu = RCU(in: b)
    let head = RCUHead("css->rcu_head", rcu, in: b)
    let memcg = b.field("objcg->memcg", .cases, initially: Group.child)
    let references = b.field("css->refcnt", .range(0...2), initially: 1)
    let child = Thing("memcg", in: b)
    let put = Steps {
      If(atomicDecAndTest(.atomic(references))) { callRCU(head) }
    }
    b.actor("obj_cgroup_charge", on: b.cpu()) { actor in
      let seen = actor.register("memcg", .cases, initially: Group.child)
      let isChild = Condition(register: { my in my[seen] == .child })
      rcuReadLock(rcu)
      Loop {
        Step("obj_cgroup_memcg", .load(memcg)) { memcg, my in my[seen] = memcg }
        // The parent has references enough.
        If(!isChild) { Break() }
        if tries {
          If(atomicIncNotZero(.atomic(references))) { Break() }
        } else {
          atomicInc(.atomic(references))
          Break()
        }
      }
      rcuReadUnlock(rcu)
      If(isChild) {
        child.uses(Step("try_charge"))
        put
      }
    }
    b.actor("offline", on: b.cpu()) { _ in
      Step("memcg_reparent_objcgs", .store(memcg)) { .parent }
      put
    }
    b.actor("rcu softirq", on: b.cpu(), .softirq) { _ in rcuCallback(head) { child.free } }
    b.goal("the group is freed", .alwaysReachable) { s in s[child.isFreed] }
  }

  @Test("a group that lost its last reference gets none: css_tryget, and not css_get")
  func memcg() throws {
    // Lock, look; reparent, drop, queue; from 0 to 1, unlock, use, drop, queue again.
    try expect(.violated("no rcu_head is queued that is queued already", steps: 10)) { b in
      declareCharge(in: b, tries: false)
    }
    try expect(.holds) { b in declareCharge(in: b, tries: true) }
  }

  // MARK: A folio is left behind, locked (e3b63e966cac, v6.8)

  /// The writeback of a zswap entry that somebody invalidates, and a fault that finds the folio in the
  /// swap cache meanwhile.
  private func declareWriteback(in b: SystemBuilder, unlocks: Bool) {
    let treeLock = b.lock("tree->lock", .spinlock)
    let folio = PageLock("folio", in: b, locked: true)
    let isCached = b.field("swap_cache", .flag, initially: false)
    let isEntry = b.field("entry", .flag, initially: true)
    b.actor("zswap_writeback_entry", on: b.cpu()) { _ in
      Step("__read_swap_cache_async", .store(isCached)) { true }
      treeLock.acquire()
      If(Condition("zswap_rb_search", .section([isEntry], holding: treeLock)) { s in !s[isEntry] })
      {
        treeLock.release()
        Step("delete_from_swap_cache", .store(isCached)) { false }
        if unlocks { folioUnlock(folio) }
        Return()
      }
      treeLock.release()
      folioUnlock(folio)
    }
    b.actor("zswap_invalidate", on: b.cpu()) { _ in
      Step("zswap_rb_erase", .section([isEntry], taking: treeLock)) { s in s[isEntry] = false }
    }
    b.actor("do_swap_page", on: b.cpu()) { _ in
      If(Condition("swap_cache_get_folio", .load(isCached)) { $0 }) {
        folioLock(folio)
        folioUnlock(folio)
      }
    }
  }

  @Test("a writeback that comes too late unlocks the folio that it read")
  func zswap() throws {
    // Read, lock, too late, unlock, delete, and the erasure; found, tried, and five steps to sleep.
    try expect(.deadlock(steps: 3)) { b in declareWriteback(in: b, unlocks: false) }
    try expect(.holds) { b in declareWriteback(in: b, unlocks: true) }
  }
}
