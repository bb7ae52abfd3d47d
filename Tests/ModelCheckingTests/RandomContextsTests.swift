import ModelChecking
import Testing

/// Random systems of everything an oracle would be too much work for: locks, sections, CPU contexts,
/// interrupts, registers, arrays, ghosts, assertions, warnings, faults, several initial states, states
/// of several words.
@Suite("The fast search against the reference on random systems of every kind")
struct RandomContextsTests {
  @Test("they agree on verdict, figures and traces", arguments: 0..<8)
  func agreement(batch: Int) throws {
    var compared = 0
    var verdicts: Set<String> = []
    for seed in (batch * 60)..<(batch * 60 + 60) {
      // Some random programs make no sense, and say so.
      guard let system = try? RandomPrograms.system(seed: UInt64(seed)),
        try system.search().statistics.states < 5_000
      else { continue }
      let reference = try system.search(strategy: .reference)
      for threads in [1, 2, 5] {
        try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
      }
      compared += 1
      verdicts.insert(reference.verdict.name)
    }
    #expect(compared > 30)
    #expect(verdicts.count >= 3)
  }
}
