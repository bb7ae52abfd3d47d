import ModelChecking
import Testing

@Suite("A way for each value that a step sees")
struct SwitchTests {
  /// A value from 0 to 3, of which some have ways that leave ten times as much behind; all others leave 9.
  private func system(over values: [Int], hasRest: Bool) throws -> System {
    try System { system in
      let n = system.field("n", .range(0...3), initiallyAnyOf: [0, 1, 2, 3])
      let left = system.field("left", .range(-1...30), initially: -1)
      system.actor("actor", on: system.cpu()) { _ in
        if hasRest {
          Switch("switch (n)", .load(n), over: values) { value in
            Step("leave", .store(left)) { value * 10 }
          } otherwise: {
            Step("leave", .store(left)) { 9 }
          }
        } else {
          Switch("switch (n)", .load(n), over: values) { value in
            Step("leave", .store(left)) { value * 10 }
          }
        }
      }
      system.invariant("each goes its way") { s in
        s[left] < 0 || s[left] == (values.contains(s[n]) ? s[n] * 10 : 9)
      }
      for value in 0...3 { system.goal("\(value) was seen") { s in s[n] == value && s[left] >= 0 } }
    }
  }

  @Test("it takes one step, and the rest has a way of its own")
  func ways() throws {
    for (values, hasRest) in [([0, 2], true), ([], true), ([0, 1, 2, 3], false)] {
      let system = try system(over: values, hasRest: hasRest)
      let outcome = try system.search()
      #expect(outcome.verdict == .holds && outcome.goals.map(\.steps) == [2, 2, 2, 2])
      #expect(outcome.coverage?.unexplained == [])
      let reference = try system.search(strategy: .reference)
      try expectAgreement(of: system, with: reference, threads: 2, "\(values)")
    }
  }

  @Test("a value without a way is waited for to change, and found where it never does")
  func missing() throws {
    let outcome = try system(over: [0, 1, 3], hasRest: false).search()
    #expect(outcome.verdict == .found(.deadlock))
    #expect(outcome.findings[0].trace.steps.isEmpty)
    #expect(outcome.findings[0].waits.map(\.step) == ["switch (n)"])
    #expect(outcome.findings[0].evidence.texts == ["n = 2"])
  }

  @Test("two ways of one value are refused")
  func twice() throws {
    let error = #expect(throws: ModelError.self) { try system(over: [1, 2, 1], hasRest: true) }
    #expect(error?.problems.first?.contains("1 has two ways") == true)
  }
}
