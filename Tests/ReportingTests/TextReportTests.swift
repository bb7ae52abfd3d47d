import Foundation
import ModelChecking
import Models
import Reporting
import Testing

@Suite("Text and JSON reports")
struct TextReportTests {
  private func report(
    _ model: Model = .putPageRace, variant: String, settings: [String: Int] = [:]
  ) throws -> CheckReport {
    let system = try model.system(variant: variant, settings: settings)
    return CheckReport(
      model: model, variant: variant,
      bounds: try Bounds(model.bounds, settings: settings, model: model.name), system: system,
      outcome: try system.search(), command: "straypage check \(model.name)")
  }

  /// The lines down to the figures, which name seconds.
  private func body(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("the race as reported is drawn as changelogs draw it")
  func asReported() throws {
    let lines = body(try report(variant: "as-reported").text())
    #expect(
      lines.prefix(15).joined(separator: "\n") == """
        put-page-race as-reported pages=1 walkers=1

        VIOLATED after 5 steps: a page that virtio-mem owns is on no free list

             CPU0 kernel walker      CPU1 virtio-mem
          1  get_page_unless_zero                              page0.refcount 1 -> 2
          2                          virtio_mem_set_fake_offline
                                      __SetPageOffline         page0.type none -> offline
          3                           page_ref_dec             page0.refcount 2 -> 1
          4  put_page
              page_ref_dec_and_test                            page0.refcount 1 -> 0
          5   __put_page
               free_unref_page                                 page0.free_list none -> pcp(0)

        In this case it is no longer true that a page that virtio-mem owns is on no free list.
        """)
    #expect(lines.count <= 25)
    #expect(lines.allSatisfy { $0.count <= 100 })
  }

  @Test(
    "no line is longer than the width, however many actors there are", arguments: [60, 72, 100])
  func widths(width: Int) throws {
    for variant in ["as-reported", "upstream-stale-lru-check", "upstream-any-walker"] {
      for settings in [[:], ["walkers": 6, "pages": 4]] {
        let text = try report(variant: variant, settings: settings).text(TextStyle(width: width))
        for line in body(text) where !line.hasPrefix("Again: ") {
          #expect(line.count <= width, "\(line)")
        }
      }
    }
  }

  @Test("each verdict is said in words")
  func verdicts() throws {
    func firstLine(_ variant: String) throws -> String {
      body(try report(variant: variant).text())[2]
    }
    #expect(try firstLine("put-page-hook").hasPrefix("HOLDS: every reachable state was visited"))
    #expect(try firstLine("keep-reference").hasPrefix("GOAL UNREACHABLE: in no reachable state"))
    #expect(
      try firstLine("check-at-free") == "VIOLATED after 5 steps: no page is leaked by bad_page()")
  }

  @Test("a step that changes nothing shows what it saw")
  func reads() throws {
    let text = try report(variant: "hook-order-swapped").text()
    #expect(text.contains("sees page0.type = none"))
  }

  @Test("a loop is shown as a loop")
  func loop() throws {
    let model = Model(
      name: "retry", summary: "Does it ever end?", sources: ["none"], bounds: [],
      variants: [Variant("only", "", source: "", expect: .goalUnreachable("done"), design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...2), initially: 0)
      b.actor("offline_pages", on: b.cpu()) { _ in
        Step("start_isolate_page_range") { s in s[n] = 1 }
        Loop {
          Step("scan_movable_pages") { s in s[n] = 2 }
          Step("test_pages_isolated") { s in s[n] = 1 }
        }
      }
      b.goal("done") { s in s[n] == 0 && s[n] == 1 }
    }
    let lines = body(try report(model, variant: "only").text())
    let start = try #require(lines.firstIndex { $0.hasSuffix("round and round, for ever:") })
    #expect(lines[start + 1].contains("scan_movable_pages"))
    #expect(lines[start + 2].contains("test_pages_isolated"))
    #expect(lines.contains { $0.hasSuffix("and the last 2 steps repeat.") })
  }

  @Test("the JSON report says the same")
  func json() throws {
    let report = try report(variant: "upstream-any-walker")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "violated")
    #expect(object["property"] as? String == "a page that virtio-mem owns is on no free list")
    #expect(object["states"] as? Int == report.outcome.statistics.states)
    #expect(object["transitions"] as? Int == report.outcome.statistics.transitions)
    let trace = try #require(object["trace"] as? [String: Any])
    #expect(trace["length"] as? Int == 5)
    let steps = try #require(trace["steps"] as? [[String: Any]])
    #expect(
      steps.map { $0["step"] as? String } == report.outcome.findings[0].trace.steps.map(\.name))
    #expect((object["warnings"] as? [[String: Any]])?.count == 1)
  }
}
