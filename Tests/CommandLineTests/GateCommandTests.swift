import Foundation
import ModelChecking
import Models
import StraypageCLI
import Testing

@Suite("The gate command")
struct GateCommandTests {
  /// Two steps that end at 2, with the right expectation and with a changed one.
  private static let changed = Model(
    name: "changed", summary: "", sources: [], bounds: [],
    variants: [
      Variant("as-it-was", "", source: "", expect: .violated("never 2", steps: 2), design: ()),
      Variant("one-step-more", "", source: "", expect: .violated("never 2", steps: 3), design: ()),
      Variant("said-to-hold", "", source: "", expect: .holds, design: ()),
    ]
  ) { system, _, _ in
    let count = system.field("count", .range(0...2), initially: 0)
    system.actor("counter", on: system.cpu()) { _ in
      Step("first", .atomic(count)) { $0 += 1 }
      Step("second", .atomic(count)) { $0 += 1 }
    }
    system.invariant("never 2") { s in s[count] != 2 }
  }

  /// States that have next to nothing in common, so that they can't be stored as what they are made of.
  private static let scattered = Model(
    name: "scattered", summary: "", sources: [], bounds: [],
    variants: [Variant("plain", "", source: "", expect: .holds, design: ())]
  ) { system, _, _ in
    let most = 1 << 62 - 1
    let fields = (0..<16).map { system.field("n\($0)", .range(0...most), initially: $0) }
    system.actor("scatterer", on: system.cpu(), duty: .mayRunForever) { _ in
      Loop {
        Step(
          "scatter", .section(fields, because: "it is alone"),
          when: { $0[fields[0]] != most }
        ) { s in
          for field in fields { s[field] = (s[field] &* 0x5851_F42D_4C95_7F2D &+ 1) & most }
        }
      }
    }
  }

  private static var lastLine: Int { changed.variants[2].declaration.line }

  private func gate(
    _ arguments: String, models: [Model] = Model.all, environment: [String: String] = [:]
  ) -> CommandLineTests.Result {
    CommandLineTests.run(
      ["gate"] + arguments.split(separator: " ").map(String.init), models: models,
      environment: environment)
  }

  /// The names in the table's rows.
  private func rows(_ output: String) -> [String] {
    output.prefix(upTo: output.firstRange(of: "\n\n")?.lowerBound ?? output.endIndex)
      .split(separator: "\n")
      .compactMap {
        $0.firstMatch(of: /^(?:ok|UNEXPECTED|inconclusive|not run) +([^ ]+( under [a-z]+)?)/)
      }
      .map { String($0.1) }
  }

  @Test("every verdict of every variant is as expected, in the order of the list")
  func everything() {
    let result = gate("")
    #expect(result.status == .asItShouldBe)
    let variants = Model.all.flatMap { model in model.variants.map { (model, $0) } }
    let names = variants.flatMap { model, variant in
      variant.memoryModels.map { machine in
        "\(model.name)/\(variant.name)" + (machine == .sc ? "" : " under \(machine.rawValue)")
      }
    }
    #expect(rows(result.output) == names)
    #expect(names.count > variants.count)
    #expect(
      result.output.contains(
        "\n\(names.count) verdicts of \(variants.count) variants: \(names.count) as expected\n"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(result.error == "")
  }

  @Test("a changed expectation fails, with variant, both verdicts, trace and command")
  func changedExpectation() {
    let result = gate("", models: [Self.changed])
    #expect(result.status == .violated)
    #expect(result.output.contains("3 variants: 1 as expected, 2 unexpected\n"))
    #expect(
      result.output.contains(
        """
        UNEXPECTED: changed/said-to-hold (Tests/CommandLineTests/GateCommandTests.swift:\(Self.lastLine))
          expected: holds
          found:    violated after 2 steps: never 2
          that is:  expect: .violated("never 2", steps: 2)

        """))
    #expect(result.output.contains(/\n +1 +first +count 0 -> 1\n> 2 +second +count 1 -> 2\n/))
    #expect(result.output.contains("\nAgain: straypage check changed --variant said-to-hold\n"))
    #expect(result.output.contains("expected: violated after 3 steps: never 2\n"))
  }

