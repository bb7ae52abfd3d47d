import KernelPages
import ModelChecking

extension PCPIsolation {
  static let variants = withoutDisable + disable + withoutPiece + countTest + nolock + inFlight

  /// Before `zone_pcp_disable()`, and who does without it to this day.
  private static let withoutDisable: [Variant<Design>] = [
    Variant(
      "drain-after-isolation", "isolate, then drain the CPUs whose count is not 0",
      source: "v5.4 to v5.8", expect: .violated(handedOut, steps: 12, warnings: [stray: 10])
    ) {
      $0.useLocalSection()
      $0.plan = .drainAfter
      $0.pieces.forcesDrain = false
    },
    Variant(
      "repeated-drain", "isolate, drain, and drain again while the test finds a page missing",
      source: "offline_pages() of v5.9 and v5.10, 968318261221",
      expect: .violated(handedOut, steps: 12, warnings: [stray: 10])
    ) {
      $0.useLocalSection()
      $0.plan = .drainAfter
      $0.pieces.forcesDrain = false
      $0.retry = .drain
    },
    Variant(
      "drain-by-work-after-isolation", "isolate, then drain by a work item on every CPU",
      source: "no release; the forced drain of v5.11 without the disabled lists",
      expect: .violated(handedOut, steps: 18, warnings: [stray: 16])
    ) {
      $0.useLocalSection()
      $0.plan = .drainAfter
    },
    Variant(
      "forced-drain-after-isolation", "isolate, then drain every CPU",
      source: "no release; the forced drain of v6.11 without the disabled lists",
      expect: .violated(handedOut, steps: 14, warnings: [stray: 12]),
      under: [.lkmm: .violated(handedOut, steps: 14, warnings: [stray: 12])]
    ) { $0.plan = .drainAfter },
    Variant(
      "alloc-contig-range", "isolate, drain once, test once: the caller without zone_pcp_disable()",
      source: "7.5: alloc_contig_range(), v6.11 to v6.19",
      expect: .violated(spuriousBusy, steps: 7), under: [.lkmm: .violated(spuriousBusy, steps: 7)]
    ) {
      $0.plan = .drainAfter
      $0.pieces.forcesDrain = false
      $0.testsOnce = true
      $0.allocator = .none
    },
  ]

  /// `zone_pcp_disable()`: ec6e8c7e0314 (v5.11).
  private static let disable: [Variant<Design>] = [
    Variant(
      "drain-by-work", "disable the lists, drain by a work item on every CPU, then isolate",
      source: "ec6e8c7e0314, v5.11 to v5.19", expect: .holds
    ) { $0.useLocalSection() },
    Variant(
      "zone-pcp-disable", "disable the lists, drain every CPU under pcp->lock, then isolate",
      source: "v6.11 to v6.14", expect: .holds, under: [.lkmm: .holds]),
    Variant(
      "zone-pcp-disable-with-refill", "the same; an allocation refills a list",
      source: "v6.11 to v6.14", expect: .holds, under: [.lkmm: .holds]
    ) {
      $0.allocator = .refilling
      $0.frees = false
    },
    Variant(
      "isolate-before-disable", "isolate, disable the lists, and rely on it after the drain",
      source: "no release; the order does not matter until somebody relies on it",
      expect: .holds, under: [.lkmm: .holds]
    ) {
      $0.plan = .disableAfter
      $0.reliesAtOnce = false
    },
    Variant(
      "two-users-with-lock", "another writer of high, under pcp_batch_high_lock",
      source: "v6.11 to v6.14", expect: .holds, under: [.lkmm: .holds]
    ) { $0.otherWriter = .withLock },
    Variant(
      "every-piece",
      "every piece that was merged, with frees, refills and another writer of high",
      source: "v6.11 to v6.14, and 968318261221 (v5.9): what the matrix takes apart", expect: .holds
    ) {
      $0.allocator = .fromListRefilling
      $0.otherWriter = .withLock
      $0.pieces.limits = .batchFirst
      $0.retry = .drain
    },
  ]

  /// v6.11 to v6.14 without one piece: no release.
  private static let withoutPiece: [Variant<Design>] = [
    Variant(
      "drain-before-disable", "the drain comes before high is set to 0",
      source: "piece removed", expect: .violated(handedOut, steps: 16, warnings: [stray: 14]),
      under: [.lkmm: .violated(handedOut, steps: 16, warnings: [stray: 14])]
    ) { $0.pieces.drainsBeforeDisabling = true },
    Variant(
      "rely-before-disable", "isolate and rely on it, disable the lists only then",
      source: "piece removed", expect: .violated(handedOut, steps: 11, warnings: [stray: 9]),
      under: [.lkmm: .violated(handedOut, steps: 11, warnings: [stray: 9])]
    ) { $0.plan = .disableAfter },
    Variant(
      "enable-before-undo", "the lists are enabled again before the isolation is undone",
      source: "piece removed", expect: .violated(handedOut, steps: 17, warnings: [stray: 15]),
      under: [.lkmm: .violated(handedOut, steps: 17, warnings: [stray: 15])]
    ) { $0.enablesBeforeUndo = true },
    Variant(
      "no-second-read", "a flush trusts the migratetype that was read before the section",
      source: "51bb1a4093cc undone", expect: .violated(ownList, steps: 13),
      under: [.lkmm: .violated(ownList, steps: 13)]
    ) { $0.free.rereadsMigratetype = false },
    Variant(
      "two-users-without-lock", "another writer of high, and no pcp_batch_high_lock",
      source: "piece removed", expect: .violated(handedOut, steps: 17, warnings: [stray: 15]),
      under: [.lkmm: .violated(handedOut, steps: 17, warnings: [stray: 15])]
    ) {
      $0.pieces.takesLock = false
      $0.otherWriter = .withoutLock
    },
  ]

