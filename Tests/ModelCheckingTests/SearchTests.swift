import ModelChecking
import Synchronization
import Testing

@Suite("Verdicts and limits")
struct SearchTests {
  static let strategies = [SearchStrategy.fast, .reference]

  /// Counters that each go from 0 to `top`, one step a time.
  private func counters(_ count: Int, top: Int) throws -> System {
    try System { b in
      for number in 0..<count {
        let counter = b.field("counter\(number)", .range(0...top), initially: 0)
        b.actor("actor\(number)", on: b.cpu()) { _ in
          While(Condition("below?", .load(counter)) { $0 < top }) {
            Step("raise", .atomic(counter)) { $0 += 1 }
          }
        }
      }
    }
  }

  @Test("an invariant that is false at once is a violation of no steps", arguments: strategies)
  func initialViolation(strategy: SearchStrategy) throws {
    let system = try System { b in
      let f = b.field("f", .flag, initially: false)
      b.actor("a", on: b.cpu()) { _ in Step("set", .store(f)) { true } }
      b.invariant("f is set") { s in s[f] }
    }
    let outcome = try system.search(strategy: strategy)
    #expect(outcome.verdict == .found(.violated, property: "f is set"))
    #expect(outcome.findings.first?.trace.steps == [])
  }

  @Test(
    "a warning does not end the search, and is the verdict if nothing worse is found",
    arguments: strategies)
  func warnings(strategy: SearchStrategy) throws {
    func outcome(bugAt bug: Int) throws -> Outcome {
      try System { b in
        let n = b.field("n", .range(0...5), initially: 0)
        b.actor("a", on: b.cpu()) { _ in
          for _ in 0..<5 { Step("raise", .atomic(n)) { $0 += 1 } }
        }
        b.invariant("n is small", severity: .warning) { s in s[n] < 2 }
        b.invariant("n is not huge") { s in s[n] < bug }
      }.search(strategy: strategy)
    }
    let both = try outcome(bugAt: 4)
    #expect(both.verdict == .found(.violated, property: "n is not huge"))
    #expect(both.findings.map(\.property) == ["n is not huge", "n is small"])
    #expect(both.findings.map(\.trace.steps.count) == [4, 2])
    let warned = try outcome(bugAt: 9)
    #expect(warned.verdict == .found(.violated, property: "n is small"))
    #expect(warned.statistics.states == 6)
  }

  @Test("waiting where the model allows it is no deadlock; elsewhere it is", arguments: strategies)
  func resting(strategy: SearchStrategy) throws {
    func verdict(mayRest: Bool) throws -> Verdict {
      try System { b in
        let f = b.field("f", .flag, initially: false)
        b.actor("a", on: b.cpu()) { _ in
          let wait = Step("wait", .wait(f)) { $0 }
          if mayRest { wait.mayRest() } else { wait }
        }
      }.search(strategy: strategy).verdict
    }
    #expect(try verdict(mayRest: true) == .holds)
    #expect(try verdict(mayRest: false) == .found(.deadlock))
  }

  @Test(
    "a goal that no state fulfils is unreachable, and the loop it is missed in is shown",
    arguments: strategies)
  func unreachable(strategy: SearchStrategy) throws {
    let outcome = try System { b in
      let n = b.field("n", .range(0...3), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Step("begin", .store(n)) { 1 }
        Loop {
          Step("try", .store(n)) { 2 }
          Step("fail", .store(n)) { 1 }
        }
      }
      b.goal("n is 3") { s in s[n] == 3 }
    }.search(strategy: strategy)
    #expect(outcome.verdict == .found(.goalUnreachable, property: "n is 3"))
    let trace = try #require(outcome.findings.first?.trace)
    #expect(trace.steps == [])
    #expect(trace.onward.map(\.name) == ["begin"])
    #expect(trace.loop.map(\.name) == ["try", "fail"])
    #expect(outcome.goals.first?.steps == nil)
  }

