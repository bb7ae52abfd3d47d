import ModelChecking
import Testing
import TestSupport

@Suite("What a step says it reads and writes")
struct FootprintTests {
  /// The operation of the one step of a system, with the names of the fields it reads and writes.
  private func facts(
    _ steps: @escaping (Field<Int>, Field<Int>, FieldArray<Int>, Lock, Register<Int>) -> Steps
  ) throws -> (Operation, reads: [String], writes: [String]) {
    let system = try System { b in
      let x = b.field("x", .range(0...9), initially: 0)
      let y = b.field("y", .range(0...9), initially: 0)
      let array = b.fields("array", count: 2, .range(0...9), initially: 0)
      let lock = b.lock("lock", .mutex)
      b.actor("actor", on: b.cpu()) { actor in
        steps(x, y, array, lock, actor.register("index", .range(0...1), initially: 0))
      }
    }
    let operation = system.operation(of: Move(actor: 0, alternative: 0))
    func names(_ fields: [Int]) -> [String] { fields.map { system.layout.fields[$0].name } }
    return (operation, names(operation.reads), names(operation.writes))
  }

  @Test("follows from its operation")
  func operations() throws {
    let both = ["array[0]", "array[1]"]
    func expect(
      _ reads: [String], _ writes: [String], _ comment: Comment,
      _ steps: @escaping (Field<Int>, Field<Int>, FieldArray<Int>, Lock, Register<Int>) -> Steps
    ) throws {
      let found = try facts(steps)
      #expect(found.reads == reads, comment)
      #expect(found.writes == writes, comment)
    }
    try expect([], [], "local") { _, _, _, _, _ in Step("a").steps }
    try expect([], [], "fence") { _, _, _, _, _ in Step("smp_mb", .fullFence).steps }
    try expect([], [], "context") { _, _, _, _, _ in preemptDisable().steps }
    try expect(["x"], [], "load") { x, _, _, _, _ in Step("a", .load(x)).steps }
    try expect([], ["x"], "store") { x, _, _, _, _ in Step("a", .store(x)) { 1 }.steps }
    try expect(["x"], ["x"], "atomic") { x, _, _, _, _ in Step("a", .atomic(x)) { $0 += 1 }.steps }
    try expect(["x"], [], "wait") { x, _, _, _, _ in Step("a", .wait(x)) { $0 == 0 }.steps }
    try expect(["x"], ["x"], "question") { x, _, _, _, _ in
      Condition("a", .atomic(x)) { $0 == 0 }.steps
    }
    try expect(both, [], "chosen load") { _, _, array, _, index in
      Step("a", .load(array[index])).steps
    }
    try expect([], both, "chosen store") { _, _, array, _, index in
      Step("a", .store(array[index])) { 1 }.steps
    }
    try expect(["array[1]"], [], "fixed") { _, _, array, _, _ in Step("a", .load(array[1])).steps }
    try expect(["x", "y"], ["x", "y"], "section") { x, y, _, _, _ in
      Step("a", .section([x, y], because: "it is only a test")) { _ in }.steps
    }
    try expect(["x", "lock.holder"], ["x"], "section under a lock") { x, _, _, lock, _ in
      Step("a", .section([x], holding: lock)) { _ in }.steps
    }
    try expect(["lock.holder"], ["lock.holder"], "lock") { _, _, _, lock, _ in
      lock.acquire().steps
    }
    try expect(["lock.holder"], [], "assertHeld") { _, _, _, lock, _ in lock.assertHeld().steps }
  }

