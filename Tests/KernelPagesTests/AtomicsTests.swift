import KernelPages
import ModelChecking
import Testing

@Suite("Atomic operations and bits")
struct AtomicsTests {
  /// What a lone caller leaves in a field and in its register, and what it is answered.
  private func result(
    from count: Int, seen old: Int = 0,
    _ program: @escaping (AtomicUpdate<Int>, Register<Int>) -> Condition
  ) throws -> [Int] {
    var results: [[Int]] = []
    let values = -3...5
    for (x, y, answer) in values.flatMap({ x in
      values.flatMap { y in [false, true].map { (x, y, $0) } }
    }) {
      let system = try System { b in
        let n = b.field("n", .range(values), initially: count)
        let answers = b.field("answers", .range(-1...1), initially: -1)
        var kept: Register<Int>?
        b.actor("caller", on: b.cpu()) { actor in
          let seen = actor.register("seen", .range(values), initially: old)
          let _: Void = (kept = seen)
          If(program(.atomic(n), seen)) {
            Step("yes", .store(answers)) { 1 }
          } otherwise: {
            Step("no", .store(answers)) { 0 }
          }
        }
        let seen = kept!
        b.goal("this") { s in s[n] == x && s[seen] == y && s[answers] == (answer ? 1 : 0) }
      }
      if try system.search().verdict == .holds { results.append([x, y, answer ? 1 : 0]) }
    }
    #expect(results.count == 1)
    return results.first ?? []
  }

  private func step(_ step: Step) -> Condition {
    Condition(call: "step") {
      step
      Return(true)
    }
  }

  @Test("do what their names say: the value, the register, the answer")
  func operations() throws {
    #expect(try result(from: 1) { n, _ in step(atomicAdd(2, n)) } == [3, 0, 1])
    #expect(try result(from: 1) { n, _ in step(atomicInc(n)) } == [2, 0, 1])
    #expect(try result(from: 1) { n, _ in step(atomicDec(n)) } == [0, 0, 1])
    #expect(try result(from: 1) { n, r in step(atomicAddReturn(2, n, into: r)) } == [3, 3, 1])
    #expect(try result(from: 1) { n, r in step(atomicFetchAdd(-2, n, into: r)) } == [-1, 1, 1])
    #expect(try result(from: 2) { n, r in step(xchg(n, 4, into: r)) } == [4, 2, 1])
    #expect(try result(from: 2) { n, _ in atomicSubAndTest(2, n) } == [0, 0, 1])
    #expect(try result(from: 3) { n, _ in atomicSubAndTest(2, n) } == [1, 0, 0])
    #expect(try result(from: 1) { n, _ in atomicDecAndTest(n) } == [0, 0, 1])
    #expect(try result(from: 0) { n, _ in atomicDecAndTest(n) } == [-1, 0, 0])
    #expect(try result(from: -1) { n, _ in atomicIncAndTest(n) } == [0, 0, 1])
    #expect(try result(from: 0) { n, _ in atomicIncAndTest(n) } == [1, 0, 0])
    #expect(try result(from: 1) { n, _ in atomicAddNegative(-2, n) } == [-1, 0, 1])
    #expect(try result(from: 2) { n, _ in atomicAddNegative(-2, n) } == [0, 0, 0])
    #expect(try result(from: 1) { n, _ in atomicAddUnless(n, 2, 0) } == [3, 0, 1])
    #expect(try result(from: 0) { n, _ in atomicAddUnless(n, 2, 0) } == [0, 0, 0])
    #expect(try result(from: -1) { n, _ in atomicIncNotZero(n) } == [0, 0, 1])
    #expect(try result(from: 0) { n, _ in atomicIncNotZero(n) } == [0, 0, 0])
    #expect(try result(from: 2) { n, _ in cmpxchg(n, 2, 5) } == [5, 0, 1])
    #expect(try result(from: 2) { n, _ in cmpxchg(n, 3, 5) } == [2, 0, 0])
    #expect(try result(from: 2, seen: 2) { n, r in tryCmpxchg(n, r) { _ in 5 } } == [5, 2, 1])
    #expect(try result(from: 2, seen: 1) { n, r in tryCmpxchg(n, r) { _ in 5 } } == [2, 2, 0])
  }

