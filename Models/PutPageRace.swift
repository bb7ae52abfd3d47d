import KernelPages
import ModelChecking

extension Model {
  /// May a PageOffline page with no references get to the free lists?
  ///
  /// virtio-mem took the pages by `alloc_contig_range()`: each has one reference, the driver's. The
  /// driver marks them PageOffline and lets the reference go, so that memory offlining may skip
  /// them. A pfn walker that took a reference just before then drops the last one, and `put_page()`
  /// frees a page the driver believes its own.
  ///
  /// Seed: David Hildenbrand, "Re: [PATCH RFC v3 6/9] mm: Allow to offline PageOffline() pages with
  /// a reference count of 0", 16 October 2019, the race a), b), c); and 18 October 2019 in the same
  /// thread for the alternatives.
  ///
  /// `Docs/Models/put-page-race.md` says what each verdict means.
  ///
  /// What is left out: `page_offline_rwsem` (nobody here takes it for reading), the pageblock's
  /// isolation (whether the block may be offlined is asked of the pages alone), and what becomes of
  /// a page after it was freed (the harm is done).
  public static let putPageRace = Model(
    name: "put-page-race",
    summary: "May a PageOffline page get to the free lists when a walker puts the last reference?",
    sources: [
      "mail of David Hildenbrand, 16 October 2019, [PATCH RFC v3 6/9] mm: Allow to offline "
        + "PageOffline() pages with a reference count of 0",
      "mail of David Hildenbrand, 18 October 2019, same thread",
      "commit aa218795cb5f (v5.8) mm: Allow to offline unmovable PageOffline() pages via "
        + "MEM_GOING_OFFLINE",
    ],
    bounds: [PutPageRace.pages, PutPageRace.walkers],
    variants: PutPageRace.variants, fix: "put-page-hook", pieces: PutPageRace.pieces,
    build: PutPageRace.declare)
}

enum PutPageRace {
  static let pages = Bound(
    "pages", "pages that virtio-mem unplugs", default: 1, large: 2, in: 1...4)
  static let walkers = Bound(
    "walkers", "pfn walkers that get and put a page", default: 1, large: 3, in: 1...6)

  static let pageIsFreed = "a page that virtio-mem owns is on no free list"
  static let underflow = "no page's reference count goes below 0"
  static let freeUnreferenced = "a page on a free list has no reference"
  static let warnsReferenced = "WARN_ON(!page_ref_dec_and_test(page))"
  static let leak = "no page is leaked by bad_page()"
  static let ownPages = "the driver marks only pages that it took"
  static let offlinable = "every page is PageOffline with reference count 0"

  /// The choices that tell the variants apart.
  struct Design: Hashable, Sendable {
    /// How virtio-mem lets go of a page when it unplugs it.
    enum Unplug: Sendable {
      case flagThenDec
      /// With a barrier between the two, which `page_ref_dec()` is not.
      case flagBarrierDec
      case decThenFlag
      case flagThenFreeze
      case flagThenSetCount
      case flagOnly
    }

    /// How virtio-mem answers MEM_GOING_OFFLINE, if it waits for that to drop its reference.
    enum GoingOffline: Sendable { case decAndWarn, freezeOrFail }

    var unplug = Unplug.flagThenDec
    var goingOffline: GoingOffline?
    /// Whether `__put_page()` leaves PageOffline pages alone.
    var hook = false
    /// Whether a free checks the page's type.
    var typeCheck = false
    /// Whether walkers look at PageLRU before they take a reference.
    var walkersCheckLRU = false
    /// Whether they may be held up between the two.
    var walkersAreHeldUp = true
    /// Whether they look again when they have it, and give it back if the page is off the LRU.
    var walkersLookAgain = false
    /// Whether the pages are an application's at first, on the LRU, and get migrated.
    var startsInUse = false

