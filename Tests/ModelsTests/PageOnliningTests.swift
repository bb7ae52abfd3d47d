import ModelChecking
import Models
import Testing

/// The order of events in the traces, and what bigger settings say.
@Suite("page-onlining")
struct PageOnliningTests {
  /// The events that make each story, in their order; other steps lie between them.
  static let stories: [(variant: String, events: [String])] = [
    (
      "virtio-mem-no-callback",
      [
        "memory hotplug: memmap_init_range", "memory hotplug: __ClearPageOffline",
        "memory hotplug: set_page_count", "memory hotplug: free_one_page",
        "memory hotplug: unset_migratetype_isolate", "allocation: rmqueue",
        "allocation: clear_page",
      ]
    ),
    (
      "not-isolated",
      [
        "memory hotplug: ClearPageReserved", "memory hotplug: free_one_page",
        "allocation: rmqueue", "allocation: clear_page",
      ]
    ),
    (
      "virtio-mem-any-walker",
      [
        "memory hotplug: SetPageDirty", "memory hotplug: online_mem_sections",
        "kernel walker: get_page_unless_zero", "virtio-mem: set_page_count",
        "kernel walker: page_ref_dec_and_test",
      ]
    ),
    (
      "virtio-mem-no-dirty-mark",
      [
        "virtio-mem: __ClearPageOffline", "virtio-mem: page_ref_dec_and_test",
        "virtio-mem: free_pages_check: flags",
      ]
    ),
    (
      "virtio-mem-inverted",
      [
        "virtio-mem: alloc_contig_range", "virtio-mem: __SetPageOffline",
        "virtio-mem: virtio_mem_sbm_unplug_sb", "virtio-mem: virtio_mem_sbm_plug_sb",
        "virtio-mem: PageDirty", "kernel walker: get_page_unless_zero",
        "virtio-mem: set_page_count", "kernel walker: page_ref_dec_and_test",
      ]
    ),
    (
      "virtio-mem-not-added",
      [
        "memory hotplug: page_ref_dec_and_test", "memory hotplug: signal_pending: no",
        "memory hotplug: __offline_isolated_pages", "memory hotplug: adjust_managed_page_count",
        "memory hotplug: mutex_unlock(vm->hotplug_mutex)",
      ]
    ),
    (
      "virtio-mem-subtracts-skipped",
      [
        "memory hotplug: page_ref_dec_and_test", "memory hotplug: __offline_isolated_pages",
        "memory hotplug: adjust_managed_page_count",
        "memory hotplug: mutex_unlock(vm->hotplug_mutex)",
      ]
    ),
    (
      "virtio-mem-not-subtracted",
      [
        "memory hotplug: adjust_managed_page_count", "memory hotplug: signal_pending: yes",
        "memory hotplug: page_ref_inc", "memory hotplug: mutex_unlock(vm->hotplug_mutex)",
      ]
    ),
    (
      "hyper-v-old-no-lock",
      [
        "hot_add_req: covered_end_pfn += pgs_ol", "memory hotplug: has_pfn_is_backed",
        "memory hotplug: free_one_page", "memory hotplug: online_mem_sections",
        "hot_add_req: online_section_nr", "hot_add_req: ClearPageReserved",
      ]
    ),
    (
      "xen-old-unreserved-walker",
      [
        "balloon_process: XENMEM_populate_physmap", "balloon_process: __ClearPageOffline",
        "balloon_process: ClearPageReserved", "kernel walker: PageReserved",
        "kernel walker: get_page_unless_zero", "balloon_process: set_page_count",
        "kernel walker: page_ref_dec_and_test",
      ]
    ),
  ]

  @Test("traces tell the story of the mail", arguments: stories.indices)
  func story(index: Int) throws {
    let (variant, events) = Self.stories[index]
    let found = try Model.pageOnlining.story(of: variant)
    var rest = found[...]
    for event in events {
      let place = try #require(rest.firstIndex(of: event), "\(variant): \(event) in \(found)")
      rest = rest[(place + 1)...]
    }
    #expect(found.last == events.last)
  }

  @Test("Hyper-V's page is backed between the callback and the online section")
  func missed() throws {
    #expect(
      try Model.pageOnlining.story(of: "hyper-v-missed") == [
        "memory hotplug: set_pageblock_migratetype", "memory hotplug: memmap_init_range",
        "memory hotplug: spin_lock_irqsave(ha_lock)", "memory hotplug: has_pfn_is_backed",
        "memory hotplug: PageOffline", "memory hotplug: spin_unlock_irqrestore(ha_lock)",
        "hot_add_req: spin_lock_irqsave(ha_lock)", "hot_add_req: covered_end_pfn += pgs_ol",
        "hot_add_req: online_section_nr",
      ])
  }

  /// Pages with and without memory in one block, of which only the last makes trouble.
  @Test("what is broken is broken in a block of 2 pages as well")
  func twoPages() throws {
    for variant in Model.pageOnlining.variants where variant.expected != .holds {
      let outcome = try Model.pageOnlining.system(
        variant: variant.name, settings: ["pages": 2]
      ).search()
      #expect(outcome.verdict.name == variant.expected.verdict.name, "\(variant.name)")
    }
  }
}
