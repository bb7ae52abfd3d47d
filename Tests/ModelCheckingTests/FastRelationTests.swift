import ModelChecking
import Testing

@Suite("The fast steps one by one")
struct FastRelationTests {
  /// Every step from every state, by both.
  private func expectSameSteps(_ system: System, _ comment: Comment) -> Int {
    let plain = PlainSemantics(system: system)
    let fast = FastRelation(system)
    #expect(fast.initialStates == plain.initialStates, comment)
    var search = BreadthFirst(plain, from: plain.initialStates, limit: 2_000)
    var troubled = 0
    while let expansion = search.next() {
      let steps = fast.transitions(from: search.states[expansion.state])
      #expect(steps.map(\.move) == expansion.steps.map(\.transition.move), comment)
      #expect(steps.map(\.target) == expansion.steps.map(\.transition.target), comment)
      #expect(steps.map(\.trouble) == expansion.steps.map(\.transition.trouble), comment)
      troubled += steps.count { $0.trouble != Trouble() }
    }
    return troubled
  }

  @Test("are the plain ones, with their faults and failed assertions", arguments: 0..<4)
  func sameSteps(batch: Int) throws {
    var troubled = 0
    for seed in UInt64(batch * 50)..<UInt64(batch * 50 + 50) {
      _ = expectSameSteps(try RandomSystem(seed: seed).system(), "seed \(seed)")
      if let system = try? RandomPrograms.system(seed: seed) {
        troubled += expectSameSteps(system, "seed \(seed)")
      }
    }
    #expect(troubled > 100)
  }

  @Test("leave the state as it was where a guard raises a fault")
  func guards() throws {
    let system = try System { b in
      let x = b.field("x", .range(0...3), initially: 0)
      var foreign: Register<Int>?
      b.actor("other", on: b.cpu()) { actor in
        foreign = actor.register("mine", .range(0...3), initially: 0)
        return Step("inc", .atomic(x)) { $0 += 1 }.steps
      }
      b.actor("actor", on: b.cpu()) { [foreign = foreign!] _ in
        Step("go", .atomic(x), when: { _, my in my[foreign] == 1 }) { _, _ in }
      }
    }
    #expect(expectSameSteps(system, "a guard") == 2)
  }

  @Test("carry a search and a walk")
  func carried() throws {
    var steps = 0
    for seed in 0..<40 as Range<UInt64> {
      let system = try RandomSystem(seed: seed).system()
      let reference = try system.search(strategy: .reference)
      let fast = FastRelation(system)
      let found = try system.search(through: fast)
      #expect(found.verdict == reference.verdict)
      #expect(found.statistics.states == reference.statistics.states)
      #expect(found.findings.map(\.trace.steps) == reference.findings.map(\.trace.steps))
      var walk = Walk(fast, from: fast.initialStates[0])
      for step in found.findings.first?.trace.steps ?? [] {
        #expect(walk.take(step.move)?.changes == step.changes)
        steps += 1
      }
      #expect(walk.take(Move(actor: 99, alternative: 0)) == nil)
    }
    #expect(steps > 20)
  }
}