  @Test("what has no verdict is no pass, and what is unexpected weighs more")
  func withoutVerdict() {
    let noTime = gate("--budget 0.000001ms")
    #expect(noTime.status == .inconclusive)
    #expect(noTime.output.contains("0 as expected, \(rows(noTime.output).count) not run\n"))
    #expect(noTime.output.contains("page-churn/plain: not run: the time of the budget"))
    let noMemory = gate("--budget 64M", models: [Self.scattered])
    #expect(noMemory.status == .inconclusive)
    #expect(noMemory.output.contains("scattered/plain: inconclusive (memory)\n"))
  }

  @Test("--only and --except choose, and the summary names what is left out")
  func selection() {
    let hooks = gate(
      "--only put*/*hook --only put*/freeze* --only page-churn/plain --memory-model sc")
    #expect(
      rows(hooks.output)
        == ["put-page-race/put-page-hook", "put-page-race/freeze-count", "page-churn/plain"])
    #expect(hooks.status == .asItShouldBe)
    let others = Model.all.map(\.name).filter { !["put-page-race", "page-churn"].contains($0) }
    let summary = hooks.output.components(separatedBy: "Left out by the command line:\n").last ?? ""
    #expect(summary.hasPrefix("  \(others.count) models: \(others[0]), \(others[1]), "))
    #expect(summary.contains("\n  put-page-race, 11 of 13: as-reported, hook-and-barrier, "))
    #expect(summary.contains("\n  page-churn, 1 of 2: wide\n"))
    #expect(summary.hasSuffix("\n  2 verdicts under tso\n  2 verdicts under lkmm\n"))

