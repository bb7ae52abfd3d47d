import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("Commands on a model that traps")
struct TrapCommandTests {
  struct Design: SwitchedDesign, Hashable {
    var traps = true
    var sets = true
  }

  /// Sets one element of a list after the other, and one that is not there.
  private static let trapping = Model(
    name: "trapping", summary: "", sources: [], bounds: [],
    variants: [
      Variant<Design>("as-written", "", source: "", expect: .violated("never 2", steps: 2)),
      Variant<Design>("mended", "", source: "", expect: .violated("never 2", steps: 2)) {
        $0.traps = false
      },
    ],
    pieces: [
      Piece<Design>("trap", "", source: "") { $0.traps = false },
      Piece<Design>("set", "", source: "") { $0.sets = false },
    ]
  ) { (system: SystemBuilder, design: Design, _: Bounds) in
    let count = system.field("count", .range(0...2), initially: 0)
    system.actor("counter", on: system.cpu()) { _ in
      if design.sets { Step("first", .atomic(count)) { $0 += 1 } }
      Step("second", .atomic(count)) { count in
        count += design.traps ? [1, 1][count + 1] : 1
      }
    }
    system.invariant("never 2") { s in s[count] != 2 }
  }

  private static let step = "step 'second' of counter (TrapCommandTests.swift:30) traps"

  private func run(_ arguments: String...) -> CommandLineTests.Result {
    CommandLineTests.run(arguments, models: [Self.trapping])
  }

  @Test("check says which step, where, and how to get there, and ends with status 2")
  func check() {
    for arguments in [["--reference"], ["--threads", "1"], ["--threads", "2"]] {
      let result = CommandLineTests.run(
        ["check", "trapping"] + arguments, models: [Self.trapping])
      #expect(result.status == .badInput)
      #expect(result.output == "")
      let lines = result.error.split(separator: "\n")
      #expect(lines[0].hasPrefix("straypage: trapping as-written: \(Self.step)"))
      #expect(
        lines.dropFirst() == [
          "  state: count = 1", "  after 1 step:",
          "    1. counter: first (TrapCommandTests.swift:29)",
        ])
    }
  }

  @Test("a simulation does")
  func simulate() {
    let result = run("simulate", "trapping")
    #expect(result.status == .badInput)
    #expect(result.error.contains("trapping as-written: \(Self.step)"))
    #expect(result.error.contains("\n  state: count = 1\n"))
  }

  @Test("the gate counts an error, writes it in every report, and goes on")
  func gate() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["json", "sarif", "junit"].map { folder.appending(path: $0) }
    let options = ["--json", "--sarif", "--junit"]
    let result = CommandLineTests.run(
      ["gate"] + zip(options, files).flatMap { [$0, $1.path] }, models: [Self.trapping],
      environment: ["GITHUB_ACTIONS": "true"])
    #expect(result.status == .badInput)
    #expect(result.output.contains("\nok            trapping/mended "))
    #expect(result.output.contains("2 variants: 1 as expected, 1 error\n"))
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    for text in [result.output] + texts {
      #expect(text.contains(Self.step) || text.contains("step &apos;second&apos; of counter"))
      #expect(text.contains("1. counter: first (TrapCommandTests.swift:29)"))
    }
    #expect(texts[2].contains("failures=\"0\" errors=\"1\""))
  }

  @Test("a matrix has no verdict for the sets that trap, and one for the others")
  func matrix() {
    let result = run("matrix", "trapping")
    #expect(result.status == .badInput)
    #expect(result.output.contains("No verdict with trap, set:\n  \(Self.step)"))
    #expect(result.output.contains("  a b     inconclusive (error)"))
    #expect(result.output.contains("  - b     violated (1)"))
  }
}
