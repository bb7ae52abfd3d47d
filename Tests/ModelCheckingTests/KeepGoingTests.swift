import ModelChecking
import Testing

@Suite("Searches that go on after the first bug, and searches of some properties")
struct KeepGoingTests {
  static let strategies = SearchTests.strategies

  /// A counter that goes from 0 to 5, where it waits for ever.
  private func counting() throws -> System {
    try System { b in
      let n = b.field("n", .range(0...9), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        for _ in 0..<5 { Step("raise", .atomic(n)) { $0 += 1 } }
        Step("wait", .wait(n)) { $0 == 9 }
      }
      b.invariant("n is below 4") { s in s[n] < 4 }
      b.invariant("n is not 2") { s in s[n] != 2 }
      b.invariant("n is below 9") { s in s[n] < 9 }
      b.goal("n is 3") { s in s[n] == 3 }
      b.goal("n is 7") { s in s[n] == 7 }
      b.goal("n is 1", .alwaysReachable) { s in s[n] == 1 }
    }
  }

  /// What was found, with the steps to it.
  private func summary(_ outcome: Outcome) -> [String] {
    outcome.findings.map {
      "\($0.kind.rawValue) \($0.length.map(String.init) ?? "-"): \($0.property)"
    }
  }

  private static let all = [
    "violated 2: n is not 2", "violated 4: n is below 4",
    "deadlock 0: a waits for ever",
    "goal unreachable -: n is 7", "stuck 2: n is 1",
  ]

  @Test("everything that is wrong is found, each with its shortest trace", arguments: strategies)
  func everything(strategy: SearchStrategy) throws {
    let first = try counting().search(strategy: strategy)
    #expect(summary(first) == ["violated 2: n is not 2"])
    let outcome = try counting().search(SearchOptions(keepsGoing: true), strategy: strategy)
    #expect(outcome.verdict == first.verdict)
    #expect(outcome.limit == nil)
    #expect(outcome.statistics.states == 6)
    #expect(summary(outcome) == Self.all)
  }

