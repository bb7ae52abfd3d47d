import KernelPages
import ModelChecking

extension Model {
  /// May memory_failure() take a reference to a huge page that is only being set up?
  ///
  /// A new huge page comes from the buddy with one reference, becomes hugetlb's, and goes into the pool
  /// without any. memory_failure() takes a reference to whatever has one. In between that makes two, and
  /// the pool's assertion that it dropped the last one fails.
  ///
  /// Seed: commit 25182f05ffed (v5.13), "mm,hwpoison: fix race with hugetlb page allocation".
  /// Docs/Models/hwpoison-hugetlb.md has the rest.
  public static let hwpoisonHugetlb = Model(
    name: "hwpoison-hugetlb",
    summary: "May memory_failure() take a reference to a huge page while it is set up?",
    sources: [
      "commit 25182f05ffed (v5.13) mm,hwpoison: fix race with hugetlb page allocation",
      "commit 2b21624fc232 (v6.1) hugetlb: freeze allocated pages before creating hugetlb pages",
      "mm/hugetlb.c and mm/memory-failure.c, v5.13 and v6.19",
    ],
    bounds: [HwpoisonHugetlb.errors],
    variants: HwpoisonHugetlb.variants, fix: "hugetlb-lock", pieces: HwpoisonHugetlb.pieces,
    build: HwpoisonHugetlb.declare)
}

enum HwpoisonHugetlb {
  static let errors = Bound(
    "errors", "CPUs that handle memory errors of the page", default: 1, large: 2, in: 1...3)

  static let lastReference = "VM_BUG_ON_PAGE(!zeroed, page)"
  static let poolUnused = "a page of the pool has no references"
  static let buddyUnused = "a page of the buddy has no references"
  static let freed = "free_huge_page() gets a huge page without references"
  static let flagged = "a huge page is in the pool or in use, not both, and nothing else is either"
  static let pooled = "a page that becomes a huge page is free in the pool"
  static let pinned = "memory_failure() has a reference to a huge page in use"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// What memory_failure() asks before it takes a reference.
    enum Test: Sendable {
      /// Whether it is a huge page.
      case none
      /// Whether it is a huge page that is in the pool or in use.
      case flags
      /// The same with hugetlb_lock held.
      case flagsUnderLock
    }
    /// How many references a huge page has that is being set up.
    enum SetUp: Sendable {
      /// The one with which it came from the buddy.
      case referenced
      /// None: the one is frozen.
      case frozenAfterwards
      /// None, from the buddy on.
      case frozen
    }