  /// Drains that look at `pcp->count` without pcp->lock.
  private static let countTest: [Variant<Design>] = [
    Variant(
      "drain-count-test-unlocked",
      "drain_pages_zone() tests pcp->count before it takes pcp->lock, also where it is forced",
      source: "v6.0 to v6.10: what 66eca1021a42 (v6.11) closed",
      expect: .violated(handedOut, steps: 14, warnings: [stray: 12]),
      under: [.lkmm: .violated(handedOut, steps: 14, warnings: [stray: 12])]
    ) {
      $0.drain = .countBeforeLock
      $0.allocator = .refillingTwice
      $0.frees = false
    },
    Variant(
      "drain-count-test-locked", "the same, and pcp->count is tested under pcp->lock",
      source: "66eca1021a42 (v6.11)", expect: .holds, under: [.lkmm: .holds]
    ) {
      $0.allocator = .refillingTwice
      $0.frees = false
    },
    Variant(
      "count-test-free-only", "the drain skips CPUs whose count reads 0; pages are only freed",
      source: "no release; the test of an unforced drain",
      expect: .holds, under: [.lkmm: .violated(stray, steps: 12)]
    ) {
      $0.pieces.forcesDrain = false
      $0.allocator = .none
    },
    Variant(
      "count-test-with-refill",
      "the same, and an allocation refills a list",
      source: "no release; a refill does not look at high",
      expect: .violated(stray, steps: 12), under: [.lkmm: .violated(stray, steps: 12)]
    ) {
      $0.pieces.forcesDrain = false
      $0.allocator = .refilling
      $0.frees = false
    },
  ]

  /// `free_pages_nolock()`, since v6.15.
  private static let nolock: [Variant<Design>] = [
    Variant(
      "free-pages-nolock", "free_pages_nolock() puts a page on a list that is disabled",
      source: "8c57b687e833 (v6.15)",
      expect: .violated(handedOut, steps: 16, warnings: [stray: 14]),
      under: [.lkmm: .violated(handedOut, steps: 16, warnings: [stray: 14])]
    ) { $0.useNolock() },
    Variant(
      "free-pages-nolock-offline", "the same, and offline_pages() tests until no page is missing",
      source: "8c57b687e833 (v6.15)",
      expect: .stuck("isolator comes to its end", steps: 8, warnings: [stray: 14])
    ) {
      $0.useNolock()
      $0.allocator = .none
      $0.retry = .test
    },
    Variant(
      "trylock-free-pages",
      "offline_pages() also drains again, but no drain looks at zone->trylock_free_pages",
      source: "8c57b687e833 (v6.15) with the repeated drain of v5.9",
      expect: .stuck("isolator comes to its end", steps: 9, warnings: [stray: 14])
    ) {
      $0.useNolock()
      $0.allocator = .none
      $0.retry = .drainWithoutSignals
      $0.contendsZoneLock = true
    },
    Variant(
      "nolock-heeds-high", "with high 0 the page goes to zone->trylock_free_pages",
      source: "half a fix, no release", expect: .stuck("isolator comes to its end", steps: 5)
    ) {
      $0.useNolock()
      $0.nolock = .heedsHigh
      $0.allocator = .none
      $0.retry = .test
    },
    Variant(
      "nolock-test-empties", "test_pages_isolated() empties zone->trylock_free_pages first",
      source: "the other half, no release",
      expect: .violated(handedOut, steps: 16, warnings: [stray: 14]),
      under: [.lkmm: .violated(handedOut, steps: 16, warnings: [stray: 14])]
    ) {
      $0.useNolock()
      $0.testEmptiesTrylockList = true
    },
    Variant(
      "nolock-fixed", "both", source: "a proposal, no release", expect: .holds,
      under: [.lkmm: .holds]
    ) {
      $0.useNolock()
      $0.nolock = .heedsHigh
      $0.testEmptiesTrylockList = true
      $0.contendsZoneLock = true
    },
    Variant(
      "nolock-fixed-offline", "both, and offline_pages() tests until no page is missing",
      source: "a proposal, no release", expect: .holds
    ) {
      $0.useNolock()
      $0.nolock = .heedsHigh
      $0.testEmptiesTrylockList = true
      $0.contendsZoneLock = true
      $0.allocator = .none
      $0.retry = .test
    },
    Variant(
      "today", "zone_pcp_disable(), frees, refills and free_pages_nolock()",
      source: "v6.19", expect: .violated(handedOut, steps: 18, warnings: [stray: 15])
    ) {
      $0.allocator = .fromListRefilling
      $0.nolock = .upstream
      $0.pieces.limits = .batchFirst
    },
  ]

  /// What `has_unmovable_pages()` can't see.
  private static let inFlight: [Variant<Design>] = [
    Variant(
      "unmovable-in-flight", "set_page_refcounted() comes after has_unmovable_pages() looked",
      source: "v5.4 to v6.19: \"racy as hell\", mail of David Hildenbrand, 16 October 2019",
      expect: .stuck("isolator comes to its end", steps: 8, warnings: [unmovable: 8]),
      under: [.lkmm: .stuck("isolator comes to its end", steps: 8, warnings: [unmovable: 8])]
    ) {
      $0.allocator = .unmovable
      $0.frees = false
      $0.retry = .test
    }
  ]
}

extension PCPIsolation.Design {
  /// One page, which `free_pages_nolock()` frees.
  fileprivate mutating func useNolock() {
    nolock = .upstream
    frees = false
  }
}
