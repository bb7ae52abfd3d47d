import ModelChecking
import TestSupport
import Testing

/// Semaphores and spinlocks for readers and writers: who holds off whom.
@Suite("Locks for readers and writers")
struct ReadWriteTests {
  private func verdict(_ build: (SystemBuilder) -> Void) throws -> Verdict {
    let system = try System(build)
    let reference = try system.search(strategy: .reference).verdict
    #expect(try system.search().verdict == reference)
    #expect(checkFootprints(of: system) == [])
    return reference
  }

  /// A lock as some actors use it.
  private struct Use {
    let read: Steps
    let endRead: Steps
    let write: Steps
    let endWrite: Steps
  }

  private func semaphore(_ b: SystemBuilder, _ kind: ReadWriteSemaphore.Kind = .fair) -> Use {
    let rw = b.readWriteSemaphore("rw", kind)
    return Use(
      read: rw.acquireRead().steps, endRead: rw.releaseRead().steps,
      write: rw.acquireWrite().steps, endWrite: rw.releaseWrite().steps)
  }

  private func spinlock(
    _ b: SystemBuilder, _ context: ReadWriteLock.Context = .plain
  ) -> Use {
    let rw = b.readWriteLock("rw")
    return Use(
      read: rw.acquireRead(context).steps, endRead: rw.releaseRead(context).steps,
      write: rw.acquireWrite(context).steps, endWrite: rw.releaseWrite(context).steps)
  }

  /// A reader waits for a second reader, while a writer may come.
  private func waitsForReader(
    writers: Int = 1, second: ActorKind = .task, _ use: (SystemBuilder) -> Use
  ) throws -> Verdict {
    try verdict { b in
      let lock = use(b)
      let isDone = b.field("done", .flag, initially: false)
      b.actor("first", on: b.cpu()) { _ in
        lock.read
        Step("wait", .wait(isDone)) { $0 }
        lock.endRead
      }
      b.actor("second", on: b.cpu(), second) { _ in
        lock.read
        Step("done", .store(isDone)) { true }
        lock.endRead
      }
      for number in 0..<writers {
        b.actor("writer\(number)", on: b.cpu()) { _ in
          lock.write
          lock.endWrite
        }
      }
    }
  }

  @Test("a queued writer holds off a second reader")
  func holdsOff() throws {
    #expect(try waitsForReader { semaphore($0) } == .found(.deadlock))
    #expect(try waitsForReader { semaphore($0, .unfair) } == .holds)
    #expect(try waitsForReader(writers: 0) { semaphore($0) } == .holds)
    #expect(try waitsForReader { spinlock($0) } == .found(.deadlock))
    #expect(try waitsForReader(writers: 0) { spinlock($0) } == .holds)
  }

  @Test("a queued writer of a spinlock does not hold off readers in interrupt context")
  func interruptContext() throws {
    for second in [ActorKind.softirq, .interrupt] {
      #expect(try waitsForReader(second: second) { spinlock($0) } == .holds)
    }
    #expect(try waitsForReader { spinlock($0, .bottomHalvesOff) } == .holds)
    #expect(try waitsForReader { spinlock($0, .interruptsOff) } == .found(.deadlock))
  }

  @Test("a queued writer holds off no writer: it takes the semaphore while that is free")
  func steals() throws {
    // The second writer comes while the first is queued and can't run.
    let outcome = try verdict { b in
      let rw = b.readWriteSemaphore("rw")
      let order = b.ghost("order", .range(0...2), initially: 0)
      b.actor("reader", on: b.cpu()) { _ in rw.readGuarded { Step("read") } }
      for number in 1...2 {
        b.actor("writer\(number)", on: b.cpu()) { _ in
          rw.acquireWrite().noting { s in if s[order] == 0 { s[order] = number } }
          rw.releaseWrite()
        }
      }
      b.goal("the first is the first") { s in s[order] == 1 }
      b.goal("the second is the first") { s in s[order] == 2 }
    }
    #expect(outcome == .holds)
  }

