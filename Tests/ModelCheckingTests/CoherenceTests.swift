import Testing

import ModelChecking

@Suite("Under the kernel's memory model")
struct CoherenceTests {
  @Test("a system ends as the machine's definition says", arguments: 0..<4)
  func definition(batch: Int) throws {
    try KernelOrderPrograms.expectDefinition(
      KernelOrderPrograms.seeds(batch: batch, of: 4, count: 480), under: .lkmm)
  }

  @Test("accesses race as the machine's definition says", arguments: 0..<4)
  func dataRaces(batch: Int) throws {
    var (races, racesUnderSC) = (0, 0)
    for seed in KernelOrderPrograms.seeds(batch: batch, of: 4, count: 480) {
      let programs = KernelOrderPrograms(seed: UInt64(seed))
      func found(_ memoryModel: MemoryModel) throws -> Set<String> {
        let outcome = try programs.system(memoryModel, reportsDataRaces: true).search()
        return Set(outcome.findings.filter { $0.kind == .dataRace }.map(\.property))
      }
      let (expected, underSC) = (programs.races, try found(.sc))
      #expect(try found(.lkmm) == expected, "seed \(seed)")
      #expect(underSC.isSubset(of: expected), "seed \(seed)")
      (races, racesUnderSC) = (races + expected.count, racesUnderSC + underSC.count)
    }
    #expect(racesUnderSC > 20 && races > racesUnderSC, "\(races), \(racesUnderSC)")
  }

  @Test("both searches agree", arguments: 0..<2)
  func agreement(batch: Int) throws {
    try KernelOrderPrograms.expectSearchesAgree((batch * 6)..<(batch * 6 + 6), under: .lkmm)
  }