    var path: FreePath { FreePath(offlineHook: hook, typeCheck: typeCheck) }
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "set PageOffline, page_ref_dec(); put_page() has no hook",
      source: "mail of David Hildenbrand, 16 October 2019",
      expect: .violated(pageIsFreed, steps: 5),
      under: [.tso: .violated(pageIsFreed, steps: 5), .lkmm: .violated(pageIsFreed, steps: 5)],
      design: Design()),
    Variant(
      "put-page-hook", "the same, and __put_page() leaves PageOffline pages alone",
      source: "RFC v3 6/9", expect: .holds,
      under: [.tso: .holds, .lkmm: .violated(pageIsFreed, steps: 6)],
      design: Design(hook: true)),
    Variant(
      "hook-and-barrier", "the hook, and smp_mb__before_atomic() before the reference is dropped",
      source: "what put-page-hook lacks on arm64", expect: .holds,
      under: [.tso: .holds, .lkmm: .holds],
      design: Design(unplug: .flagBarrierDec, hook: true)),
    Variant(
      "hook-order-swapped", "the hook, but the reference is dropped before PageOffline is set",
      source: "why the order matters", expect: .violated(pageIsFreed, steps: 5),
      under: [.tso: .violated(pageIsFreed, steps: 5), .lkmm: .violated(pageIsFreed, steps: 5)],
      design: Design(unplug: .decThenFlag, hook: true)),
    Variant(
      "freeze-count",
      "page_ref_freeze(1) in place of page_ref_dec(); on failure the flag is undone",
      source: "an alternative", expect: .holds, under: [.tso: .holds, .lkmm: .holds],
      design: Design(unplug: .flagThenFreeze)),
    Variant(
      "set-count-zero", "set_page_count(0) in place of page_ref_dec()",
      source: "an alternative", expect: .violated(underflow, steps: 4),
      under: [.tso: .violated(underflow, steps: 5), .lkmm: .violated(underflow, steps: 4)],
      design: Design(unplug: .flagThenSetCount)),
    Variant(
      "keep-reference", "PageOffline is set and the reference kept",
      source: "Michal Hocko's question of 18 October 2019",
      expect: .goalUnreachable(offlinable),
      under: [.tso: .goalUnreachable(offlinable), .lkmm: .goalUnreachable(offlinable)],
      design: Design(unplug: .flagOnly)),
    Variant(
      "upstream-any-walker",
      "the reference is dropped in MEM_GOING_OFFLINE; walkers take PageOffline pages too",
      source: "aa218795cb5f without its assumption",
      expect: .violated(pageIsFreed, steps: 5, warnings: [warnsReferenced: 3]),
      under: [
        .tso: .violated(pageIsFreed, steps: 5, warnings: [warnsReferenced: 3]),
        .lkmm: .violated(pageIsFreed, steps: 5, warnings: [warnsReferenced: 3]),
      ],
      design: Design(unplug: .flagOnly, goingOffline: .decAndWarn)),
    Variant(
      "check-at-free", "as reported, and free_pages_prepare() checks the page's type",
      source: "the safety net of page checking", expect: .violated(leak, steps: 5),
      under: [
        .tso: .violated(leak, steps: 6),
        .lkmm: .violated(pageIsFreed, steps: 6, warnings: [leak: 5]),
      ],
      design: Design(typeCheck: true)),
    Variant(
      "upstream-stale-lru-check",
      "walkers test PageLRU first, but the page may be migrated before they take it",
      source: "a check that is not repeated",
      expect: .violated(pageIsFreed, steps: 12, warnings: [warnsReferenced: 10]),
      under: [.lkmm: .violated(pageIsFreed, steps: 12, warnings: [warnsReferenced: 10])],
      design: Design(
        unplug: .flagOnly, goingOffline: .decAndWarn, walkersCheckLRU: true, startsInUse: true)),
    Variant(
      "upstream-lru-check",
      "walkers test PageLRU first, and are not held up before they take the page",
      source: "the assumption of aa218795cb5f (v5.8)", expect: .holds,
      design: Design(
        unplug: .flagOnly, goingOffline: .decAndWarn, walkersCheckLRU: true,
        walkersAreHeldUp: false, startsInUse: true)),
    Variant(
      "today", "walkers test PageLRU again when they have the reference, which they give back then",
      source: "v6.19: folio_try_get() of compaction, page_idle and DAMON; virtio-mem as in v5.8",
      expect: .violated(pageIsFreed, steps: 13, warnings: [warnsReferenced: 10]),
      under: [.lkmm: .violated(pageIsFreed, steps: 13, warnings: [warnsReferenced: 10])],
      design: Design(
        unplug: .flagOnly, goingOffline: .decAndWarn, walkersCheckLRU: true, walkersLookAgain: true,
        startsInUse: true)),
    Variant(
      "upstream-freeze-or-fail",
      "MEM_GOING_OFFLINE freezes the count or refuses; MEM_CANCEL_OFFLINE undoes what was frozen",
      source: "a mechanism in place of the assumption", expect: .holds, under: [.tso: .holds],
      design: Design(unplug: .flagOnly, goingOffline: .freezeOrFail)),
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "put-page-hook", "__put_page() leaves PageOffline pages alone", source: "RFC v3 6/9"
    ) { $0.hook = false },
    Piece(
      "flag-before-dec", "PageOffline is set before the reference is dropped",
      source: "RFC v3 6/9"
    ) { if $0.unplug == .flagThenDec { $0.unplug = .decThenFlag } },
    Piece(
      "freeze-count", "the count is frozen at 1, or else the flag is undone",
      source: "an alternative"
    ) { if $0.unplug == .flagThenFreeze { $0.unplug = .flagThenDec } },
    Piece(
      "freeze-or-refuse", "MEM_GOING_OFFLINE freezes the count or refuses",
      source: "a mechanism in place of the assumption"
    ) { if $0.goingOffline == .freezeOrFail { $0.goingOffline = .decAndWarn } },
    Piece(
      "lru-check", "walkers test PageLRU first", source: "the assumption of aa218795cb5f"
    ) { $0.walkersCheckLRU = false },
    Piece(
      "off-lru-by-then", "no page leaves the LRU between a walker's test and its reference",
      source: "aa218795cb5f (v5.8)"
    ) { $0.walkersAreHeldUp = true },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let walkers = bounds[walkers]
    var parts = Page.Parts.usual
    if design.startsInUse { parts.formUnion([.lru, .owner]) }
    if design.typeCheck { parts.insert(.leak) }
    var start = Page.Start()
    if design.startsInUse { (start.owner, start.isOnLRU) = (.app, true) }
    let pages = (0..<bounds[pages]).map { number in
      Page("page\(number)", in: system, holders: walkers, parts: parts, start: start)
    }
    let driver = VirtioMem(pages: pages)

    for number in 0..<walkers {
      let name = walkers == 1 ? "kernel walker" : "kernel walker \(number)"
      system.actor(name, on: system.cpu()) { _ in
        Choose(pages) { page in walk(page, design) }
      }
    }
    system.actor("virtio-mem", on: system.cpu()) { driver.run(design, as: $0) }

    system.invariant(pageIsFreed) { s in
      pages.allSatisfy { s[$0.owner] != .driver || s[$0.freeList] == .none }
    }
    system.invariant(underflow) { s in pages.allSatisfy { s[$0.refcount] >= 0 } }
    system.invariant(freeUnreferenced, severity: .warning) { s in
      pages.allSatisfy { s[$0.freeList] == .none || s[$0.refcount] <= 0 }
    }
    if design.typeCheck {
      system.invariant(leak, severity: .warning) { s in pages.allSatisfy { !s[$0.isLeaked] } }
    }
    // From every state, but where the driver may keep its reference or drops it later, or the page is leaked.
    let letsGo =
      design.unplug != .flagOnly && design.unplug != .flagThenFreeze && !design.typeCheck
    system.goal(offlinable, letsGo ? .alwaysReachable : .reachable) { s in
      pages.allSatisfy { s[$0.type] == .offline && s[$0.refcount] == 0 }
    }
    unreachable(in: system, design)
  }

  private static func unreachable(in system: SystemBuilder, _ design: Design) {
    if design.unplug == .flagThenFreeze {
      system.redundant(
        "__SetPageOffline", .swapped,
        because: "a page whose count can't be frozen keeps the driver's reference, marked or not")
      system.redundant(
        "get_page_unless_zero", .torn,
        because: "a reference too many leaks the page, and what leaks gets to no free list")
    }
    if design.startsInUse {
      system.redundant(
        "TestClearPageLRU", .swapped,
        because: "while the count is frozen no walker gets a reference, on the LRU or off it")
    }
    if design.hook && design.unplug != .decThenFlag {
      system.unreachable(
        "PageOffline", answer: false, of: "kernel walker",
        because: "the driver marks the page before it drops the reference that it has had all along"
      )
    }
    if design.unplug == .flagThenFreeze || design.goingOffline == .freezeOrFail {
      system.unreachable(
        "page_ref_dec_and_test", answer: true, of: "kernel walker",
        because:
          "the driver keeps its reference while a walker has one: it can't freeze the count then")
    }
    if design.goingOffline == .decAndWarn && design.walkersCheckLRU && !design.walkersAreHeldUp {
      system.unreachable(
        "page_ref_dec_and_test", answer: true, of: "kernel walker",
        because:
          "a page that a walker took on the LRU is not taken from its user until the walker puts it"
      )
      system.unreachable(
        "page_ref_dec_and_test", answer: false, of: "virtio-mem",
        because:
          "no walker takes a page that is off the LRU, and those who took it before have put it")
    }
  }

  /// A speculative pfn walk: compaction, page_idle, memory_failure, do_migrate_range.
  @StepsBuilder private static func walk(_ page: Page, _ design: Design) -> Steps {
    if design.walkersCheckLRU && !design.walkersAreHeldUp {
      If(lruPageUnlessZero(page)) { putPage(page, design.path) }
    } else if design.walkersCheckLRU {
      If(pageLRU(page)) {
        If(getPageUnlessZero(page)) {
          if design.walkersLookAgain {
            If(pageLRU(page)) { Step("use the page") }
          }
          putPage(page, design.path)
        }
      }
    } else {
      If(getPageUnlessZero(page)) { putPage(page, design.path) }
    }
  }
}

