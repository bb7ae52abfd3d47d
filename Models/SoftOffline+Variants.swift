import KernelPages
import ModelChecking

extension SoftOffline {
  static let variants = oldDesign + newDesign + freePages + today

  /// Flag on a free list and trust the check at allocation: v4.18 and v4.19 to v5.9.
  private static let oldDesign: [Variant<Design>] = [
    Variant(
      "dance", "the block is isolate around put and flag; compaction saw it before",
      source: "v4.19 to v5.9, mail of Naoya Horiguchi, 23 September 2020",
      expect: .violated(handedOut, steps: 8),
      design: .old(others: [.compaction])),
    Variant(
      "no-dance", "put, then flag, without marking the block",
      source: "what d4ae9916ea29 (v4.19) closed", expect: .violated(poisonedInUse, steps: 4),
      design: .old(dances: false, others: [.allocator])),
    Variant(
      "dance-allocator-only", "the dance, and nobody but the allocator takes free pages",
      source: "what the dance was made for", expect: .holds,
      design: .old(others: [.allocator])),
    Variant(
      "dance-against-offline", "memory offlining isolates the block in the middle of the dance",
      source: "the restored migratetype ends another's isolation",
      expect: .violated(isolationLost, steps: 8), design: .old(others: [.offliner])),
    Variant(
      "dance-walker", "the dance, and a walker may drop the last reference after it",
      source: "v4.19 to v5.9: the check at allocation is what holds", expect: .holds,
      design: .old(others: [.allocator, .walkers])),
    Variant(
      "dance-walker-unchecked", "dance-walker, and allocations don't look at PG_hwpoison",
      source: "v4.19 to v5.9, and the check at allocation removed",
      expect: .violated(handedOut, steps: 10),
      design: with(.old(others: [.allocator, .walkers])) { $0.checksNewPage = false }),
    Variant(
      "dance-walker-pcp-list",
      "dance-walker, and the walker's put leaves the page on a per-CPU list",
      source: "v5.4, which checks where a per-CPU list is refilled, and not after",
      expect: .violated(handedOut, steps: 16),
      design: with(.old(others: [.allocator, .walkers])) { $0.lists = .ignored }),
    Variant(
      "two-dances", "two pages of the block are soft offlined at once, with the dance",
      source: "soft offline took no lock before v5.17",
      expect: .violated(poisonedInUse, steps: 13),
      design: with(.old(others: [.allocator])) { $0.atOnce = true }),
    Variant(
      "dance-migrate", "the page was migrated; the flag is set in the buddy under zone->lock",
      source: "set_hwpoison_free_buddy_page(), v4.19 to v5.9, allocator only",
      expect: .holds, design: .old(.putAndFlagIfBuddy, others: [.allocator])),
    Variant(
      "dance-migrate-compaction", "dance-migrate, and compaction",
      source: "set_hwpoison_free_buddy_page(), v4.19 to v5.9",
      expect: .violated(handedOut, steps: 8),
      design: .old(.putAndFlagIfBuddy, others: [.compaction])),
    Variant(
      "no-dance-pcp-list",
      "dance-migrate without the dance: the put leaves the page on a per-CPU list",
      source: "what the dance is for, shown by its absence",
      expect: .goalUnreachable(succeeds),
      design: with(.old(.putAndFlagIfBuddy, dances: false, others: [])) { $0.lists = .ignored }),
    Variant(
      "old-free-page", "a free page is flagged where it is, in the buddy",
      source: "the free-page branch of v4.19 to v5.9, allocator only", expect: .holds,
      design: .old(.putAndFlagIfBuddy, .free, dances: false, others: [.allocator])),
    Variant(
      "old-free-page-compaction", "old-free-page, and compaction",
      source: "set_hwpoison_free_buddy_page(), v4.19 to v5.9",
      expect: .violated(handedOut, steps: 4),
      design: .old(.putAndFlagIfBuddy, .free, dances: false, others: [.compaction])),
  ]

