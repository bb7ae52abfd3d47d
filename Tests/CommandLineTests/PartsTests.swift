import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("Parts of a matrix and of mistakes made on purpose")
struct PartsTests {
  /// Two actors that count: with a lock, with the right order of two, and with a switch that does nothing.
  private struct Design: SwitchedDesign, Hashable {
    var isLocked = true
    var keepsOrder = true
    var isTidy = true
  }

  private static func counting(to last: Int = 2) -> Model {
    Model(
      name: "counting", summary: "", sources: [], bounds: [],
      variants: [
        Variant("all", "", source: "", expect: .holds),
        Variant("untidy", "", source: "", expect: .holds) { $0.isTidy = false },
      ],
      pieces: [
        Piece<Design>("lock", "", source: "") { $0.isLocked = false },
        Piece("order", "", source: "") { $0.keepsOrder = false },
        Piece("tidy", "", source: "") { $0.isTidy = false },
      ]
    ) { system, design, _ in
      let locks = ["a", "b"].map { system.lock($0, .mutex) }
      let inside = system.field("inside", .range(0...last), initially: 0)
      for name in ["first", "second"] {
        let order = name == "second" && !design.keepsOrder ? [locks[1], locks[0]] : locks
        system.actor(name, on: system.cpu()) { _ in
          if design.isLocked { for lock in order { lock.acquire() } }
          Step("enter", .atomic(inside)) { $0 += 1 }
          if !design.isTidy { Step("rest") }
          Step("leave", .atomic(inside)) { $0 -= 1 }
          if design.isLocked { for lock in order { lock.release() } }
        }
      }
      system.invariant("only one is inside") { s in s[inside] < 2 }
    }
  }

  /// The command lines that are divided, by the name of what they are of.
  private static let questions: [[String]] = [
    ["matrix", "counting"], ["matrix", "counting", "--pieces", "lock,order"], ["mutate"],
    ["mutate", "--only", "counting/all"],
    ["matrix", "counting", "--barriers", "--memory-model", "tso"],
  ]

  /// Runs each of three parts, to the files "PART.json".
  private func divide(_ question: [String], in reports: ReportFolder) -> [CommandLineTests.Result] {
    (1...3).map { part in
      let output = ["--format", "json", "--output", reports.path("\(part).json")]
      return reports.run(question + ["--shard", "\(part)/3"] + output)
    }
  }

  @Test("in any order they make the report of one run, in every form", arguments: questions)
  func merged(question: [String]) throws {
    let reports = ReportFolder(of: Self.counting())
    _ = divide(question, in: reports)
    for form in [["--format", "text"], ["--format", "json"]] {
      let whole = reports.run(question + form)
      let merged = reports.merge([3, 1, 2], form)
      #expect(merged.error == "")
      #expect(merged.status == whole.status)
      #expect(ReportFolder.timeless(merged.output) == ReportFolder.timeless(whole.output))
    }
    let toFile = reports.merge([1, 2, 3], ["--output", reports.path("merged.txt")])
    #expect(toFile.output == "")
    #expect(
      try reports.timeless("merged.txt") == ReportFolder.timeless(reports.run(question).output))
  }

  @Test("each set is in one of them, which says how many the others have")
  func sets() throws {
    let reports = ReportFolder(of: Self.counting())
    let outputs = (1...3).map { reports.run(["matrix", "counting", "--shard", "\($0)/3"]).output }
    let rows = outputs.map { $0.matches(of: #/\n  ((?:[a-c-] ){2}[a-c-]) /#).map { String($0.1) } }
    #expect(rows.flatMap { $0 }.count == 8)
    #expect(Set(rows.flatMap { $0 }).count == 8)
    for (part, output) in outputs.enumerated() {
      #expect(output.contains("This is part \(part + 1) of 3; the others have "))
      #expect(!output.contains("suffic"))
    }
  }

  @Test("each mistake is in one of them")
  func mistakes() throws {
    let reports = ReportFolder(of: Self.counting())
    let question = ["mutate", "--only", "counting/all"]
    func rows(_ text: String) -> [String] {
      text.matches(of: /\n +([0-9]+)  [a-z]/).map { String($0.1) }
    }
    let all = rows(reports.run(question).output)
    let parts = (1...3).map { rows(reports.run(question + ["--shard", "\($0)/3"]).output) }
    #expect(all.count > 6)
    #expect(parts.allSatisfy { !$0.isEmpty && $0.count < all.count })
    #expect(parts.flatMap { $0 }.sorted() == all.sorted())
  }

  @Test(
    "what is in a part that is missing has no verdict, and the part is named", arguments: questions)
  func missing(question: [String]) throws {
    let reports = ReportFolder(of: Self.counting())
    _ = divide(question, in: reports)
    for absent in 1...3 {
      let merged = reports.merge((1...3).filter { $0 != absent })
      #expect(merged.error == "straypage: part \(absent) of 3 is missing\n")
      #expect(merged.status != .asItShouldBe)
    }
    let merged = reports.merge([1, 2], ["--format", "json"]).output
    #expect(merged.contains("\"another part\"") || merged.contains("inconclusive (another part)"))
  }

  @Test("parts of two commands, selections, versions and models are refused")
  func misfits() throws {
    let reports = ReportFolder(of: Self.counting())
    func part(_ words: [String], _ name: String) {
      _ = reports.run(words + ["--format", "json", "--output", reports.path(name)])
    }
    part(["matrix", "counting", "--shard", "1/2"], "matrix.json")
    part(["mutate", "--shard", "2/2"], "mutate.json")
    part(["matrix", "counting", "--pieces", "lock", "--shard", "2/2"], "narrow.json")
    part(["matrix", "counting", "--shard", "2/3"], "third.json")
    #expect(
      reports.objection(to: ["matrix.json", "mutate.json"])
        == "'mutate.json' can't be merged: it is a part of 'mutate', and 'matrix.json' is one of 'matrix'"
    )
    #expect(
      reports.objection(to: ["matrix.json", "narrow.json"])
        == "'narrow.json' can't be merged: it is of 'matrix --pieces lock -- counting' with 2 checks, "
        + "and 'matrix.json' is of 'matrix -- counting' with 8")
    #expect(
      reports.objection(to: ["matrix.json", "third.json"])
        == "'third.json' can't be merged: it is part 2 of 3, and 'matrix.json' is part 1 of 2")
    let files = ["matrix.json", "mutate.json"].map(reports.path)
    let junit = reports.run(["merge", files[0], "--junit", reports.path("x.xml")])
    #expect(
      reports.objection(junit)
        == "'--junit' is not for parts of 'matrix', which has no such option")
    for file in files {
      let newer = CommandLineTool(name: "straypage", models: [Self.counting()], version: "2.0")
      #expect(newer.run(["merge", file]) == .badInput)
      let changed = CommandLineTests.run(["merge", file], models: [Self.counting(to: 3)])
      #expect(changed.status == .badInput)
      #expect(changed.error.contains("its model was another one where it was searched"))
    }
  }
}