  @Test(
    "a goal that gets out of reach is stuck, from the first state of no return",
    arguments: strategies)
  func stuck(strategy: SearchStrategy) throws {
    let outcome = try System { b in
      let n = b.field("n", .range(0...9), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Step("walk", .store(n)) { 1 }
        Choose {
          Way {
            Step("right", .store(n)) { 2 }
            Step("arrive", .store(n)) { 9 }
          }
          Way {
            Step("wrong", .store(n)) { 3 }
            Step("on", .store(n)) { 4 }
            Loop {
              Step("round", .store(n)) { 5 }
              Step("again", .store(n)) { 4 }
            }
          }
        }
      }
      b.goal("n is 9", .alwaysReachable) { s in s[n] == 9 }
      b.goal("n is 4") { s in s[n] == 4 }
    }.search(strategy: strategy)
    // Arriving is an end from which n stays 9, so only the wrong way gets stuck.
    #expect(outcome.verdict == .found(.stuck, property: "n is 9"))
    let trace = try #require(outcome.findings.first?.trace)
    #expect(trace.steps.map(\.name) == ["walk", "wrong"])
    #expect(trace.onward.map(\.name) == ["on"])
    #expect(trace.loop.map(\.name) == ["round", "again"])
  }

  @Test("the shortest trace with the fewest context switches is chosen", arguments: strategies)
  func switches(strategy: SearchStrategy) throws {
    let outcome = try System { b in
      let n = b.field("n", .range(0...6), initially: 0)
      for number in 0..<3 {
        b.actor("actor\(number)", on: b.cpu()) { _ in
          Step("one", .atomic(n)) { $0 += 1 }
          Step("two", .atomic(n)) { $0 += 1 }
        }
      }
      b.invariant("n is below 4") { s in s[n] < 4 }
    }.search(strategy: strategy)
    let trace = try #require(outcome.findings.first?.trace)
    #expect(trace.contextSwitches == 1)
    #expect(trace.steps.map(\.actor) == ["actor0", "actor0", "actor1", "actor1"])
  }

  @Test("the store grows many times and loses nothing", arguments: [1, 2, 4])
  func growth(threads: Int) throws {
    // Four rings of 30 places with steps both ways: every state is met again from all sides, at its
    // own level and at the levels before and after.
    let system = try System { b in
      for number in 0..<4 {
        let place = b.field("place\(number)", .range(0...29), initially: 0)
        b.actor("actor\(number)", on: b.cpu()) { _ in
          Loop {
            Choose([1, 29]) { step in
              Step("by \(step)", .atomic(place)) { $0 = ($0 + step) % 30 }
            }
          }
        }
      }
    }
    let outcome = try system.search(SearchOptions(threads: threads))
    #expect(outcome.verdict == .holds)
    #expect(outcome.statistics.states == 30 * 30 * 30 * 30)
    #expect(outcome.statistics.transitions == 8 * 30 * 30 * 30 * 30)
    #expect(outcome.statistics.depth == 4 * 15)
  }

  @Test(
    "a memory limit ends the search as inconclusive, at the same level on any number of threads")
  func memoryLimit() throws {
    let system = try counters(4, top: 19)
    let outcomes = try [1, 2, 4].map {
      try system.search(SearchOptions(threads: $0, memory: 30 << 20))
    }
    for outcome in outcomes {
      #expect(outcome.verdict == .inconclusive(.memory))
      #expect(outcome.statistics.states > 100_000)
      #expect(outcome.statistics.states < 40 * 40 * 40 * 40)
      #expect(outcome.statistics.states == outcomes[0].statistics.states)
      #expect(outcome.statistics.transitions == outcomes[0].statistics.transitions)
    }
  }