  /// `page_handle_poison()` of a page in use, and each piece of it removed: v5.10.
  private static let newDesign: [Variant<Design>] = [
    Variant(
      "page-handle-poison", "flag, put, and the hook keeps the page off the lists",
      source: "79f5f8fab482 (v5.10)", expect: .holds, design: Design()),
    Variant(
      "page-handle-poison-walker", "the same, with walkers that may drop the last reference",
      source: "whoever drops it meets the hook", expect: .holds,
      design: Design(others: [.allocator, .compaction, .walkers])),
    Variant(
      "no-free-hook", "without the hook in free_pages_prepare()", source: "the hook removed",
      expect: .violated(handedOut, steps: 6, warnings: [freeUnreferenced: 4, outOfUse: 6]),
      design: Design(hook: false)),
    Variant(
      "flag-after-put", "PG_hwpoison is set after the put", source: "the order swapped",
      expect: .violated(poisonedInUse, steps: 5, warnings: [freeUnreferenced: 5]),
      design: Design(method: .handlePoison(PageHandlePoison(flagsBeforePut: false)))),
    Variant(
      "no-final-reference", "the page gets no reference at the end",
      source: "79f5f8fab482 (v5.10) without page_ref_inc()",
      expect: .violated(outOfUse, steps: 5),
      design: Design(method: .handlePoison(PageHandlePoison(takesReference: false)))),
    Variant(
      "invalidate", "a clean page of the page cache is invalidated, or else migrated",
      source: "the invalidate branch of v5.10", expect: .holds,
      design: Design(start: .clean, others: [.allocator, .compaction, .walkers])),
    Variant(
      "migrate", "a dirty page is migrated", source: "the migrate branch of v5.10",
      expect: .holds, design: Design(start: .dirty, others: [.allocator, .compaction, .walkers])),
    Variant(
      "new-against-offline", "memory offlining isolates the block at any time",
      source: "79f5f8fab482 (v5.10), against memory offlining", expect: .holds,
      design: Design(start: .clean, others: [.allocator, .compaction, .walkers, .offliner])),
    Variant(
      "thp", "a transparent huge page is split, then migrated",
      source: "__soft_offline_page(), v5.10 to v6.19", expect: .holds,
      design: Design(start: .thp, others: [.allocator, .compaction, .walkers])),
    Variant(
      "thp-not-split", "it is not split, and the hook is for pages of order 0",
      source: "piece removed",
      expect: .violated(handedOut, steps: 10, warnings: [freeUnreferenced: 8, outOfUse: 10]),
      design: Design(start: .thp, splitsTHP: false, others: [.allocator, .compaction, .walkers])),
    Variant(
      "two-of-one-page", "two soft offlines of one page at once, and no mf_mutex",
      source: "v5.10 to v5.16", expect: .violated(counted, steps: 24),
      design: Design(start: .clean, onePage: .withoutMutex, others: [.allocator])),
    Variant(
      "two-of-one-page-mutex", "the same, one after the other under mf_mutex",
      source: "91d005479e06 (v5.17)", expect: .holds,
      design: Design(start: .clean, onePage: .withMutex, others: [.allocator, .walkers])),
    Variant(
      "two-at-once", "two pages of the block are soft offlined at once",
      source: "79f5f8fab482 (v5.10), twice",
      expect: .holds, design: Design(atOnce: true, others: [.allocator, .compaction, .walkers])),
  ]

  /// Pages that are free by the time they are poisoned.
  private static let freePages: [Variant<Design>] = [
    Variant(
      "wait-and-take-off", "put, wait for the buddy, take the page off, flag; no hook",
      source: "mail of Naoya Horiguchi, 23 September 2020, an alternative", expect: .holds,
      design: Design(
        method: .waitAndTakeOff(PageHandlePoison()), hook: false,
        others: [.allocator, .compaction, .walkers])),
    Variant(
      "wait-and-take-off-unlocked",
      "the same, with PageBuddy tested before zone->lock is taken only",
      source: "the alternative, and the test under the lock removed",
      expect: .violated(poisonedInUse, steps: 6),
      design: Design(
        method: .waitAndTakeOff(PageHandlePoison(takeOff: .testedBeforeLock)), hook: false)),
    Variant(
      "wait-and-take-off-untested", "the same, with PageBuddy not tested",
      source: "the alternative, and the test removed", expect: .violated(poisonedInUse, steps: 5),
      design: Design(method: .waitAndTakeOff(PageHandlePoison(takeOff: .untested)), hook: false)),
    Variant(
      "free-page", "a free page is taken off the buddy, then flagged",
      source: "what v5.10 does with free pages, 06be6ff3d2ec", expect: .holds,
      design: Design(start: .free, others: [.allocator, .compaction, .walkers])),
    Variant(
      "free-page-on-list",
      "the page is on a per-CPU list; get_hwpoison_page() disables the lists, and so does what follows",
      source: "17e395b60f5b (v5.11) and 510d25c92ec4, v5.14 to v6.8", expect: .holds,
      design: Design(
        start: .onPCPList, lists: .disabled, getsPage: true, others: [.allocator])),
    Variant(
      "free-page-on-list-ignored", "the same, and the lists are left alone",
      source: "v5.10", expect: .goalUnreachable(succeeds),
      design: Design(
        start: .onPCPList, lists: .ignored, getsPage: true, disablesForGet: false, others: [])),
    Variant(
      "hugetlb", "a huge page goes to the pool, is dissolved, taken off the buddy, flagged",
      source: "__page_handle_poison() with an int result, and pages that no list takes",
      expect: .holds,
      design: Design(start: .huge, others: [.allocator, .compaction, .walkers])),
    Variant(
      "hugetlb-bool-result", "the result is a bool, so -EBUSY from dissolving is success",
      source: "v5.14 before \"mm: fix panic caused by __page_handle_poison()\"",
      expect: .violated(poisonedInUse, steps: 5), design: Design(start: .huge, errorIsTrue: true)),
    Variant(
      "hugetlb-on-list", "hugetlb, and the dissolved page goes to a per-CPU list",
      source: "44042b449872 without 510d25c92ec4: no release", expect: .goalUnreachable(succeeds),
      design: Design(start: .huge, lists: .ignored, others: [])),
    Variant(
      "hugetlb-list-disabled", "the lists are disabled while the page is dissolved and taken off",
      source: "510d25c92ec4, v5.14 to v6.8", expect: .holds,
      design: Design(start: .huge, lists: .disabled, others: [.allocator, .walkers])),
  ]

