import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("The merge command")
struct MergeCommandTests {
  private enum Deed: String, CaseIterable {
    case nothing, lowCount, assertion, warning, deadlock, stuck, unreached, avoided, misuse, fault
    case vacuous, broken
  }

  /// Something wrong of every kind, a variant each.
  private static let deeds = Model(
    name: "deeds", summary: "", sources: [], bounds: [],
    variants: Deed.allCases.map { Variant($0.rawValue, "", source: "", expect: .holds, design: $0) }
  ) { system, deed, _ in
    let count = system.field("count", .range(0...3), initially: 0)
    let (a, b) = (system.lock("a", .mutex), system.lock("b", .mutex))
    if deed == .broken { _ = system.field("count", .flag, initially: false) }
    system.actor("one", on: system.cpu()) { _ in
      a.acquire()
      b.acquire()
      Step("raise", .atomic(count)) { $0 += 1 }
      b.release()
      a.release()
      if deed == .misuse { a.release() }
      if deed == .vacuous {
        If(Condition("3?", .load(count)) { $0 == 3 }) { Step("never", .store(count)) { 0 } }
      }
    }
    system.actor("two", on: system.cpu(), duty: deed == .avoided ? .mayRunForever : .end) { _ in
      switch deed {
      case .deadlock:
        b.acquire()
        a.acquire()
        a.release()
        b.release()
      case .assertion: Step.bugOn("BUG_ON(count)", .load(count)) { $0 == 1 }
      case .avoided: Loop { Step("look", .load(count)) { _, _ in } }
      case .fault: Step("lower", .atomic(count)) { $0 -= 1 }
      default: Step("look", .load(count)) { _, _ in }
      }
    }
    switch deed {
    case .lowCount: system.invariant("the count stays 0") { s in s[count] == 0 }
    case .warning: system.invariant("0 is better", severity: .warning) { s in s[count] == 0 }
    case .stuck: system.goal("the count is 0", .alwaysReachable) { s in s[count] == 0 }
    case .unreached: system.goal("the count is 3") { s in s[count] == 3 }
    case .avoided: system.goal("the count is 2", .inevitable) { s in s[count] == 2 }
    default: break
    }
  }

