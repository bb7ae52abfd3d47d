import KernelPages
import ModelChecking

extension Model {
  /// May a page that soft offline takes out of use come back into use?
  ///
  /// Soft offline moves the content of a page that shows errors elsewhere, sets PG_hwpoison and
  /// lets go. The old design left the poisoned page on a free list and trusted the check at
  /// allocation; compaction's free scanner makes no such check. The new one sets the flag first,
  /// keeps a poisoned page off every list in `free_pages_prepare()`, and ends with one reference
  /// on it.
  ///
  /// Seed: Oscar Salvador, "[PATCH v7 09/14] mm,hwpoison: rework soft offline for in-use pages", in
  /// Naoya Horiguchi's reply of 23 September 2020. The old design is mm/memory-failure.c of v4.18
  /// and v5.4, the new one that of v5.10 to v5.14, v6.4 and v6.19; mm/page_alloc.c, mm/compaction.c,
  /// mm/hugetlb.c, mm/migrate.c and mm/page_isolation.c of the same releases.
  ///
  /// A page starts as its variant says; mostly its content is saved already, and the one reference
  /// is soft offline's. Its pages are in one block and are taken one after the other.
  ///
  /// Two invariants share one picture, a poisoned page in use. It was handed out poisoned, or it
  /// was poisoned in use: a ghost field says which came first. In `dance` both are reached in 8
  /// steps. That a poisoned page is on a free list violates neither.
  ///
  /// A page that is free may be on a per-CPU list, and so may a huge page once it is dissolved; the
  /// variants say what v5.10, v5.14 and v6.9 do about it. A page in use that is poisoned never gets to
  /// one. `Docs/Models/soft-offline.md` says what each verdict means.
  ///
  /// What is left out: the page lock and mapped pages; huge pages of several pages and reservations;
  /// unpoisoning; and in most variants the lists, so a free goes to the buddy.
  ///
  /// Steps are counted as the kernel makes them. A put and the free it leads to are two steps: a
  /// walker may hold a reference, so that they are not always one. Lists that have them as one come
  /// to traces of the old design that are one shorter (7 for the 8 of `dance`, 3 for the 4 of `no-dance`).
  /// `num_poisoned_pages_inc()` is one step more.
  /// With the hook the free path reads PG_hwpoison first, also where it is not set yet; without that
  /// read `flag-after-put` takes 4 steps for 5.
  public static let softOffline = Model(
    name: "soft-offline",
    summary: "May a page that soft offline poisons be used again, or be poisoned in use?",
    sources: [
      "mail of Naoya Horiguchi, 23 September 2020, Re: [PATCH v7 09/14] mm,hwpoison: rework soft "
        + "offline for in-use pages",
      "commit 79f5f8fab482 (v5.10) mm,hwpoison: rework soft offline for in-use pages",
      "commit 06be6ff3d2ec (v5.10) mm,hwpoison: rework soft offline for free pages",
      "commit d4ae9916ea29 (v4.19) mm: soft-offline: close the race against page allocation",
      "commit 17e395b60f5b (v5.11) mm,hwpoison: disable pcplists before grabbing a refcount",
      "commit 510d25c92ec4 (v5.14) mm/hwpoison: disable pcp for page_handle_poison()",
      "mm: fix panic caused by __page_handle_poison() (v5.14)",
      "commit 91d005479e06 (v5.17) mm/hwpoison: mf_mutex for soft offline and unpoison",
    ],
    bounds: [SoftOffline.pages, SoftOffline.walkers],
    variants: SoftOffline.variants, fix: "page-handle-poison-walker", pieces: SoftOffline.pieces,
    build: SoftOffline.declare)
}

enum SoftOffline {
  static let pages = Bound("pages", "pages that are soft offlined", default: 1, large: 2, in: 1...3)
  static let walkers = Bound(
    "walkers", "pfn walkers that get and put a page, where a variant has them", default: 1,
    large: 3,
    in: 1...4)

  static let handedOut = "no poisoned page is handed out"
  static let poisonedInUse = "no page is poisoned while somebody else uses it"
  static let isolationLost = "only the isolator of a block ends its isolation"
  static let outOfUse = "a page taken out of use is on no list and has one reference"
  static let buddyFlag = "a page is PageBuddy if and only if it is on a list of the buddy"
  static let freeUnreferenced = "a page on a free list has no reference"
  static let underflow = "no page's reference count goes below 0"
  static let counted = "num_poisoned_pages counts each poisoned page once"
  static let returns = "soft_offline_page() returns"
  static let hugeIsNotFree = "a page on a free list is not hugetlb's"
  static let unmapped = "a poisoned page is out of the page cache"
  static let listCounted = "pcp->count is the length of the list where nobody is in its section"
  static let settled = "soft offline is over, and every page is free, in use, or out of use"
  static let succeeds = "every page is poisoned, and soft offline says so"
  static let mayFail = "soft offline of a page fails with -EBUSY"

