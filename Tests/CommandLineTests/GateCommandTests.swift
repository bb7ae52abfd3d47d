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
      .compactMap { $0.firstMatch(of: /^(?:ok|UNEXPECTED|inconclusive|not run) +([^ ]+)/) }
      .map { String($0.1) }
  }

  @Test("every variant of every model is as expected, in the order of the list")
  func everything() {
    let result = gate("")
    #expect(result.status == .asItShouldBe)
    let names = Model.all.flatMap { model in model.variants.map { "\(model.name)/\($0.name)" } }
    #expect(rows(result.output) == names)
    #expect(result.output.contains("\n\(names.count) variants: \(names.count) as expected\n"))
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
    let noMemory = gate("page-churn hotplug-lifecycle --only */fixed --large --budget 64M")
    #expect(noMemory.status == .inconclusive)
    #expect(noMemory.output.contains("0 as expected, 1 inconclusive\n"))
    #expect(noMemory.output.contains("hotplug-lifecycle/fixed: inconclusive (memory)\n"))
  }

  @Test("--only and --except choose, and the summary names what is left out")
  func selection() {
    let hooks = gate("--only put*/*hook* --except put-page-race/*-swapped --only page-churn/plain")
    #expect(
      rows(hooks.output)
        == ["put-page-race/put-page-hook", "put-page-race/hook-store-delayed", "page-churn/plain"])
    #expect(hooks.status == .asItShouldBe)
    let others = Model.all.map(\.name).filter { !["put-page-race", "page-churn"].contains($0) }
    let summary = hooks.output.components(separatedBy: "Left out by the command line:\n").last ?? ""
    #expect(summary.hasPrefix("  \(others.count) models: \(others[0]), \(others[1]), "))
    #expect(summary.contains("\n  put-page-race, 11 of 13: as-reported, hook-order-swapped, "))
    #expect(summary.contains("\n  page-churn, 1 of 2: wide\n"))

    let named = gate("page-churn put-page-race --except put-page-race/* --except */wide")
    #expect(rows(named.output) == ["page-churn/plain"])
    #expect(rows(gate("--only put*race/f*-c*t").output) == ["put-page-race/freeze-count"])
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