/// `PageLRU()` and `get_page_unless_zero()` of a walker that is not held up between the two.
private func lruPageUnlessZero(_ page: Page) -> Condition {
  Condition(
    "PageLRU, get_page_unless_zero",
    .section(
      [page.isOnLRU, page.refcount],
      because: "the page is not migrated, taken and marked between the two")
  ) { s in
    guard s[page.isOnLRU], s[page.refcount] > 0 else { return false }
    s[page.refcount] += 1
    return true
  }
}

/// The driver's side: what virtio-mem does with the pages of one memory block.
private struct VirtioMem {
  let pages: [Page]

  @StepsBuilder func run(_ design: PutPageRace.Design, as actor: Actor) -> Steps {
    if design.startsInUse {
      for page in pages { allocContigRange(page, design.path) }
    }
    Call("virtio_mem_set_fake_offline") {
      for page in pages { letGo(of: page, design.unplug) }
    }
    switch design.goingOffline {
    case nil: Steps.none
    case .decAndWarn: offlineAndCancel()
    case .freezeOrFail: freezeAndCancel(as: actor)
    }
  }

  /// `virtio_mem_set_fake_offline()` (RFC v3, 2019) for one page, and the alternatives to it.
  @StepsBuilder private func letGo(
    of page: Page, _ unplug: PutPageRace.Design.Unplug
  ) -> Steps {
    let mark = setPageOffline(page).asserting(PutPageRace.ownPages) { s in
      s[page.owner] == .driver
    }
    switch unplug {
    case .flagThenDec:
      mark
      pageRefDec(page)
    case .flagBarrierDec:
      mark
      Step("smp_mb__before_atomic()", .beforeAtomic)
      pageRefDec(page)
    case .decThenFlag:
      pageRefDec(page)
      mark
    case .flagThenFreeze:
      mark
      If(!pageRefFreeze(page)) { clearPageOffline(page) }
    case .flagThenSetCount:
      mark
      setPageCount(page, 0)
    case .flagOnly:
      mark
    }
  }

