import ModelChecking
import Testing

@Suite("States behind the frontier are forgotten")
struct ForgettingTests {
  @Test("what was forgotten changes no verdict, no count and no length", arguments: 0..<3)
  func randomSystems(batch: Int) throws {
    var (forgot, traces, unsettled) = (0, 0, 0)
    for (seed, system) in try smallRandomSystems(batch * 30..<batch * 30 + 30) {
      let reference = try system.search(strategy: .reference)
      for states in [0, 40] {
        let outcomes = try [1, 2, 5].map { threads in
          var options = SearchOptions(threads: threads)
          options.mostStatesInMemory = states
          return try system.search(options)
        }
        let outcome = outcomes[0]
        for other in outcomes {
          #expect(other.verdict == outcome.verdict, "seed \(seed)")
          #expect(other.findings.map(\.trace.steps) == outcome.findings.map(\.trace.steps))
        }
        var options = SearchOptions()
        options.mostStatesInMemory = states
        if try fastSearch(system, options).store.forgotten == 0 { continue }
        forgot += 1
        // Whether something stays possible is asked of the whole graph, which is not there.
        if outcome.limit == .memory {
          unsettled += 1
          continue
        }
        if reference.verdict.name == "stuck" || reference.verdict.name == "deadlock" {
          // Where it is past help is not known, only where nothing moves.
          #expect(outcome.verdict.name == "deadlock", "seed \(seed)")
          continue
        }
        #expect(outcome.verdict.name == reference.verdict.name, "seed \(seed)")
        if outcome.verdict == .holds {
          #expect(outcome.statistics.states == reference.statistics.states, "seed \(seed)")
          #expect(outcome.statistics.transitions == reference.statistics.transitions)
          #expect(outcome.statistics.levels == reference.statistics.levels)
        }
        for (finding, other) in zip(outcome.findings, reference.findings) {
          traces += 1
          #expect(finding.trace.steps.count == other.trace.steps.count, "seed \(seed)")
        }
      }
    }
    #expect(forgot > 20 && traces > 5 && unsettled < forgot / 2)
  }

  @Test("a memory limit has room for more states than lie in it", arguments: [1, 3])
  func room(threads: Int) throws {
    let system = try countingSystem(6, to: 8)
    let all = try system.search(SearchOptions(threads: threads))
    let options = SearchOptions(threads: threads, memory: 30 << 20)
    let search = try fastSearch(system, options)
    #expect(search.store.forgotten > 0)
    #expect(search.store.usedBytes < 6 << 20)
    #expect(all.statistics.states == 531_441)
    let outcome = try system.search(options)
    #expect(outcome.verdict == .holds && outcome.limit == nil)
    #expect(outcome.statistics.states == all.statistics.states)
    #expect(outcome.statistics.transitions == all.statistics.transitions)
  }

  @Test("a violation behind what was forgotten has a shortest trace")
  func violation() throws {
    let system = try countingSystem(6, to: 8, belowSum: 30)
    let outcomes = try [1, 3].map { threads in
      try system.search(SearchOptions(threads: threads, memory: 30 << 20))
    }
    for outcome in outcomes {
      #expect(outcome.verdict.name == "violated")
      #expect(outcome.findings.first?.trace.steps.count == 30)
      #expect(outcome.findings.first?.trace.hasFewestSwitches == false)
      #expect(outcome.findings.map(\.trace.steps) == outcomes[0].findings.map(\.trace.steps))
    }
  }
}