  @Test("two views have seen together what one of them has")
  func views() {
    var random = SplitMix64(seed: 1)
    for (count, newest) in [(1, 7), (2, 1), (5, 3), (20, 7), (31, 3), (62, 1)] {
      let format = ViewFormat(count: count, newest: newest)
      for _ in 0..<50 {
        let stamps = (0..<2).map { _ in (0..<count).map { _ in random.next(below: newest + 1) } }
        let views = stamps.map { stamps in
          stamps.enumerated().reduce(UInt64(0)) { $0 | format.view(of: $1.offset, at: $1.element) }
        }
        let joined = format.join(views[0], views[1])
        #expect(
          (0..<count).map { format.stamp(of: $0, in: joined) } == zip(stamps[0], stamps[1]).map(max)
        )
      }
    }
  }

  @Test(
    "more fields and locks than it has bits for are refused", arguments: [(10, false), (52, true)])
  func manyLocations(count: Int, isTooMuch: Bool) throws {
    func system() throws(ModelError) -> System {
      try System(memoryModel: .lkmm) { b in
        let fields = (0..<count).map { b.field("v\($0)", .flag, initially: false) }
        let locks = (0..<14).map { b.lock("l\($0)", .mutex) }
        for number in 0..<2 {
          b.actor("a\(number)", on: b.cpu()) { _ in
            for field in fields {
              Step("load", .load(field))
              Step("store", .store(field)) { true }
            }
            for lock in locks {
              lock.acquire()
              lock.release()
            }
          }
        }
      }
    }
    let error = Result { () throws(ModelError) in try system() }
    switch error {
    case .success: #expect(!isTooMuch)
    case .failure(let error):
      #expect(isTooMuch && error.description.contains("64 with the locks"), "\(error)")
    }
  }

  /// One actor stores twice, another looks in the other order.
  private func messagePassing(_ memoryModel: MemoryModel, fences: Bool = false) throws -> System {
    try System(memoryModel: memoryModel) { b in
      let (x, y) = (
        b.field("x", .flag, initially: false), b.field("y", .flag, initially: false)
      )
      b.actor("writer", on: b.cpu()) { _ in
        Step("x = 1", .store(x)) { true }
        if fences { Step("smp_wmb", .writeFence) }
        Step("y = 1", .store(y)) { true }
      }
      b.actor("reader", on: b.cpu()) { me in
        let (first, second) = (
          me.register("first", .flag, initially: false),
          me.register("second", .flag, initially: false)
        )
        Step("load y", .load(y)) { v, my in my[first] = v }
        if fences { Step("smp_rmb", .readFence) }
        Step("load x", .load(x)) { v, my in my[second] = v }
        If(Condition(register: { my in my[first] })) {
          Step("uses x").asserting("x is there") { s in s[second] }
        }
      }
    }
  }

  @Test("stores and loads are seen in another order, unless both are fenced")
  func reordering() throws {
    #expect(try messagePassing(.sc).search().verdict == .holds)
    #expect(try messagePassing(.tso).search().verdict == .holds)
    #expect(try messagePassing(.lkmm, fences: true).search().verdict == .holds)
    let outcome = try messagePassing(.lkmm).search()
    #expect(outcome.verdict == .found(.violated, property: "x is there"))
    let trace = try #require(outcome.findings.first).trace
    let seen = trace.steps.flatMap(\.reads).map { "\($0.field) == \($0.value)" }
    #expect(seen.contains("x == false, since true is not seen yet"))
  }

  @Test("sequential consistency has no field more")
  func sequentialIsFree() throws {
    let names = try messagePassing(.sc).layout.fields.map(\.name)
    #expect(!names.contains { $0.hasSuffix(".newest") || $0.hasSuffix(".reached") })
    #expect(try messagePassing(.lkmm).layout.fields.contains { $0.name == "CPU1.reached" })
  }

  @Test("stores without end make a search inconclusive where somebody may not have seen them")
  func keptStores() throws {
    let system = try System(memoryModel: .lkmm) { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("writer", on: b.cpu(), duty: .mayRunForever) { me in
        let next = me.register("next", .flag, initially: true)
        Loop {
          Step("store", .store(x)) { my in
            defer { my[next].toggle() }
            return my[next]
          }
        }
      }
      b.actor("reader", on: b.cpu()) { _ in Step("load", .load(x)) }
      b.goal("x is set") { s in s[x] }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try system.search(strategy: strategy)
      #expect(outcome.verdict == .inconclusive(.keptStores))
      #expect(outcome.findings.isEmpty)
    }
  }

  @Test("stores without end to one field say nothing of another that has room")
  func keptStoresOfAnother() throws {
    let system = try System(memoryModel: .lkmm) { b in
      let (x, y) = (
        b.field("x", .flag, initially: false), b.field("y", .flag, initially: false)
      )
      b.actor("writer", on: b.cpu()) { _ in
        Step("x = 1", .store(x)) { true }
        If(Condition("y", .load(y)) { $0 }) {
          Loop { Step("y = 0", .store(y)) { false } }
        }
      }
      b.actor("reader", on: b.cpu()) { _ in
        Step("load x", .load(x))
        Step("load y", .load(y))
      }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test("what is used under one lock alone has no history, and who has the lock sees the newest")
  func locks() throws {
    func system(peeks: Bool) throws -> System {
      try System(memoryModel: .lkmm) { b in
        let count = b.field("count", .range(0...2), initially: 0)
        let lock = b.lock("l", .spinlock)
        for number in 0..<2 {
          b.actor("a\(number)", on: b.cpu()) { me in
            let value = me.register("value", .range(0...2), initially: 0)
            lock.acquire()
            Step("load", .load(count)) { v, my in my[value] = v }
            Step("store", .store(count)) { my in my[value] + 1 }
            lock.release()
          }
        }
        if peeks { b.actor("peek", on: b.cpu()) { _ in Step("load", .load(count)) } }
        b.goal("both are counted", .alwaysReachable) { s in s[count] == 2 }
      }
    }
    for peeks in [false, true] {
      let system = try system(peeks: peeks)
      #expect(try system.search().verdict == .holds)
      #expect(system.layout.fields.contains { $0.name == "count.store[0]" } == peeks)
    }
  }

  @Test("a section sees of what others store without its lock each value that it may see")
  func sections() throws {
    let system = try System(memoryModel: .lkmm) { b in
      let (x, y) = (
        b.field("x", .flag, initially: false), b.field("y", .flag, initially: false)
      )
      let lock = b.lock("l", .spinlock)
      let saw = b.ghost("saw", .range(0...3), initially: 0)
      b.actor("writer", on: b.cpu()) { _ in
        Step("x = 1", .store(x)) { true }
        Step("y = 1", .store(y)) { true }
      }
      b.actor("reader", on: b.cpu()) { me in
        let value = me.register("value", .range(0...3), initially: 0)
        Step("section", .section([x, y], taking: lock)) { s in
          s[value] = (s[x] ? 1 : 0) + (s[y] ? 2 : 0)
        }.noting { s in s[saw] = s[value] }
      }
      for number in 0...3 { b.goal("\(number) is seen") { s in s[saw] == number } }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test(
    "nobody comes between what a section has seen of a field and its store, if a reason says so")
  func updates() throws {
    let system = try System(memoryModel: .lkmm) { b in
      let x = b.field("x", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { _ in
          Step("one more", .section([x], because: "it is one instruction")) { s in s[x] += 1 }
        }
      }
      let isOver = b.isOver
      b.invariant("both are counted", when: { s in isOver(s) }) { s in s[x] == 2 }
    }
    #expect(try system.search().verdict == .holds)
  }

  @Test("what can't be treated is refused, with its name")
  func refused() throws {
    func problem(_ build: (SystemBuilder) -> Void) -> String {
      let error = #expect(throws: ModelError.self) { try System(memoryModel: .lkmm, build) }
      return error?.problems.first ?? ""
    }
    let fair = problem { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("one", on: b.cpu()) { _ in Step("x = 1", .store(x)) { true } }
      b.goal("x comes", .inevitable) { s in s[x] }
    }
    #expect(fair.hasPrefix("the goal 'x comes' is about fair runs"))
    let fence = problem { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("one", on: b.cpu()) { _ in
        Step("x = 1", .store(x)) { true }
        Step("smp_mb__after_unlock_lock()", .afterUnlockLock)
      }
    }
    #expect(fence.contains("nothing is known here of 'smp_mb__after_unlock_lock()'"))
    let wide = problem { b in
      let x = b.fields("x", count: 11, .flag, initially: false)
      b.actor("one", on: b.cpu()) { _ in
        for number in 0..<11 { Step("x = 1", .store(x[number])) { true } }
      }
      b.actor("two", on: b.cpu()) { _ in
        Step(
          "all",
          .section((0..<11).map { x[$0] as any SharedField }, because: "nobody comes in between")
        ) { _ in }
      }
    }
    #expect(wide.contains("the step 'all'") && wide.contains("looks at 11 fields at once"))
  }
}
