import Foundation
import ModelChecking
import Models
import StraypageCLI
import Testing

@Suite("What list shows")
struct ListTests {
  private static let bare = Model(
    name: "bare", summary: "Is there something?", sources: [], bounds: [],
    variants: [Variant("only", "", source: "", expect: .holds, design: ())]
  ) { b, _, _ in
    let n = b.field("n", .flag, initially: false)
    b.actor("poller", on: b.cpu(), duty: .mayRunForever) { _ in
      Loop { Step("look", .load(n)) { _, _ in } }
    }
  }

  @Test("as JSON, all that is declared of each model")
  func json() throws {
    for arguments in [["list"], ["list", "put-page-race"]] {
      let result = CommandLineTests.run(arguments + ["--format", "json"])
      let list = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let models = try #require(list["models"] as? [[String: Any]])
      #expect(
        models.compactMap { $0["name"] as? String }
          == (arguments.count == 1 ? Model.all.map(\.name) : ["put-page-race"]))
      let race = try #require(models.first { $0["name"] as? String == "put-page-race" })
      let variants = try #require(race["variants"] as? [[String: Any]])
      #expect(
        variants.compactMap { $0["expected"] as? String }
          == Model.putPageRace.variants.map(\.expected.description))
      let hook = try #require(variants.first { $0["name"] as? String == "put-page-hook" })
      #expect(
        hook["expectedUnder"] as? [String: String] == [
          "tso": "holds",
          "lkmm": "violated after 6 steps: a page that virtio-mem owns is on no free list",
        ])
      let bounds = try #require(race["bounds"] as? [[String: Any]])
      #expect(bounds.compactMap { $0["large"] as? Int } == [2, 3])
      let claims = try #require(race["claims"] as? [[String: Any]])
      #expect(claims.contains { $0["kind"] as? String == "invariant" })
      #expect(claims.contains { $0["kind"] as? String == "comesToEnd" })
      #expect(claims.allSatisfy { ($0["line"] as? Int ?? 0) > 0 })
    }
  }

  @Test("has no heading without something under it")
  func noEmptyHeadings() {
    #expect(
      CommandLineTests.run(["list", "bare"], models: [Self.bare]).output == """
        bare: Is there something?

        Variants (--variant NAME; the first by default), with what is expected:
          only
              expected: holds

        Of every search that judges all of them, too:
          can always go on: poller
          nobody waits for ever, misuses a lock or ends with one held

        """)
  }

  @Test("tells what is expected under which memory model, in their order")
  func memoryModels() {
    #expect(
      CommandLineTests.run(["list", "put-page-race"]).output.contains(
        """
              expected: holds
              under tso: holds
              under lkmm: violated after 6 steps: a page that virtio-mem owns is on no free list

        """))
  }

  @Test("has lines of the width that is asked for, and no word broken", arguments: [60, 72, 100])
  func width(columns: Int) {
    for model in [nil] + Model.all.map(\.name) {
      let arguments = ["list"] + (model.map { [$0] } ?? [])
      let text = CommandLineTests.run(arguments + ["--width", "\(columns)"]).output
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= columns })
      let words = CommandLineTests.run(arguments + ["--width", "400"]).output
      #expect(
        text.split(whereSeparator: \.isWhitespace) == words.split(whereSeparator: \.isWhitespace))
    }
  }
}