  @Test("parts in any order make the report of one run, in every form")
  func merged() throws {
    let reports = ReportFolder(of: Self.deeds)
    let whole = reports.run(
      ["gate"] + ["junit", "sarif", "json"].flatMap { ["--\($0)", reports.path("whole.\($0)")] })
    #expect(whole.status == .badInput, "one of them is broken")
    for part in 1...3 { reports.gate(part: part, of: 3) }
    let merged = reports.merge(
      [2, 3, 1], ["junit", "sarif", "json"].flatMap { ["--\($0)", reports.path("merged.\($0)")] })
    #expect(merged.status == whole.status)
    #expect(ReportFolder.timeless(merged.output) == ReportFolder.timeless(whole.output))
    for form in ["junit", "sarif", "json"] {
      #expect(try reports.timeless("merged.\(form)") == reports.timeless("whole.\(form)"))
    }
    #expect(
      ReportFolder.timeless(reports.merge([1, 2, 3], ["--format", "ktap"]).output)
        == ReportFolder.timeless(reports.run(["gate", "--format", "ktap"]).output))
    // Every kind is there but data races, which nobody asked for; so each was drawn anew.
    let text = try reports.text("whole.json")
    let kinds = FindingKind.allCases.filter { $0 != .dataRace }
    for name in kinds.map(\.rawValue) + ["never yes"] {
      #expect(text.contains("\"\(name)\""), "\(name)")
    }
    #expect(text.contains("0 is better"))
  }

  @Test("a part says which it is, and its checks are in no other")
  func parts() throws {
    let reports = ReportFolder(of: Self.deeds)
    let outputs = (1...3).map { part in
      reports.run(["gate", "--shard", "\(part)/3"]).output
    }
    let rows = outputs.map { output in
      output.prefix(upTo: output.firstRange(of: "\n\n")?.lowerBound ?? output.endIndex)
        .matches(of: /deeds\/([a-zA-Z]+)/).map { String($0.1) }
    }
    #expect(rows.flatMap { $0 }.sorted() == Deed.allCases.map(\.rawValue).sorted())
    #expect(rows.allSatisfy { !$0.isEmpty })
    #expect(
      outputs[1].contains("This is part 2 of 3; the others have \(12 - rows[1].count) verdicts."))
  }

  @Test("which check is in which part is the same for ever")
  func stable() throws {
    let numbers = ["put-page-race as-reported pages=1 walkers=1", "", "a"].map {
      Shard.number(of: $0, among: 1000)
    }
    #expect(numbers == [45, 358, 610])
    for count in 1...8 {
      let counts = (0..<800).reduce(into: [Int: Int]()) {
        $0[Shard.number(of: "check \($1)", among: count), default: 0] += 1
      }
      #expect(counts.count == count)
      #expect(counts.values.allSatisfy { abs($0 - 800 / count) < 70 })
    }
  }

  @Test("a part that is missing is named, and nothing passes without it")
  func missing() throws {
    let reports = ReportFolder(of: Self.deeds)
    let only = ["--only", "deeds/nothing"]
    let home = Shard.number(of: "deeds nothing", among: 3)
    for part in 1...3 { reports.gate(part: part, of: 3, only) }
    #expect(reports.merge([1, 2, 3]).status == .asItShouldBe)

    // What it would have checked has no verdict; and where that is nothing, it may have been something.
    let others = (1...3).filter { $0 != home }
    let without = reports.merge(others)
    #expect(without.status == .inconclusive)
    #expect(without.error == "straypage: part \(home) of 3 is missing\n")
    #expect(without.output.contains("deeds/nothing: not run: part \(home) of 3 is missing\n"))
    let idle = reports.merge([home, others[0]])
    #expect(idle.status == .inconclusive)
    #expect(idle.error == "straypage: part \(others[1]) of 3 is missing\n")
  }

  @Test("what doesn't fit together is refused, by its name")
  func misfits() throws {
    let reports = ReportFolder(of: Self.deeds)
    let only = ["--only", "deeds/nothing"]
    for part in 1...2 { reports.gate(part: part, of: 2, only) }
    let other = ReportFolder(of: Self.deeds)
    func store(_ name: String, _ text: String) throws {
      try text.write(toFile: reports.path(name), atomically: true, encoding: .utf8)
    }
    let part = try reports.text("2.json")
    other.gate(part: 3, of: 3, only)
    try store("of-3.json", other.text("3.json"))
    other.gate(part: 2, of: 2)
    try store("of-all.json", other.text("2.json"))
    try store("twin.json", reports.text("1.json"))
    try store(
      "old.json", part.replacing("\"program\" : \"straypage\"", with: "\"program\" : \"x 1\""))
    try store("cut.json", String(part.prefix(part.count / 2)))
    try store("empty.json", "")
    _ = reports.run(["gate", "--json", reports.path("whole.json")] + only)

    func objection(_ name: String) -> String { reports.objection(to: ["1.json", name]) }
    #expect(
      objection("of-3.json")
        == "'of-3.json' can't be merged: it is part 3 of 3, and '1.json' is part 1 of 2"
    )
    #expect(
      objection("of-all.json")
        == "'of-all.json' can't be merged: it is of 'gate' with 12 checks, and '1.json' is of "
        + "'gate --only deeds/nothing' with 1")
    #expect(
      objection("twin.json") == "'twin.json' can't be merged: it is part 1 of 2, and so is '1.json'"
    )
    #expect(
      objection("old.json")
        == "'old.json' can't be merged: it was changed or damaged: its checksum does not fit")
    #expect(
      objection("cut.json")
        == "'cut.json' can't be merged: it is no JSON report, or was cut off or damaged")
    #expect(objection("empty.json") == "'empty.json' can't be merged: it is empty")
    #expect(
      objection("whole.json")
        == "'whole.json' can't be merged: it is no part of a report: it was written without '--shard'"
    )
    let sweep = [
      "sweep", "put-page-race", "--set", "walkers=1..2", "--results", reports.path("kept"),
      "--variant", "as-reported",
    ]
    _ = CommandLineTests.run(sweep + ["--format", "json", "--output", reports.path("sweep.json")])
    let kept = try FileManager.default.contentsOfDirectory(atPath: reports.path("kept"))
    for name in ["sweep.json", "kept/" + (try #require(kept.first))] {
      #expect(
        objection(name).hasPrefix(
          "'\(name)' can't be merged: it is of 'sweep', whose parts need no merging: put the files")
      )
    }
    #expect(objection("none.json") == "there is no file 'none.json'")
    #expect(reports.objection(to: []) == "'merge' needs PART")
  }

  @Test("a part of another version, command or model is refused")
  func strangers() throws {
    let reports = ReportFolder(of: Self.deeds)
    reports.gate(part: 1, of: 1)
    let newer = CommandLineTool(name: "straypage", models: [Self.deeds], version: "2.0")
    #expect(newer.run(["merge", reports.path("1.json")]) == .badInput)
    let lacking = Model(
      name: "deeds", summary: "", sources: [], bounds: [],
      variants: Deed.allCases.map {
        Variant($0.rawValue, "", source: "", expect: .holds, design: $0)
      }
    ) { system, _, _ in system.actor("one", on: system.cpu()) { _ in Step("x") } }
    let result = CommandLineTests.run(["merge", reports.path("1.json")], models: [lacking])
    #expect(result.status == .badInput)
    #expect(
      result.error.contains(
        "'deeds nothing' of part 1 of 1 can't be told anew: its model was another one where it was searched"
      ))
  }

  @Test(
    "a shard that is none is refused",
    arguments: [
      ("9/8", "--shard is 9/8: there is no part 9 of 8; parts are counted from 1 to 8"),
      ("0/8", "--shard is 0/8: there is no part 0 of 8; parts are counted from 1 to 8"),
      ("1/0", "--shard is 1/0: checks can be divided into 1 to 10000 parts, not into 0"),
      ("3", "--shard must be a part and the number of parts, such as 3/8, not '3'"),
      ("a/b", "--shard must be a part and the number of parts, such as 3/8, not 'a/b'"),
      ("-1/8", "--shard must be a part and the number of parts, such as 3/8, not '-1/8'"),
      ("1/2/3", "--shard must be a part and the number of parts, such as 3/8, not '1/2/3'"),
    ])
  func badShards(text: String, message: String) {
    let result = CommandLineTests.run(["gate", "--shard", text], models: [Self.deeds])
    #expect(result.status == .badInput)
    #expect(result.error == "straypage: \(message)\nTry 'straypage gate --help'.\n")
  }
}
