import ModelChecking
import Models
import Testing

/// The order of events in the shortest traces, as the mails and commits tell them.
@Suite("The traces tell the stories of the mails")
struct StoryTests {
  static let stories = [
    Story(
      model: .memoryOffline, variant: "release-to-buddy",
      steps: [
        "offline_pages: set_migratetype_isolate", "offline_pages: PageOffline",
        "offline_pages: __ClearPageOffline",
        "offline_pages: page_ref_dec_and_test", "offline_pages: free_one_page",
        "offline_pages: signal_pending: yes", "offline_pages: unset_migratetype_isolate",
        "application: rmqueue", "application: clear_page",
      ]),
    Story(
      model: .memoryOffline, variant: "no-regain",
      steps: [
        "offline_pages: set_migratetype_isolate", "offline_pages: page_ref_dec_and_test",
        "offline_pages: signal_pending: yes", "offline_pages: unset_migratetype_isolate",
        "offline_pages: (the driver does nothing)",
      ]),
    Story(
      model: .memoryOffline, variant: "no-count-test",
      steps: [
        "offline_pages: set_migratetype_isolate", "offline_pages: (the driver does nothing)",
        "offline_pages: signal_pending: no", "offline_pages: scan_movable_pages",
        "offline_pages: PageLRU", "offline_pages: scan_movable_pages",
        "offline_pages: test_pages_isolated", "offline_pages: offline_mem_sections",
        "offline_pages: __offline_isolated_pages",
      ]),
    Story(
      model: .memoryOffline, variant: "reference-and-sign-any-walker",
      steps: [
        "offline_pages: set_migratetype_isolate", "offline_pages: (the driver does nothing)",
        "offline_pages: signal_pending: no", "offline_pages: scan_movable_pages",
        "offline_pages: PageLRU", "offline_pages: scan_movable_pages",
        "offline_pages: test_pages_isolated", "offline_pages: offline_mem_sections",
        "pfn walker: get_page_unless_zero", "offline_pages: __offline_isolated_pages",
      ]),
    Story(
      model: .memoryOffline, variant: "cmm-isolate-count",
      steps: [
        "offline_pages: cmm_count_pages", "balloon: cmm_free_pages",
        "balloon: page_ref_dec_and_test",
        "balloon: free_unref_page", "kernel: alloc_pages(GFP_KERNEL)",
        "offline_pages: set_migratetype_isolate",
      ]),
    Story(
      model: .pcpIsolation, variant: "forced-drain-after-isolation",
      steps: [
        "free on CPU0: get_pfnblock_migratetype", "isolator: set_migratetype_isolate",
        "isolator: choose CPU0", "isolator: spin_lock_irqsave(pcp0)",
        "isolator: free_pcppages_bulk", "isolator: spin_unlock_irqrestore(pcp0)",
        "isolator: isolation is relied upon",
        "free on CPU0: spin_trylock_irqsave(pcp0)", "free on CPU0: list_add(&pcp->list)",
        "free on CPU0: pcp->count++", "free on CPU0: pcp->count >= pcp->high",
        "free on CPU0: spin_unlock_irqrestore(pcp0)",
        "alloc on CPU0: spin_trylock_irqsave(pcp0)", "alloc on CPU0: list_del, pcp->count--",
      ]),
    Story(
      model: .pcpIsolation, variant: "no-second-read",
      steps: [
        "free on CPU0: get_pfnblock_migratetype",
        "isolator: mutex_lock(pcp_batch_high_lock)", "isolator: pcp->high = 0, pcp->batch = 1",
        "isolator: choose CPU0", "isolator: spin_lock_irqsave(pcp0)",
        "isolator: free_pcppages_bulk", "isolator: spin_unlock_irqrestore(pcp0)",
        "isolator: set_migratetype_isolate",
        "free on CPU0: spin_trylock_irqsave(pcp0)", "free on CPU0: list_add(&pcp->list)",
        "free on CPU0: pcp->count++", "free on CPU0: pcp->count >= pcp->high",
        "free on CPU0: free_pcppages_bulk",
      ]),
    Story(
      model: .pcpIsolation, variant: "count-test-with-refill",
      steps: [
        "alloc on CPU0: spin_trylock_irqsave(pcp0)", "alloc on CPU0: READ_ONCE(pcp->batch)",
        "alloc on CPU0: rmqueue_bulk", "isolator: mutex_lock(pcp_batch_high_lock)",
        "isolator: pcp->high = 0, pcp->batch = 1", "isolator: pcp->count != 0",
        "isolator: skip CPU0", "isolator: set_migratetype_isolate",
        "isolator: isolation is relied upon", "alloc on CPU0: pcp->count += moved",
        "alloc on CPU0: list_del, pcp->count--", "alloc on CPU0: spin_unlock_irqrestore(pcp0)",
      ]),
    // The race of 66eca1021a42: the drain finds the count that a refill has not raised yet.
    Story(
      model: .pcpIsolation, variant: "drain-count-test-unlocked",
      steps: [
        "alloc on CPU0: spin_trylock_irqsave(pcp0)", "alloc on CPU0: READ_ONCE(pcp->batch)",
        "alloc on CPU0: rmqueue_bulk", "isolator: mutex_lock(pcp_batch_high_lock)",
        "isolator: pcp->high = 0, pcp->batch = 1", "isolator: choose CPU0",
        "isolator: pcp->count == 0", "isolator: set_migratetype_isolate",
        "isolator: isolation is relied upon", "alloc on CPU0: pcp->count += moved",
        "alloc on CPU0: list_del, pcp->count--", "alloc on CPU0: spin_unlock_irqrestore(pcp0)",
        "alloc on CPU0: spin_trylock_irqsave(pcp0)", "alloc on CPU0: list_del, pcp->count--",
      ]),
    Story(
      model: .pcpIsolation, variant: "free-pages-nolock",
      steps: [
        "BPF on CPU0: page_ref_dec_and_test", "BPF on CPU0: get_pfnblock_migratetype",
        "isolator: mutex_lock(pcp_batch_high_lock)", "isolator: pcp->high = 0, pcp->batch = 1",
        "isolator: choose CPU0", "isolator: spin_lock_irqsave(pcp0)",
        "isolator: free_pcppages_bulk", "isolator: spin_unlock_irqrestore(pcp0)",
        "isolator: set_migratetype_isolate", "isolator: isolation is relied upon",
        "BPF on CPU0: spin_trylock_irqsave(pcp0)", "BPF on CPU0: list_add(&pcp->list)",
        "BPF on CPU0: pcp->count++", "BPF on CPU0: spin_unlock_irqrestore(pcp0)",
        "alloc on CPU0: spin_trylock_irqsave(pcp0)", "alloc on CPU0: list_del, pcp->count--",
      ]),
  ]

