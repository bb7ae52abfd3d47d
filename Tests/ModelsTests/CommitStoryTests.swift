import ModelChecking
import Models
import Testing

/// The models that were written from one commit each: the order of events that its message tells, and
/// which of its pieces are needed.
@Suite("The traces tell the stories of the commits")
struct CommitStoryTests {
  static let stories = [
    Story(
      model: .pcpBulkFree, variant: "as-reported",
      steps: [
        "free: spin_lock_irqsave(interrupts)", "free: list_add(&pcp->lists[0]), pcp->count++",
        "free: pcp->count >= pcp->high", "zone_pcp_update: pcp->batch = 1",
        "zone_pcp_update: pcp->high = 5", "zone_pcp_update: pcp->batch = 2",
        "free: batch = READ_ONCE(pcp->batch)",
      ]),
    Story(
      model: .pcpBulkFree, variant: "batch-read-first",
      steps: [
        "zone_pcp_update: pcp->batch = 1", "zone_pcp_update: pcp->high = 5",
        "zone_pcp_update: pcp->batch = 2", "free: spin_lock_irqsave(interrupts)",
        "free: list_add(&pcp->lists[0]), pcp->count++", "free: batch = READ_ONCE(pcp->batch)",
        "zone_pcp_update: pcp->batch = 1", "zone_pcp_update: pcp->high = 0",
      ]),
    Story(
      model: .staleMigratetype, variant: "as-reported",
      steps: [
        "app: migratetype = get_pfnblock_migratetype", "isolator: set_migratetype_isolate",
        "app: free_one_page", "app: rmqueue",
      ]),
    Story(
      model: .staleMigratetype, variant: "only-if-any-isolated",
      steps: [
        "isolator: set_migratetype_isolate", "app: migratetype = get_pfnblock_migratetype",
        "isolator: isolation is relied upon", "isolator: unset_migratetype_isolate",
        "app: free_one_page", "isolator: set_migratetype_isolate",
      ]),
    Story(
      model: .hugetlbDissolve, variant: "as-reported",
      steps: [
        "hugetlb user: put_page_testzero", "offline: PageHuge",
        "offline: spin_lock_irqsave(hugetlb_lock)", "offline: PageHuge", "offline: page_count",
        "offline: free_huge_pages == 0", "offline: list_del, free_huge_pages--",
        "offline: update_and_free_page", "offline: spin_unlock_irqrestore(hugetlb_lock)",
        "hugetlb user: spin_lock_irqsave(hugetlb_lock)", "hugetlb user: enqueue_huge_page",
      ]),
    Story(
      model: .hwpoisonHugetlb, variant: "as-reported",
      steps: [
        "fault: alloc_pages", "fault: set_compound_page_dtor",
        "fault: spin_lock_irqsave(hugetlb_lock)", "memory_failure: PageHuge",
        "memory_failure: get_page_unless_zero", "fault: put_page_testzero",
      ]),
    Story(
      model: .hwpoisonHugetlb, variant: "page-of-the-lru",
      steps: [
        "app: alloc_pages", "memory_failure: spin_lock_irqsave(hugetlb_lock)",
        "memory_failure: PageHuge", "memory_failure: spin_unlock_irqrestore(hugetlb_lock)",
        "memory_failure: HWPoisonHandlable", "app: put_page_testzero", "app: PageHuge",
        "app: free_one_page", "fault: alloc_pages", "fault: set_compound_page_dtor",
        "fault: spin_lock_irqsave(hugetlb_lock)", "memory_failure: get_page_unless_zero",
        "fault: put_page_testzero",
      ]),
    Story(
      model: .freePages, variant: "as-reported",
      steps: [
        "app: alloc_pages(0, 1)", "walker: get_page_unless_zero", "app: put_page_testzero",
      ]),
    Story(
      model: .freePages, variant: "free-tails",
      steps: [
        "app: alloc_pages(__GFP_COMP, 1)", "walker: get_page_unless_zero",
        "app: put_page_testzero", "walker: put_page_testzero", "walker: PageHead",
        "walker: free_pages_prepare", "walker: __free_one_page", "app: PageHead",
        "app: free_the_page(page1, 0)",
      ]),
    Story(
      model: .khugepagedCollapse, variant: "as-reported",
      steps: [
        "khugepaged: __SetPageLocked(new_page)", "khugepaged: new_page->index = start",
        "khugepaged: new_page->mapping = mapping", "khugepaged: page_ref_freeze(new_page, 1)",
        "khugepaged: trylock_page(page)",
        "khugepaged: spin_lock_irqsave(i_pages->xa_lock)", "khugepaged: page_ref_freeze(page)",
        "khugepaged: xas_store(new_page)",
        "khugepaged: spin_unlock_irqrestore(i_pages->xa_lock)", "lookup: preempt_disable",
      ]),
    Story(
      model: .pageblockBits, variant: "atomic-bits",
      steps: [
        "free: test_bit(migrate0)", "free: test_bit(migrate1)",
        "isolation: spin_lock_irqsave(zone->lock)", "isolation: set_bit(migrate0)",
        "isolation: clear_bit(migrate1)", "isolation: set_bit(migrate2)",
        "free: test_bit(migrate2)", "free: list_add(&free_list[migratetype])",
      ]),
    Story(
      model: .pageblockBits, variant: "whole-word",
      steps: [
        "compaction: load", "isolation: spin_lock_irqsave(zone->lock)",
        "isolation: word = *bitmap_word", "isolation: *bitmap_word = word",
        "isolation: spin_unlock_irqrestore(zone->lock)", "compaction: store",
      ]),
  ]

