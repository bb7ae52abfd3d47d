import ModelChecking
import Models
import Testing

/// The order of events in the traces, as the mail and its sources tell them.
@Suite("The traces of soft-offline")
struct SoftOfflineTests {
  static let traces: [(variant: String, steps: [String])] = [
    (
      "dance",
      [
        "compaction: suitable_migration_target", "soft offline: get_pageblock_migratetype",
        "soft offline: set_pageblock_migratetype(MIGRATE_ISOLATE)",
        "soft offline: page_ref_dec_and_test", "soft offline: free_one_page",
        "soft offline: SetPageHWPoison", "compaction: PageBuddy",
        "compaction: __isolate_free_page",
      ]
    ),
    (
      "no-dance",
      [
        "soft offline: page_ref_dec_and_test", "soft offline: free_one_page",
        "allocator: rmqueue", "soft offline: SetPageHWPoison",
      ]
    ),
    (
      "dance-against-offline",
      [
        "soft offline: get_pageblock_migratetype", "memory offlining: set_migratetype_isolate",
        "soft offline: set_pageblock_migratetype(MIGRATE_ISOLATE)",
        "soft offline: page_ref_dec_and_test", "soft offline: free_one_page",
        "soft offline: SetPageHWPoison", "soft offline: num_poisoned_pages_inc",
        "soft offline: set_pageblock_migratetype(mt)",
      ]
    ),
    (
      "dance-walker-unchecked",
      [
        "pfn walker: get_page_unless_zero", "soft offline: get_pageblock_migratetype",
        "soft offline: set_pageblock_migratetype(MIGRATE_ISOLATE)",
        "soft offline: page_ref_dec_and_test", "soft offline: SetPageHWPoison",
        "soft offline: num_poisoned_pages_inc", "soft offline: set_pageblock_migratetype(mt)",
        "pfn walker: page_ref_dec_and_test",
        "pfn walker: free_one_page", "allocator: rmqueue",
      ]
    ),
    (
      "old-free-page-compaction",
      [
        "soft offline: set_hwpoison_free_buddy_page", "compaction: suitable_migration_target",
        "compaction: PageBuddy", "compaction: __isolate_free_page",
      ]
    ),
    (
      "no-free-hook",
      [
        "soft offline: SetPageHWPoison", "soft offline: page_ref_dec_and_test",
        "soft offline: free_one_page", "compaction: suitable_migration_target",
        "compaction: PageBuddy", "compaction: __isolate_free_page",
      ]
    ),
    (
      "flag-after-put",
      [
        "soft offline: page_ref_dec_and_test", "soft offline: PageHWPoison",
        "soft offline: free_one_page", "allocator: rmqueue", "soft offline: SetPageHWPoison",
      ]
    ),
    (
      "no-final-reference",
      [
        "soft offline: SetPageHWPoison", "soft offline: page_ref_dec_and_test",
        "soft offline: PageHWPoison", "soft offline: num_poisoned_pages_inc",
        "soft offline: return 0",
      ]
    ),
    (
      "thp-not-split",
      [
        "soft offline: PageDirty", "soft offline: page_ref_freeze",
        "soft offline: page_ref_unfreeze", "soft offline: SetPageHWPoison",
        "soft offline: page_ref_dec_and_test", "soft offline: PageCompound",
        "soft offline: free_one_page", "compaction: suitable_migration_target",
        "compaction: PageBuddy", "compaction: __isolate_free_page",
      ]
    ),
    (
      "wait-and-take-off-unlocked",
      [
        "soft offline: page_ref_dec_and_test", "soft offline: free_one_page",
        "soft offline: PageBuddy", "allocator: rmqueue",
        "soft offline: del_page_from_free_list", "soft offline: SetPageHWPoison",
      ]
    ),
    (
      "hugetlb-bool-result",
      [
        "soft offline: page_ref_dec_and_test", "soft offline: enqueue_huge_page",
        "hugetlb user: dequeue_huge_page_node_exact", "soft offline: remove_hugetlb_page",
        "soft offline: SetPageHWPoison",
      ]
    ),
  ]

  @Test("tell the story of the mail and the commits", arguments: traces.indices)
  func story(index: Int) throws {
    let (variant, steps) = Self.traces[index]
    #expect(try Model.softOffline.story(of: variant) == steps)
  }

  @Test("a second dance ends the isolation that the first relies on")
  func secondDance() throws {
    let steps = try Model.softOffline.story(of: "two-dances")
    let ended = try #require(
      steps.firstIndex(of: "soft offline of page0: set_pageblock_migratetype(mt)"))
    #expect(
      steps[ended...] == [
        "soft offline of page0: set_pageblock_migratetype(mt)",
        "soft offline of page1: page_ref_dec_and_test", "soft offline of page1: free_one_page",
        "allocator: rmqueue", "soft offline of page1: SetPageHWPoison",
      ])
  }

  @Test(
    "a second soft offline that finds one reference takes the page for freed, and counts it again")
  func countedTwice() throws {
    let steps = try Model.softOffline.story(of: "two-of-one-page")
    let counts = steps.indices.filter { steps[$0].hasSuffix("num_poisoned_pages_inc") }
    #expect(counts.count == 2)
    // Between the put and the last reference of the first.
    let put = try #require(steps.firstIndex(of: "soft offline 0: page_ref_dec_and_test"))
    let seen = try #require(steps.firstIndex(of: "soft offline 1: page_count == 1"))
    let last = try #require(steps.lastIndex(of: "soft offline 0: page_ref_inc"))
    #expect(put < seen && seen < last)
  }

  @Test(
    "soft_offline_page() returns, by its retries, whatever others do",
    arguments: ["free-page-on-list", "free-page-on-list-ignored", "today-free-page"])
  func returns(variant: String) throws {
    let outcome = try Model.softOffline.system(variant: variant).search()
    let goal = try #require(outcome.goals.first { $0.name == "soft_offline_page() returns" })
    #expect(goal.steps != nil)
    #expect(!outcome.findings.contains { $0.kind == .avoidable || $0.kind == .stuck })
  }

  @Test(
    "-EBUSY is a possible end where soft offline may lose a race",
    arguments: [
      ("invalidate", 6), ("migrate", 5), ("wait-and-take-off", 4), ("free-page", 3), ("hugetlb", 4),
    ])
  func busy(variant: String, steps: Int) throws {
    let outcome = try Model.softOffline.system(variant: variant).search()
    let goal = outcome.goals.first { $0.name == "soft offline of a page fails with -EBUSY" }
    #expect(goal?.steps == steps)
  }
}
