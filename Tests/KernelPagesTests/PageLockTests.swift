import KernelPages
import ModelChecking
import Testing

@Suite("The page lock")
struct PageLockTests {
  @Test("lets one in, and nobody sleeps for ever", arguments: 1...3)
  func exclusion(actors: Int) throws {
    try expect(.holds) { b in
      let page = PageLock("page", in: b)
      let flags = page.flags
      let inside = b.field("inside", .range(0...actors), initially: 0)
      for number in 0..<actors {
        b.actor("a\(number)", on: b.cpu()) { _ in
          folioLock(page)
          Step("in", .atomic(inside)) { $0 += 1 }
          Step("out", .atomic(inside)) { $0 -= 1 }
          folioUnlock(page)
        }
      }
      b.invariant("one is in") { s in s[inside] < 2 }
      b.invariant("with the lock") { s in s[inside] == 0 || s[flags].contains(.locked) }
    }
  }

  @Test("is given back by anybody, and those who wait for that all go on")
  func shared() throws {
    try expect(.holds) { b in
      let page = PageLock("page", in: b, locked: true)
      let seen = b.field("seen", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("waiter\(number)", on: b.cpu()) { _ in
          folioWaitLocked(page)
          Step("seen", .atomic(seen)) { $0 += 1 }
        }
      }
      b.actor("locker", on: b.cpu()) { _ in
        folioLock(page)
        folioUnlock(page)
      }
      b.actor("end of io", on: b.cpu()) { _ in folioUnlock(page) }
      b.goal("all have seen it", .alwaysReachable) { s in s[seen] == 2 }
    }
  }

  @Test(
    "that is never given back holds up those who want it and those who wait, and no one who tries")
  func neverUnlocked() throws {
    func declare(in b: SystemBuilder, _ wants: @escaping (PageLock) -> Steps) {
      let page = PageLock("page", in: b, locked: true)
      b.actor("a", on: b.cpu()) { _ in wants(page) }
    }
    // Try; lock the queue, note that somebody waits, try, queue, unlock the queue.
    try expect(.deadlock(steps: 0)) { b in declare(in: b) { page in folioLock(page) } }
    try expect(.deadlock(steps: 0)) { b in declare(in: b) { page in folioWaitLocked(page) } }
    try expect(.holds) { b in
      declare(in: b) { page in
        Steps {
          If(folioTrylock(page)) { Step("locked").asserting("it is taken") { _ in false } }
        }
      }
    }
  }

  @Test("must be held by somebody when it is given back")
  func unlocked() throws {
    try expect(
      .assertionFailed("VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio)", steps: 1)
    ) { b in
      let page = PageLock("page", in: b)
      b.actor("a", on: b.cpu()) { _ in folioUnlock(page) }
    }
  }

  @Test("PG_waiters is set while somebody is queued, and cleared by who finds the queue empty")
  func waiters() throws {
    try expect(.holds) { b in
      let page = PageLock("page", in: b, locked: true)
      let flags = page.flags
      let over = b.field("over", .range(0...2), initially: 0)
      let end = Step("over", .atomic(over)) { $0 += 1 }
      b.actor("locker", on: b.cpu()) { _ in
        folioLock(page)
        folioUnlock(page)
        end
      }
      b.actor("holder", on: b.cpu()) { _ in
        folioUnlock(page)
        end
      }
      b.goal("somebody waits") { s in s[flags] == [.locked, .waiters] }
      b.invariant("nobody is left") { s in s[over] < 2 || s[flags].isEmpty }
    }
  }
}
