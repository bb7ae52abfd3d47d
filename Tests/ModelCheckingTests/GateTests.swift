import ModelChecking
import Synchronization
import Testing

@Suite("The gate")
struct GateTests {
  private static let neverThree = "the count is never 3"

  private static let line = #line

  /// Counts to 3 step by step, unless it is told to stop before.
  private static let counting = Model(
    name: "counting", summary: "Does it get to 3?", sources: ["made up"],
    bounds: [Bound("pause", "steps before it begins", default: 0, large: 2, in: 0...2)],
    variants: [
      Variant("stops", "stops at 2", source: "", expect: .holds, design: 2),
      Variant("goes-on", "", source: "", expect: .violated(neverThree, steps: 3), design: 3),
      Variant("wrong-length", "", source: "", expect: .violated(neverThree, steps: 4), design: 3),
      Variant("wrong-verdict", "", source: "", expect: .holds, design: 3),
    ]
  ) { system, last, bounds in
    let count = system.field("count", .range(0...3), initially: 0)
    let pause = bounds.values[0].value
    system.actor("counter", on: system.cpu()) { _ in
      for _ in 0..<pause { Step("pause") }
      for _ in 0..<last { Step("count", .atomic(count)) { $0 += 1 } }
    }
    system.invariant(neverThree) { s in s[count] != 3 }
  }

  private static let broken = Model(
    name: "broken", summary: "", sources: [], bounds: [],
    variants: [Variant("without-actor", "", source: "", expect: .holds, design: ())]
  ) { _, _, _ in }

  /// Some 700,000 states of 9 words, which is more than a small check's memory.
  private static let large = Model(
    name: "large", summary: "", sources: [], bounds: [],
    variants: [Variant("plain", "", source: "", expect: .holds, design: ())]
  ) { system, _, _ in
    for number in 0..<8 {
      _ = system.field("padding\(number)", .range(0...(1 << 61)), initially: 0)
    }
    for number in 0..<3 {
      let count = system.field("count\(number)", .range(0...88), initially: 0)
      system.actor("counter\(number)", on: system.cpu()) { _ in
        Loop { Step("count", .atomic(count), when: { $0 < 88 }) { $0 += 1 }.mayRest() }
      }
    }
  }

  private func checks(
    _ models: [Model], settings: [String: Int] = [:]
  ) throws -> [Configuration] {
    try models.flatMap { model in
      try model.variants.map { try Configuration(model, variant: $0.name, settings: settings) }
    }
  }

  @Test("tells the expected from the unexpected by verdict and length")
  func statuses() throws {
    let results = try Gate(checks([Self.counting]), budget: SearchOptions()).run()
    #expect(results.map(\.status) == [.expected, .expected, .unexpected, .unexpected])
  }

  @Test("tells a proof that is not about all of its model, unless the model says why")
  func vacuous() throws {
    func model(reason: String?) -> Model {
      Model(
        name: "idle", summary: "", sources: [], bounds: [],
        variants: [
          Variant("holds", "", source: "", expect: .holds, design: ()),
          Variant("violated", "", source: "", expect: .violated("n is 0", steps: 1), design: ()),
        ]
      ) { system, _, configuration in
        let n = system.field("n", .range(0...2), initially: 0)
        system.actor("waiter", on: system.cpu()) { _ in
          Step("wait", .wait(n)) { $0 == 2 }.mayRest()
        }
        if let reason { system.unreachable("waiter", because: reason) }
      }
    }
    let silent = try Gate(checks([model(reason: nil)]), budget: SearchOptions()).run()
    #expect(silent.map(\.status) == [.vacuous, .error])
    let told = try Gate(checks([model(reason: "n is 0")]), budget: SearchOptions()).run()
    #expect(told.map(\.status) == [.expected, .error])
  }

  @Test("doesn't look at lengths where other bounds are set, but at verdicts")
  func otherBounds() throws {
    let results = try Gate(
      checks([Self.counting], settings: ["pause": 2]), budget: SearchOptions()
    ).run()
    #expect(results.map(\.status) == [.expected, .expected, .expected, .unexpected])
    #expect(results[1].outcome?.findings.first?.trace.steps.count == 5)
  }

  @Test("reports in the order of the checks, on any number of threads", arguments: [1, 2, 4])
  func order(threads: Int) throws {
    let all = try checks(
      Array(repeating: Self.counting, count: 20) + [Self.large]
        + Array(repeating: Self.counting, count: 3))
    let reported = Mutex<[String]>([])
    let results = try Gate(
      all, budget: SearchOptions(threads: threads, memory: 512 << 20)
    ).run { result in reported.withLock { $0.append(result.configuration.variantName) } }
    #expect(results.map(\.configuration.variantName) == all.map(\.variantName))
    #expect(reported.withLock { $0 } == all.map(\.variantName))
    #expect(!results.contains { $0.status == .inconclusive || $0.status == .notRun })
  }

  @Test("a check that is too large for a share of the memory gets all of it")
  func memory() throws {
    let all = try checks([Self.large])
    let little = try Gate(all, budget: SearchOptions(threads: 2, memory: 64 << 20)).run()
    #expect(little[0].outcome?.verdict == .inconclusive(.memory))
    #expect(little[0].status == .inconclusive)
    let enough = try Gate(all, budget: SearchOptions(threads: 2, memory: 256 << 20)).run()
    #expect(enough[0].status == .expected)
    #expect(enough[0].outcome?.statistics.states == 89 * 89 * 89)
  }

