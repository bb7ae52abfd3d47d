import KernelPages
import ModelChecking

extension Model {
  /// May a page of an isolated block linger on a per-CPU list?
  ///
  /// A free reads the migratetype of the page's block, then puts the page on the CPU's own list. If
  /// the block is isolated in between, and the lists are drained before the page gets there, the
  /// page stays on the list and can be allocated from it, although the block is isolated.
  ///
  /// Seed: commit ec6e8c7e0314 (v5.11), "mm, page_alloc: disable pcplists during memory offline",
  /// which closes the race by `zone_pcp_disable()`; 968318261221 (v5.9), the repeated drain that it
  /// replaces; 51bb1a4093cc (2014), the second read of the migratetype. Written from
  /// mm/page_alloc.c and mm/page_isolation.c, v5.9, v5.12 and v6.1.
  ///
  /// "Stray" (a warning: the kernel asserts nothing) is looked for only while nobody is inside the
  /// per-CPU section, since inside it a page is on the list for a moment even with high 0. "Handed
  /// out" is looked for at the allocation.
  ///
  /// `every-piece` is the union of what was merged, in the company of frees, an allocation that
  /// refills a list and another writer of high, each of which some piece is there for; `matrix` takes
  /// it apart. Four things are to be said of it.
  ///
  /// - Setting high to 0 and batch to 1 is one piece. Both are needed: a refill does not look at
  ///   high, and with batch at 2 it leaves a page on the list (14 steps).
  /// - `disable-first` is needed because the isolation is relied upon from the moment it is set. Who
  ///   waits for the drain may isolate first: `isolate-before-disable`.
  /// - The repeated drain of v5.9 ends by a signal, too, as `offline_pages()` does. If it could only
  ///   end with every page found isolated, then nobody would be left to free a page of the block, and
  ///   it could stand in for `enable-after-undo`.
  /// - One CPU has an allocation; the others only free.
  ///
  /// What is left out: `mem_hotplug_lock` and `pcpu_drain_mutex` (one isolator holds them),
  /// watermarks, and the order of pages on one list (a flush frees the page just added, which with
  /// one freer a CPU is the only one; what a refill left there is drained, or is the violation).
  ///
  /// Against the step lists this model was written from: a refill takes its page and leaves the
  /// section in two steps, not one, so `count-test-with-refill` is 12 steps long, not 11.
  public static let pcpIsolation = Model(
    name: "pcp-isolation",
    summary: "May a page of an isolated block linger on a per-CPU list, and be handed out from it?",
    sources: [
      "commit ec6e8c7e0314 (v5.11) mm, page_alloc: disable pcplists during memory offline",
      "commit 968318261221 (v5.9) mm/memory_hotplug: drain per-cpu pages again during memory "
        + "offline",
      "commit 51bb1a4093cc (v3.18) mm/page_alloc: add freepage on isolate pageblock to correct "
        + "buddy list",
    ],
    bounds: [PCPIsolation.freers, PCPIsolation.rounds],
    variants: PCPIsolation.variants, fix: "every-piece", pieces: PCPIsolation.pieces,
    build: PCPIsolation.declare)
}

enum PCPIsolation {
  static let freers = Bound(
    "freers", "CPUs, each of which frees a page of the block", default: 1, large: 3, in: 1...4)
  static let rounds = Bound(
    "rounds", "how often the isolator isolates the block", default: 1, large: 2, in: 1...3)

  static let stray = "no page of a relied-upon isolated block is on a per-CPU list"
  static let handedOut = "no page of a relied-upon isolated block is handed out"
  static let ownList = "a free page is on the buddy's list of its block's migratetype"
  static let spuriousBusy = "alloc_contig_range() fails only if somebody uses a page"
  static let offlined = "the block's pages are all found isolated"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// What the isolator does around the isolation.
    enum Plan: Sendable {
      /// Isolate, then drain: to v5.10, and `alloc_contig_range()` to this day.
      case drainAfter
      /// `zone_pcp_disable()`, then isolate: since v5.11.
      case disable
      /// `zone_pcp_disable()` after the isolation.
      case disableAfter
    }
    /// Who allocates.
    enum Allocator: Sendable {
      case none
      /// Takes pages off its CPU's list, which nobody refills.
      case fromList
      /// Refills its CPU's list and takes one of the pages; nobody frees any.
      case refilling
      /// Takes a page off its CPU's list, or refills that if it is empty.
      case fromListRefilling
    }
    /// Who else changes the limits of the per-CPU lists.
    enum OtherWriter: Sendable { case none, withoutLock, withLock }

    var plan = Plan.disable
    var pieces = PCPDisable()
    /// Where `zone_pcp_disable()` comes after the isolation: whether that is relied upon as soon as
    /// it is set, or when the drain is done.
    var reliesAtOnce = true
    /// Whether the limits are restored before the isolation is undone.
    var enablesBeforeUndo = false
    /// Whether `test_pages_isolated()` follows, with another drain each time it fails.
    var repeatsDrain = false
    /// Whether the isolator is `alloc_contig_range()`, which tests once and gives up.
    var testsOnce = false
    var free = FreeUnrefPage()
    var allocator = Allocator.fromList
    var otherWriter = OtherWriter.none
    /// Whether drains run as work items on the CPUs.
    var drainsByWork = false

