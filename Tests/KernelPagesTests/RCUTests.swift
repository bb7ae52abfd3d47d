import KernelPages
import ModelChecking
import Testing

@Suite("RCU")
struct RCUTests {
  /// Readers of a pointer, and somebody who clears it and frees what it points to.
  private func declare(
    in b: SystemBuilder, readers: Int = 1, waits: Bool, nested: Bool = false,
    preemptible: Bool = true
  ) {
    let rcu = RCU(in: b, preemptible: preemptible)
    let pointer = b.field("pointer", .flag, initially: true)
    let thing = Thing(in: b)
    for number in 0..<readers {
      b.actor("reader\(number)", on: b.cpu()) { _ in
        rcuReadLock(rcu)
        If(Condition("rcu_dereference", .load(pointer)) { $0 }) {
          if nested {
            rcuReadLock(rcu)
            rcuReadUnlock(rcu)
          }
          thing.use
        }
        rcuReadUnlock(rcu)
      }
    }
    b.actor("updater", on: b.cpu()) { _ in
      Step("pointer = NULL", .store(pointer, .release)) { false }
      if waits { synchronizeRCU(rcu) }
      thing.free
    }
    b.goal("it is freed") { s in s[thing.isFreed] }
  }

  @Test("what is freed without a grace period is used after that", arguments: 1...3)
  func missing(readers: Int) throws {
    // Lock, look, clear, free, use.
    try expect(.violated(Thing.claim, steps: 5)) { b in
      declare(in: b, readers: readers, waits: false)
    }
  }

  @Test("what is freed after a grace period is not", arguments: 1...4)
  func waits(readers: Int) throws {
    try expect(.holds) { b in declare(in: b, readers: readers, waits: true) }
  }

  @Test("leaving an inner section leaves none")
  func nesting() throws {
    try expect(.holds) { b in declare(in: b, readers: 2, waits: true, nested: true) }
    try expect(.violated(Thing.claim, steps: 7)) { b in
      declare(in: b, waits: false, nested: true)
    }
  }

  @Test("who leaves a section and is in none is found", arguments: [0, 1])
  func unbalanced(sections: Int) throws {
    let property =
      "reader releases 'rcu_read_lock', which it does not hold: bad unlock balance detected"
    try expect(.found(.lockMisused, property: property, steps: 2 * sections + 1)) { b in
      let rcu = RCU(in: b)
      b.actor("reader", on: b.cpu()) { _ in
        for _ in 0..<sections {
          rcuReadLock(rcu)
          rcuReadUnlock(rcu)
        }
        rcuReadUnlock(rcu)
      }
    }
  }

  @Test("several wait at once, each for those who were inside")
  func updaters() throws {
    try expect(.holds) { b in
      let rcu = RCU(in: b)
      let pointers = (0..<2).map { b.field("pointer\($0)", .flag, initially: true) }
      let things = (0..<2).map { Thing("thing\($0)", in: b) }
      for number in 0..<2 {
        b.actor("reader\(number)", on: b.cpu()) { _ in
          rcuReadLock(rcu)
          for (pointer, thing) in zip(pointers, things) {
            If(Condition("rcu_dereference", .load(pointer)) { $0 }) { thing.use }
          }
          rcuReadUnlock(rcu)
        }
        b.actor("updater\(number)", on: b.cpu()) { _ in
          Step("pointer = NULL", .store(pointers[number])) { false }
          synchronizeRCU(rcu)
          things[number].free
        }
      }
      b.goal("both are freed", .alwaysReachable) { s in things.allSatisfy { s[$0.isFreed] } }
    }
  }

  @Test("a reader that waits for itself waits for ever")
  func selfDeadlock() throws {
    try expect(.deadlock(steps: 0)) { b in
      let rcu = RCU(in: b)
      b.actor("reader", on: b.cpu()) { _ in
        rcuReadLock(rcu)
        synchronizeRCU(rcu)
        rcuReadUnlock(rcu)
      }
    }
  }

  /// Two readers, of whom one at least is always inside from the time on when the updater begins.
  private func declareRelay(in b: SystemBuilder, leaving: Bool) {
    let rcu = RCU(in: b)
    let inside = (0..<2).map { b.field("inside\($0)", .flag, initially: false) }
    let isOver = b.field("over", .flag, initially: false)
    for number in 0..<2 {
      b.actor("reader\(number)", on: b.cpu()) { _ in
        Loop {
          rcuReadLock(rcu)
          Step("inside", .store(inside[number])) { true }
          if leaving || number == 1 {
            Step("wait for the other", .wait(inside[1 - number])) { $0 }
            Step("leave", .store(inside[number])) { false }
            rcuReadUnlock(rcu)
          } else {
            Loop { Step("stay") }
          }
        }
      }
    }
    b.actor("updater", on: b.cpu()) { _ in
      Step("wait for the first", .wait(inside[0])) { $0 }
      synchronizeRCU(rcu)
      Step("over", .store(isOver)) { true }
    }
    b.goal("the grace period ends", .alwaysReachable) { s in s[isOver] }
  }