    var test = Test.flagsUnderLock
    /// Whether any other page must be on the LRU: `HWPoisonHandlable()`.
    var testsHandlable = true
    var setUp = SetUp.referenced
    /// Whether one page may be an application's, on the LRU, and a huge page later.
    var mayBeBoth = false
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "a reference is taken to any huge page that has one",
      source: "25182f05ffed: its table", expect: .assertionFailed(lastReference, steps: 6)
    ) { $0.test = .none },
    Variant(
      "hugetlb-lock", "only if it is in the pool or in use, which is asked under hugetlb_lock",
      source: "25182f05ffed (v5.13)", expect: .holds),
    Variant(
      "flags-without-lock", "the same without hugetlb_lock", source: "25182f05ffed, piece removed",
      expect: .assertionFailed(lastReference, steps: 20)
    ) { $0.test = .flags },
    Variant(
      "any-other-page", "the same without HWPoisonHandlable(), in a kernel without THP",
      source: "25182f05ffed, piece removed: a compound page before it is hugetlb's",
      expect: .assertionFailed(lastReference, steps: 8)
    ) { $0.testsHandlable = false },
    Variant(
      "page-of-the-lru", "the fix, where the page may have been on the LRU a moment ago",
      source: "25182f05ffed without an assumption",
      expect: .assertionFailed(lastReference, steps: 13)
    ) { $0.mayBeBoth = true },
    Variant(
      "freeze-after-alloc", "the page's reference is frozen before it becomes hugetlb's",
      source: "2b21624fc232 (v6.1)", expect: .holds
    ) {
      $0.setUp = .frozenAfterwards
      $0.mayBeBoth = true
    },
    Variant(
      "today", "the buddy hands out the page frozen", source: "v6.19", expect: .holds
    ) {
      $0.setUp = .frozen
      $0.mayBeBoth = true
    },
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "flag-test", "a huge page must be in the pool or in use", source: "25182f05ffed"
    ) { $0.test = .none },
    Piece(
      "test-under-lock", "that is asked, and the reference taken, under hugetlb_lock",
      source: "25182f05ffed"
    ) { if $0.test == .flagsUnderLock { $0.test = .flags } },
    Piece(
      "handlable-test", "another page must be on the LRU: HWPoisonHandlable()",
      source: "25182f05ffed"
    ) { $0.testsHandlable = false },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let page = HugePageInSetUp(in: system, design, errors: bounds[errors])
    system.actor("fault", on: system.cpu(), duty: .mayRunForever) { _ in page.use() }
    for number in 0..<bounds[errors] {
      let name = number == 0 ? "memory_failure" : "memory_failure \(number + 1)"
      system.actor(name, on: system.cpu(), duty: .mayRunForever) { _ in page.fail() }
    }
    system.actor("app", on: system.cpu(), duty: .mayRunForever) { _ in page.useOnLRU() }
    system.invariant(poolUnused) { s in !s[page.isFreed] || s[page.refcount] == 0 }
    system.invariant(buddyUnused) { s in s[page.kind] != .buddy || s[page.refcount] == 0 }
    system.invariant(flagged) { s in
      !(s[page.isFreed] && s[page.isMigratable])
        && (s[page.kind] == .hugetlb || !s[page.isFreed] && !s[page.isMigratable])
    }
    system.goal(pooled, .alwaysReachable) { s in s[page.isFreed] || !s[page.becomesHuge] }
    system.goal(pinned) { s in s[page.isMigratable] && s[page.refcount] > 1 }
    account(in: system, design, errors: bounds[errors])
  }

  /// What never happens, or changes nothing, and why.
  private static func account(in system: SystemBuilder, _ design: Design, errors: Int) {
    system.unreachable(
      "PageHuge", answer: false, of: "fault",
      because: "the huge page that a fault puts is hugetlb's until its last reference is gone")
    system.unreachable(
      "PageHuge", answer: true, of: "app",
      because: "an application's page becomes no huge page as long as it has a reference")
    if design.setUp == .frozenAfterwards {
      system.unreachable(
        "alloc_buddy_huge_page", answer: true, of: "fault",
        because: "the page becomes hugetlb's after its reference was frozen; if not, it is put")
    }
    if !design.mayBeBoth {
      system.unreachable(
        "__free_pages", answer: false,
        because: "a compound page that is not hugetlb's is not handlable, and was none on the LRU")
    } else if errors == 1 {
      system.unreachable(
        "__free_pages", answer: false, of: "memory_failure",
        because: "the only memory_failure() takes no reference while it frees the page")
    }
    for change in [Mutation.Change.unlocked, .swapped] {
      system.redundant(
        "gather_surplus_pages", change,
        because: "a page on its way into the pool passes neither flag, and has no references "
          + "when it is there")
    }
    system.redundant(
      "alloc_huge_page", .unlocked,
      because: "a page in use may be memory_failure()'s as well, and so may one that is about "
        + "to be; the pool's list and counters, which the lock is for, are not here")
    if design.setUp != .referenced {
      system.redundant(
        "get_hwpoison_huge_page", .alwaysYes,
        because: "a page has no references while it is set up, whatever its flags say")
      system.redundant(
        "remove_hugetlb_page", .unlocked,
        because: "at worst memory_failure() shares the compound page's reference, and who puts "
          + "the last one frees the page")
    }
  }
}