  @Test("less memory than a small check needs is refused")
  func tooLittleMemory() throws {
    let all = try checks([Self.counting])
    #expect(throws: InputError.self) {
      try Gate(all, budget: SearchOptions(memory: (64 << 20) - 1))
    }
  }

  @Test("what the time is not enough for is not run, and not as expected")
  func time() throws {
    let results = try Gate(
      checks([Self.counting, Self.large]), budget: SearchOptions(threads: 2, seconds: 0)
    ).run()
    #expect(results.count == 5)
    #expect(results.allSatisfy { $0.status == .notRun })
  }

  @Test("what was stopped is not run")
  func stopped() throws {
    let monitor = SearchMonitor()
    let all = try checks([Self.counting])
    let results = try Gate(all, budget: SearchOptions(threads: 1)).run(monitor: monitor) { _ in
      monitor.stop()
    }
    #expect(results.map(\.status) == [.expected, .notRun, .notRun, .notRun])
  }

  @Test("a broken model is an error, and the others are run all the same")
  func brokenModel() throws {
    let results = try Gate(
      checks([Self.broken, Self.counting]), budget: SearchOptions()
    ).run()
    guard case .broken(let message) = results[0].ending else {
      Issue.record("found \(results[0].ending)")
      return
    }
    #expect(message == "model 'broken' is broken: it has no actor")
    #expect(results.map(\.status).prefix(2) == [.error, .expected])
  }

  @Test("models, variants and steps know the line that declares them")
  func declarations() throws {
    let declaration = Self.counting.declaration
    #expect(declaration == SourceLine(file: #filePath, line: Self.line + 3))
    #expect(
      Self.counting.variants.map(\.declaration.line) == (7...10).map { Self.line + $0 })
    let outcome = try Self.counting.system(variant: "goes-on").search()
    let steps = try #require(outcome.findings.first?.trace.steps)
    let counting = SourceLine(file: #filePath, line: Self.line + 17)
    #expect(steps.map(\.declaration) == [counting, counting, counting])
  }

  @Test("what a search finds is told as a variant would state it")
  func source() {
    let stated: [(ModelChecking.Expectation, String?)] = [
      (.holds, ".holds"), (.violated("a \"b\"", steps: 3), #".violated("a \"b\"", steps: 3)"#),
      (
        .violated("a", steps: 3, warnings: ["w": 2]),
        #".violated("a", steps: 3, warnings: ["w": 2])"#
      ),
      (.assertionFailed("BUG_ON(x)", steps: 1), #".assertionFailed("BUG_ON(x)", steps: 1)"#),
      (.lockMisused("a takes 'l'", steps: 4), #".lockMisused("a takes 'l'", steps: 4)"#),
      (.deadlock(steps: 2), ".deadlock(steps: 2)"),
      (.stuck("g", steps: 9), #".stuck("g", steps: 9)"#),
      (.avoidable("g", steps: 2), #".avoidable("g", steps: 2)"#),
      (.goalUnreachable("g"), #".goalUnreachable("g")"#),
      (.faulted("'n' would", steps: 5), #".faulted("'n' would", steps: 5)"#),
    ]
    for (expectation, source) in stated {
      #expect(expectation.source(in: .swift) == source.map { "expect: \($0)" })
    }
    // Data races are stated in race files.
    let kinds = FindingKind.allCases.filter { $0 != .dataRace }
    #expect(Set(stated.map(\.0.verdict.name)).count == 1 + kinds.count)
  }

  @Test("and under which memory model, where that isn't sequential consistency")
  func sourceUnder() {
    let stated = ModelChecking.Expectation.violated("a", steps: 3)
    #expect(stated.source(in: .swift, under: .tso) == #"under: [.tso: .violated("a", steps: 3)]"#)
    #expect(stated.source(in: .raceFile, under: .lkmm) == #"expect violated "a" in 3 on lkmm;"#)
  }

  @Test("what no verdict is stated for is refused, with its name")
  func unstated() throws {
    var check = try Configuration(Self.counting)
    check.memoryModel = .tso
    let checks = [check]
    let error = #expect(throws: InputError.self) { try Gate(checks, budget: SearchOptions()) }
    #expect(error?.message == "no verdict of 'counting/stops under tso' is stated")
  }

  @Test("and where the variant stands in a race file, as that states it")
  func raceFileSource() {
    let stated: [(ModelChecking.Expectation, String)] = [
      (.holds, "expect holds;"),
      (
        .violated("a \"b\"", steps: 3, warnings: ["w": 2]),
        #"expect violated "a \"b\"" in 3, warning "w" in 2;"#
      ),
      (.assertionFailed("BUG_ON(x)", steps: 1), #"expect assertion-failed "BUG_ON(x)" in 1;"#),
      (.lockMisused("a takes 'l'", steps: 4), #"expect lock-misused "a takes 'l'" in 4;"#),
      (.deadlock(steps: 2), "expect deadlock in 2;"),
      (.stuck("g", steps: 9), #"expect stuck "g" in 9;"#),
      (.avoidable("g", steps: 2), #"expect not-inevitable "g" in 2;"#),
      (.goalUnreachable("g"), #"expect goal-unreachable "g";"#),
      (.faulted("'n' would", steps: 5), #"expect faulted "'n' would" in 5;"#),
    ]
    for (expectation, source) in stated { #expect(expectation.source(in: .raceFile) == source) }
  }
}
