import ModelChecking
import Testing

@Suite("Sections")
struct SectionTests {
  /// The verdict on which both searches agree.
  private func verdict(_ declare: (SystemBuilder) -> Void) throws -> Verdict {
    let system = try System(declare)
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2] {
      try expectAgreement(of: system, with: reference, threads: threads, "\(threads) threads")
    }
    return reference.verdict
  }

  /// A section of one actor, and another that holds a lock and passes through a state between.
  private func twoActors(
    _ kind: Lock.Kind = .mutex, _ section: @escaping (Field<Bool>, Lock) -> Section
  ) throws -> Verdict {
    try verdict { b in
      let lock = b.lock("zone->lock", kind)
      let isBetween = b.field("between", .flag, initially: false)
      b.actor("holder", on: b.cpu()) { _ in
        lock.acquire()
        Step("begin", .store(isBetween)) { true }
        Step("end", .store(isBetween)) { false }
        lock.release()
      }
      let seen = b.ghost("seen", .flag, initially: false)
      b.actor("visitor", on: b.cpu()) { _ in
        Step("look", section(isBetween, lock)) { _ in }
          .noting { s in if s[isBetween] { s[seen] = true } }
      }
      b.invariant("nobody sees what is between") { s in !s[seen] }
    }
  }

  @Test("one that names a lock ends the search where its actor does not hold it")
  func notHeld() throws {
    #expect(
      try twoActors { .section([$0], holding: $1) }
        == .found(.lockMisused, property: "visitor does not hold 'zone->lock', as it must here"))
  }

  @Test("one that takes its lock waits for it; one with a reason does not")
  func taking() throws {
    for kind in [Lock.Kind.mutex, .spinlock, .irqSpinlock] {
      #expect(try twoActors(kind) { .section([$0], taking: $1) } == .holds)
    }
    #expect(
      try twoActors { field, _ in .section([field], because: "it is how the bug came about") }
        == .found(.violated, property: "nobody sees what is between"))
  }

  @Test("one that takes a lock which is never given back is a deadlock, and says on what")
  func neverGivenBack() throws {
    let system = try System { b in
      let lock = b.lock("m", .mutex)
      let field = b.field("f", .flag, initially: false)
      b.actor("holder", on: b.cpu()) { _ in
        lock.acquire()
        Step("keep it", .wait(field)) { $0 }.mayRest()
      }
      b.actor("visitor", on: b.cpu()) { _ in
        Step("go", .section([field], taking: lock), when: { s in !s[field] }) { s in
          s[field] = true
        }
      }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try system.search(strategy: strategy)
      #expect(outcome.verdict == .found(.deadlock))
      #expect(outcome.findings.first?.evidence.texts == ["m.holder = holder"])
    }
  }

  /// Sections of a single actor, each with what the search says of it.
  static let alone: [(Verdict, @Sendable (SystemBuilder, Field<Int>, Field<Int>) -> Steps)] = [
    (
      .holds,
      { b, x, y in
        let m = b.lock("m", .mutex)
        return Steps {
          m.acquire()
          Step("x to y", .section([x, y], holding: m), when: { s in s[y] == 0 }) { s in
            s[y] = s[x]
          }
          m.release()
        }
      }
    ),
    (
      .holds,
      { b, x, _ in
        let (m, z) = (b.lock("m", .mutex), b.lock("z", .spinlock))
        return Steps {
          m.acquire()
          If(
            Condition("x = 1", .section([x], holding: m, taking: z)) { s in
              s[x] = 1
              return s[x] == 1
            }
          ) { m.release() }
        }
      }
    ),
    (
      .found(.lockMisused, property: "actor does not hold 'm', as it must here"),
      { b, x, _ in
        let (m, z) = (b.lock("m", .mutex), b.lock("z", .spinlock))
        return Step("x = 1", .section([x], holding: m, taking: z)) { s in s[x] = 1 }.steps
      }
    ),
    (
      .found(.lockMisused, property: "actor does not hold 'm', as it must here"),
      { b, x, _ in
        let m = b.lock("m", .mutex)
        return Steps {
          m.acquire()
          m.release()
          Step("x = 1", .section([x], holding: m)) { s in s[x] = 1 }
        }
      }
    ),
    (
      .found(.lockMisused, property: "actor takes 'm', which it already holds"),
      { b, x, _ in
        let m = b.lock("m", .mutex)
        return Steps {
          m.acquire()
          Step("x = 1", .section([x], taking: m)) { s in s[x] = 1 }
        }
      }
    ),
    (
      .found(.lockMisused, property: "actor may sleep on 'm' where it can't be preempted"),
      { b, x, _ in
        let m = b.lock("m", .mutex)
        return Steps {
          preemptDisable()
          Step("x = 1", .section([x], taking: m)) { s in s[x] = 1 }
        }
      }
    ),
    (
      .found(.faulted, property: "the section uses 'y', which it does not list"),
      { _, x, y in
        Step("x = y", .section([x], because: "it is only a test")) { s in s[x] = s[y] }.steps
      }
    ),
    (
      .found(.faulted, property: "the section uses 'y', which it does not list"),
      { _, x, y in
        Step("y = x", .section([x], because: "it is only a test")) { s in s[y] = s[x] }.steps
      }
    ),
    (
      .found(.faulted, property: "the section uses 'y', which it does not list"),
      { _, x, y in
        Step(
          "x = 1", .section([x], because: "it is only a test"), when: { s in s[y] == 1 }
        ) { s in s[x] = 1 }.steps
      }
    ),
    (
      .found(.faulted, property: "the section uses 'y', which it does not list"),
      { _, x, y in
        Condition("x == y", .section([x], because: "it is only a test")) { s in s[x] == s[y] }.steps
      }
    ),
    (
      .found(.faulted, property: "'x' would become 4, outside 0 to 3"),
      { _, x, y in
        Step("x = 4", .section([x, y], because: "it is only a test")) { s in s[x] = 4 }.steps
      }
    ),
  ]

  @Test("what one may do and may not", arguments: alone.indices)
  func ofOneActor(number: Int) throws {
    let (due, steps) = Self.alone[number]
    let found = try verdict { b in
      let x = b.field("x", .range(0...3), initially: 1)
      let y = b.field("y", .range(0...3), initially: 0)
      let steps = steps(b, x, y)
      b.actor("actor", on: b.cpu()) { _ in steps }
    }
    #expect(found == due)
  }

  @Test("a section does not wait where it misuses a lock")
  func misuseDoesNotWait() throws {
    for holds in [false, true] {
      let found = try verdict { b in
        let x = b.field("x", .range(0...1), initially: 0)
        let m = b.lock("m", .mutex)
        b.actor("waiter", on: b.cpu()) { _ in
          if holds {
            m.acquire()
            Step("x", .section([x], taking: m), when: { s in s[x] == 1 }) { _ in }
          } else {
            Step("x", .section([x], holding: m), when: { s in s[x] == 1 }) { _ in }
          }
        }
        b.actor("other", on: b.cpu()) { _ in
          m.acquire()
          m.release()
        }
      }
      let deed =
        holds
        ? "waiter takes 'm', which it already holds" : "waiter does not hold 'm', as it must here"
      #expect(found == .found(.lockMisused, property: deed))
    }
  }

  @Test("a lock that nobody holds from one step to another takes no room in the state")
  func room() throws {
    func bits(_ steps: @escaping (Field<Int>, Lock) -> Steps) throws -> Int {
      try System { b in
        let x = b.field("x", .range(0...1), initially: 0)
        let lock = b.lock("lock", .mutex)
        for name in ["a", "b", "c"] { b.actor(name, on: b.cpu()) { _ in steps(x, lock) } }
      }.layout.bitCount
    }
    let inside = try bits { x, lock in
      Step("go", .section([x], taking: lock)) { s in s[x] = 1 }.steps
    }
    let asserted = try bits { x, lock in
      Steps {
        Step("go", .section([x], taking: lock)) { s in s[x] = 1 }
        lock.assertHeld()
      }
    }
    let held = try bits { x, lock in
      Steps {
        lock.acquire()
        lock.release()
      }
    }
    // The field, a location of 2, 3 and 3 places for each actor, and a holder of 4 values.
    #expect(inside == 1 + 3 * 1)
    #expect(asserted == 1 + 3 * 2)
    #expect(held == 1 + 3 * 2 + 2)
  }
}
