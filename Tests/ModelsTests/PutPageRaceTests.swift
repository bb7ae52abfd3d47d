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
      "hook-store-delayed",
      [
        "kernel walker: get_page_unless_zero",
        "virtio-mem: __SetPageOffline (into the store buffer)", "virtio-mem: page_ref_dec",
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

  @Test("a warning on the way has a trace of its own")
  func warning() throws {
    let outcome = try Model.putPageRace.system(variant: "upstream-any-walker").search()
    #expect(
      outcome.findings.last?.trace.steps.map(\.name) == [
        "get_page_unless_zero", "__SetPageOffline", "page_ref_dec_and_test",
      ])
  }
}
