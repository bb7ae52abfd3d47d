import ModelChecking
import Testing

@Suite("Random walks")
struct SimulationTests {
  @Test("the generator gives the published numbers")
  func generator() {
    // From the reference program of Sebastiano Vigna, seeds 0 and 1234567.
    var zero = SplitMix64(seed: 0)
    #expect(zero.next() == 0xe220_a839_7b1d_cdaf)
    #expect(zero.next() == 0x6e78_9e6a_a1b9_65f4)
    var other = SplitMix64(seed: 1_234_567)
    #expect(other.next() == 6_457_827_717_110_365_317)
    #expect(other.next() == 3_203_168_211_198_807_973)
    var counts = [0, 0, 0]
    for _ in 0..<3_000 { counts[other.next(below: 3)] += 1 }
    #expect(counts.allSatisfy { (900...1_100).contains($0) })
    #expect(other.next(below: 1) == 0)
  }

  @Test("walks find nothing that a search does not, and no shorter way to it", arguments: 0..<150)
  func agreement(seed: UInt64) throws {
    let system = try RandomSystem(seed: seed).system()
    let simulation = Simulation(system, .init(seed: seed, walks: 60, depth: 40))
    let outcome = try system.search()
    #expect(simulation.walks == 60)
    #expect(simulation.endings.values.reduce(0, +) == 60)
    #expect(simulation.depth <= 40)
    let isStopped = [.found(.violated), .found(.deadlock)].contains {
      simulation.endings[$0] != nil
    }
    #expect(isStopped == simulation.hits.contains { $0.finding.severity == .bug })
    switch outcome.verdict {
    case .found(.violated, _), .found(.deadlock, _), .found(.faulted, _), .found(.stuck, _):
      let shortest = try #require(outcome.findings.first).trace.steps.count
      #expect(simulation.hits.allSatisfy { $0.finding.trace.steps.count >= shortest })
    default:
      #expect(simulation.hits.isEmpty)
      #expect(simulation.states <= outcome.statistics.states)
      for (goal, found) in zip(simulation.goals, outcome.goals) {
        #expect((goal.walks == 0) == (goal.steps == nil))
        if let steps = goal.steps { #expect(steps >= (found.steps ?? .max)) }
      }
    }
  }

  @Test("walks enough see every state of a small system, and its violation by the shortest way")
  func coverage() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...4), initially: 0)
      b.actor("walker", on: b.cpu()) { _ in
        Loop {
          Choose {
            Way { Step("inc", .atomic(n), when: { $0 < 4 }) { $0 += 1 } }
            Way { Step("dec", .atomic(n), when: { $0 > 0 }) { $0 -= 1 } }
          }
        }
      }
      b.invariant("n is not 4", severity: .warning) { s in s[n] != 4 }
      b.goal("n is 3") { s in s[n] == 3 }
    }
    let simulation = Simulation(system, .init(seed: 3, walks: 200, depth: 50))
    #expect(simulation.states == 5)
    #expect(simulation.endings == [.brokenOff: 200])
    #expect(simulation.steps == 200 * 50)
    let hit = try #require(simulation.hits.first)
    #expect(hit.finding.trace.steps.count == 4)
    #expect(hit.finding.severity == .warning)
    // A walk counts once, however often it comes there.
    #expect(hit.walks <= 200)
    #expect(simulation.goals.first?.steps == 3)
  }

  @Test("the same seed takes the same walks, and another seed others")
  func seeds() throws {
    let system = try RandomSystem(seed: 5).system()
    func figures(_ seed: UInt64) -> [Int] {
      let simulation = Simulation(system, .init(seed: seed, walks: 40, depth: 30))
      return [simulation.steps, simulation.states, simulation.depth]
        + Simulation.Ending.allCases.map { simulation.endings[$0] ?? 0 }
    }
    #expect(figures(1) == figures(1))
    #expect(Set((1...20).map { figures($0) }).count > 1)
  }

  @Test("somebody can end it")
  func interruption() throws {
    let monitor = SearchMonitor()
    monitor.stop()
    let system = try RandomSystem(seed: 5).system()
    #expect(Simulation(system, monitor: monitor).walks == 0)
  }
}
