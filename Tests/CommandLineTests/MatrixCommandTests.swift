import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("The matrix command")
struct MatrixCommandTests {
  private func run(_ arguments: String) -> CommandLineTests.Result {
    CommandLineTests.run(arguments.split(separator: " ").map(String.init))
  }

  @Test("the exit status is that of the whole fix, and 3 if that holds but not all is known")
  func exitStatus() {
    #expect(run("matrix put-page-race").status == .asItShouldBe)
    #expect(run("matrix put-page-race --variant as-reported").status == .violated)
    #expect(run("matrix hotplug-lifecycle --time 1ms").status == .inconclusive)
  }

  @Test("the report is the same on any number of threads", arguments: ["text", "json"])
  func repeatable(format: String) {
    let reports = ["1", "2", "4"].map {
      CommandLineTests.withoutTiming(
        run("matrix page-onlining --variant hyper-v --format \(format) --threads \($0)").output)
    }
    #expect(!reports[0].isEmpty && !reports[0].contains("seconds\""))
    #expect(Set(reports).count == 1)
  }

  @Test("--pieces narrows the table, and --full shows all of it")
  func table() {
    let narrow = run("matrix pcp-isolation --pieces forced-drain,first-test").output
    #expect(narrow.contains("\n4 sets, 4 searches, "))
    #expect(!narrow.contains("second-read"))
    let folded = run("matrix page-onlining --variant hyper-v").output
    let full = run("matrix page-onlining --variant hyper-v --full").output
    func rows(_ text: String) -> Int { text.matches(of: /\n  ([a-f-] ){6} [a-z]/).count }
    #expect(rows(folded) == 9)
    #expect(folded.contains("and 55 more (--full): "))
    #expect(rows(full) == 64)
    #expect(!full.contains("--full"))
  }

  @Test("the bounds and the variant are those of the command line")
  func choice() throws {
    let result = run(
      "matrix put-page-race --variant upstream-freeze-or-fail --set walkers=2 --format json")
    let form = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(form["variant"] as? String == "upstream-freeze-or-fail")
    #expect(form["bounds"] as? [String: Int] == ["pages": 1, "walkers": 2])
    #expect(
      form["command"] as? String
        == "straypage matrix put-page-race --variant upstream-freeze-or-fail --set walkers=2")
    let check = run(
      "check put-page-race --variant upstream-freeze-or-fail --set walkers=2 --format json")
    let checked = try #require(
      try JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [String: Any])
    let sets = try #require(form["sets"] as? [[String: Any]])
    #expect(sets.first?["states"] as? Int == checked["states"] as? Int)
  }

  @Test("--output writes the report to a file and prints nothing")
  func outputFile() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let result = run("matrix put-page-race --output \(path)")
    #expect(result.status == .asItShouldBe && result.output == "")
    let written = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      CommandLineTests.withoutTiming(written)
        == CommandLineTests.withoutTiming(run("matrix put-page-race").output))
  }

  @Test("more pieces than can be varied are refused, unless some are named")
  func tooManyPieces() {
    let pieces = (0...Matrix.mostPieces).map { number in
      Piece<[Int]>("piece-\(number)", "", source: "") { $0.removeAll { $0 == number } }
    }
    let model = Model(
      name: "many", summary: "", sources: [], bounds: [],
      variants: [
        Variant("all", "", source: "", expect: .holds, design: Array(0...Matrix.mostPieces))
      ], pieces: pieces
    ) { system, design, _ in
      system.actor("actor", on: system.cpu()) { _ in
        Step("\(design)")
      }
    }
    let refused = CommandLineTests.run(["matrix", "many"], models: [model])
    #expect(refused.status == .badInput)
    #expect(
      refused.error.hasPrefix(
        "straypage: 11 pieces of model 'many' are too many; at most 10, which make 1024 sets, can "
          + "be varied: name them by --pieces\n"))
    let narrowed = CommandLineTests.run(
      ["matrix", "many", "--pieces", "piece-1,piece-10"], models: [model])
    #expect(narrowed.status == .asItShouldBe)
    #expect(narrowed.output.contains("4 sets, 4 searches, 8 states"))
  }
}