  @Test("step by step", arguments: stories)
  func story(_ story: Story) throws {
    #expect(try story.model.story(of: story.variant) == story.steps)
  }

  @Test("an endless retry is shown as a loop of offline_pages()")
  func loop() throws {
    let outcome = try Model.memoryOffline.system(variant: "no-scan-check").search()
    #expect(outcome.verdict == .found(.stuck, property: "offline_pages() has returned"))
    #expect(
      outcome.findings.first?.trace.loop.map(\.name) == [
        "signal_pending: no", "scan_movable_pages", "PageLRU", "scan_movable_pages",
        "test_pages_isolated",
      ])
  }

  @Test(
    "offline_pages() goes round for ever for a page that no drain finds",
    arguments: [
      ("free-pages-nolock-offline", ["test_pages_isolated"]),
      (
        "trylock-free-pages",
        [
          "test_pages_isolated", "choose CPU0", "spin_lock_irqsave(pcp0)", "free_pcppages_bulk",
          "spin_unlock_irqrestore(pcp0)",
        ]
      ),
    ])
  func endlessOffline(variant: String, loop: [String]) throws {
    let outcome = try Model.pcpIsolation.system(variant: variant).search()
    #expect(outcome.verdict == .found(.stuck, property: "isolator comes to its end"))
    #expect(outcome.findings.first?.trace.loop.map(\.name) == loop)
  }

  @Test("the fixed design of memory-offline is offline in nine steps, and counted so in ten")
  func offline() throws {
    let outcome = try Model.memoryOffline.system(variant: "upstream").search()
    // The last of them takes the block from zone->nr_isolate_pageblock.
    #expect(outcome.goals.first { $0.name == "the block is offline" }?.steps == 10)
  }
}