  @Test("a goal that a search did not come to is not decided", arguments: strategies)
  func goals(strategy: SearchStrategy) throws {
    func goals(_ options: SearchOptions) throws -> [String] {
      try counting().search(options, strategy: strategy).goals.map {
        "\($0.name): \($0.steps.map(String.init) ?? "-") \($0.isDecided)"
      }
    }
    #expect(
      try goals(SearchOptions()) == ["n is 3: - false", "n is 7: - false", "n is 1: 1 true"])
    #expect(
      try goals(SearchOptions(keepsGoing: true))
        == ["n is 3: 3 true", "n is 7: - true", "n is 1: 1 true"])
  }

  @Test("of some properties the search judges no other, and no deadlock", arguments: strategies)
  func scope(strategy: SearchStrategy) throws {
    let system = try counting()
    func outcome(_ names: String...) throws -> Outcome {
      let ids = try names.map { try system.property($0).id }
      return try system.search(SearchOptions(properties: Set(ids)), strategy: strategy)
    }
    let below9 = try outcome("n is below 9")
    #expect(below9.verdict == .holds)
    #expect(below9.lookedAt == ["n is below 9"])
    #expect(below9.goals.isEmpty)
    #expect(below9.statistics.states == 6)
    #expect(summary(try outcome("n is below 4", "n is 7")) == ["violated 4: n is below 4"])
    #expect(summary(try outcome("n is 7", "3")) == ["goal unreachable -: n is 7"])
    #expect(summary(try outcome("n is 1")) == ["stuck 2: n is 1"])
    #expect(try outcome("n is 3").verdict == .holds)
  }

  @Test(
    "a broken step is told where nothing else is found, because nothing follows it",
    arguments: strategies)
  func brokenSteps(strategy: SearchStrategy) throws {
    let system = try System { b in
      let n = b.field("n", .range(0...2), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        for _ in 0..<4 { Step("raise", .atomic(n)) { $0 += 1 } }
      }
      b.actor("b", on: b.cpu()) { _ in Step("look", .load(n)) { _, _ in } }
      b.invariant("n is below 2") { s in s[n] < 2 }
      b.invariant("n is not 3") { s in s[n] != 3 }
    }
    func outcome(_ name: String, keepsGoing: Bool = false) throws -> [String] {
      summary(
        try system.search(
          SearchOptions(keepsGoing: keepsGoing, properties: [system.property(name).id]),
          strategy: strategy))
    }
    let fault = "faulted 3: 'n' would become 3, outside 0 to 2"
    #expect(try outcome("n is not 3") == [fault])
    #expect(try outcome("n is below 2") == ["violated 2: n is below 2"])
    #expect(try outcome("n is below 2", keepsGoing: true) == ["violated 2: n is below 2"])
  }

  @Test("a limit after the first bug leaves the verdict, and says that not all was looked at")
  func limit() throws {
    let monitor = SearchMonitor()
    let system = try System { b in
      let n = b.field("n", .range(0...999), initially: 0)
      b.actor("a", on: b.cpu()) { _ in Loop { Step("raise", .atomic(n)) { $0 = ($0 + 1) % 1000 } } }
      b.invariant("n is not 7") { s in
        if s[n] == 300 { monitor.stop() }
        return s[n] != 7
      }
      b.goal("n is 500") { s in s[n] == 500 }
    }
    let outcome = try system.search(SearchOptions(keepsGoing: true), monitor: monitor)
    #expect(outcome.verdict == .found(.violated, property: "n is not 7"))
    #expect(outcome.limit == .interrupted)
    #expect(outcome.findings.map(\.trace.steps.count) == [7])
    #expect(outcome.goals.map(\.isDecided) == [false])
  }

  @Test("a property that isn't there is named, with the nearest right one")
  func unknown() throws {
    let system = try counting()
    #expect(try system.property("2").name == "n is not 2")
    #expect(throws: InputError("there is no property 'n is no 2'; did you mean 'n is not 2'?")) {
      try system.property("n is no 2")
    }
    #expect(throws: InputError("there is no property 8; there are 6, counted from 1")) {
      try system.property("8")
    }
  }

  @Test(
    "both searches agree on random systems, and each property alone is found alike",
    arguments: 0..<4)
  func agreement(batch: Int) throws {
    var several = 0
    for seed in batch * 25..<batch * 25 + 25 {
      for system in [
        try? RandomSystem(seed: UInt64(seed)).system(),
        try? RandomPrograms.system(seed: UInt64(seed)),
      ] {
        guard let system, try system.search().statistics.states < 2_000 else { continue }
        let first = try system.search(strategy: .reference)
        let all = SearchOptions(keepsGoing: true)
        let reference = try system.search(all, strategy: .reference)
        let isHang = [.deadlock, .stuck].contains(first.findings.first?.kind)
        if isHang {
          // The point of no return may be found earlier where all was visited.
          #expect(reference.verdict != .holds, "seed \(seed)")
        } else {
          #expect(reference.verdict == first.verdict, "seed \(seed)")
          #expect(
            reference.findings.first?.trace.steps == first.findings.first?.trace.steps,
            "seed \(seed)")
        }
        several += reference.findings.filter { $0.severity == .bug }.count > 1 ? 1 : 0
        for threads in [1, 2, 5] {
          try expectAgreement(
            of: system, with: reference, threads: threads, "seed \(seed), all", options: all)
        }
        for finding in reference.findings {
          // That an actor comes to its end is no property that can be asked for.
          guard let subject = finding.subject, (subject as? Goal)?.isEnding != true else {
            continue
          }
          let alone = SearchOptions(threads: 2, properties: [subject.id])
          let found = try system.search(alone).findings.first
          #expect(found?.property == finding.property, "seed \(seed)")
          #expect(found?.trace.steps == finding.trace.steps, "seed \(seed), \(finding.property)")
        }
      }
    }
    #expect(several > 1)
  }
}