  /// How soft offline of a page ended.
  enum Result: UInt8, FieldEnumeration { case none, ok, busy }

  /// The choices that tell the variants apart.
  struct Design: Hashable, Sendable {
    /// What the page is when soft offline begins.
    enum Start: Sendable {
      /// In use before; the content is saved and the only reference is soft offline's.
      case saved
      /// In the page cache, with the references of the page cache and of soft offline.
      case clean, dirty
      /// The same of a transparent huge page, dirty.
      case thp
      /// In the buddy.
      case free
      /// On the list of the CPU.
      case onPCPList
      /// A hugetlb page that was migrated; the only reference is soft offline's.
      case huge
    }

    /// How the page is let go and poisoned.
    enum Method: Hashable, Sendable {
      /// Old, after invalidating: put, then flag whatever the page is by then.
      case putAndFlag
      /// Old, after migrating: put, then flag if the page is in the buddy.
      case putAndFlagIfBuddy
      /// `page_handle_poison()`.
      case handlePoison(PageHandlePoison)
      /// The alternative of the mail: put, wait for the buddy, take the page off, flag.
      case waitAndTakeOff(PageHandlePoison)
    }

    /// Who else is there.
    struct Others: OptionSet, Hashable, Sendable {
      let rawValue: UInt8
      static let allocator = Others(rawValue: 1)
      static let compaction = Others(rawValue: 2)
      static let walkers = Others(rawValue: 4)
      /// Memory offlining, which isolates the block.
      static let offliner = Others(rawValue: 8)
    }

    var start = Start.saved
    var method = Method.handlePoison(PageHandlePoison())
    /// Whether the block is marked isolate around it: the "dance".
    var dances = false
    /// The hook in `free_pages_prepare()`.
    var hook = true
    /// What there is of per-CPU lists. All actors run on one CPU where there are some.
    enum Lists: Hashable, Sendable {
      /// None: a free goes to the buddy.
      case none
      /// A free goes to the list, which nobody drains: to v5.13.
      case ignored
      /// `zone_pcp_disable()` in `get_hwpoison_page()` and `__page_handle_poison()`: v5.14 to v6.8.
      case disabled
      /// `drain_all_pages()` in `__page_handle_poison()`: v6.9 to v6.19.
      case drained
    }
    var lists = Lists.none
    /// Whether a transparent huge page is split first.
    var splitsTHP = true
    /// Whether it begins with the page that `get_hwpoison_page()` looks at, and ends with the retries of
    /// `soft_offline_page()`. There is one page then.
    var getsPage = false
    /// Whether `get_hwpoison_page()` disables the lists: 17e395b60f5b (v5.11).
    var disablesForGet = true
    /// Whether two soft offlines are of one page.
    enum OnePage: Hashable, Sendable {
      case no
      /// Neither waits for the other: to v5.16.
      case withoutMutex
      /// One after the other: 91d005479e06 (v5.17).
      case withMutex
    }
    var onePage = OnePage.no
    var isOfOnePage: Bool { onePage != .no }
    /// Whether an allocation looks at PG_hwpoison: `check_new_page()`.
    var checksNewPage = true
    /// Whether `__page_handle_poison()` answers by a `bool`, in which -EBUSY is success.
    var errorIsTrue = false
    /// Whether two pages are soft offlined at once.
    var atOnce = false
    var others: Others = [.allocator, .compaction]

    /// v4.19 to v5.9, or without the dance before.
    static func old(
      _ method: Method = .putAndFlag, _ start: Start = .saved, dances: Bool = true,
      others: Others
    ) -> Design {
      Design(start: start, method: method, dances: dances, hook: false, others: others)
    }

    /// Whether a page out of use ends with one reference and on no list.
    var isNew: Bool {
      switch method {
      case .putAndFlag, .putAndFlagIfBuddy: false
      case .handlePoison, .waitAndTakeOff: true
      }
    }

    /// Whether the page is in use at first, or was until its content was saved.
    var isInUse: Bool { [.saved, .clean, .dirty, .thp].contains(start) }

    /// Whether a page is off every list before it is poisoned.
    var takesOff: Bool {
      if case .waitAndTakeOff = method { true } else { isNew && !isInUse }
    }

    /// Whether there is a free page besides: the page itself may never become free, and others would
    /// have none to hand round.
    var hasSparePage: Bool {
      isInUse && (dances || isNew && !takesOff)
        && !others.isDisjoint(with: [.allocator, .compaction])
    }