  @Test("operations have the kernel's orderings")
  func orderings() throws {
    func operation(_ steps: @escaping (Field<Int>) -> Steps) throws -> Operation {
      try facts { x, _, _, _, _ in steps(x) }.0
    }
    #expect(try operation { Step("a", .load($0)).steps } == .load([0], .plain))
    #expect(try operation { Step("a", .load($0, .acquire)).steps } == .load([0], .acquire))
    #expect(try operation { Step("a", .store($0)) { 1 }.steps } == .store([0], .plain))
    #expect(try operation { Step("a", .store($0, .release)) { 1 }.steps } == .store([0], .release))
    // Without a result an atomic operation orders nothing, with one everything.
    #expect(try operation { Step("a", .atomic($0)) { $0 += 1 }.steps } == .atomic([0], .relaxed))
    #expect(
      try operation { Condition("a", .atomic($0)) { $0 == 0 }.steps } == .atomic([0], .full))
    #expect(
      try operation { Condition("a", .atomic($0, .acquire)) { $0 == 0 }.steps }
        == .atomic([0], .acquire))
    #expect(try operation { Step("a", .wait($0)) { $0 == 0 }.steps } == .wait([0], .relaxed))
    #expect(try operation { _ in Step("a", .writeFence).steps } == .fence(.writeFence))
  }

  @Test("is all that it reads and writes, in random systems", arguments: 0..<6)
  func randomSystems(batch: Int) throws {
    var looked = 0
    for seed in UInt64(batch * 40)..<UInt64(batch * 40 + 40) {
      #expect(checkFootprints(of: try RandomSystem(seed: seed).system(), mostStates: 50) == [])
      if let system = try? RandomPrograms.system(seed: seed) {
        #expect(checkFootprints(of: system, mostStates: 20, reach: 2_000) == [], "seed \(seed)")
        looked += 1
      }
    }
    #expect(looked > 20)
  }

  @Test("is a layer: searches through it find the same, and the fast steps pass it too")
  func layer() throws {
    for seed in 0..<30 as Range<UInt64> {
      let system = try RandomSystem(seed: seed).system()
      let plain = try system.search(strategy: .reference)
      let check = FootprintCheck(FastRelation(system))
      let checked = try system.search(through: check)
      #expect(checked.verdict == plain.verdict)
      #expect(checked.statistics.states == plain.statistics.states)
      #expect(checked.findings.map(\.trace.steps) == plain.findings.map(\.trace.steps))
      #expect(check.problems == [])
    }
  }

  // MARK: The check itself

  /// Steps that do more than they say.
  private struct Liar: TransitionRelation {
    enum Lie: CaseIterable { case reads, waits, writes, writesRegister }

    let relation: PlainSemantics
    let lie: Lie
    var system: System { relation.system }
    var initialStates: [[UInt64]] { relation.initialStates }

    // The fields of the system below, by their order of declaration.
    private let x = 0
    private let y = 1
    private let foreign = 2

    init(_ system: System, _ lie: Lie) {
      relation = PlainSemantics(system: system)
      self.lie = lie
    }

    func transitions(from state: [UInt64]) -> [Transition] {
      let isSeen = system.layout.code(of: y, in: state) == 3
      let steps = relation.transitions(from: state)
      return steps.compactMap { step in
        if step.move.actor != 1 { return step }
        switch lie {
        case .waits: return isSeen ? nil : step
        case .reads: return isSeen ? changed(step, x) : step
        case .writes: return changed(step, y)
        case .writesRegister: return changed(step, foreign)
        }
      }
    }

    private func changed(_ step: Transition, _ field: Int) -> Transition {
      Transition(
        move: step.move, target: system.layout.setting(field, to: 2, in: step.target),
        trouble: Trouble())
    }
  }

  @Test("a step that does more than it says is found")
  func liars() throws {
    let line = #line + 10
    let system = try System { b in
      let x = b.field("x", .range(0...3), initially: 0)
      _ = b.field("y", .range(0...3), initially: 0)
      b.actor("other", on: b.cpu()) { actor in
        _ = actor.register("mine", .range(0...3), initially: 0)
        return Steps.none
      }
      b.actor("actor", on: b.cpu()) { _ in
        // What it says it reads and writes is x.
        Step("inc", .atomic(x)) { $0 += 1 }
      }
    }
    #expect(checkFootprints(of: system) == [])
    let step = "'inc (FootprintTests.swift:\(line))' of 'actor'"
    let due: [Liar.Lie: [String]] = [
      .reads: ["\(step) does what it does depending on 'y'"],
      .waits: ["\(step) is enabled or not depending on 'y'"],
      .writes: ["\(step) writes 'y'"],
      .writesRegister: ["\(step) writes 'other.mine'"],
    ]
    for lie in Liar.Lie.allCases {
      let check = FootprintCheck(Liar(system, lie))
      _ = check.transitions(from: check.initialStates[0])
      #expect(check.problems == due[lie])
    }
  }
}
