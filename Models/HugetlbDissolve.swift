import KernelPages
import ModelChecking

extension Model {
  /// May a huge page be dissolved while the last put of it is under way?
  ///
  /// `dissolve_free_huge_page()` takes a huge page without references for one of the pool's free pages.
  /// The last put drops the count to 0 first, and puts the page into the pool later, under hugetlb_lock. In
  /// between the page is dissolved, and what is put into the pool then is a page of the buddy's.
  ///
  /// Seed: commit 7ffddd499ba6 (v5.11), "mm: hugetlb: fix a race between freeing and dissolving the page".
  /// Docs/Models/hugetlb-dissolve.md has the rest.
  public static let hugetlbDissolve = Model(
    name: "hugetlb-dissolve",
    summary: "May a huge page be dissolved between its last put and its way back to the pool?",
    sources: [
      "commit 7ffddd499ba6 (v5.11) mm: hugetlb: fix a race between freeing and dissolving the page",
      "mm/hugetlb.c, v5.11 and v6.19",
    ],
    bounds: [HugetlbDissolve.dissolvers],
    variants: HugetlbDissolve.variants, fix: "page-huge-freed", pieces: HugetlbDissolve.pieces,
    build: HugetlbDissolve.declare)
}

enum HugetlbDissolve {
  static let dissolvers = Bound(
    "dissolvers", "who dissolves the page: memory offlining, soft offline, ...", default: 2,
    large: 3,
    in: 1...3)

  static let poolIsHuge = "what is on the pool's free list is a huge page without references"
  static let apart = "no page is the pool's and the buddy's at once"
  static let counted = "free_huge_pages is the number of pages on the free list"
  static let dissolved = "the page is in the buddy"
  static let pooled = "the page is free in the pool"
  static let mayFail = "dissolving fails although nobody uses the page"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// What dissolving does with a page that has no references and is not in the pool yet.
    enum NotFreed: Sendable {
      /// Does not know.
      case unaware
      case retry
      case busy
    }

    var notFreed = NotFreed.retry
    /// Whether taking a page from the pool clears PageHugeFreed.
    var clearsAtDequeue = true
    /// Whether preparing a new huge page clears what some earlier use may have left there.
    var clearsAtPrepare = true
    /// Whether the pool may have another free page, besides the one that is looked at.
    var mayHaveOtherPage = true
    /// Whether huge pages come frozen from the buddy and go back by way of their vmemmap.
    var isToday = false
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "a huge page without references is taken for a free one",
      source: "7ffddd499ba6: its table",
      expect: .violated(poolIsHuge, steps: 11, warnings: [counted: 7])
    ) { $0.notFreed = .unaware },
    Variant(
      "only-free-page", "the same where the pool has no other free page",
      source: "dissolve_free_huge_page(), v5.10: its test of free_huge_pages", expect: .holds
    ) {
      $0.notFreed = .unaware
      $0.mayHaveOtherPage = false
    },
    Variant(
      "page-huge-freed", "PageHugeFreed says whether the page is in the pool; if not, try again",
      source: "7ffddd499ba6 (v5.11)", expect: .holds),
    Variant(
      "not-cleared-at-dequeue", "the flag stays when a page is taken from the pool",
      source: "7ffddd499ba6, piece removed",
      expect: .violated(poolIsHuge, steps: 17, warnings: [counted: 13])
    ) { $0.clearsAtDequeue = false },
    Variant(
      "not-cleared-at-prepare",
      "the flag of an earlier life stays when a new huge page is prepared",
      source: "7ffddd499ba6, piece removed",
      expect: .violated(poolIsHuge, steps: 27, warnings: [counted: 23])
    ) { $0.clearsAtPrepare = false },
    Variant(
      "busy", "-EBUSY in place of trying again",
      source: "the comment of 7ffddd499ba6: what it should do theoretically", expect: .holds
    ) { $0.notFreed = .busy },
    Variant(
      "today", "new huge pages are frozen, and vmemmap is restored without hugetlb_lock",
      source: "v6.19", expect: .holds
    ) { $0.isToday = true },
  ]

  static let pieces: [Piece<Design>] = [
    Piece("freed-test", "dissolving tests PageHugeFreed", source: "7ffddd499ba6") {
      if $0.notFreed == .retry { $0.notFreed = .unaware }
    },
    Piece(
      "clear-at-dequeue", "taking a page from the pool clears PageHugeFreed", source: "7ffddd499ba6"
    ) { $0.clearsAtDequeue = false },
    Piece(
      "clear-at-prepare", "preparing a new huge page clears PageHugeFreed", source: "7ffddd499ba6"
    ) { $0.clearsAtPrepare = false },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let pool = HugetlbFreeList(in: system, design)
    system.actor("hugetlb user", on: system.cpu(), duty: .mayRunForever) { _ in pool.use() }
    for number in 0..<bounds[dissolvers] {
      let name = number == 0 ? "offline" : "offline \(number + 1)"
      system.actor(name, on: system.cpu(), duty: .mayRunForever) { _ in
        Loop { pool.dissolve() }
      }
    }

    system.invariant(counted, severity: .warning) { s in
      s[pool.freePages] == s[pool.otherPages] + (s[pool.list] == .free ? 1 : 0)
    }
    system.invariant(poolIsHuge) { s in
      s[pool.list] != .free || s[pool.isHuge] && s[pool.refcount] == 0
    }
    system.invariant(apart) { s in !s[pool.isInBuddy] || s[pool.list] == .none }
    system.goal(dissolved, .alwaysReachable) { s in s[pool.isInBuddy] }
    system.goal(pooled, .alwaysReachable) { s in s[pool.list] == .free }
    if design.notFreed == .busy { system.goal(mayFail) { s in s[pool.failedUnused] } }
    account(in: system, design)
  }

  /// What changes nothing, and why.
  private static func account(in system: SystemBuilder, _ design: Design) {
    for function in ["__free_huge_page", "free_huge_folio", "alloc_pool_huge_folio"] {
      system.redundant(
        function, .unlocked,
        because: "enqueue_huge_page() is one step here; the lock is for the list, the counter "
          + "and the flag, which it changes one by one")
    }
    for change in [Mutation.Change.unlocked, .swapped] {
      system.redundant(
        "ClearPageHugeFreed", change,
        because: "the new page has a reference, and dissolving asks for that before the flag")
    }
    system.redundant(
      "free_huge_pages == 0", .alwaysNo,
      because: "a page whose PageHugeFreed is set is counted in free_huge_pages itself")
    if design.isToday {
      system.redundant(
        "__folio_set_hugetlb", .swapped,
        because: "taking the lock a step earlier keeps others away for longer, and does no more")
      system.redundant(
        "__folio_clear_hugetlb", .unlocked,
        because: "whoever tests PageHuge under the lock meanwhile tests PageHugeFreed next, which "
          + "remove_hugetlb_folio() has cleared")
    }
  }
}
