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
  /// replaces; 51bb1a4093cc (2014), the second read of the migratetype; 66eca1021a42 (v6.11), pcp->count
  /// under pcp->lock; 8c57b687e833 (v6.15), `free_pages_nolock()`. Written from mm/page_alloc.c and
  /// mm/page_isolation.c, v5.9, v5.12, v6.1, v6.2 and v6.19. `Docs/Models/pcp-isolation.md` says what
  /// each verdict means.
  ///
  /// "Stray" (a warning: the kernel asserts nothing) is looked for only while nobody is inside the
  /// per-CPU section, since inside it a page is on the list for a moment even with high 0. "Handed
  /// out" is looked for where an allocation takes a page: off the buddy, also by `rmqueue_bulk()`, and
  /// off a list that was there before.
  ///
  /// `every-piece` is the union of what was merged, in the company of frees, an allocation that
  /// refills a list and another writer of high, each of which some piece is there for; `matrix` takes
  /// it apart. Four things are to be said of it.
  ///
  /// - Setting high to 0 and batch to 1 is one piece. Both are needed: a refill does not look at
  ///   high, and with batch at 2 it leaves a page on the list.
  /// - `disable-first` is needed because the isolation is relied upon from the moment it is set. Who
  ///   waits for the drain may isolate first: `isolate-before-disable`.
  /// - The repeated drain of v5.9 ends by a signal, too, as `offline_pages()` does. If it could only
  ///   end with every page found isolated, then nobody would be left to free a page of the block, and
  ///   it could stand in for `enable-after-undo`.
  /// - One CPU has an allocation; the others only free.
  ///
  /// What is left out: `mem_hotplug_lock` and `pcpu_drain_mutex` (one isolator holds them),
  /// watermarks, lists of other migratetypes and orders, and `vmstat_update()`, which drains a list that
  /// is over `high` now and then: a rescue that no guarantee can rest on.
  public static let pcpIsolation = Model(
    name: "pcp-isolation",
    summary: "May a page of an isolated block linger on a per-CPU list, and be handed out from it?",
    sources: [
      "commit ec6e8c7e0314 (v5.11) mm, page_alloc: disable pcplists during memory offline",
      "commit 968318261221 (v5.9) mm/memory_hotplug: drain per-cpu pages again during memory "
        + "offline",
      "commit 51bb1a4093cc (v3.18) mm/page_alloc: add freepage on isolate pageblock to correct "
        + "buddy list",
      "commit 66eca1021a42 (v6.11) mm/page_alloc: fix pcp->count race between drain_pages_zone() vs "
        + "__rmqueue_pcplist()",
      "commit 8c57b687e833 (v6.15) mm, bpf: Introduce free_pages_nolock()",
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
  static let buddyFlag = "a page is PageBuddy if and only if it is on a list of the buddy"
  static let freeUnreferenced = "a page on a free list has no reference"
  static let counted = "pcp->count is the length of the list where nobody is in its section"
  static let restored = "the block is movable again, and the lists are as usual"
  static let reliance = "what is relied upon is isolated"
  static let noneLost = "every page is free or in use"
  static let allocated = "somebody gets a page"
  static let allFree = "offline_pages() goes on only with every page in the buddy"
  static let unmovable = "a block with a page that can't be moved is not isolated"
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
      /// The same, and then once more.
      case refillingTwice
      /// Takes a page of the buddy for data that can't be moved, and keeps it.
      case unmovable
    }
    /// Who else changes the limits of the per-CPU lists.
    enum OtherWriter: Sendable { case none, withoutLock, withLock }

    /// How the lists of other CPUs are drained.
    enum Drain: Sendable {
      /// A work item on each CPU, which looks at the count with interrupts off: to v5.19.
      case work
      /// By the caller, who looks at the count before it takes pcp->lock: v6.0 to v6.10.
      case countBeforeLock
      /// By the caller, under pcp->lock: since v6.11.
      case countUnderLock
    }
    /// What the isolator does until the pages are found isolated.
    enum Retry: Sendable {
      /// It relies on the isolation and looks no further.
      case none
      /// `offline_pages()` of v5.9: drains again each time, until a signal comes.
      case drain
      /// The same, and no signal comes.
      case drainWithoutSignals
      /// `offline_pages()` since v5.11: tests again. No signal comes.
      case test
    }
    /// What there is of `free_pages_nolock()`.
    enum Nolock: Sendable {
      /// Nobody calls it.
      case none
      /// As it is, v6.15 to v6.19.
      case upstream
      /// No kernel: with the lists disabled it leaves the page on zone->trylock_free_pages.
      case heedsHigh
    }

    var plan = Plan.disable
    var pieces = PCPDisable()
    /// Where `zone_pcp_disable()` comes after the isolation: whether that is relied upon as soon as
    /// it is set, or when the drain is done.
    var reliesAtOnce = true
    /// Whether the limits are restored before the isolation is undone.
    var enablesBeforeUndo = false
    var retry = Retry.none
    /// Whether the isolator is `alloc_contig_range()`, which tests once and gives up.
    var testsOnce = false
    var free = FreeUnrefPage(entry: .trylock)
    /// Whether ordinary frees are there.
    var frees = true
    var allocator = Allocator.fromList
    var otherWriter = OtherWriter.none
    var drain = Drain.countUnderLock
    var nolock = Nolock.none
    /// Whether somebody else holds zone->lock for a while.
    var contendsZoneLock = false
    /// Whether `has_unmovable_pages()` looks at pages, as it does outside ZONE_MOVABLE.
    var looksForUnmovable: Bool { nolock != .none || allocator == .unmovable }
    /// Whether `test_pages_isolated()` empties zone->trylock_free_pages first. No kernel does.
    var testEmptiesTrylockList = false

    /// To v5.19: what the lists are protected by can't fail, and drains are work items.
    mutating func useLocalSection() {
      free.entry = .local
      drain = .work
    }

    /// How many pages are in the buddy at first: enough for a refill to leave one on the list.
    func freePages(cpus: Int) -> Int {
      switch allocator {
      case .none, .fromList: 0
      case .refilling: cpus + 1
      case .fromListRefilling, .refillingTwice: 2
      case .unmovable: 1
      }
    }
  }
}