    /// How many pages are in the buddy at first: enough for a refill to leave one on the list.
    func freePages(cpus: Int) -> Int {
      switch allocator {
      case .none, .fromList: 0
      case .refilling: cpus + 1
      case .fromListRefilling: 2
      }
    }
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "drain-after-isolation", "isolate, drain the CPUs whose count is not 0",
      source: "M6.a: v5.9", expect: .violated(handedOut, steps: 12, warnings: [stray: 10])
    ) {
      $0.plan = .drainAfter
      $0.pieces.forcesDrain = false
    },
    Variant(
      "forced-drain-after-isolation", "isolate, drain every CPU",
      source: "M6.b: 968318261221's description",
      expect: .violated(handedOut, steps: 12, warnings: [stray: 10])
    ) { $0.plan = .drainAfter },
    Variant(
      "zone-pcp-disable", "disable the lists, drain every CPU, then isolate",
      source: "M6.c: ec6e8c7e0314 (v5.11)", expect: .holds),
    Variant(
      "drain-before-disable", "the drain comes before high is set to 0",
      source: "M6.d: piece removed", expect: .violated(handedOut, steps: 14, warnings: [stray: 12])
    ) { $0.pieces.drainsBeforeDisabling = true },
    Variant(
      "rely-before-disable", "isolate and rely on it, disable the lists only then",
      source: "M6.e: piece removed", expect: .violated(handedOut, steps: 11, warnings: [stray: 9])
    ) { $0.plan = .disableAfter },
    Variant(
      "isolate-before-disable", "isolate, disable the lists, and rely on it after the drain",
      source: "M6.e2: the order does not matter until somebody relies on it", expect: .holds
    ) {
      $0.plan = .disableAfter
      $0.reliesAtOnce = false
    },
    Variant(
      "enable-before-undo", "the lists are enabled again before the isolation is undone",
      source: "M6.f: piece removed", expect: .violated(handedOut, steps: 15, warnings: [stray: 13])
    ) { $0.enablesBeforeUndo = true },
    Variant(
      "no-second-read", "a flush trusts the migratetype that was read before the section",
      source: "M6.g: 51bb1a4093cc undone", expect: .violated(ownList, steps: 11)
    ) { $0.free.rereadsMigratetype = false },
    Variant(
      "two-users-without-lock", "another writer of high, and no pcp_batch_high_lock",
      source: "M6.h: piece removed", expect: .violated(handedOut, steps: 15, warnings: [stray: 13])
    ) {
      $0.pieces.takesLock = false
      $0.otherWriter = .withoutLock
    },
    Variant(
      "two-users-with-lock", "another writer of high, under pcp_batch_high_lock",
      source: "M6.h2", expect: .holds
    ) { $0.otherWriter = .withLock },
    Variant(
      "count-test-free-only", "the drain skips CPUs whose count reads 0; pages are only freed",
      source: "M6.i: the racy test, sequentially consistent", expect: .holds
    ) {
      $0.pieces.forcesDrain = false
      $0.allocator = .none
    },
    Variant(
      "count-test-store-buffer", "the same, with the count's store visible late",
      source: "M6.i2: the racy test, x86", expect: .violated(stray, steps: 13)
    ) {
      $0.pieces.forcesDrain = false
      $0.allocator = .none
      $0.free.delaysCount = true
    },
    Variant(
      "count-test-with-refill",
      "the same, sequentially consistent, and an allocation refills a list",
      source: "M6.i3: the racy test, a refill does not look at high",
      expect: .violated(stray, steps: 12)
    ) {
      $0.pieces.forcesDrain = false
      $0.allocator = .refilling
    },
    Variant(
      "zone-pcp-disable-with-refill", "disable and drain every CPU; an allocation refills a list",
      source: "M6.c2", expect: .holds
    ) { $0.allocator = .refilling },
    Variant(
      "repeated-drain", "isolate, drain, and drain again while the test finds a page missing",
      source: "M6.j: v5.9's loop in offline_pages()",
      expect: .violated(handedOut, steps: 12, warnings: [stray: 10])
    ) {
      $0.plan = .drainAfter
      $0.pieces.forcesDrain = false
      $0.repeatsDrain = true
    },
    Variant(
      "alloc-contig-range", "isolate, drain once, test once: the caller without zone_pcp_disable()",
      source: "7.5: alloc_contig_range(), to v6.12", expect: .violated(spuriousBusy, steps: 7)
    ) {
      $0.plan = .drainAfter
      $0.pieces.forcesDrain = false
      $0.testsOnce = true
      $0.allocator = .none
    },
    Variant(
      "drain-by-work", "zone_pcp_disable() with a work item on each CPU",
      source: "v5.11 to v5.19", expect: .holds
    ) { $0.drainsByWork = true },
    Variant(
      "drain-by-work-after-isolation", "isolate, then drain by a work item on each CPU",
      source: "v5.9, forced", expect: .violated(handedOut, steps: 18, warnings: [stray: 16])
    ) {
      $0.plan = .drainAfter
      $0.drainsByWork = true
    },
    Variant(
      "every-piece",
      "every piece that was merged, with frees, refills and another writer of high",
      source: "ec6e8c7e0314 on top of 968318261221: what the matrix takes apart", expect: .holds
    ) {
      $0.allocator = .fromListRefilling
      $0.otherWriter = .withLock
      $0.pieces.limits = .batchFirst
      $0.repeatsDrain = true
    },
  ]
}
