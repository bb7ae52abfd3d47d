import Foundation
import ModelChecking
import Reporting
import Testing

@Suite("Each kind of finding has words of its own, in every report")
struct FindingWordsTests {
  /// A variant for each kind, which comes to nothing else. Names tell nothing of the kind.
  private static let model = Model(
    name: "one-of-each", summary: "", sources: [], bounds: [],
    variants: FindingKind.allCases.enumerated().map { number, kind in
      Variant("v\(number)", "", source: "", expect: .holds, design: kind)
    }, pieces: [Piece("none", "", source: "") { _ in }]
  ) { b, kind, _ in
    let n = b.field("n", .range(0...2), initially: 0)
    let lock = b.lock("l", .mutex)
    b.actor("a", on: b.cpu()) { _ in
      switch kind {
      case .violated, .stuck, .avoidable, .goalUnreachable, .dataRace:
        Step("set", .store(n)) { 1 }
      case .assertionFailed: Step.bugOn("BUG_ON(!n)", .load(n)) { n in n == 0 }
      case .deadlock: Step("wait", .wait(n)) { n in n == 1 }
      case .lockMisused: lock.release()
      case .faulted: Step("set", .store(n)) { 3 }
      }
    }
    switch kind {
    case .violated: b.invariant("n is as it was") { s in s[n] == 0 }
    case .dataRace:
      b.reportDataRaces()
      b.actor("b", on: b.cpu()) { _ in Step("see", .load(n)) }
    case .stuck: b.goal("n is as it was", .alwaysReachable) { s in s[n] == 0 }
    case .avoidable: b.goal("n is as it was", .inevitable) { s in s[n] == 2 }
    case .goalUnreachable: b.goal("n is as it was") { s in s[n] == 2 }
    case .assertionFailed, .deadlock, .lockMisused, .faulted: break
    }
  }

  private struct Case {
    let kind: FindingKind
    let configuration: Configuration
    let system: System
    let outcome: Outcome
    let finding: Finding

    var command: String { "again" }

    var check: CheckReport {
      CheckReport(configuration, system: system, outcome: outcome, command: command)
    }

    func gate() throws -> GateReport {
      let result = GateResult(
        configuration, expected: configuration.variant.expected, .searched(system, outcome))
      return GateReport(
        tool: ("straypage", "1"), entries: [GateReport.Entry(result, command: command)],
        leftOut: [],
        begin: Date(timeIntervalSince1970: 0), seconds: 0)
    }

    func matrix() throws -> MatrixReport {
      MatrixReport(try configuration.matrix(), command: command)
    }

    var saved: SavedTrace {
      SavedTrace(finding, of: system, in: configuration)
    }

    func replay() throws -> String {
      ReplayReport(
        try Replay(saved, in: system), of: saved, in: configuration, system: system
      ).text()
    }

    var simulation: SimulationReport {
      SimulationReport(
        Simulation(system, .init(walks: 3)), of: configuration, system: system, command: command,
        check: command)
    }
  }

  private func cases() throws -> [Case] {
    try zip(FindingKind.allCases, Self.model.variants).map { kind, variant in
      let configuration = try Configuration(Self.model, variant: variant.name)
      let system = try configuration.system()
      let outcome = try system.search()
      return Case(
        kind: kind, configuration: configuration, system: system, outcome: outcome,
        finding: try #require(outcome.findings.first))
    }
  }

  @Test("the model comes to each kind, and to nothing else")
  func kinds() throws {
    for found in try cases() {
      #expect(found.outcome.findings.map(\.kind) == [found.kind])
      #expect(found.outcome.verdict.name == found.kind.rawValue)
    }
  }

  @Test("no two kinds share a word or a sentence")
  func distinct() throws {
    let findings = try cases().map(\.finding)
    // Of a place the same is true where a goal got out of reach and where it never was in reach.
    let tellings: [(FindingWords) -> (Finding) -> String] = [
      \.verdict, \.title, \.alarm, \.consequence,
    ]
    for telling in tellings {
      let told = findings.map { telling($0.words)($0) }
      #expect(Set(told).count == told.count, "\(told)")
    }
    let walks = FindingKind.allCases.map(\.words.ofWalks)
    #expect(Set(walks).count == walks.count)
  }

  @Test("every report names the kind, and no other")
  func names() throws {
    for found in try cases() {
      let gate = try found.gate()
      let reports: [(format: String, text: String)] = [
        ("text", found.check.text()), ("JSON", try found.check.json()),
        ("page", try found.check.html([AnnotatedTrace(found.finding, of: found.system)])),
        ("graph", found.check.dot(AnnotatedGraph(StateGraph(of: found.system, mostStates: 100)))),
        ("gate", gate.text()), ("row", gate.entries[0].result.row(nameWidth: 20)),
        ("gate JSON", try gate.json()), ("JUnit", gate.junit), ("SARIF", try gate.sarif()),
        ("annotations", gate.annotations), ("matrix", try found.matrix().text()),
        ("matrix JSON", try found.matrix().json()), ("saved trace", try found.saved.json()),
        ("replay", try found.replay()),
        ("expectation", Expectation(metBy: found.outcome).description),
      ]
      for (format, text) in reports {
        let named = FindingKind.allCases.filter { Self.names($0, in: text) }
        #expect(named == [found.kind], "\(format) of \(found.kind): \(text)")
      }
      // A walk at random can't tell what is out of reach, or a run that goes on for ever.
      if [.goal, .run].contains(found.kind.subject) { continue }
      #expect(found.simulation.text().contains(found.finding.words.title(found.finding)))
      // A warning ends no walk.
      if found.finding.severity == .warning { continue }
      #expect(found.simulation.text().contains("3 \(found.kind.words.ofWalks)"))
    }
  }

  /// Whether a kind's name stands in a text, be it in capitals.
  private static func names(_ kind: FindingKind, in text: String) -> Bool {
    text.lowercased().contains(kind.rawValue)
  }

  @Test("a saved trace of each kind is read back and goes again as it was")
  func replays() throws {
    for found in try cases() {
      let read = try SavedTrace(json: Data(found.saved.json().utf8))
      #expect(read == found.saved && read.end == found.kind)
      #expect(try Replay(read, in: found.system).difference == nil)
    }
  }

  @Test("what an expectation states of each kind is met by it, and by no other kind")
  func expectations() throws {
    let cases = try cases()
    for stated in cases {
      let expectation = Expectation.found(
        stated.kind, property: stated.outcome.verdict.property, steps: stated.finding.length)
      for found in cases {
        #expect(expectation.isMet(by: found.outcome) == (found.kind == stated.kind))
      }
    }
  }
}
