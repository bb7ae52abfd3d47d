import ModelChecking
import Testing

@Suite("Traces within limits")
struct ScheduleTests {
  /// Random systems of both kinds in which something is found.
  private func systems(_ batch: Int) throws -> [(seed: Int, system: System, reference: Outcome)] {
    try smallRandomSystems(batch * 25..<batch * 25 + 25).compactMap { seed, system in
      let reference = try system.search(strategy: .reference)
      return reference.findings.isEmpty ? nil : (seed, system, reference)
    }
  }

  @Test("in whatever memory, a trace is the best or says that it may not be", arguments: 0..<4)
  func memory(batch: Int) throws {
    var best = 0
    var any = 0
    for (seed, system, reference) in try systems(batch) {
      for room in [0, 200, 800, 3_200, 1 << 20] {
        let outcomes = try [1, 2, 5].map { threads in
          var options = SearchOptions(threads: threads)
          options.traceMemory = room
          return try system.search(options)
        }
        for outcome in outcomes {
          // Of a fault only the kind is sure: another trace may end in another one.
          #expect(outcome.verdict.name == reference.verdict.name, "seed \(seed)")
          for (finding, other) in zip(outcome.findings, reference.findings) {
            #expect(finding.trace.steps.count == other.trace.steps.count, "seed \(seed)")
            if finding.trace.hasFewestSwitches {
              best += 1
              #expect(finding.trace.steps == other.trace.steps, "seed \(seed), \(room) bytes")
            } else {
              any += 1
              #expect(room < 1 << 20)
            }
          }
          #expect(
            outcome.findings.map(\.trace.steps) == outcomes[0].findings.map(\.trace.steps),
            "seed \(seed), \(room) bytes")
          #expect(
            outcome.findings.map(\.trace.hasFewestSwitches)
              == outcomes[0].findings.map(\.trace.hasFewestSwitches), "seed \(seed)")
        }
      }
    }
    #expect(best > 50 && any > 50)
  }

  /// Actors with `steps` steps each; the invariant is false where all are done.
  private func marching(
    _ actors: Int, steps: Int, whenDone: @escaping @Sendable () -> Void = {}
  ) throws -> System {
    try System { b in
      let counters = (0..<actors).map { b.field("n\($0)", .range(0...steps), initially: 0) }
      for (number, counter) in counters.enumerated() {
        b.actor("actor\(number)", on: b.cpu()) { _ in
          for _ in 0..<steps { Step("raise", .atomic(counter)) { $0 += 1 } }
        }
      }
      b.invariant("not all are done") { s in
        if counters.contains(where: { s[$0] < steps }) { return true }
        whenDone()
        return false
      }
    }
  }

  @Test(
    "where every state is on a shortest schedule, one of fewest switches is found in little memory")
  func everyState() throws {
    // 4 ^ 8 states, of which all lead to the last.
    let system = try marching(8, steps: 3)
    for threads in [1, 3] {
      var options = SearchOptions(threads: threads)
      // Less than all rows take: two bytes a state.
      options.traceMemory = 80 << 10
      let outcome = try system.search(options)
      #expect(outcome.statistics.states == 65_536)
      let trace = try #require(outcome.findings.first?.trace)
      #expect(trace.hasFewestSwitches)
      #expect(trace.steps.map(\.actor) == (0..<24).map { "actor\($0 / 3)" })
    }
  }

  @Test("one who interrupts a search that has found something gets a shortest trace at once")
  func interruption() throws {
    for threads in [1, 3] {
      let monitor = SearchMonitor()
      let system = try marching(8, steps: 3) { monitor.stop() }
      let outcome = try system.search(SearchOptions(threads: threads), monitor: monitor)
      #expect(outcome.verdict == .found(.violated, property: "not all are done"))
      let trace = try #require(outcome.findings.first?.trace)
      #expect(trace.steps.count == 24)
      #expect(!trace.hasFewestSwitches)
    }
  }

  @Test("initial states count as memory")
  func initialStates() throws {
    let system = try System { b in
      let fields = (0..<4).map { b.field("n\($0)", .range(0...31), initiallyAnyOf: Array(0..<32)) }
      b.actor("a", on: b.cpu()) { _ in Step("set", .store(fields[0])) { 0 } }
    }
    #expect(system.initialStateCount == 1 << 20)
    // Without the initial states it would do.
    #expect(throws: InputError.self) { try system.search(SearchOptions(memory: 64 << 20)) }
    let outcome = try system.search(SearchOptions(memory: 256 << 20))
    #expect(outcome.verdict == .holds)
  }
}