  @Test("readers who leave and come back are not waited for, although somebody is always inside")
  func relay() throws {
    try expect(.holds) { b in declareRelay(in: b, leaving: true) }
  }

  @Test("a reader who never leaves is waited for")
  func stall() throws {
    let system = try System { b in declareRelay(in: b, leaving: false) }
    let finding = try #require(try system.search().findings.first)
    #expect(finding.kind == .deadlock && finding.waits.contains { $0.actor == "updater" })
  }

  @Test("without preemptible readers a section must not sleep")
  func sleeping() throws {
    func declare(in b: SystemBuilder, preemptible: Bool) {
      let rcu = RCU(in: b, preemptible: preemptible)
      let mutex = b.lock("m", .mutex)
      b.actor("reader", on: b.cpu()) { _ in
        rcuReadLock(rcu)
        mutex.acquire()
        mutex.release()
        rcuReadUnlock(rcu)
      }
    }
    try expect(.holds) { b in declare(in: b, preemptible: true) }
    try expect(.lockMisused("reader may sleep on 'm' where it can't be preempted", steps: 3)) {
      b in declare(in: b, preemptible: false)
    }
  }

  // MARK: Callbacks

  @Test("a callback is called after a grace period, and can free", arguments: 1...3)
  func callback(readers: Int) throws {
    try expect(.holds) { b in
      let rcu = RCU(in: b)
      let head = RCUHead("head", rcu, in: b)
      let pointer = b.field("pointer", .flag, initially: true)
      let thing = Thing(in: b)
      for number in 0..<readers {
        b.actor("reader\(number)", on: b.cpu()) { _ in
          rcuReadLock(rcu)
          If(Condition("rcu_dereference", .load(pointer)) { $0 }) { thing.use }
          rcuReadUnlock(rcu)
        }
      }
      b.actor("updater", on: b.cpu()) { _ in
        Step("pointer = NULL", .store(pointer)) { false }
        callRCU(head)
      }
      b.actor("callback", on: b.cpu(), .softirq) { _ in
        rcuCallback(head) { thing.free }
      }
      b.goal("it is freed", .alwaysReachable) { s in s[thing.isFreed] }
    }
  }

  @Test("rcu_barrier waits for the callbacks that are queued, and a grace period doesn't")
  func barrier() throws {
    func declare(in b: SystemBuilder, barrier: Bool) {
      let rcu = RCU(in: b)
      let heads = (0..<2).map { RCUHead("head\($0)", rcu, in: b) }
      let module = Thing("module", in: b)
      for head in heads {
        b.actor("softirq of \(head.name)", on: b.cpu(), .softirq) { _ in
          rcuCallback(head) { module.use }
        }
      }
      b.actor("exit", on: b.cpu()) { _ in
        for head in heads { callRCU(head) }
        if barrier { rcuBarrier(heads[0], heads[1]) } else { synchronizeRCU(rcu) }
        module.free
      }
      b.goal("it is unloaded", .alwaysReachable) { s in s[module.isFreed] }
    }
    try expect(.holds) { b in declare(in: b, barrier: true) }
    // Queue twice, a grace period's beginning and end, free; the same for the callback, and its step.
    try expect(.violated(Thing.claim, steps: 8)) { b in declare(in: b, barrier: false) }
  }

  @Test("rcu_barrier ends although a callback queues itself again")
  func requeueing() throws {
    try expect(.holds) { b in
      let head = RCUHead("head", RCU(in: b), in: b)
      let calls = b.field("calls", .range(0...2), initially: 0)
      let isOver = b.field("over", .flag, initially: false)
      b.actor("callback", on: b.cpu(), .softirq) { _ in
        rcuCallback(head) {
          Step("calls", .atomic(calls)) { $0 = min(2, $0 + 1) }
          callRCU(head)
        }
      }
      b.actor("exit", on: b.cpu()) { _ in
        callRCU(head)
        rcuBarrier(head)
        Step("over", .store(isOver)) { true }
      }
      b.invariant("after the barrier it was called") { s in !s[isOver] || s[calls] > 0 }
      b.goal("the barrier ends", .alwaysReachable) { s in s[isOver] }
      b.goal("after one call") { s in s[isOver] && s[calls] == 1 }
    }
  }

  @Test("a head that is queued must not be queued again")
  func twice() throws {
    try expect(.violated("no rcu_head is queued that is queued already", steps: 2)) { b in
      let head = RCUHead("head", RCU(in: b), in: b)
      b.actor("callback", on: b.cpu(), .softirq) { _ in rcuCallback(head) { Step("call") } }
      b.actor("updater", on: b.cpu()) { _ in
        callRCU(head)
        callRCU(head)
      }
    }
  }
}
