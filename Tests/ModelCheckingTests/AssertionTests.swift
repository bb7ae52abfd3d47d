import ModelChecking
import Testing

@Suite("Assertions in steps")
struct AssertionTests {
  /// The outcome on which all searches agree.
  private func outcome(_ system: System) throws -> Outcome {
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4] {
      try expectAgreement(of: system, with: reference, threads: threads, "\(threads) threads")
    }
    return reference
  }

  private static let statement = "VM_BUG_ON_PAGE(page_count(page) == 0, page)"

  /// Two walkers put a reference each; another looks at the count, as a bug or a warning.
  private func counting(severity: Severity?, hasBug: Bool = false) throws -> System {
    try System { b in
      let count = b.field("count", .range(0...2), initially: 2)
      for name in ["first", "second"] {
        b.actor(name, on: b.cpu()) { _ in
          Step("pause")
          Step("put_page", .atomic(count)) { $0 -= 1 }
        }
      }
      b.actor("looker", on: b.cpu()) { _ in
        switch severity {
        case .bug: Step.bugOn(Self.statement, .load(count)) { $0 == 0 }
        case .warning: Step.warnOn(Self.statement, .load(count)) { $0 == 0 }
        case nil: Step(Self.statement, .load(count))
        }
        Step("go on")
      }
      if hasBug { b.invariant("the count is not 0") { s in s[count] != 0 } }
    }
  }

  @Test("a BUG_ON ends the search with the shortest schedule to its step, and is the property")
  func bug() throws {
    let found = try outcome(counting(severity: .bug))
    #expect(found.verdict == .found(.assertionFailed, property: Self.statement))
    #expect(found.findings.map(\.property) == [Self.statement])
    #expect(found.findings.first?.severity == .bug)
    let trace = try #require(found.findings.first?.trace)
    #expect(trace.steps.map(\.actor) == ["first", "first", "second", "second", "looker"])
    #expect(trace.steps.last?.name == Self.statement)
    #expect(trace.steps.last?.reads.texts == ["count = 0"])
    // Nobody goes on from there, so the last state of all is not met.
    #expect(found.statistics.states < (try counting(severity: nil).search()).statistics.states)
  }

  @Test("a WARN_ON lets the search go on and is reported with its own shortest trace")
  func warning() throws {
    let silent = try counting(severity: nil).search()
    let warned = try outcome(counting(severity: .warning))
    #expect(warned.verdict == .found(.assertionFailed, property: Self.statement))
    #expect(warned.findings.map(\.severity) == [.warning])
    #expect(warned.findings.map(\.trace.steps.count) == [5])
    #expect(warned.statistics.states == silent.statistics.states)
    #expect(warned.statistics.transitions == silent.statistics.transitions)
    let both = try outcome(counting(severity: .warning, hasBug: true))
    // The level that shows the bug is the one before the warning's.
    #expect(both.verdict == .found(.violated, property: "the count is not 0"))
    #expect(both.findings.map(\.property) == ["the count is not 0"])
  }

  @Test("every step that fails is counted, also where one like it was met before")
  func counted() throws {
    let found = try outcome(
      System { b in
        let n = b.field("n", .range(0...4), initially: 0)
        let isReady = b.field("ready", .flag, initially: false)
        b.actor("chooser", on: b.cpu()) { _ in
          Choose(1...4) { value in Step("n = \(value)", .store(n)) { value } }
          Step("get ready", .store(isReady)) { true }
        }
        b.actor("looker", on: b.cpu()) { _ in Step.bugOn("BUG_ON(ready)", .load(isReady)) { $0 } }
      })
    #expect(found.verdict == .found(.assertionFailed, property: "BUG_ON(ready)"))
    // 4 stores and a look; 4 steps and 4 looks, and 4 stores after the first; 4 that fail, and 4 more.
    #expect(found.statistics.transitions == 5 + 12 + 8)
  }

  @Test("a bug is the verdict before a warning that was met on the way")
  func order() throws {
    let found = try outcome(
      System { b in
        let n = b.field("n", .range(0...5), initially: 0)
        b.actor("a", on: b.cpu()) { _ in
          for _ in 0..<5 {
            Step("raise", .atomic(n)) { $0 += 1 }
              .asserting("n is small", severity: .warning) { s in s[n] < 2 }
              .asserting("n is not huge") { s in s[n] < 4 }
          }
        }
      })
    #expect(found.verdict == .found(.violated, property: "n is not huge"))
    #expect(found.findings.map(\.property) == ["n is not huge", "n is small"])
    #expect(found.findings.map(\.trace.steps.count) == [5, 3])
  }

  @Test("what a step claims is about the state that it finds")
  func before() throws {
    func verdict(claimed: Int) throws -> Verdict {
      try outcome(
        System { b in
          let n = b.field("n", .range(0...5), initially: 1)
          b.actor("a", on: b.cpu()) { _ in
            Step("raise", .atomic(n)) { $0 += 1 }.asserting("as claimed") { s in s[n] == claimed }
          }
        }
      ).verdict
    }
    #expect(try verdict(claimed: 1) == .holds)
    #expect(try verdict(claimed: 2) == .found(.violated, property: "as claimed"))
  }

  @Test("what a question claims is about the state that it leaves, its books and its answer")
  func after() throws {
    func verdict(claimed: Int, answer claimedAnswer: Bool) throws -> Verdict {
      try outcome(
        System { b in
          let n = b.field("n", .range(0...5), initially: 1)
          let noted = b.ghost("noted", .range(0...5), initially: 0)
          b.actor("a", on: b.cpu()) { _ in
            Condition("dec_and_test", .atomic(n)) {
              $0 -= 1
              return $0 == 0
            }
            .noting { s, answer in if answer { s[noted] = 3 } }
            .asserting("as claimed") { s, answer in
              s[n] == claimed && s[noted] == 3 && answer == claimedAnswer
            }
          }
        }
      ).verdict
    }
    #expect(try verdict(claimed: 0, answer: true) == .holds)
    #expect(try verdict(claimed: 1, answer: true) == .found(.violated, property: "as claimed"))
    #expect(try verdict(claimed: 0, answer: false) == .found(.violated, property: "as claimed"))
  }

  @Test("BUG_ON and WARN_ON around a question fire on an answer, not on the other")
  func aroundQuestions() throws {
    func found(_ claim: @escaping (Condition) -> Condition) throws -> Outcome {
      try outcome(
        System { b in
          let n = b.field("n", .range(0...5), initially: 1)
          b.actor("a", on: b.cpu()) { _ in
            claim(Condition("is it 1?", .load(n)) { $0 == 1 })
            Step("go on")
          }
        })
    }
    #expect(
      try found { $0.bugOn(true, "BUG_ON(n)") }.verdict
        == .found(.assertionFailed, property: "BUG_ON(n)"))
    #expect(try found { $0.bugOn(false, "BUG_ON(!n)") }.verdict == .holds)
    let warned = try found { $0.warnOn(true, "WARN_ON(n)") }
    #expect(warned.verdict == .found(.assertionFailed, property: "WARN_ON(n)"))
    #expect(warned.statistics.states == 3)
    #expect(try found { !($0.warnOn(false, "WARN_ON(!n)")) }.verdict == .holds)
  }

  @Test("a statement inside a step fires on the state that it finds")
  func inside() throws {
    let found = try outcome(
      System { b in
        let n = b.field("n", .range(0...5), initially: 0)
        let ghost = b.ghost("ghost", .flag, initially: false)
        b.actor("a", on: b.cpu()) { _ in
          Step("raise", .atomic(n)) { $0 += 1 }.noting { s in s[ghost] = true }
          Step("raise", .atomic(n)) { $0 += 1 }
            .bugOn("VM_BUG_ON(PageBuddy(page))") { s in s[ghost] && s[n] == 1 }
        }
      })
    #expect(found.verdict == .found(.assertionFailed, property: "VM_BUG_ON(PageBuddy(page))"))
    #expect(found.findings.first?.trace.steps.count == 2)
  }

  @Test(
    "one claim may be made at many steps; as a bug at one and a warning at another it is refused")
  func sameText() throws {
    func system(_ severities: [Severity]) throws -> System {
      try System { b in
        for (number, severity) in severities.enumerated() {
          b.actor("actor\(number)", on: b.cpu()) { _ in
            Step("x").asserting("all is well", severity: severity) { _ in true }
          }
        }
      }
    }
    #expect(try system([.bug, .bug, .bug]).assertions.map(\.name) == ["all is well"])
    let error = #expect(throws: ModelError.self) { try system([.bug, .warning]) }
    #expect(error?.problems == ["'all is well' is a bug at one step and a warning at another"])
  }

  @Test("there may be 64, and the last one is as good as the first")
  func many() throws {
    func system(_ count: Int) throws -> System {
      try System { b in
        b.actor("a", on: b.cpu()) { _ in
          for number in 0..<count {
            Step("x").asserting("claim \(number)") { _ in number != count - 1 }
          }
        }
      }
    }
    #expect(try outcome(system(64)).verdict == .found(.violated, property: "claim 63"))
    let error = #expect(throws: ModelError.self) { try system(65) }
    #expect(error?.problems == ["it has more than 64 assertions"])
  }

  @Test("where a step fails a claim and raises a fault, a walk shows both")
  func withFault() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...1), initially: 1)
      b.actor("a", on: b.cpu()) { _ in
        Step("raise", .atomic(n)) { $0 += 1 }
          .asserting("n is 0", severity: .warning) { s in s[n] == 0 }
      }
    }
    let fault = "'n' would become 2, outside 0 to 1"
    let found = try outcome(system)
    #expect(found.verdict == .found(.faulted, property: fault))
    #expect(found.findings.map(\.property) == [fault, "n is 0"])
    let walks = Simulation(system, .init(seed: 1, walks: 3, depth: 5))
    #expect(walks.hits.map(\.finding.property) == [fault, "n is 0"])
  }
}
