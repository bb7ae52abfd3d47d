import ModelChecking
import Testing

@Suite("Locks")
struct LockTests {
  /// Two actors that raise a counter, copy by copy, inside or outside a lock.
  private func counting(
    acquire: @escaping (SystemBuilder) -> (() -> Steps, () -> Steps)
  ) throws -> System {
    try System { b in
      let counter = b.field("counter", .range(0...2), initially: 0)
      let done = (0..<2).map { b.ghost("done\($0)", .flag, initially: false) }
      let (lock, unlock) = acquire(b)
      for number in 0..<2 {
        b.actor("actor\(number)", on: b.cpu()) { actor in
          let seen = actor.register("seen", .range(0...2), initially: 0)
          lock()
          Step("read", .load(counter)) { count, my in my[seen] = count }
          Step("write", .store(counter)) { my in my[seen] + 1 }
            .noting { s in s[done[number]] = true }
          unlock()
        }
      }
      b.invariant("no increment is lost") { s in
        s[counter] == done.count { s[$0] } || !done.allSatisfy { s[$0] }
      }
    }
  }

  @Test("without a lock an increment is lost")
  func none() throws {
    let outcome = try counting { _ in ({ Steps.none }, { Steps.none }) }.search()
    #expect(outcome.verdict == .found(.violated, property: "no increment is lost"))
    #expect(outcome.findings.first?.trace.steps.count == 4)
  }

  @Test(
    "under each kind of lock none is",
    arguments: [Lock.Kind.mutex, .spinlock, .bhSpinlock, .irqSpinlock])
  func locked(kind: Lock.Kind) throws {
    let system = try counting { b in
      let lock = b.lock("lock", kind)
      return ({ lock.acquire().steps }, { lock.release().steps })
    }
    #expect(try system.search().verdict == .holds)
    #expect(try system.search(strategy: .reference).verdict == .holds)
  }

  @Test("a semaphore held for writing keeps others out; held for reading it does not")
  func semaphore() throws {
    let writing = try counting { b in
      let lock = b.readWriteSemaphore("lock")
      return ({ lock.acquireWrite().steps }, { lock.releaseWrite().steps })
    }
    #expect(try writing.search().verdict == .holds)
    let reading = try counting { b in
      let lock = b.readWriteSemaphore("lock")
      return ({ lock.acquireRead().steps }, { lock.releaseRead().steps })
    }
    #expect(try reading.search().verdict == .found(.violated, property: "no increment is lost"))
  }

  @Test("taking a lock that fails when it is held answers no")
  func tryAcquire() throws {
    let system = try System { b in
      let lock = b.lock("lock", .mutex)
      let failures = b.field("failures", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("actor\(number)", on: b.cpu()) { _ in
          If(lock.tryAcquire()) {
            lock.release()
          } otherwise: {
            Step("fail", .atomic(failures)) { $0 += 1 }
          }
        }
      }
      b.goal("one fails") { s in s[failures] == 1 }
      b.invariant("never both") { s in s[failures] < 2 }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test("two locks taken in opposite orders deadlock, and the trace shows how")
  func lockOrder() throws {
    let system = try System { b in
      let locks = ["a", "b"].map { b.lock($0, .mutex) }
      for (number, order) in [[0, 1], [1, 0]].enumerated() {
        b.actor("actor\(number)", on: b.cpu()) { _ in
          for lock in order { locks[lock].acquire() }
          for lock in order.reversed() { locks[lock].release() }
        }
      }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try system.search(strategy: strategy)
      #expect(outcome.verdict == .found(.deadlock))
      #expect(
        outcome.findings.first?.trace.steps.map(\.name) == ["mutex_lock(a)", "mutex_lock(b)"])
      #expect(
        outcome.findings.first?.evidence.map { "\($0.field) is \($0.value)" }
          == ["b.holder is actor1", "a.holder is actor0"])
    }
  }

  /// Misuse of locks, each with what the search says of it.
  static let misuses: [(String, @Sendable (SystemBuilder) -> Steps)] = [
    (
      "actor releases 'm', which it does not hold: bad unlock balance detected",
      { b in b.lock("m", .mutex).release().steps }
    ),
    (
      "actor takes 'm', which it already holds",
      { b in
        let m = b.lock("m", .mutex)
        return Steps {
          m.acquire()
          m.acquire()
        }
      }
    ),
    (
      "actor takes 'z', which it already holds",
      { b in
        let z = b.lock("z", .irqSpinlock)
        return Steps {
          z.acquire()
          z.acquire()
        }
      }
    ),
    (
      "actor takes 'rw', which it already holds",
      { b in
        let rw = b.readWriteSemaphore("rw")
        return Steps {
          rw.acquireRead()
          rw.acquireWrite()
        }
      }
    ),
    (
      "actor releases 'rw', which it does not hold: bad unlock balance detected",
      { b in
        let rw = b.readWriteSemaphore("rw")
        return Steps {
          rw.acquireRead()
          rw.releaseWrite()
        }
      }
    ),
    (
      "actor may sleep on 'm' where it can't be preempted",
      { b in
        let (z, m) = (b.lock("z", .spinlock), b.lock("m", .mutex))
        return Steps {
          z.acquire()
          m.acquire()
        }
      }
    ),
    (
      "actor may sleep on 'rw' where it can't be preempted",
      { b in
        let rw = b.readWriteSemaphore("rw")
        return Steps {
          localIrqSave()
          rw.acquireRead()
        }
      }
    ),
    (
      "actor enables preemption, which it has not disabled: DEBUG_LOCKS_WARN_ON(val > preempt_count())",
      { _ in preemptEnable().steps }
    ),
    (
      "actor enables bottom halves, which it has not disabled: DEBUG_LOCKS_WARN_ON(val > preempt_count())",
      { _ in localBHEnable().steps }
    ),
    (
      "actor enables interrupts, which it has not disabled: raw_local_irq_restore() called with IRQs enabled",
      { _ in localIrqRestore().steps }
    ),
  ]

  @Test("misuse ends the search", arguments: misuses.indices)
  func misuse(index: Int) throws {
    let (text, steps) = Self.misuses[index]
    let system = try System { b in
      let steps = steps(b)
      b.actor("actor", on: b.cpu()) { _ in steps }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      #expect(try system.search(strategy: strategy).verdict == .found(.lockMisused, property: text))
    }
  }

  @Test("releasing a lock that another actor holds is misuse too")
  func foreignRelease() throws {
    let system = try System { b in
      let lock = b.lock("m", .mutex)
      b.actor("owner", on: b.cpu()) { _ in
        lock.acquire()
        lock.release()
      }
      b.actor("thief", on: b.cpu()) { _ in
        Step("wait")
        lock.release()
      }
    }
    #expect(
      try system.search().verdict
        == .found(
          .lockMisused,
          property: "thief releases 'm', which it does not hold: bad unlock balance detected"))
  }
}
