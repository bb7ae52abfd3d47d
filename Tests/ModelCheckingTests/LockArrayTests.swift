import ModelChecking
import TestSupport
import Testing

@Suite("Locks that a register chooses")
struct LockArrayTests {
  /// Two actors that each raise one of two counters, copy by copy, under the lock of that counter or of
  /// another.
  private func counting(
    _ kind: Lock.Kind, counters: [Int], locks chosen: [Int]
  ) throws -> System {
    try System { b in
      let locks = b.locks("lock", count: 2, kind)
      let counts = b.fields("n", count: 2, .range(0...2), initially: 0)
      let finished = b.ghost("finished", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { actor in
          let lock = actor.register("lock", .range(0...1), initially: 0)
          let index = actor.register("i", .range(0...1), initially: 0)
          let seen = actor.register("seen", .range(0...2), initially: 0)
          Step("choose") { my in
            my[index] = counters[number]
            my[lock] = chosen[number]
          }
          locks[lock].acquire()
          Step("read", .load(counts[index])) { count, my in my[seen] = count }
          Step("write", .store(counts[index])) { my in my[seen] + 1 }
            .noting { s in s[finished] += 1 }
          locks[lock].release()
        }
      }
      b.invariant("no increment is lost") { s in
        s[counts[0]] + s[counts[1]] == s[finished] || s[finished] < 2
      }
      b.goal("both are inside") { s in !locks[0].isFree(s) && !locks[1].isFree(s) }
    }
  }

  @Test("keep others out where they are one lock", arguments: [Lock.Kind.mutex, .spinlock])
  func sameLock(kind: Lock.Kind) throws {
    let system = try counting(kind, counters: [1, 1], locks: [1, 1])
    let reference = try system.search(strategy: .reference)
    #expect(reference.verdict == .found(.goalUnreachable, property: "both are inside"))
    for threads in [1, 2] {
      try expectAgreement(of: system, with: reference, threads: threads, "one lock")
    }
    #expect(checkFootprints(of: system) == [])
  }

  @Test("don't where they are two")
  func otherLock() throws {
    #expect(try counting(.mutex, counters: [0, 1], locks: [0, 1]).search().verdict == .holds)
    #expect(
      try counting(.mutex, counters: [1, 1], locks: [0, 1]).search().verdict
        == .found(.violated, property: "no increment is lost"))
  }

  /// Two actors that take two locks that they choose, in the order in which they chose or by number.
  private func pairs(sorted: Bool, chosen: [[Int]]) throws -> System {
    try System { b in
      let locks = b.locks("lock", count: 2, .spinlock)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { actor in
          let first = actor.register("first", .range(0...1), initially: 0)
          let second = actor.register("second", .range(0...1), initially: 0)
          let pair = sorted ? chosen[number].sorted() : chosen[number]
          Step("hash") { my in
            my[first] = pair[0]
            my[second] = pair[1]
          }
          locks[first].acquire()
          locks[second].acquire()
          locks[second].release()
          locks[first].release()
        }
      }
    }
  }

  @Test("in opposite orders deadlock, and in order they don't")
  func order() throws {
    let outcome = try pairs(sorted: false, chosen: [[0, 1], [1, 0]]).search()
    #expect(outcome.verdict == .found(.deadlock))
    #expect(
      outcome.findings.first?.trace.steps.map(\.name)
        == ["hash", "spin_lock(lock[0])", "hash", "spin_lock(lock[1])"])
    #expect(try pairs(sorted: true, chosen: [[0, 1], [1, 0]]).search().verdict == .holds)
  }

  @Test("twice the same is a lock taken twice")
  func twice() throws {
    #expect(
      try pairs(sorted: false, chosen: [[1, 1], [0, 0]]).search().verdict
        == .found(.lockMisused, property: "a0 takes 'lock[1]', which it already holds"))
  }

  @Test("stay what they were when they were chosen, within with")
  func pointer() throws {
    let system = try System { b in
      let locks = b.locks("lock", count: 2, .mutex)
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("a", on: b.cpu()) { actor in
        let index = actor.register("i", .range(0...2), initially: 1)
        locks[index].with { lock in
          lock.acquire()
          Step("n = 1", .section([n], holding: lock)) { s in s[n] = 1 }
            .also { my in my[index] = 2 }
          lock.release()
        }
      }
      b.goal("the second is held") { s in !locks[1].isFree(s) && s[n] == 1 }
      b.invariant("never the first") { s in locks[0].isFree(s) }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test("answer whether they could be taken")
  func tryAcquire() throws {
    let system = try System { b in
      let locks = b.locks("lock", count: 2, .mutex)
      let failed = b.field("failed", .flag, initially: false)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { actor in
          let index = actor.register("i", .range(0...1), initially: 1)
          If(locks[index].tryAcquire()) {
            locks[index].assertHeld()
            locks[index].release()
          } otherwise: {
            Step("fail", .store(failed)) { true }
          }
        }
      }
      b.goal("one fails") { s in s[failed] }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test("that are not there are a fault")
  func outside() throws {
    let system = try System { b in
      let locks = b.locks("lock", count: 2, .mutex)
      b.actor("a", on: b.cpu()) { actor in
        locks[actor.register("i", .range(0...2), initially: 2)].acquire()
      }
    }
    #expect(
      try system.search().verdict
        == .found(.faulted, property: "'a.i' chooses number 2, which is not there"))
    let none = try System { b in
      let locks = b.locks("lock", count: 2, .mutex)
      b.actor("a", on: b.cpu()) { actor in
        let cpu = actor.register("cpu", .optional(CPU.self, count: 2), initially: nil)
        locks[cpu].acquire()
      }
    }
    #expect(
      try none.search().verdict
        == .found(.faulted, property: "'a.cpu' chooses number -1, which is not there"))
  }

  @Test("can be chosen by what a register refers to")
  func reference() throws {
    let system = try System { b in
      let locks = b.locks("lock", count: 2, .mutex)
      b.actor("a", on: b.cpu()) { actor in
        let cpu = actor.register(
          "cpu", .optional(CPU.self, count: 2), initially: CPU(index: 1))
        locks[cpu].acquire()
        locks[cpu].release()
      }
      b.goal("the second is held") { s in !locks[1].isFree(s) }
    }
    #expect(try system.search().verdict == .holds)
  }
}
