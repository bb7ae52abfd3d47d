import ModelChecking

/// The lock of a page or folio, PG_locked, with those who wait for it (mm/filemap.c, v5.16 to v6.12;
/// `lock_page()` of v5.9 and on is the same).
///
/// Nobody knows who holds it, and anybody may unlock. PG_waiters is in the same word: who unlocks learns
/// with the same operation whether somebody has to be woken. The queue's lock is a lock here. That a waiter
/// who failed five times is handed the lock is left out: it has the lock then as if it had run at once.
public struct PageLock {
  public enum Flag: UInt8, FieldEnumeration { case locked, waiters }

  public let name: String
  /// PG_locked and PG_waiters.
  public let flags: Field<FlagSet<Flag>>
  /// The lock of the hashed wait queue; no other page shares the queue.
  let queueLock: Lock
  /// 0, or the place in the queue from 1; negative for one who doesn't take the lock.
  let entry: ActorField<Int>

  public init(_ name: String, in system: SystemBuilder, locked: Bool = false) {
    self.name = name
    flags = system.field(
      "\(name).flags", .sets(of: Flag.self), initially: locked ? [.locked] : [])
    queueLock = system.lock("\(name).waitqueue", .irqSpinlock)
    let count = system.actorCount
    entry = system.actorField(
      "\(name).wait",
      .codes(-count...count) { code in
        code == 0 ? "not queued" : code < 0 ? "shared \(-code)" : "exclusive \(code)"
      }, initially: 0)
    system.onlySequential(entry, because: "stands for the queue of the page's waiters")
  }
}

/// `folio_trylock()`, `trylock_page()`.
public func folioTrylock(_ page: PageLock) -> Condition {
  !testAndSetBit(.locked, page.flags, .acquire)
}

/// `folio_lock()`, `lock_page()`: sleeps until the page is unlocked and locks it.
@StepsBuilder public func folioLock(_ page: PageLock) -> Steps {
  Call("folio_lock") {
    If(!testAndSetBit(.locked, page.flags, .acquire).sleeps()) { Return() }
    Loop {
      waitBit(page, exclusive: true, tryIt: folioTrylock(page))
      // Woken: the lock was free a moment ago.
      If(folioTrylock(page)) { Return() }
    }
  }
}

/// `folio_wait_locked()`, `wait_on_page_locked()`: sleeps until the page is unlocked, and does not lock it.
@StepsBuilder public func folioWaitLocked(_ page: PageLock) -> Steps {
  Call("folio_wait_locked") {
    let isUnlocked = !testBit(.locked, page.flags)
    If(isUnlocked) { Return() }
    waitBit(page, exclusive: false, tryIt: isUnlocked)
  }
}

/// The part of `folio_wait_bit_common()` from the queue's lock to the wake-up; leaves the caller's function
/// where there is nothing to wait for.
@StepsBuilder private func waitBit(
  _ page: PageLock, exclusive: Bool, tryIt: Condition
) -> Steps {
  let own = page.entry.own
  let entries = page.entry.all.map(\.field)
  page.queueLock.acquire()
  setBit(.waiters, page.flags)
  If(tryIt) {
    page.queueLock.release()
    Return()
  }
  Step(
    "__add_wait_queue_entry_tail", .section(entries + [own], holding: page.queueLock)
  ) { s in
    var last = 0
    for entry in entries { last = max(last, abs(s[entry])) }
    s[own] = exclusive ? last + 1 : -(last + 1)
  }
  page.queueLock.release()
  Step("io_schedule", .wait(own, .acquire)) { place in place == 0 }.sleeps()
}

/// `folio_unlock()`, `unlock_page()`: unlocks the page, and wakes those who wait for it. Anybody may.
@StepsBuilder public func folioUnlock(_ page: PageLock) -> Steps {
  let flags = page.flags
  Call("folio_unlock") {
    Step.bugOn("VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio)", .load(flags)) { flags in
      !flags.contains(.locked)
    }
    If(
      Condition("clear_bit_unlock_is_negative_byte", .atomic(flags, .release)) { flags in
        flags.remove(.locked)
        return flags.contains(.waiters)
      }
    ) {
      folioWakeBit(page)
    }
  }
}

/// `folio_wake_bit()`: wakes, in the order in which they queued, those who only wait for the page to be
/// unlocked, up to the first who wants the lock and with it; nobody who wants it if it is locked again.
@StepsBuilder public func folioWakeBit(_ page: PageLock) -> Steps {
  let (flags, entries) = (page.flags, page.entry.all.map(\.field))
  Call("folio_wake_bit") {
    page.queueLock.acquire()
    Step("wake_page_function", .section(entries + [flags], holding: page.queueLock)) { s in
      while let first = entries.first(where: { abs(s[$0]) == 1 }) {
        let isExclusive = s[first] > 0
        if isExclusive && s[flags].contains(.locked) { break }
        s[first] = 0
        for entry in entries where s[entry] != 0 { s[entry] -= s[entry].signum() }
        if isExclusive { break }
      }
    }
    If(
      Condition("waitqueue_active", .section(entries + [flags], holding: page.queueLock)) { s in
        for entry in entries where s[entry] != 0 { return true }
        return false
      }
    ) {
      page.queueLock.release()
      Return()
    }
    clearBit(.waiters, flags)
    page.queueLock.release()
  }
}