    /// Whether soft offline can lose a race and say so.
    var mayFail: Bool {
      switch (method, start) {
      case (.putAndFlag, _), (.handlePoison, .saved): false
      case (.putAndFlagIfBuddy, .saved): !dances
      case (_, .clean), (_, .dirty), (_, .thp):
        others.contains(.walkers) || onePage == .withoutMutex
      default: others.contains(.allocator)
      }
    }
  }

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let memory = SoftOfflineMemory(
      in: system, design,
      pages: design.isOfOnePage || design.getsPage ? 1 : max(bounds[pages], design.atOnce ? 2 : 1),
      walkers: design.others.contains(.walkers) ? bounds[walkers] : 0)
    memory.declareActors(in: system)
    declareProperties(in: system, design, memory)
    declareUnreachable(in: system, design)
  }

  private static func declareProperties(
    in system: SystemBuilder, _ design: Design, _ memory: SoftOfflineMemory
  ) {
    let (pages, block, results) = (memory.pages, memory.block, memory.results)
    let all = block.pages
    system.invariant(counted) { s in
      let poisoned = pages.count { s[$0.isPoisoned] }
      let isOver = results.allSatisfy { s[$0] != .none }
      return isOver ? s[memory.counter] == poisoned : s[memory.counter] <= poisoned
    }
    system.invariant(buddyFlag) { s in
      all.allSatisfy { (s[$0.type] == .buddy) == s[$0.freeList].isBuddy }
    }
    system.invariant(freeUnreferenced, severity: .warning) { s in
      all.allSatisfy { s[$0.freeList] == .none || s[$0.refcount] == 0 }
    }
    system.invariant(handedOut) { s in
      all.allSatisfy { page in
        let isUsed = s[page.owner] == .app || s[page.owner] == .migration
        return !isUsed || !s[page.isPoisoned] || s[page.wasPoisonedInUse]
      }
    }
    system.invariant(poisonedInUse) { s in pages.allSatisfy { !s[$0.wasPoisonedInUse] } }
    system.invariant(underflow) { s in all.allSatisfy { s[$0.refcount] >= 0 } }
    if design.start == .huge {
      system.invariant(hugeIsNotFree) { s in
        memory.hugePages.allSatisfy { s[$0.page.freeList] == .none || s[$0.state] == .dissolved }
      }
    }
    if design.isOfOnePage {
      system.invariant(unmapped) { s in pages.allSatisfy { !s[$0.isPoisoned] || !s[$0.hasMapping] }
      }
    }
    if let pcp = memory.pcp {
      system.invariant(listCounted) { s in
        !pcp.section.isFree(s) || s[pcp.count] == all.count { s[$0.freeList].isPCP }
      }
    }
    if design.others.contains(.offliner) {
      system.invariant(isolationLost) { s in
        !s[block.isReliedOn] || s[block.migratetype] == .isolate
      }
    }
    if design.isNew {
      // No harm is done yet, so the search goes on to see whether any follows.
      system.invariant(outOfUse, severity: .warning) { s in
        results.indices.allSatisfy { number in
          let page = pages[design.isOfOnePage ? 0 : number]
          return s[results[number]] != .ok
            || (design.isOfOnePage && results.contains { s[$0] == .none })
            || (s[page.isPoisoned] && s[page.type] == .none && s[page.freeList] == .none
              && s[page.refcount] == 1 + s[memory.walkerReferences[design.isOfOnePage ? 0 : number]])
        }
      }
    }
    system.goal(succeeds) { s in
      (design.isOfOnePage
        ? results.contains { s[$0] == .ok } : results.allSatisfy { s[$0] == .ok })
        && pages.allSatisfy { s[$0.isPoisoned] }
    }
    let isCached = [.clean, .dirty, .thp].contains(design.start)
    system.goal(settled, .alwaysReachable) { s in
      results.allSatisfy { s[$0] != .none }
        && all.indices.allSatisfy {
          isSettled(all[$0], s, design, isCached: isCached && $0 < pages.count)
        }
    }
    if design.getsPage {
      system.goal(returns, .inevitable(under: .strong)) { s in
        results.allSatisfy { s[$0] != .none }
      }
    }
    if design.mayFail {
      system.goal(mayFail) { s in results.contains { s[$0] == .busy } }
    }
  }

  /// Whether a page has the references that it should have, and is where it belongs, when nobody is at work.
  ///
  /// - Parameter isCached: whether it is in the page cache at first.
  private static func isSettled(
    _ page: Page, _ s: State, _ design: Design, isCached: Bool
  ) -> Bool {
    let isFree = s[page.freeList] != .none || s[page.owner] == .hugepool
    if s[page.isPoisoned] {
      return design.isNew
        // That it is one in the end is an invariant.
        ? !isFree && s[page.refcount] <= 1
        // Compaction and the check at allocation take it from there.
        : s[page.refcount] == 0 && (isFree || !design.dances || design.others != [.allocator])
    }
    if isFree { return s[page.refcount] == 0 }
    return isCached && s[page.owner] == .app && s[page.refcount] == 1
      && (!design.isOfOnePage || s[page.isOnLRU])
  }
}
