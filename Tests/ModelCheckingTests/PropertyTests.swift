import ModelChecking
import Testing

@Suite("Properties")
struct PropertyTests {
  private func problems(_ declare: (SystemBuilder) -> Void) -> [String] {
    do {
      _ = try System { b in
        b.actor("a", on: b.cpu()) { _ in Step("step") { _ in } }
        declare(b)
      }
      return []
    } catch {
      return error.problems
    }
  }

  @Test("no two properties have one name, be they invariants or goals, and both lines are told")
  func names() {
    let line = #line
    let invariants = problems { b in
      b.invariant("x") { _ in true }
      b.invariant("x", severity: .warning) { _ in true }
      b.invariant("y") { _ in true }
    }
    #expect(invariants == [said("x", line + 2, line + 3)])
    let goals = problems { b in
      b.goal("x") { _ in true }
      b.goal("y") { _ in true }
      b.goal("x", .alwaysReachable) { _ in true }
    }
    #expect(goals == [said("x", line + 8, line + 10)])
    let both = problems { b in
      b.goal("x") { _ in true }
      b.invariant("x") { _ in true }
      b.invariant("y") { _ in true }
      b.goal("y") { _ in true }
    }
    #expect(both == [said("x", line + 14, line + 15), said("y", line + 16, line + 17)])
  }

  private func said(_ name: String, _ first: Int, _ second: Int) -> String {
    "two properties are called '\(name)', at PropertyTests.swift:\(first) and "
      + "PropertyTests.swift:\(second)"
  }

  @Test("properties know their numbers and lines, and findings their property")
  func findings() throws {
    let line = #line
    let system = try System { b in
      let n = b.field("n", .range(0...2), initially: 0)
      b.actor("a", on: b.cpu()) { _ in Step("set", .store(n)) { 1 } }
      b.invariant("n is not 2") { s in s[n] != 2 }
      b.goal("n is 1") { s in s[n] == 1 }
      b.invariant("n is 0", severity: .warning) { s in s[n] == 0 }
      b.goal("n is 0 again", .alwaysReachable) { s in s[n] == 0 }
    }
    #expect(system.invariants.map(\.number) == [0, 1])
    #expect(system.invariants.map(\.declaration.line) == [line + 4, line + 6])
    #expect(system.goals.map(\.number) == [0, 1])
    #expect(system.goals.map(\.declaration.line) == [line + 5, line + 7])
    for strategy in [SearchStrategy.fast, .reference] {
      let found = try system.search(strategy: strategy).findings
      #expect(found.map(\.kind) == [.stuck, .violated])
      #expect(found.map { $0.subject?.declaration.line } == [line + 7, line + 6])
      #expect(found.map { $0.subject?.number } == [1, 1])
    }
  }
}
