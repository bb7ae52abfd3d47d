import ModelChecking
import Testing

@Suite("Both searches against an oracle that knows no engine")
struct AgreementTests {
  @Test("verdicts, counts and traces agree on random systems", arguments: 0..<20)
  func agreement(batch: Int) throws {
    var verdicts: [String: Int] = [:]
    for seed in (batch * 50)..<(batch * 50 + 50) {
      let random = RandomSystem(seed: UInt64(seed))
      let oracle = RandomSystemOracle(random)
      verdicts[oracle.verdict, default: 0] += 1
      let system = try random.system()
      let reference = try system.search(strategy: .reference)
      for threads in [1, 2, 4] {
        try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
      }
      #expect(reference.verdict.name == oracle.verdict, "seed \(seed)")
      #expect(reference.statistics.states == oracle.states.count, "seed \(seed)")
      #expect(reference.statistics.transitions == oracle.transitions, "seed \(seed)")
      if !oracle.schedule.isEmpty {
        let steps = reference.findings.first?.trace.steps.map { "\($0.actor) \($0.name)" }
        #expect(steps == oracle.schedule, "seed \(seed)")
      }
    }
    // The systems are worth the name only if they show different things.
    #expect(verdicts.count >= 4)
  }
}
