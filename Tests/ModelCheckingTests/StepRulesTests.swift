import ModelChecking
import Testing

@Suite("The rules for steps")
struct StepRulesTests {
  /// A system in which one actor takes one step, with fields of every role around it.
  private func rules(
    _ step: @escaping (Field<Int>, Field<Int>, Field<Bool>, Field<Int>) -> Step
  ) throws -> [String] {
    try System { b in
      let x = b.field("x", .range(0...9), initially: 0)
      let y = b.field("y", .range(0...9), initially: 0)
      let ghost = b.field("ghost", .flag, initially: false, role: .ghost)
      var foreign: Field<Int>?
      b.actor("other", on: b.cpu()) { actor in
        let register = actor.register("mine", .range(0...9), initially: 0)
        foreign = register
        return Step("rest") { s in s[register] = 1 }.steps
      }
      b.actor("actor", on: b.cpu()) { _ in step(x, y, ghost, foreign!) }
    }.brokenStepRules()
  }

  @Test("one shared field, ghosts written, and ghosts read in bookkeeping are in order")
  func inOrder() throws {
    #expect(try rules { x, _, _, _ in Step("a") { s in s[x] += 1 } } == [])
    #expect(
      try rules { x, _, ghost, _ in
        Step("a") { s in
          s[x] += 1
          s[ghost] = true
        }
      } == [])
    #expect(
      try rules { x, _, ghost, _ in
        Step("a") { s in s[x] += 1 }.also { s in if s[ghost] && s[x] == 1 { s[ghost] = false } }
      } == [])
    #expect(
      try rules { x, y, _, _ in
        Step("a", collapsing: .because("a test")) { s in s[x] = s[y] }
      } == [])
  }

  @Test("a second shared field, a foreign register, a ghost that is read: each is named")
  func broken() throws {
    #expect(
      try rules { x, y, _, _ in Step("a") { s in s[x] = s[y] } }
        == ["step 'a' of 'actor' touches y and x without saying why"])
    #expect(
      try rules { x, y, _, _ in Step("a", when: { s in s[y] == 0 }) { s in s[x] = 1 } }
        == ["step 'a' of 'actor' touches y and x without saying why"])
    #expect(
      try rules { x, _, ghost, _ in Step("a") { s in if !s[ghost] { s[x] = 1 } } }
        == ["step 'a' of 'actor' reads the ghost field 'ghost'"])
    #expect(
      try rules { _, _, _, foreign in Step("a") { s in s[foreign] = 2 } }
        == ["step 'a' of 'actor' uses 'other.mine', a register of another actor"])
    #expect(
      try rules { x, _, _, _ in Step("a") { _ in }.also { s in s[x] = 1 } }
        == ["step 'a' of 'actor' changes 'x' in its bookkeeping"])
  }

  @Test("what a program may branch on for free is its own registers, and not by detours")
  func detours() throws {
    let asked = try System { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("actor", on: b.cpu()) { _ in
        Step("a") { _ in }
        If(Condition(register: { s in s[x] })) { Step("b") { _ in } }
      }
    }
    #expect(
      asked.brokenStepRules() == ["a question about registers at step 'a' of 'actor' reads 'x'"])
    let carried = try System { b in
      let x = b.field("x", .flag, initially: false)
      b.actor("actor", on: b.cpu()) { actor in
        let seen = actor.register("seen", .flag, initially: false)
        Step("a") { _ in }.also { s in s[seen] = s[x] }
      }
    }
    #expect(
      carried.brokenStepRules() == [
        "step 'a' of 'actor' carries 'x' into a register in its bookkeeping"
      ])
  }
}
