import Testing

import ModelChecking

@Suite("Under total store order")
struct StoreBufferTests {
  @Test("a system ends as the machine's definition says", arguments: 0..<5)
  func definition(batch: Int) throws {
    try StoreOrderPrograms.expectDefinition(
      StoreOrderPrograms.seeds(batch: batch, of: 5, count: 150), under: .tso)
  }

  @Test("both searches agree", arguments: 0..<3)
  func agreement(batch: Int) throws {
    try StoreOrderPrograms.expectSearchesAgree((batch * 8)..<(batch * 8 + 8), under: .tso)
  }

  /// Each of two actors stores and then looks at what the other stored.
  private func storeBuffering(
    _ memoryModel: MemoryModel, fence: Bool = false, onOneCPU: Bool = false
  ) throws -> System {
    try System(memoryModel: memoryModel) { b in
      let (x, y) = (
        b.field("x", .flag, initially: false), b.field("y", .flag, initially: false)
      )
      let seen = ["one", "two"].map { b.ghost("\($0) saw", .flag, initially: true) }
      let cpu = b.cpu()
      let cpus = [cpu, onOneCPU ? cpu : b.cpu()]
      for (number, (mine, other)) in [(x, y), (y, x)].enumerated() {
        b.actor(["one", "two"][number], on: cpus[number]) { me in
          let value = me.register("value", .flag, initially: false)
          Step("store", .store(mine)) { true }
          if fence { Step("smp_mb", .fullFence) }
          Step("load", .load(other)) { v, my in my[value] = v }
            .noting { s in s[seen[number]] = s[value] }
        }
      }
      b.invariant("one of them sees the other") { s in s[seen[0]] || s[seen[1]] }
    }
  }

  @Test("a store may wait until a later load is done, unless a fence is between them")
  func reordering() throws {
    #expect(try storeBuffering(.sc).search().verdict == .holds)
    let outcome = try storeBuffering(.tso).search()
    #expect(outcome.verdict == .found(.violated, property: "one of them sees the other"))
    #expect(outcome.findings.first?.length == 4)
    #expect(try storeBuffering(.tso, fence: true).search().verdict == .holds)
    #expect(try storeBuffering(.tso, onOneCPU: true).search().verdict == .holds)
  }

  @Test("sequential consistency has no field more")
  func sequentialIsFree() throws {
    #expect(try !storeBuffering(.sc).layout.fields.contains { $0.name.contains("buffer") })
    #expect(try storeBuffering(.tso).layout.fields.contains { $0.name == "CPU1.buffer[0]" })
  }

  /// Who prints what was asked for: stores without end, with no fence or with one.
  private func endless(fence: Bool) throws -> System {
    try System(memoryModel: .tso) { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("writer", on: b.cpu(), duty: .mayRunForever) { me in
        let next = me.register("next", .flag, initially: true)
        Loop {
          Step("store", .store(x)) { my in
            defer { my[next].toggle() }
            return my[next]
          }
          if fence { Step("smp_mb", .fullFence) }
        }
      }
      b.actor("reader", on: b.cpu()) { _ in Step("load", .load(x)) }
      b.goal("x is set") { s in s[x] }
    }
  }