  @Test("readers that are queued get the semaphore together when a writer leaves")
  func together() throws {
    // A writer comes again at once: it must not get in before the reader that waited for it.
    func seenTwice(_ kind: ReadWriteSemaphore.Kind) throws -> Verdict {
      try verdict { b in
        let rw = b.readWriteSemaphore("rw", kind)
        let isWaiting = b.field("waiting", .flag, initially: false)
        let rounds = b.ghost("rounds", .range(0...2), initially: 0)
        b.actor("writer", on: b.cpu()) { _ in
          for _ in 0..<2 {
            rw.acquireWrite().noting { s in s[rounds] += 1 }
            Step("work")
            rw.releaseWrite()
          }
        }
        b.actor("reader", on: b.cpu()) { _ in
          Step("come", .store(isWaiting)) { true }
          rw.readGuarded { Step("read") }
        }
        b.invariant("all that read are counted") { s in rw.readerCount(s) <= 1 }
        b.invariant("nobody reads while somebody writes") { s in
          !(rw.isHeldForWriting(s) && rw.readerCount(s) > 0)
        }
        b.invariant("it is free or held") { s in
          rw.isFree(s) == (!rw.isHeldForWriting(s) && rw.readerCount(s) == 0)
        }
        b.goal("the writer is done first") { s in s[rounds] == 2 && rw.isFree(s) }
      }
    }
    #expect(try seenTwice(.fair) == .holds)
    #expect(try seenTwice(.unfair) == .holds)
  }

  @Test("a writer that waits for a reader which it holds off is a deadlock")
  func waitsForHeldOff() throws {
    for use in [{ self.semaphore($0) }, { self.spinlock($0) }] as [(SystemBuilder) -> Use] {
      let found = try verdict { b in
        let lock = use(b)
        let isDone = b.field("done", .flag, initially: false)
        b.actor("writer", on: b.cpu()) { _ in
          lock.write
          Step("wait", .wait(isDone)) { $0 }
          lock.endWrite
        }
        b.actor("reader", on: b.cpu()) { _ in
          lock.read
          Step("done", .store(isDone)) { true }
          lock.endRead
        }
      }
      #expect(found == .found(.deadlock))
    }
  }

  @Test("downgrading lets readers in, and no writer")
  func downgrade() throws {
    func found(_ otherReads: Bool) throws -> Verdict {
      try verdict { b in
        let rw = b.readWriteSemaphore("rw")
        let isDone = b.field("done", .flag, initially: false)
        b.actor("writer", on: b.cpu()) { _ in
          rw.acquireWrite()
          rw.assertHeldForWriting()
          rw.downgradeWrite()
          rw.assertHeldForReading()
          Step("wait", .wait(isDone)) { $0 }
          rw.releaseRead()
        }
        b.actor("other", on: b.cpu()) { _ in
          if otherReads { rw.acquireRead() } else { rw.acquireWrite() }
          Step("done", .store(isDone)) { true }
          if otherReads { rw.releaseRead() } else { rw.releaseWrite() }
        }
      }
    }
    #expect(try found(true) == .holds)
    #expect(try found(false) == .found(.deadlock))
  }