  /// v6.19: a page in use, a free one, a huge one.
  private static let today: [Variant<Design>] = [
    Variant(
      "today", "a page in use, v6.19", source: "v6.19", expect: .holds,
      design: Design(start: .thp, lists: .drained, others: [.allocator, .compaction, .walkers])),
    Variant(
      "today-free-page", "a page on a per-CPU list, v6.19", source: "v6.19", expect: .holds,
      design: Design(
        start: .onPCPList, lists: .drained, getsPage: true, others: [.allocator, .compaction])),
    Variant(
      "today-hugetlb", "a huge page, v6.19", source: "v6.19", expect: .holds,
      design: Design(
        start: .huge, lists: .drained, others: [.allocator, .compaction, .walkers])),
  ]

  private static func with(
    _ design: Design, _ change: (inout Design) -> Void
  ) -> Design {
    var changed = design
    change(&changed)
    return changed
  }
  /// The parts of `page_handle_poison()` and of what leads to it.
  static let pieces: [Piece<Design>] = [
    Piece(
      "free-hook", "free_pages_prepare() keeps poisoned pages off the lists",
      source: "79f5f8fab482 (v5.10)"
    ) { $0.hook = false },
    Piece(
      "flag-before-put", "PG_hwpoison is set before the put", source: "79f5f8fab482"
    ) { $0.changePoisoning { $0.flagsBeforePut = false } },
    Piece(
      "final-reference", "the page gets a reference at the end", source: "79f5f8fab482"
    ) { $0.changePoisoning { $0.takesReference = false } },
    Piece(
      "buddy-test", "take_page_off_buddy() tests PageBuddy", source: "06be6ff3d2ec (v5.10)"
    ) { if $0.takesOff { $0.changePoisoning { $0.takeOff = .untested } } },
    Piece(
      "test-under-lock", "take_page_off_buddy() tests it under zone->lock",
      source: "06be6ff3d2ec (v5.10)"
    ) { design in
      guard design.takesOff else { return }
      design.changePoisoning {
        if $0.takeOff == .testedUnderLock { $0.takeOff = .testedBeforeLock }
      }
    },
    Piece(
      "split-first", "a transparent huge page is split first",
      source: "__soft_offline_page(), v5.10"
    ) { if $0.start == .thp { $0.splitsTHP = false } },
    Piece(
      "int-result", "__page_handle_poison() answers by an int", source: "v5.14"
    ) { if $0.start == .huge { $0.errorIsTrue = true } },
    Piece(
      "check-at-allocation", "an allocation looks at PG_hwpoison", source: "check_new_page()"
    ) { $0.checksNewPage = false },
  ]
}

extension SoftOffline.Design {
  fileprivate mutating func changePoisoning(_ change: (inout PageHandlePoison) -> Void) {
    switch method {
    case .handlePoison(var pieces):
      change(&pieces)
      method = .handlePoison(pieces)
    case .waitAndTakeOff(var pieces):
      change(&pieces)
      method = .waitAndTakeOff(pieces)
    case .putAndFlag, .putAndFlagIfBuddy: break
    }
  }
}