  @Test("whether the memory is enough does not depend on the threads, to the kilobyte")
  func tightMemory() throws {
    // Wide states, so that few of them fill the least memory that there is.
    let system = try System { b in
      for number in 0..<30 { _ = b.field("wide\(number)", .range(0...1 << 60), initially: 0) }
      for number in 0..<3 {
        let counter = b.field("counter\(number)", .range(0...34), initially: 0)
        b.actor("actor\(number)", on: b.cpu()) { _ in
          for _ in 0..<34 { Step("raise", .atomic(counter)) { $0 += 1 } }
        }
      }
    }
    func holds(_ kilobytes: Int, _ threads: Int) throws -> Bool {
      let options = SearchOptions(threads: threads, memory: kilobytes << 10)
      let outcome = try system.search(options)
      #expect(outcome.verdict == .holds || outcome.verdict == .inconclusive(.memory))
      return outcome.verdict == .holds
    }
    var (little, much) = (33 << 10, 64 << 10)
    while much - little > 1 {
      let middle = (little + much) / 2
      if try holds(middle, 1) { much = middle } else { little = middle }
    }
    for kilobytes in [little - 100, little, much, much + 100] {
      for threads in [2, 3, 4] {
        #expect(try holds(kilobytes, threads) == (kilobytes >= much), "\(kilobytes)K, \(threads)")
      }
    }
  }

  @Test("a violation just beyond the memory limit is found all the same", arguments: [1, 4])
  func violationBeyondLimit(threads: Int) throws {
    /// Four counters up to 39, with one state forbidden, `depth` steps from the start.
    func system(depth: Int) throws -> System {
      try System { b in
        var counters: [Field<Int>] = []
        for number in 0..<4 {
          let counter = b.field("counter\(number)", .range(0...39), initially: 0)
          counters.append(counter)
          b.actor("actor\(number)", on: b.cpu()) { _ in
            for _ in 0..<39 { Step("raise", .atomic(counter)) { $0 += 1 } }
          }
        }
        let all = counters
        b.invariant("not this one state") { s in
          !all.indices.allSatisfy { s[all[$0]] == depth / 4 + ($0 < depth % 4 ? 1 : 0) }
        }
      }
    }
    let before = try system(depth: 71).search(SearchOptions(threads: threads))
    let free = try system(depth: 72).search(SearchOptions(threads: threads))
    // Room for all levels before the violation and little more.
    var (tooSmall, limit) = (26 << 20, 64 << 20)
    while limit - tooSmall > 1 << 16 {
      let options = SearchOptions(threads: threads, memory: (tooSmall + limit) / 2)
      if try system(depth: 71).search(options).statistics.states == before.statistics.states {
        limit = options.memory
      } else {
        tooSmall = options.memory
      }
    }
    let limited = try system(depth: 72).search(SearchOptions(threads: threads, memory: limit))
    #expect(free.verdict == .found(.violated, property: "not this one state"))
    #expect(limited.verdict == free.verdict)
    #expect(limited.statistics.states == before.statistics.states)
    // The store is full, so the trace that is found is of the same length, and says that it is any.
    #expect(limited.findings.map(\.trace.steps.count) == [72])
    #expect(limited.findings.map(\.trace.hasFewestSwitches) == [false])
    #expect(free.findings.map(\.trace.hasFewestSwitches) == [true])
    let harmless = try system(depth: 156).search(SearchOptions(threads: threads, memory: limit))
    #expect(harmless.verdict == .inconclusive(.memory))
    #expect(harmless.statistics.states == before.statistics.states)
  }