  @Test("trying fails where somebody holds it or, with a queue, waits")
  func trying() throws {
    for isWriting in [false, true] {
      let found = try verdict { b in
        let rw = b.readWriteSemaphore("rw")
        let failed = b.ghost("failed", .range(0...2), initially: 0)
        b.actor("reader", on: b.cpu()) { _ in rw.readGuarded { Step("read") } }
        b.actor("writer", on: b.cpu()) { _ in rw.writeGuarded { Step("write") } }
        b.actor("trier", on: b.cpu()) { _ in
          If(isWriting ? rw.tryAcquireWrite() : rw.tryAcquireRead()) {
            if isWriting { rw.releaseWrite() } else { rw.releaseRead() }
          } otherwise: {
            Step("fail").noting { s in s[failed] = rw.isHeldForWriting(s.state) ? 1 : 2 }
          }
        }
        b.goal("it fails") { s in s[failed] == 1 }
        // A reader fails beside a reader only where a writer waits.
        b.goal("it fails while somebody reads") { s in s[failed] == 2 }
      }
      #expect(found == .holds)
    }
    let found = try verdict { b in
      let rw = b.readWriteLock("rw")
      let isOut = b.ghost("out", .flag, initially: false)
      b.actor("reader", on: b.cpu()) { _ in rw.readGuarded { Step("read") } }
      b.actor("writer", on: b.cpu()) { _ in rw.writeGuarded { Step("write") } }
      b.actor("trier", on: b.cpu()) { _ in
        If(rw.tryAcquireRead()) {
          rw.assertHeld()
          rw.releaseRead()
        } otherwise: {
          Step("fail").noting { s in if rw.readerCount(s.state) > 0 { s[isOut] = true } }
        }
        If(rw.tryAcquireWrite()) {
          rw.assertHeldForWriting()
          rw.releaseWrite()
        }
      }
      b.goal("a waiting writer makes it fail") { s in s[isOut] }
    }
    #expect(found == .holds)
  }

  @Test("a spinning reader or writer has off what it takes the lock with")
  func spinning() throws {
    for writes in [false, true] {
      for (context, isKeptAway) in [(ReadWriteLock.Context.plain, false), (.interruptsOff, true)] {
        let found = try verdict { b in
          let rw = b.readWriteLock("rw")
          let isSent = b.field("sent", .flag, initially: false)
          let isDone = b.field("done", .flag, initially: false)
          let cpu = b.cpu()
          b.actor("sender", on: b.cpu()) { _ in
            rw.writeGuarded {
              Step("send", .store(isSent)) { true }
              Step("wait", .wait(isDone)) { $0 }
            }
          }
          b.actor("spinner", on: cpu) { _ in
            if writes {
              rw.writeGuarded(context) { Step("write") }
            } else {
              rw.readGuarded(context) { Step("read") }
            }
          }
          b.actor("receiver", on: cpu, .interrupt) { _ in
            Step("receive", .wait(isSent)) { $0 }.mayRest()
            Step("answer", .store(isDone)) { true }
          }
        }
        #expect(found == (isKeptAway ? .found(.deadlock) : .holds))
      }
    }
  }

  @Test("misuse is found, and names the lock")
  func misuse() throws {
    let cases: [(String, (ReadWriteLock) -> Steps)] = [
      (
        "actor takes 'rw', which it already holds",
        { rw in
          Steps {
            rw.acquireRead()
            rw.acquireWrite()
          }
        }
      ),
      (
        "actor releases 'rw', which it does not hold: bad unlock balance detected",
        { rw in rw.releaseRead().steps }
      ),
      (
        "actor releases 'rw', which it does not hold: bad unlock balance detected",
        { rw in rw.releaseWrite().steps }
      ),
      ("actor does not hold 'rw', as it must here", { rw in rw.assertHeld().steps }),
      ("actor ends with 'rw' held", { rw in rw.acquireRead(.interruptsOff).steps }),
      ("actor ends with 'rw' held", { rw in rw.tryAcquireWrite().steps }),
      (
        "actor ends with interrupts off",
        { rw in
          Steps {
            rw.acquireRead(.interruptsOff)
            localIrqSave()
            rw.releaseRead(.interruptsOff)
          }
        }
      ),
    ]
    for (text, steps) in cases {
      let found = try verdict { b in
        let rw = b.readWriteLock("rw")
        b.actor("actor", on: b.cpu()) { _ in steps(rw) }
      }
      #expect(found == .found(.lockMisused, property: text))
    }
  }

  @Test("more users than the queue can keep are refused, and named")
  func tooMany() {
    #expect {
      try System { b in
        let rw = b.readWriteSemaphore("rw")
        for number in 0..<30 {
          b.actor("a\(number)", on: b.cpu()) { _ in
            if number == 0 { rw.writeGuarded { Steps.none } } else { rw.readGuarded { Steps.none } }
          }
        }
      }
    } throws: { error in
      "\(error)".contains("'rw' has 30 users, too many for its queue; without one it is .unfair")
    }
  }
}
