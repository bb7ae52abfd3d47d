import ModelChecking
import Testing

@Suite("Data races are told of as KCSAN does")
struct DataRaceTests {
  /// What is warned of: the names, without what they all begin with, and the steps.
  private func races(
    threads: Int = 1, _ build: @escaping (SystemBuilder) -> Void
  ) throws -> [String: Int] {
    let system = try System { b in
      b.reportDataRaces()
      build(b)
    }
    return races(in: try system.search(SearchOptions(threads: threads)))
  }

  private func races(in outcome: Outcome) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: outcome.findings.filter { $0.kind == .dataRace }
        .map { (String($0.property.dropFirst("data-race in ".count)), $0.trace.steps.count) })
  }

  @Test("two plain accesses of which one is a store race, and one of them marked is not enough")
  func plainAndMarked() throws {
    for (one, other, isRace) in [
      (Operation.Ordering.plain, Operation.Ordering.plain, true), (.plain, .relaxed, true),
      (.acquire, .plain, true), (.acquire, .release, false), (.relaxed, .relaxed, false),
    ] {
      let found = try races { b in
        let x = b.field("x", .flag, initially: false)
        b.actor("reader", on: b.cpu()) { _ in Step("see", .load(x, one)) }
        b.actor("writer", on: b.cpu()) { _ in Step("set", .store(x, other)) { true } }
      }
      #expect(found == (isRace ? ["reader / writer (see / set)": 0] : [:]))
    }
  }

  @Test(
    "two loads don't race, an atomic operation does with a plain load, and with another one not")
  func kinds() throws {
    let found = try races { b in
      let x = b.field("x", .range(0...3), initially: 0)
      for name in ["one", "two"] {
        b.actor(name, on: b.cpu()) { _ in
          Step("see", .load(x))
          Step("add", .atomic(x)) { $0 = ($0 + 1) % 4 }
        }
      }
    }
    #expect(found == ["one / two (see / add)": 1, "one / two (add / see)": 1])
  }

  @Test("under a lock that both hold there is no race, and with one who doesn't there is")
  func locks() throws {
    func found(_ second: Bool) throws -> [String: Int] {
      try races { b in
        let x = b.field("x", .range(0...3), initially: 0)
        let (lock, other) = (b.lock("l", .spinlock), b.lock("o", .spinlock))
        b.actor("one", on: b.cpu()) { _ in
          lock.acquire()
          Step("x = 1", .store(x)) { 1 }
          lock.release()
        }
        b.actor("two", on: b.cpu()) { _ in
          (second ? lock : other).acquire()
          Step("x = 2", .store(x)) { 2 }
          (second ? lock : other).release()
        }
        for (name, value) in [("three", 3), ("four", 2)] {
          b.actor(name, on: b.cpu()) { _ in
            Step("take", .section([x], taking: lock)) { s in s[x] = value }
          }
        }
      }
    }
    #expect(try found(true) == [:])
    #expect(
      try found(false) == [
        "one / two (x = 1 / x = 2)": 2, "two / three (x = 2 / take)": 1,
        "two / four (x = 2 / take)": 1,
      ])
  }

  @Test("who waits looks all the time, and so races with the store that it waits for")
  func waiting() throws {
    for (ordering, isRace) in [(Operation.Ordering.plain, true), (.relaxed, false)] {
      let found = try races { b in
        let x = b.field("x", .flag, initially: false)
        b.actor("waiter", on: b.cpu()) { _ in Step("wait", .wait(x, ordering)) { $0 } }
        b.actor("writer", on: b.cpu()) { _ in Step("set", .store(x, .release)) { true } }
      }
      #expect(found == (isRace ? ["waiter / writer (wait / set)": 0] : [:]))
    }
  }

  @Test("a plain access is interrupted in its middle, a marked one is not, nor with interrupts off")
  func interrupts() throws {
    func found(
      _ ordering: Operation.Ordering, off: Bool, handlers: Operation.Ordering = .relaxed
    ) throws -> [String: Int] {
      try races { b in
        let x = b.field("x", .range(0...3), initially: 0)
        let cpu = b.cpu()
        b.actor("task", on: cpu) { _ in
          if off { localIrqSave() }
          Step("x = 1", .store(x, ordering)) { 1 }
          if off { localIrqRestore() }
        }
        b.actor("handler", on: cpu, .interrupt, duty: .mayRunForever) { _ in
          Loop {
            Step("begin").mayRest()
            Step("see", .load(x, handlers))
          }
        }
      }
    }
    #expect(try found(.plain, off: false) == ["task / handler (x = 1 / see)": 1])
    #expect(try found(.relaxed, off: false, handlers: .plain) == [:])
    #expect(try found(.plain, off: true) == [:])
  }

  @Test("an interrupt comes in the middle of what a softirq begins with")
  func softirqs() throws {
    func found(_ kind: ActorKind) throws -> [String: Int] {
      try races { b in
        let x = b.field("x", .range(0...3), initially: 0)
        let cpu = b.cpu()
        b.actor("net_rx_action", on: cpu, .softirq) { _ in Step("see", .load(x)) }
        b.actor("handler", on: cpu, kind) { _ in Step("x = 1", .store(x)) { 1 } }
      }
    }
    #expect(try found(.interrupt) == ["net_rx_action / handler (see / x = 1)": 0])
    #expect(try found(.softirq) == [:])
  }

  @Test("what data_race() is said of is not told")
  func exempt() throws {
    let found = try races { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("reader", on: b.cpu()) { _ in
        If(Condition("see", .load(x)) { $0 }.mayRace()) { Step("again", .load(x)).mayRace() }
      }
      b.actor("writer", on: b.cpu()) { _ in Step("set", .store(x)) { true } }
    }
    #expect(found == [:])
  }

  @Test("of a section it counts what it does to each field; a reason for it is believed")
  func sections() throws {
    func found(_ section: @escaping (Field<Int>, Field<Int>, Lock) -> Section) throws
      -> [String: Int]
    {
      try races { b in
        let (x, y) = (
          b.field("x", .range(0...3), initially: 0), b.field("y", .range(0...3), initially: 0)
        )
        let lock = b.lock("l", .mutex)
        b.actor("one", on: b.cpu()) { _ in
          Step("copy", section(x, y, lock)) { s in s[y] = s[x] }
        }
        b.actor("two", on: b.cpu()) { _ in
          Step("see x", .load(x, .relaxed))
          Step("see y", .load(y, .relaxed))
        }
      }
    }
    #expect(
      try found { .section([$0, $1], taking: $2) } == ["one / two (copy / see y)": 1])
    #expect(try found { x, y, _ in .section([x, y], because: "nobody comes between") } == [:])
  }

  @Test("the two accesses are told with who makes them and where")
  func accesses() throws {
    let system = try System { b in
      b.reportDataRaces()
      let flags = b.fields("flag", count: 2, .flag, initially: false)
      b.actor("writer", on: b.cpu()) { actor in
        let index = actor.register("index", .range(0...1), initially: 1)
        Call("f") { Step("set", .store(flags[index])) { true } }
      }
      b.actor("reader", on: b.cpu()) { _ in Step("see", .load(flags[1], .relaxed)) }
    }
    let outcome = try system.search()
    #expect(
      outcome.verdict == .found(.dataRace, property: "data-race in f / reader (set / see)"))
    let races = try #require(outcome.findings.first).races
    #expect(races.map(\.field) == ["flag[1]", "flag[1]"])
    #expect(races.map(\.kind) == [.write, .read] && races.map(\.isPlain) == [true, false])
    #expect(races.map(\.actor) == ["writer", "reader"] && races.map(\.cpu) == [0, 1])
    #expect(races.map(\.function) == ["f", "reader"] && races.map(\.step) == ["set", "see"])
  }

  @Test("where there is no room for each pair of steps, pairs of functions are told of")
  func merging() throws {
    let found = try races { b in
      let fields = b.fields("x", count: 9, .flag, initially: false)
      for name in ["b", "a"] {
        b.actor(name, on: b.cpu()) { _ in
          for number in 0..<9 {
            for other in 0..<8 {
              Step("\(number).\(other)", .store(fields[number])) { true }
            }
          }
        }
      }
    }
    #expect(found == ["a / b": 0])
  }

  @Test("nobody is told of races who doesn't ask, or under tso")
  func unasked() throws {
    func build(_ b: SystemBuilder) {
      let x = b.field("x", .flag, initially: false)
      for name in ["one", "two"] {
        b.actor(name, on: b.cpu()) { _ in Step("set", .store(x)) { true } }
      }
    }
    #expect(try System { build($0) }.search().verdict == .holds)
    func asked(_ memoryModel: MemoryModel) throws -> String {
      let system = try System(memoryModel: memoryModel) { b in
        b.reportDataRaces()
        build(b)
      }
      return try system.search().verdict.name
    }
    #expect(try [.sc, .tso, .lkmm].map(asked) == ["data race", "holds", "data race"])
  }

  @Test("random programs: an interpreter finds the same races, as soon", arguments: 0..<4)
  func interpreted(batch: Int) throws {
    var found = 0
    for seed in (batch * 60)..<(batch * 60 + 60) {
      let programs = RacyPrograms(seed: UInt64(seed))
      let system = try programs.system
      let expected = Dictionary(
        uniqueKeysWithValues: programs.races.map {
          (String($0.key.dropFirst("data-race in ".count)), $0.value)
        })
      found += expected.count
      let reference = try system.search(strategy: .reference)
      #expect(races(in: reference) == expected, "seed \(seed)")
      for threads in [1, 3] {
        try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
      }
    }
    #expect(found > 30)
  }

  @Test("programs of every kind: both searches and all reductions find the same", arguments: 0..<4)
  func everyKind(batch: Int) throws {
    var found = 0
    for seed in (batch * 15)..<(batch * 15 + 15) {
      let racing = try? RandomPrograms.system(seed: UInt64(seed), racing: true)
      guard let system = racing, try system.search().statistics.states < 1_000 else { continue }
      let reference = try system.search(strategy: .reference)
      found += races(in: reference).count
      try expectAgreement(of: system, with: reference, threads: 2, "seed \(seed)")
      try expectSame(of: system, reduced: reference, seed)
    }
    #expect(found > 1)
  }

  @Test("what is alike is visited once, and has the same races", arguments: 0..<2)
  func symmetry(batch: Int) throws {
    var (found, alike) = (0, 0)
    for seed in (batch * 10)..<(batch * 10 + 10) {
      let system = try AlikeSystem(seed: seed, racing: true).system
      if try system.search().statistics.states > 1_000 { continue }
      let reference = try system.search(strategy: .reference)
      let reduced = try expectSame(of: system, reduced: reference, seed)
      found += races(in: reference).count
      alike += reduced.alike.isEmpty ? 0 : 1
    }
    #expect(found > 0 && alike > 0, "\(found), \(alike)")
  }

  /// The search that sets dead registers back, and visits one state for all that are alike.
  @discardableResult
  private func expectSame(
    of system: System, reduced reference: Outcome, _ seed: Int
  ) throws -> Outcome {
    var options = SearchOptions(threads: 1)
    options.mostStatesUnreduced = 0
    options.statesToLearnFrom = 20
    options.leastArrangements = 1
    let outcome = try system.search(options)
    #expect(races(in: outcome) == races(in: reference), "seed \(seed)")
    return outcome
  }
}