  @Test(
    "goals are looked at with the whole graph, or not at all where there is no memory for it",
    arguments: [1, 3],
    [false, true])
  func goalsInLittleMemory(threads: Int, hasTrap: Bool) throws {
    // 125,000 states that come back to the first on many ways, unless one counter sticks at the top.
    let system = try System { b in
      let counters = (0..<3).map { b.field("counter\($0)", .range(0...49), initially: 0) }
      for (number, counter) in counters.enumerated() {
        b.actor("actor\(number)", on: b.cpu()) { _ in
          Loop {
            Choose {
              Way { Step("raise", .atomic(counter), when: { $0 < 49 }) { $0 += 1 } }
              Way { Step("stay", .wait(counter)) { $0 == 49 } }
              Way {
                Step("lower", .atomic(counter), when: { $0 > 0 && !(hasTrap && $0 == 49) }) {
                  $0 -= 1
                }
              }
            }
          }
        }
      }
      b.goal("all are 1", .alwaysReachable) { s in counters.allSatisfy { s[$0] == 1 } }
    }
    let much = try system.search(SearchOptions(threads: threads))
    // Room for the states; their 748,000 transitions would take more.
    let little = try system.search(SearchOptions(threads: threads, memory: 29 << 20))
    #expect(much.verdict == (hasTrap ? .found(.stuck, property: "all are 1") : .holds))
    // The whole graph is looked at, or nothing is said.
    #expect(little.verdict == .inconclusive(.memory))
    #expect(little.statistics.states == 50 * 50 * 50)
    #expect(much.findings.first.map { $0.trace.steps.count } == (hasTrap ? 49 : nil))
  }

  @Test("a memory limit too small to begin with is an error that says what is needed")
  func tinyMemory() throws {
    let system = try counters(1, top: 1)
    #expect(throws: InputError.self) {
      try system.search(SearchOptions(threads: 1, memory: 1 << 20))
    }
  }

  @Test("a time limit and an interruption end the search as inconclusive", arguments: strategies)
  func stopping(strategy: SearchStrategy) throws {
    let system = try counters(6, top: 19)
    let late = try system.search(SearchOptions(seconds: 0.05), strategy: strategy)
    #expect(late.verdict == .inconclusive(.time))
    let monitor = SearchMonitor()
    monitor.stop()
    let stopped = try system.search(strategy: strategy, monitor: monitor)
    #expect(stopped.verdict == .inconclusive(.interrupted))
    #expect(stopped.statistics.states < 1_000_000)
  }

  @Test("an inconclusive search knows up to how many steps it tried all", arguments: strategies)
  func triedSteps(strategy: SearchStrategy) throws {
    for most in [1, 40, 100, 150] {
      let monitor = SearchMonitor()
      let asked = Counter()
      let system = try System { b in
        for name in ["a", "b"] {
          let n = b.field(name, .range(0...400), initially: 0)
          b.actor("\(name)'s", on: b.cpu()) { _ in
            for _ in 0..<400 { Step("raise", .atomic(n)) { $0 += 1 } }
          }
        }
        b.invariant("it goes on") { _ in
          if asked.next() > most { monitor.stop() }
          return true
        }
      }
      let outcome = try system.search(strategy: strategy, monitor: monitor)
      #expect(outcome.verdict == .inconclusive(.interrupted))
      // Of two counters that only rise, (n + 1) (n + 2) / 2 states are within n steps.
      let tried = try #require(outcome.triedSteps)
      #expect((tried + 1) * (tried + 2) / 2 <= outcome.statistics.states)
      #expect((tried + 3) * (tried + 4) / 2 > outcome.statistics.states)
    }
    #expect(try counters(2, top: 3).search(strategy: strategy).triedSteps == nil)
  }

  @Test("a limit reached while a goal is judged leaves the verdict open")
  func stoppingTheGoal() throws {
    let monitor = SearchMonitor()
    let asked = Counter()
    let system = try System { b in
      let n = b.field("n", .range(0...99), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Loop { Step("raise", .atomic(n)) { $0 = ($0 + 1) % 100 } }
      }
      b.goal("n is 99", .alwaysReachable) { s in
        // Asked twice for each state while they are visited, for nobody comes nearer to home in any; and
        // again when the goal is judged.
        if asked.next() > 200 { monitor.stop() }
        return s[n] == 99
      }
    }
    let outcome = try system.search(monitor: monitor)
    #expect(outcome.statistics.states == 100)
    #expect(outcome.verdict == .inconclusive(.interrupted))
  }
}

/// Counts calls from any thread.
private final class Counter: Sendable {
  private let count = Atomic(0)
  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