    let named = gate("page-churn put-page-race --except put-page-race/* --except */wide")
    #expect(rows(named.output) == ["page-churn/plain"])
    #expect(
      rows(gate("--only put*race/f*-c*t --memory-model sc").output)
        == ["put-page-race/freeze-count"])
  }

  /// Each of two CPUs stores and then looks at what the other stored, with or without a fence.
  private static let storeBuffering = Model(
    name: "sb", summary: "", sources: [], bounds: [],
    variants: [
      Variant(
        "bare", "", source: "", expect: .holds,
        under: [.tso: .violated("one sees", steps: 4), .lkmm: .violated("one sees", steps: 4)],
        design: false),
      Variant("fenced", "", source: "", expect: .holds, under: [.lkmm: .holds], design: true),
    ]
  ) { system, isFenced, _ in
    let fields = ["x", "y"].map { system.field($0, .flag, initially: false) }
    let saw = ["x", "y"].map { system.ghost("saw \($0)", .flag, initially: true) }
    for number in 0..<2 {
      system.actor("a\(number)", on: system.cpu()) { me in
        let value = me.register("value", .flag, initially: false)
        Step("store", .store(fields[number])) { true }
        if isFenced { Step("smp_mb()", .fullFence) }
        Step("load", .load(fields[1 - number])) { seen, my in my[value] = seen }
          .noting { s in s[saw[number]] = s[value] }
      }
    }
    system.invariant("one sees") { s in s[saw[0]] || s[saw[1]] }
  }

  @Test("a variant is held to a verdict for each memory model that it names")
  func memoryModels() throws {
    let all = gate("", models: [Self.storeBuffering])
    let names = ["sb/bare", "sb/bare under tso", "sb/bare under lkmm", "sb/fenced"]
    #expect(rows(all.output) == names + ["sb/fenced under lkmm"])
    #expect(all.status == .asItShouldBe)
    #expect(all.output.contains("\n5 verdicts of 2 variants: 5 as expected\n"))

    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let one = gate("--memory-model tso --json \(path)", models: [Self.storeBuffering])
    #expect(rows(one.output) == ["sb/bare under tso"])
    let json = try String(contentsOfFile: path, encoding: .utf8)
    #expect(json.contains(#""memoryModel" : "tso""#) && json.contains(#""sb/fenced under lkmm""#))

    let ktap = gate("--format ktap", models: [Self.storeBuffering]).output
    #expect(ktap.contains("\n  ok 3 bare under lkmm\n"))

    let large = gate("--large", models: [Self.storeBuffering])
    #expect(rows(large.output) == ["sb/bare", "sb/fenced"])
    #expect(large.output.contains("\n  1 verdict under tso\n  2 verdicts under lkmm\n"))

    let none = gate("page-churn --memory-model lkmm")
    #expect(none.status == .badInput)
    #expect(
      none.error.hasPrefix("straypage: nothing that is chosen states a verdict under lkmm\n"))
  }

  @Test("what is unexpected under a memory model names it everywhere, as what is to be pasted does")
  func unexpectedUnder() throws {
    let model = Model(
      name: "one", summary: "", sources: [], bounds: [],
      variants: [
        Variant(
          "plain", "", source: "", expect: .holds, under: [.tso: .deadlock(steps: 1)], design: ())
      ]
    ) { system, _, _ in
      let x = system.field("x", .flag, initially: false)
      system.actor("a", on: system.cpu()) { _ in Step("store", .store(x)) { true } }
    }
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let result = gate("--junit \(path)", models: [model], environment: ["GITHUB_ACTIONS": "true"])
    #expect(result.status == .violated)
    #expect(result.output.contains("UNEXPECTED: one/plain under tso ("))
    #expect(result.output.contains("  that is:  under: [.tso: .holds]\n"))
    #expect(
      result.output.contains("\nAgain: straypage check one --variant plain --memory-model tso\n"))
    #expect(result.output.contains(",title=one/plain under tso::"))
    let junit = try String(contentsOfFile: path, encoding: .utf8)
    #expect(junit.contains(#"<testcase name="plain under tso" classname="straypage.one""#))
  }

  @Test("the output is the same on any number of threads")
  func repeatable() {
    let outputs = [1, 2, 4].map { gate("--threads \($0)", models: Model.all + [Self.changed]) }
    #expect(Set(outputs.map { Self.withoutTiming($0.output) }).count == 1)
  }

  private static func withoutTiming(_ text: String) -> String {
    text.replacing(/[0-9.]+ s, [^\n]*/, with: "")
  }

  @Test("writes JUnit, SARIF and JSON files, and the table all the same")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = ["junit", "sarif", "json"].map { folder.appending(path: "gate.\($0)").path }
    let result = gate(
      "--junit \(paths[0]) --sarif \(paths[1]) --json \(paths[2])", models: [Self.changed])
    #expect(result.status == .violated)
    #expect(rows(result.output).count == 3)
    let texts = try paths.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(texts[0].contains("<failure message=\"expected: holds; found: violated after 2"))
    #expect(texts[1].contains("\"uri\" : \"Tests/CommandLineTests/GateCommandTests.swift\""))
    #expect(texts[2].contains("\"status\" : \"unexpected\""))
    for text in texts { #expect(!text.contains(#filePath)) }
  }

  @Test("annotates under GitHub Actions, and only there")
  func annotations() {
    let outside = gate("", models: [Self.changed])
    let inside = gate("", models: [Self.changed], environment: ["GITHUB_ACTIONS": "true"])
    #expect(!outside.output.contains("::"))
    #expect(
      inside.output.hasSuffix(
        "::error file=Tests/CommandLineTests/GateCommandTests.swift,line=\(Self.lastLine),"
          + "title=changed/said-to-hold::expected: holds%0Afound: violated after 2 steps: never 2"
          + "%0Aagain: straypage check changed --variant said-to-hold\n"))
    #expect(inside.output.components(separatedBy: "\n::error ").count == 3)
  }
}
