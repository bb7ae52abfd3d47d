import ModelChecking
import Testing

@Suite("Steps that are refused, and steps that raise a fault")
struct RefusalTests {
  // MARK: When the system is built

  private func problems(_ steps: @escaping (Field<Int>) -> Steps) -> [String] {
    let error = #expect(throws: ModelError.self) {
      try System { b in
        let x = b.field("x", .range(0...3), initially: 0)
        b.actor("a", on: b.cpu()) { _ in steps(x) }
      }
    }
    return error?.problems ?? []
  }

  @Test("a section gives a reason in a sentence", arguments: ["", "why", "trust me"])
  func reason(text: String) {
    let line = #line + 1
    let step = problems { x in Step("look", .section([x], because: text)) { _ in }.steps }
    #expect(
      step == [
        "actor 'a': the step 'look' (RefusalTests.swift:\(line)): its section gives no reason in a "
          + "sentence"
      ])
    let asked = problems { x in
      Condition("look", .section([x], because: text)) { s in s[x] == 0 }.steps
    }
    #expect(asked.count == 1)
  }

  @Test("a section lists its fields")
  func noFields() {
    let line = #line + 2
    let found = problems { _ in
      Step("look", .section([], because: "nobody else is there")) { _ in }.steps
    }
    #expect(
      found == [
        "actor 'a': the step 'look' (RefusalTests.swift:\(line)): its section lists no field"
      ])
  }

  @Test("more belongs to a question that one step answers, and inside the !")
  func misused() {
    let isZero: (Field<Int>) -> Condition = { x in Condition("zero", .load(x)) { $0 == 0 } }
    #expect(
      problems { x in (!isZero(x)).also { _, _ in }.steps }
        == ["actor 'a': also stands inside the !, not behind it"])
    #expect(
      problems { _ in Condition(register: { _ in true }).noting { _, _ in }.steps }
        == ["actor 'a': a question about registers has no noting"])
    #expect(
      problems { x in
        Condition(call: "f") { Return(true) }.asserting("all is well") { _, _ in true }.steps
      } == ["actor 'a': 'f' takes several steps and has no asserting"])
    #expect(
      problems { x in (!isZero(x)).bugOn(true, "BUG_ON(!x)").steps }
        == ["actor 'a': an assertion stands inside the !, not behind it"])
  }

  // MARK: When they are taken

  private func fault(_ steps: @escaping (SystemBuilder, Actor, Register<Int>) -> Steps) throws
    -> Verdict
  {
    let system = try System { b in
      var foreign: Register<Int>?
      b.actor("other", on: b.cpu()) { actor in
        foreign = actor.register("mine", .range(0...9), initially: 0)
        return Steps.none
      }
      b.actor("actor", on: b.cpu()) { actor in steps(b, actor, foreign!) }
    }
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4] {
      try expectAgreement(of: system, with: reference, threads: threads, "\(threads) threads")
    }
    return reference.verdict
  }

  /// Every place where a register can be used.
  static let uses: [@Sendable (Field<Int>, FieldArray<Int>, Register<Int>) -> Steps] = [
    { _, _, r in Step("read", { my in _ = my[r] }).steps },
    { _, _, r in Step("write") { my in my[r] = 1 }.steps },
    { x, _, r in Step("load", .load(x)) { value, my in my[r] = value }.steps },
    { x, _, r in Step("store", .store(x)) { my in my[r] }.steps },
    { x, _, r in Step("atomic", .atomic(x)) { value, my in value += my[r] }.steps },
    { x, _, r in Step("guard", .atomic(x), when: { _, my in my[r] == 1 }) { _, _ in }.steps },
    { x, _, r in Step("wait", .wait(x)) { _, my in my[r] == 1 }.steps },
    { x, _, r in Step("load", .load(x)).also { my in my[r] = 1 }.steps },
    { x, _, r in Condition("ask", .load(x)) { _, my in my[r] == 1 }.steps },
    { x, _, r in Condition("ask", .load(x)) { $0 == 0 }.also { my, _ in my[r] = 1 }.steps },
    { x, _, r in
      Step("section", .section([x], because: "it is only a test")) { s in s[x] = s[r] }.steps
    },
    { x, _, r in
      Step(
        "section", .section([x], because: "it is only a test"), when: { s in s[r] == 1 }
      ) { _ in }.steps
    },
    { _, array, r in Step("choose", .load(array[r])).steps },
    { _, _, r in
      Steps {
        Step("before")
        If(Condition(register: { my in my[r] == 0 })) { Step("after") }
      }
    },
    { _, _, r in
      Choose {
        Way { Step("plain").mayRest() }
        Way {
          If(Condition(register: { my in my[r] == 1 })) {
            Step("chosen")
          } otherwise: {
            Step("other")
          }
        }
      }.steps
    },
  ]

  @Test("a register of another actor is a fault wherever it is used", arguments: uses.indices)
  func foreign(number: Int) throws {
    let found = try fault { b, _, foreign in
      let x = b.field("x", .range(0...9), initially: 0)
      let array = b.fields("array", count: 2, .range(0...9), initially: 0)
      return Self.uses[number](x, array, foreign)
    }
    #expect(
      found
        == .found(.faulted, property: "the step uses 'other.mine', a register of another actor"))
  }

  @Test("a question before the first step may not use one either")
  func foreignAtOnce() {
    let error = #expect(throws: ModelError.self) {
      try fault { _, _, foreign in
        If(Condition(register: { my in my[foreign] == 0 })) { Step("after") }.steps
      }
    }
    #expect(error?.problems == ["the step uses 'other.mine', a register of another actor"])
  }

  /// Every access that a register can choose.
  static let choices: [@Sendable (ChosenField<Int>) -> Steps] = [
    { Step("load", .load($0)).steps },
    { Step("store", .store($0)) { 1 }.steps },
    { Step("atomic", .atomic($0)) { $0 += 1 }.steps },
    { Step("guard", .atomic($0), when: { $0 == 9 }) { $0 += 1 }.steps },
    { Step("wait", .wait($0)) { $0 == 0 }.steps },
    { Condition("ask", .load($0)) { $0 == 0 }.steps },
    {
      Condition("ask", .atomic($0)) { value in
        value += 1
        return true
      }.steps
    },
    { Step.bugOn("BUG_ON(x)", .load($0)) { $0 == 9 }.steps },
  ]

  @Test("a register that chooses no field is a fault", arguments: choices.indices)
  func outOfRange(number: Int) throws {
    for index in [-1, 3, 7] {
      let found = try fault { b, actor, _ in
        let array = b.fields("array", count: 3, .range(0...9), initially: 0)
        let register = actor.register("index", .range(-1...7), initially: index)
        return Self.choices[number](array[register])
      }
      #expect(
        found
          == .found(.faulted, property: "'actor.index' chooses number \(index), which is not there")
      )
    }
    for index in 0..<3 where number != 3 {
      let found = try fault { b, actor, _ in
        let array = b.fields("array", count: 3, .range(0...9), initially: 0)
        let register = actor.register("index", .range(-1...7), initially: index)
        return Self.choices[number](array[register])
      }
      #expect(found == .holds)
    }
  }

  @Test("a reference chooses its field, and none is a fault")
  func references() throws {
    func found(_ cpu: CPU?) throws -> Verdict {
      try fault { b, actor, _ in
        let array = b.fields("array", count: 2, .range(0...9), initially: 0)
        let chosen = actor.register("cpu", .optional(CPU.self, count: 2), initially: cpu)
        b.goal("the second field is chosen") { s in s[array[0]] == 0 && s[array[1]] == 5 }
        return Step("store", .store(array[chosen])) { 5 }.steps
      }
    }
    #expect(try found(CPU(index: 1)) == .holds)
    #expect(
      try found(CPU(index: 0))
        == .found(.goalUnreachable, property: "the second field is chosen"))
    #expect(
      try found(nil)
        == .found(.faulted, property: "'actor.cpu' chooses number -1, which is not there"))
  }
}
