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
  /// and v5.4, the new one that of v5.10 to v5.14; mm/page_alloc.c, mm/compaction.c, mm/hugetlb.c
  /// and mm/page_isolation.c of the same releases.
  ///
  /// A page starts as its variant says; mostly its content is saved already, and the one reference
  /// is soft offline's. Its pages are in one block and are taken one after the other.
  ///
  /// Two invariants share one picture, a poisoned page in use. It was handed out poisoned, or it
  /// was poisoned in use: a ghost field says which came first. In `dance` both are reached in 8
  /// steps. That a poisoned page is on a free list violates neither.
  ///
  /// What is left out: the per-CPU lists (two variants have them), so a free goes to the buddy; the
  /// page lock, the LRU and mapped pages; huge pages of several pages and reservations; mf_mutex;
  /// the retries of `soft_offline_page()`, which begin anew; unpoisoning.
  ///
  /// Steps are counted as the kernel makes them. A put and the free it leads to are two steps: a
  /// walker may hold a reference, so that they are not always one. Lists that have them as one come
  /// to traces of the old design that are one shorter (M5.a 7 for our 8, M5.b 3 for 4, M5.d 6 for
  /// 7), and to -EBUSY of M5.i in 3 steps for 4. With the hook the free path reads PG_hwpoison
  /// first, also where it is not set yet; without that read M5.g takes 4 steps for our 5. In
  /// `no-free-hook` the page is on the buddy's list when soft offline returns, a warning after 5
  /// steps; compaction takes it after 6.
  public static let softOffline = Model(
    name: "soft-offline",
    summary: "May a page that soft offline poisons be used again, or be poisoned in use?",
    sources: [
      "mail of Naoya Horiguchi, 23 September 2020, Re: [PATCH v7 09/14] mm,hwpoison: rework soft "
        + "offline for in-use pages",
      "commit 79f5f8fab482 (v5.10) mm,hwpoison: rework soft offline for in-use pages",
      "commit 06be6ff3d2ec (v5.10) mm,hwpoison: rework soft offline for free pages",
      "commit d4ae9916ea29 (v4.19) mm: soft-offline: close the race against page allocation",
      "mm: fix panic caused by __page_handle_poison() (v5.14)",
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
  static let underflow = "no page's reference count goes below 0"
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
      /// In the buddy.
      case free
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
      /// The alternative of the seed: put, wait for the buddy, take the page off, flag.
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
    /// Whether a free goes to the CPU's own list, as it does outside isolated blocks.
    var hasPCPList = false
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

    /// Whether soft offline can lose a race and say so.
    var mayFail: Bool {
      switch (method, start) {
      case (.putAndFlag, _), (.handlePoison, .saved): false
      case (.putAndFlagIfBuddy, .saved): !dances
      case (_, .clean), (_, .dirty): others.contains(.walkers)
      default: others.contains(.allocator)
      }
    }
  }

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let memory = SoftOfflineMemory(
      in: system, design, pages: max(bounds[pages], design.atOnce ? 2 : 1),
      walkers: design.others.contains(.walkers) ? bounds[walkers] : 0)
    memory.declareActors(in: system)
    declareProperties(in: system, design, memory)
  }

  private static func declareProperties(
    in system: SystemBuilder, _ design: Design, _ memory: SoftOfflineMemory
  ) {
    let (pages, block, results) = (memory.pages, memory.block, memory.results)
    system.invariant(handedOut) { s in
      pages.allSatisfy { page in
        let isUsed = s[page.owner] == .app || s[page.owner] == .migration
        return !isUsed || !s[page.isPoisoned] || s[page.wasPoisonedInUse]
      }
    }
    system.invariant(poisonedInUse) { s in pages.allSatisfy { !s[$0.wasPoisonedInUse] } }
    system.invariant(underflow) { s in pages.allSatisfy { s[$0.refcount] >= 0 } }
    if design.others.contains(.offliner) {
      system.invariant(isolationLost) { s in
        !s[block.isReliedOn] || s[block.migratetype] == .isolate
      }
    }
    if design.isNew {
      // No harm is done yet, so the search goes on to see whether any follows.
      system.invariant(outOfUse, severity: .warning) { s in
        pages.indices.allSatisfy { number in
          let page = pages[number]
          return s[results[number]] != .ok
            || (s[page.isPoisoned] && s[page.type] == .none && s[page.freeList] == .none
              && s[page.refcount] == 1 + s[memory.walkerReferences[number]])
        }
      }
    }
    system.goal(succeeds) { s in
      pages.indices.allSatisfy { s[results[$0]] == .ok && s[pages[$0].isPoisoned] }
    }
    if design.mayFail {
      system.goal(mayFail) { s in results.contains { s[$0] == .busy } }
    }
  }
}
