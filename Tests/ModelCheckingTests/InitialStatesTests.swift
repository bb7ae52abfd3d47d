import ModelChecking
import Synchronization
import Testing

@Suite("Several initial states")
struct InitialStatesTests {
  /// The outcome on which all searches agree.
  private func outcome(_ declare: (SystemBuilder) -> Void) throws -> Outcome {
    let system = try System(declare)
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4] {
      try expectAgreement(of: system, with: reference, threads: threads, "\(threads) threads")
    }
    return reference
  }

  @Test("every combination that fulfils all conditions is one, and no other")
  func combinations() throws {
    let found = try outcome { b in
      let size = b.field("size", .range(0...4), initiallyAnyOf: [3, 0, 1, 3])
      let isFree = b.field("free", .flag, initiallyAnyOf: [true, false])
      b.initially { s in s[size] != 3 || !s[isFree] }
      b.initially { s in s[size] != 0 || s[isFree] }
      b.actor("a", on: b.cpu()) { _ in Step("grow", .atomic(size)) { $0 += 1 } }
      // 0 free, 1 either way, 3 in use; each grows by 1.
      b.invariant("free ones are small") { s in !s[isFree] || s[size] <= 2 }
      b.goal("4 in use") { s in s[size] == 4 && !s[isFree] }
      b.goal("1 free") { s in s[size] == 1 && s[isFree] }
    }
    #expect(found.verdict == .holds)
    #expect(found.statistics.states == 8)
    #expect(found.statistics.transitions == 4)
    #expect(found.statistics.depth == 1)
    #expect(found.statistics.widestLevel == 4)
    #expect(found.goals.map(\.steps) == [1, 0])
  }

  /// Somebody looks at where it began, and then somebody else takes the last step to a bug.
  private func looking(_ starts: [Int], isBug: @escaping @Sendable (Int) -> Bool) throws -> Trace? {
    let found = try outcome { b in
      let start = b.field("start", .range(0...9), initiallyAnyOf: starts)
      let hasLooked = b.ghost("looked", .flag, initially: false)
      b.actor("a", on: b.cpu()) { _ in
        Step("look", .load(start)).noting { s in s[hasLooked] = true }
      }
      b.invariant("it did not begin so") { s in !s[hasLooked] || !isBug(s[start]) }
    }
    return found.findings.first?.trace
  }

  @Test("a trace begins in the first of the initial states that are as good")
  func first() throws {
    for (starts, first) in [([5, 1, 7], 1), ([7, 6], 6), ([0, 9, 4], 4)] {
      let trace = try looking(starts) { $0 != 0 }
      #expect(trace?.steps.map(\.reads.texts) == [["start = \(first)"]])
    }
  }

  @Test("fewer switches between actors come before an earlier initial state")
  func switches() throws {
    let found = try outcome { b in
      let turn = b.field("turn", .range(0...3), initiallyAnyOf: [0, 1])
      let done = b.ghost("done", .range(0...2), initially: 0)
      // From 0 the actors must take turns; from 1 one of them does it alone.
      for name in ["a", "b"] {
        b.actor(name, on: b.cpu()) { _ in
          Step("go", .atomic(turn), when: { name == "a" ? $0 < 2 : $0 == 2 }) {
            $0 = $0 == 0 ? 2 : 3
          }
          .noting { s in s[done] += 1 }
          Step("again", .atomic(turn), when: { $0 == 3 }) { _ in }.noting { s in s[done] += 1 }
        }
      }
      b.invariant("never twice") { s in s[done] < 2 }
    }
    let trace = try #require(found.findings.first?.trace)
    #expect(trace.steps.map(\.actor) == ["a", "a"])
    #expect(trace.steps.first?.reads.texts == ["turn = 1"])
  }

  @Test("a bug in an initial state is one of no steps, shown in the first such state")
  func atOnce() throws {
    let violated = try outcome { b in
      let n = b.field("n", .range(0...5), initiallyAnyOf: [0, 2, 4, 5])
      b.actor("a", on: b.cpu()) { _ in Step("x", .load(n)) }
      b.invariant("n is below 3") { s in s[n] < 3 }
    }
    #expect(violated.verdict == .found(.violated, property: "n is below 3"))
    #expect(violated.findings.first?.trace.steps == [])
    #expect(violated.findings.first?.evidence.texts == ["n = 4"])

    let stopped = try outcome { b in
      let n = b.field("n", .range(0...5), initiallyAnyOf: [0, 2, 4, 5])
      b.actor("a", on: b.cpu()) { _ in Step("x", .wait(n)) { $0 < 1 || $0 == 5 } }
    }
    #expect(stopped.verdict == .found(.deadlock))
    #expect(stopped.findings.first?.trace.steps == [])
    #expect(stopped.findings.first?.evidence.texts == ["n = 2"])
  }

  @Test("a goal that is out of reach from one of them is lost at once")
  func goals() throws {
    let found = try outcome { b in
      let n = b.field("n", .range(0...5), initiallyAnyOf: [0, 3, 4])
      b.actor("a", on: b.cpu()) { _ in
        Loop { Step("go on", .atomic(n)) { $0 = $0 == 2 ? 0 : $0 == 5 ? 3 : $0 + 1 } }
      }
      b.goal("n is 1", .alwaysReachable) { s in s[n] == 1 }
    }
    #expect(found.verdict == .found(.stuck, property: "n is 1"))
    let trace = try #require(found.findings.first?.trace)
    #expect(trace.steps == [])
    #expect(trace.loop.map { $0.reads.map(\.value) } == [["3"], ["4"], ["5"]])
  }

  @Test("there may be many")
  func many() throws {
    let found = try outcome { b in
      let n = b.field("n", .range(0...19_999), initiallyAnyOf: Array(0..<20_000))
      b.initially { s in s[n] % 2 == 0 }
      let isOver = b.field("over", .flag, initially: false)
      b.actor("a", on: b.cpu()) { _ in Step("end", .store(isOver)) { true } }
      b.invariant("the last one never ends") { s in s[n] != 19_998 || !s[isOver] }
    }
    #expect(found.verdict == .found(.violated, property: "the last one never ends"))
    #expect(found.statistics.states == 20_000)
    #expect(found.statistics.widestLevel == 10_000)
  }

  /// 2^20 combinations.
  private func large(_ isInitial: @escaping @Sendable (Int) -> Bool) throws(ModelError) -> System {
    try System { b in
      let high = b.field("high", .range(0...1023), initiallyAnyOf: Array(0...1023))
      let low = b.field("low", .range(0...1023), initiallyAnyOf: Array(0...1023))
      b.initially { s in isInitial(s[high] << 10 | s[low]) }
      b.actor("a", on: b.cpu()) { _ in Step("x", .load(low)) }
    }
  }

  @Test("limits hold while they are made")
  func limits() throws {
    let monitor = SearchMonitor()
    let asked = Mutex(0)
    let system = try large { number in
      asked.withLock { $0 += 1 }
      if number == 5_000 { monitor.stop() }
      return true
    }
    #expect(asked.withLock { $0 } == 0)
    #expect(try system.search(monitor: monitor).verdict == .inconclusive(.interrupted))
    #expect(asked.withLock { $0 } == 5_001)
    let late = try system.search(SearchOptions(seconds: 0))
    #expect(late.verdict == .inconclusive(.time))
    #expect(late.statistics.states == 0)
    asked.withLock { $0 = 0 }
    let error = #expect(throws: InputError.self) {
      try system.search(SearchOptions(memory: 25 << 20))
    }
    // 64 bytes each.
    #expect(
      error?.message
        == "a memory limit of 25 MB is too small to search in: there are more than 16384 initial states"
    )
    #expect(asked.withLock { $0 } == 16_385)
  }

  @Test("what must be true of many is looked at when a search begins")
  func late() throws {
    let none = #expect(throws: InputError.self) { try large { _ in false }.search() }
    #expect(none?.message == "no state fulfils what must be true initially")
    let trap = #expect(throws: InputError.self) {
      try large { [true][$0 / 10_000] }.search()
    }
    #expect(trap?.message.hasPrefix("initial condition (InitialStatesTests.swift:") == true)
    #expect(try large { $0 % 100_000 == 7 }.search().statistics.states == 22)
    #expect(try large { $0 % 100_000 == 7 }.search(strategy: .reference).statistics.states == 22)
  }

  @Test("what can't be a beginning is refused")
  func refused() {
    func problems(_ declare: @escaping (SystemBuilder) -> Void) -> [String]? {
      #expect(throws: ModelError.self) {
        try System { b in
          declare(b)
          b.actor("a", on: b.cpu()) { _ in Step("x") }
        }
      }?.problems
    }
    #expect(
      problems { b in
        let n = b.field("n", .range(0...5), initiallyAnyOf: [1, 2])
        b.initially { s in s[n] == 3 }
      } == ["no state fulfils what must be true initially"])
    #expect(
      problems { b in _ = b.field("n", .range(0...5), initiallyAnyOf: []) }
        == ["the field 'n' has no initial value"])
    #expect(
      problems { b in _ = b.field("n", .range(0...5), initiallyAnyOf: [1, 6]) }
        == ["the initial value of 'n' is outside its domain"])
    for count in [21, 64] {
      #expect(
        problems { b in
          for number in 0..<count {
            _ = b.field("flag\(number)", .flag, initiallyAnyOf: [false, true])
          }
        } == ["it has more than 1048576 states to start from, before any condition"])
    }
  }

  @Test("a saved trace begins where it did, and nowhere where that is gone")
  func saved() throws {
    func system(_ starts: [Int], most: Int = 9) throws -> System {
      try System { b in
        let n = b.field("n", .range(0...9), initiallyAnyOf: starts)
        b.initially { s in s[n] <= most }
        b.actor("a", on: b.cpu()) { _ in Step("look", .load(n)) }
        b.actor("b", on: b.cpu()) { _ in Step("rest") }
        b.invariant("n is not 7", severity: .warning) { s in s[n] != 7 }
        b.goal("n is 2") { s in s[n] == 2 }
      }
    }
    let starts = [2, 5, 7]
    let finding = try #require(try system(starts).search().findings.first)
    #expect(finding.trace.initialState == 2)
    let trace = SavedTrace(finding, of: try system(starts), in: try small())
    let again = try Replay(trace, in: system(starts))
    #expect(again.difference == nil)
    #expect(again.finding?.evidence.texts == ["n = 7"])
    #expect(again.trace.initialState == 2)
    let error = #expect(throws: InputError.self) { try Replay(trace, in: system(starts, most: 6)) }
    #expect(error?.message == "it begins at initial state 2, and there are 2, counted from 0")
  }

  @Test("random walks begin anywhere, and what they find begins where they did")
  func walks() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...9), initiallyAnyOf: Array(0...7))
      b.actor("a", on: b.cpu()) { _ in Step("look", .atomic(n)) { $0 += 1 } }
      b.invariant("n is not 5", severity: .warning) { s in s[n] != 5 }
    }
    let walks = Simulation(system, .init(seed: 1, walks: 200, depth: 5))
    #expect(walks.states == 9 + 7)
    // At once where it is 5, after a step where it is 4.
    #expect(walks.hits.map(\.finding.trace.steps.count) == [0])
    #expect(walks.hits.first?.finding.evidence.texts == ["n = 5"])
  }
}