  @Test("step by step", arguments: stories)
  func story(_ story: Story) throws {
    #expect(try story.model.story(of: story.variant) == story.steps)
  }

  /// The fixes and which of their pieces are in every set that suffices, and in none.
  static let roles: [(model: Model, needed: [String], redundant: [String])] = [
    (.pcpBulkFree, ["never-past-count"], ["low-batch-meanwhile"]),
    (.staleMigratetype, ["any-isolated", "read-isolate"], []),
    (.hugetlbDissolve, ["freed-test", "clear-at-dequeue", "clear-at-prepare"], []),
    (.hwpoisonHugetlb, ["flag-test", "test-under-lock", "handlable-test"], []),
    (.freePages, ["free-tails", "head-first"], []),
    (.khugepagedCollapse, ["no-freeze", "release"], []),
    (.swapEntryReuse, ["same-entry"], []),
    (.pageblockBits, ["word-read", "cmpxchg", "skip-cmpxchg"], []),
  ]

  @Test("the pieces of a fix are needed or redundant", arguments: roles.indices)
  func pieces(index: Int) throws {
    let (model, needed, redundant) = Self.roles[index]
    let matrix = try Configuration(model, variant: model.fix.name)
      .matrix(SearchOptions(threads: 2))
    let found = matrix.sufficiency
    func names(_ set: PieceSet) -> [String] { set.positions.map { matrix.pieces[$0].name } }
    #expect(names(found.needed) == needed)
    #expect(names(found.redundant) == redundant)
    #expect(found.replaceable == [] && found.unknown == [] && found.isMonotone)
  }

  @Test("who hangs goes round the two empty lists")
  func emptyLists() throws {
    let outcome = try Model.pcpBulkFree.system(variant: "as-reported").search()
    let loop = try #require(outcome.findings.first?.trace.loop)
    #expect(loop.map(\.name) == ["list_empty(list)", "list_empty(list)"])
    #expect(loop.allSatisfy { $0.actor == "free" })
  }

  @Test("a page freed to the list of an isolated block's old type is counted twice")
  func countedTwice() throws {
    var options = SearchOptions()
    options.keepsGoing = true
    let outcome = try Model.staleMigratetype.system(variant: "as-reported").search(options)
    let found = try #require(outcome.findings.first { $0.property.hasPrefix("NR_FREE_PAGES") })
    #expect(found.trace.steps.last?.name == "unset_migratetype_isolate")
  }

  @Test("a test of free_huge_pages hides the race while the pool has no other free page")
  func onlyFreePage() throws {
    let model = Model.hugetlbDissolve
    #expect(try model.system(variant: "only-free-page").search().verdict == .holds)
    #expect(try model.story(of: "as-reported").contains("offline: free_huge_pages == 0"))
  }

  @Test("owners of two single pages who all call __free_pages() were safe before v5.10")
  func twoOwners() throws {
    let model = Model.freePages
    #expect(try model.system(variant: "two-owners-before").search().verdict == .holds)
    let steps = try model.story(of: "two-owners")
    #expect(steps.count { $0 == "other owner: free_the_page(page1, 0)" } == 2)
  }

  /// The table in the message of 033b5d775511, and why its initial patch was not enough.
  @Test("a lookup that waits for khugepaged's huge page gets it at another offset")
  func otherOffset() throws {
    for (variant, lockedLate) in [("without-freeze", false), ("lock-page", true)] {
      let steps = try Model.khugepagedCollapse.story(of: variant)
      let got = try #require(steps.firstIndex { $0.hasSuffix(": page_cache_get_speculative") })
      let reverted = try #require(steps.firstIndex(of: "khugepaged: xas_store(page)"))
      let moved = try #require(steps.firstIndex(of: "khugepaged: new_page->index = next start"))
      let locked = try #require(steps.firstIndex { $0.hasSuffix(": lock_page") })
      #expect(got < reverted && reverted < moved)
      #expect((locked > moved) == lockedLate)
    }
  }

  /// The message of e58469bafd05: "migratetype had invalid value of 6".
  @Test("a migratetype that is read half old and half new is 6")
  func halfAndHalf() throws {
    let outcome = try Model.pageblockBits.system(variant: "atomic-bits").search()
    let changes = try #require(outcome.findings.first?.trace.steps.last?.changes)
    #expect(changes.contains { $0.field == "free.migratetype" && $0.before == "6" })
  }

  /// The message of 31c4a3d3a0f8, sentence by sentence.
  @Test("B gets the lock of page1 when its entry is page2's and it has another")
  func swapEntry() throws {
    let steps = try Model.swapEntryReuse.story(of: "swap-cache-test")
    let events = [
      "B: lookup_swap_cache", "A: set_pte_at, swap_free", "A: do_wp_page",
      "C: set_pte_at, swap_free", "kswapd: trylock_page(page1)",
      "kswapd: get_swap_page() = swap2", "kswapd: trylock_page(page2)",
      "kswapd: get_swap_page() = swap1", "B: lock_page", "B: !PageSwapCache(page)", "B: pte_same",
      "B: set_pte_at, swap_free",
    ]
    var rest = steps[...]
    for event in events {
      let place = try #require(rest.firstIndex(of: event), "\(event) in \(steps)")
      rest = rest[(place + 1)...]
    }
    #expect(rest.isEmpty)
  }
}
