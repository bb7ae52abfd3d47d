import ModelChecking
import Models
import Testing

/// The order of events in the traces, as the mail and its discussion tell them.
@Suite("The traces of put-page-race")
struct PutPageRaceTests {
  static let traces: [(variant: String, steps: [String])] = [
    (
      "as-reported",
      [
        "kernel walker: get_page_unless_zero", "virtio-mem: __SetPageOffline",
        "virtio-mem: page_ref_dec", "kernel walker: page_ref_dec_and_test",
        "kernel walker: free_unref_page",
      ]
    ),
    (
      "hook-order-swapped",
      [
        "kernel walker: get_page_unless_zero", "virtio-mem: page_ref_dec",
        "kernel walker: page_ref_dec_and_test", "kernel walker: PageOffline",
        "kernel walker: free_unref_page",
      ]
    ),
    (
      "set-count-zero",
      [
        "kernel walker: get_page_unless_zero", "virtio-mem: __SetPageOffline",
        "virtio-mem: set_page_count", "kernel walker: page_ref_dec_and_test",
      ]
    ),
    (
      "upstream-stale-lru-check",
      [
        "kernel walker: PageLRU", "virtio-mem: TestClearPageLRU", "virtio-mem: page_ref_freeze",
        "virtio-mem: page_ref_unfreeze", "virtio-mem: page_ref_dec_and_test",
        "virtio-mem: free_unref_page", "virtio-mem: isolate_freepages_range",
        "kernel walker: get_page_unless_zero", "virtio-mem: __SetPageOffline",
        "virtio-mem: page_ref_dec_and_test", "kernel walker: page_ref_dec_and_test",
        "kernel walker: free_unref_page",
      ]
    ),
  ]

  @Test("tell the story of the mails", arguments: traces.indices)
  func story(index: Int) throws {
    let (variant, steps) = Self.traces[index]
    #expect(try Model.putPageRace.story(of: variant) == steps)
  }

  @Test("on arm64 the hook may see the count of a page and not its flag, which is stored before")
  func delayedStore() throws {
    #expect(
      try Model.putPageRace.story(of: "put-page-hook", under: .lkmm) == [
        "kernel walker: get_page_unless_zero", "virtio-mem: __SetPageOffline",
        "virtio-mem: page_ref_dec", "kernel walker: page_ref_dec_and_test",
        "kernel walker: PageOffline", "kernel walker: free_unref_page",
      ])
    var configuration = try Configuration(.putPageRace, variant: "put-page-hook")
    configuration.memoryModel = .lkmm
    let trace = try #require(try configuration.system().search().findings.first).trace
    let seen = trace.steps[4].reads.map { "\($0.field) == \($0.value)" }
    #expect(seen == ["page0.type == none, since offline is not seen yet"])
  }

  @Test("a warning on the way has a trace of its own")
  func warning() throws {
    let outcome = try Model.putPageRace.system(variant: "upstream-any-walker").search()
    #expect(
      outcome.findings.last?.trace.steps.map(\.name) == [
        "get_page_unless_zero", "__SetPageOffline", "page_ref_dec_and_test",
      ])
  }
}