  @Test("stores that never have to wait make a search inconclusive, and a fence makes it end")
  func fullBuffer() throws {
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try endless(fence: false).search(strategy: strategy)
      #expect(outcome.verdict == .inconclusive(.storeBuffer))
      #expect(outcome.coverage == nil)
      #expect(outcome.findings.isEmpty)
      #expect(try endless(fence: true).search(strategy: strategy).verdict == .holds)
    }
  }

  @Test("what the programs can leave in a buffer has room in it")
  func largeEnough() throws {
    let system = try System(memoryModel: .tso) { b in
      let x = b.field("x", .range(0...9), initially: 0)
      b.actor("writer", on: b.cpu()) { _ in
        for number in 0..<5 { Step("store \(number)", .store(x)) { number + 1 } }
      }
      b.actor("reader", on: b.cpu()) { _ in Step("load", .load(x)) }
      b.goal("all are stored") { s in s[x] == 5 }
    }
    #expect(try system.search().verdict == .holds)
    #expect(system.layout.fields.contains { $0.name == "CPU0.buffer[4]" })
    #expect(!system.layout.fields.contains { $0.name == "CPU0.buffer[5]" })
  }

  @Test("what is used under one lock alone, or on one CPU, doesn't wait")
  func plainFields() throws {
    let system = try System(memoryModel: .tso) { b in
      let (locked, own) = (
        b.field("locked", .range(0...2), initially: 0), b.field("own", .flag, initially: false)
      )
      let lock = b.lock("l", .spinlock)
      let cpus = [b.cpu(), b.cpu()]
      for number in 0..<2 {
        b.actor("a\(number)", on: cpus[number]) { me in
          let value = me.register("value", .range(0...2), initially: 0)
          if number == 0 { Step("own = 1", .store(own)) { true } }
          lock.acquire()
          Step("load", .load(locked)) { v, my in my[value] = v }
          Step("store", .store(locked)) { my in my[value] + 1 }
          lock.release()
        }
      }
      b.goal("both are counted", .alwaysReachable) { s in s[locked] == 2 }
    }
    #expect(!system.layout.fields.contains { $0.name.contains("buffer") })
    #expect(try system.search().verdict == .holds)
  }

  @Test("a lock that is given back is free when its section is visible")
  func releases() throws {
    // What is also loaded without the lock waits, and the lock with it.
    func system(_ memoryModel: MemoryModel) throws -> System {
      try System(memoryModel: memoryModel) { b in
        let (x, y) = (
          b.field("x", .flag, initially: false), b.field("y", .range(0...2), initially: 0)
        )
        let lock = b.lock("l", .spinlock)
        for number in 0..<2 {
          b.actor("a\(number)", on: b.cpu()) { me in
            let value = me.register("value", .range(0...2), initially: 0)
            lock.acquire()
            Step("load", .load(y)) { v, my in my[value] = v }
            Step("store", .store(y)) { my in my[value] + 1 }
            lock.release()
            Step("x = 1", .store(x)) { true }
          }
        }
        b.actor("reader", on: b.cpu()) { _ in Step("load", .load(y)) }
        b.goal("both are counted", .alwaysReachable) { s in s[y] == 2 }
        b.invariant("nobody ends before one is counted", when: { s in s[x] }) { s in s[y] > 0 }
      }
    }
    #expect(try system(.sc).search().verdict == .holds)
    #expect(try system(.tso).search().verdict == .holds)
  }

  @Test("what stands for several accesses is refused, with its step")
  func refused() throws {
    let error = #expect(throws: ModelError.self) {
      try System(memoryModel: .tso) { b in
        let x = b.field("x", .flag, initially: false)
        b.onlySequential(x, because: "stands for a grace period")
        b.actor("one", on: b.cpu()) { _ in
          Step("first")
          Step("rcu_read_lock", .store(x)) { true }
        }
      }
    }
    let problem = error?.problems.first ?? ""
    #expect(problem.contains("the step 'rcu_read_lock' of actor 'one' (StoreBufferTests.swift:"))
    #expect(problem.hasSuffix("'x' stands for a grace period, which says nothing of weaker memory"))
  }

  @Test("a trace shows when a store becomes visible, and is replayed")
  func trace() throws {
    let system = try System(memoryModel: .tso) { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("writer", on: b.cpu()) { _ in Step("store", .store(x)) { true } }
      b.actor("reader", on: b.cpu()) { _ in Step("load", .load(x)) }
      b.invariant("x is 0") { s in !s[x] }
    }
    let trace = try #require(try system.search().findings.first).trace
    #expect(trace.steps.map(\.name) == ["store", "becomes visible"])
    #expect(trace.steps.map(\.actor) == ["writer", "store buffer 0"])
    #expect(
      trace.steps.flatMap(\.changes).map { "\($0.field) \($0.before) -> \($0.after)" } == [
        "CPU0.buffer[0] empty -> x = true", "x false -> true",
        "CPU0.buffer[0] x = true -> empty",
      ])
  }
}