  @Test("a loop of try_cmpxchg loses no increment, and one try does", arguments: [true, false])
  func loop(repeats: Bool) throws {
    let system = try System { b in
      let n = b.field("n", .range(0...3), initially: 0)
      let finished = b.ghost("finished", .range(0...3), initially: 0)
      for number in 0..<3 {
        b.actor("a\(number)", on: b.cpu()) { actor in
          let seen = actor.register("seen", .range(0...3), initially: 0)
          let increment = tryCmpxchg(.atomic(n), seen) { my in my[seen] + 1 }
          if repeats { While(!increment) {} } else { increment }
          Step("end").noting { s in s[finished] += 1 }
        }
      }
      b.invariant("no increment is lost") { s in s[finished] < 3 || s[n] == 3 }
    }
    #expect(
      try system.search().verdict
        == (repeats ? .holds : .found(.violated, property: "no increment is lost")))
  }

  // MARK: Bits

  private enum Flag: UInt8, FieldEnumeration { case locked, dirty, young }

  @Test("test_and_set_bit lets one through", arguments: [true, false])
  func testAndSet(atomic: Bool) throws {
    // Both look, both set, both are in.
    try expect(atomic ? .holds : .violated("one is in", steps: 6)) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [.young])
      let inside = b.ghost("inside", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { _ in
          If(atomic ? !testAndSetBit(.locked, word) : !testBit(.locked, word)) {
            if !atomic { setBit(.locked, word) }
            Step("in").noting { s in s[inside] += 1 }
            Step("out").noting { s in s[inside] -= 1 }
            If(!testAndClearBit(.locked, word)) { Step("not locked") }
          }
        }
      }
      b.invariant("one is in") { s in s[inside] < 2 }
      b.invariant("other bits are left alone") { s in s[word].contains(.young) }
    }
  }

  @Test("__set_bit and __clear_bit wipe out what others do", arguments: [true, false])
  func plain(sets: Bool) throws {
    try expect(.violated("the lock is held", steps: 3)) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [.dirty])
      let isLocked = b.ghost("locked", .flag, initially: false)
      b.actor("locker", on: b.cpu()) { _ in
        setBit(.locked, word).noting { s in s[isLocked] = true }
      }
      b.actor("careless", on: b.cpu()) { actor in
        let seen = actor.register("seen", .sets(of: Flag.self), initially: [])
        if sets { __setBit(.young, word, in: seen) } else { __clearBit(.dirty, word, in: seen) }
      }
      b.invariant("the lock is held") { s in !s[isLocked] || s[word].contains(.locked) }
    }
    try expect(.holds) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [.dirty])
      b.actor("alone", on: b.cpu()) { actor in
        let seen = actor.register("seen", .sets(of: Flag.self), initially: [])
        __setBit(.young, word, in: seen)
        __clearBit(.dirty, word, in: seen)
        clearBit(.young, word)
        setBit(.locked, word)
      }
      b.goal("the right bits are left") { s in s[word] == [.locked] }
    }
  }

  // MARK: A lock of one bit

  @Test("a bit spinlock lets one in", arguments: 2...3)
  func bitSpinlock(actors: Int) throws {
    try expect(.holds) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [.dirty])
      let inside = b.ghost("inside", .range(0...actors), initially: 0)
      for number in 0..<actors {
        b.actor("a\(number)", on: b.cpu()) { _ in
          if number == 0 {
            If(!bitSpinTrylock(.locked, word)) { Finish() }
          } else {
            bitSpinLock(.locked, word)
          }
          Step("in").noting { s in s[inside] += 1 }
          Step("out").noting { s in s[inside] -= 1 }
          bitSpinUnlock(.locked, word)
        }
      }
      b.invariant("one is in") { s in s[inside] < 2 }
      b.invariant("other bits are left alone") { s in s[word].contains(.dirty) }
    }
  }

  @Test("taking it must not sleep, waiting for it leaves its CPU to others")
  func context() throws {
    try expect(.lockMisused("a may sleep on 'm' where it can't be preempted", steps: 3)) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [])
      let mutex = b.lock("m", .mutex)
      b.actor("a", on: b.cpu()) { _ in
        bitSpinLock(.locked, word)
        mutex.acquire()
      }
    }
    try expect(.holds) { b in
      // Who holds the bit was preempted, and goes on while somebody waits on its CPU.
      let word = b.field("word", .sets(of: Flag.self), initially: [.locked])
      let cpu = b.cpu()
      b.actor("holder", on: cpu) { _ in clearBit(.locked, word, .release) }
      b.actor("waiter", on: cpu) { _ in
        bitSpinLock(.locked, word)
        bitSpinUnlock(.locked, word)
      }
    }
  }

  @Test("taking two in opposite orders is a deadlock")
  func order() throws {
    // Each turns preemption off and takes one, finds the other taken and turns preemption on.
    try expect(.deadlock(steps: 4)) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [])
      for order in [[Flag.locked, .dirty], [.dirty, .locked]] {
        b.actor("\(order[0]) first", on: b.cpu()) { _ in
          for bit in order { bitSpinLock(bit, word) }
          for bit in order.reversed() { bitSpinUnlock(bit, word) }
        }
      }
    }
  }

  @Test("giving back what nobody has is a bug")
  func unlocked() throws {
    try expect(.assertionFailed("BUG_ON(!test_bit(locked))", steps: 1)) { b in
      let word = b.field("word", .sets(of: Flag.self), initially: [])
      b.actor("a", on: b.cpu()) { _ in bitSpinUnlock(.locked, word) }
    }
  }
}