  /// `alloc_contig_range()` (mm/page_alloc.c, v5.8 to v6.19) takes the page from its user: it leaves the
  /// LRU, its count is frozen while it is migrated, it is freed and taken off its list.
  ///
  /// Waits where the kernel gives up, for walkers to put the page.
  @StepsBuilder private func allocContigRange(_ page: Page, _ path: FreePath) -> Steps {
    Call("alloc_contig_range") {
      Step("TestClearPageLRU", .store(page.isOnLRU)) { false }
      Step("page_ref_freeze", .atomic(page.refcount), when: { $0 == 1 }) { $0 = 0 }
      pageRefUnfreeze(page, 1)
      putPage(page, path) { s, _ in s[page.owner] = .none }
      Step(
        "isolate_freepages_range",
        .section(
          [page.freeList, page.refcount],
          because: "the block is isolated, so nobody else takes the page off its list"),
        when: { s in s[page.freeList] != .none }
      ) { s in
        s[page.freeList] = .none
        s[page.refcount] = 1
      }.noting { s in s[page.owner] = .driver }
    }
  }

  /// `virtio_mem_fake_offline_going_offline()` and `..._cancel_offline()`
  /// (drivers/virtio/virtio_mem.c, v5.8 to v6.12), as often as somebody tries to offline the block.
  @StepsBuilder private func offlineAndCancel() -> Steps {
    Loop {
      Call("MEM_GOING_OFFLINE") {
        for page in pages {
          pageRefDecAndTest(page).warnOn(false, PutPageRace.warnsReferenced)
        }
      }
      Call("MEM_CANCEL_OFFLINE") {
        for page in pages { pageRefInc(page) }
      }
    }
  }

  /// What the notifier could do in place of warning: freeze each count or refuse with NOTIFY_BAD.
  @StepsBuilder private func freezeAndCancel(as actor: Actor) -> Steps {
    let frozen = pages.map { actor.register("frozen[\($0.name)]", .flag, initially: false) }
    Loop {
      Condition(call: "MEM_GOING_OFFLINE") {
        for (page, isFrozen) in zip(pages, frozen) { freezeOrRefuse(page, isFrozen) }
        Return(true)
      }
      Call("MEM_CANCEL_OFFLINE") {
        for (page, isFrozen) in zip(pages, frozen) { unfreeze(page, isFrozen) }
      }
    }
  }
}
