import KernelPages
import ModelChecking

extension Model {
  /// May a block be taken offline while a driver has unplugged some of its pages?
  ///
  /// The driver holds each of its pages by one reference and marks it PageOffline. Offlining must
  /// either pass these pages over or refuse, and where it is cancelled, the driver must find them as
  /// it left them.
  ///
  /// Seed: David Hildenbrand, 18 October 2019, in the thread of "[PATCH RFC v3 6/9] mm: Allow to
  /// offline PageOffline() pages with a reference count of 0", steps 1 to 4 there. Written from
  /// mm/memory_hotplug.c, mm/page_isolation.c, mm/page_alloc.c (v5.4, v5.9, v6.12),
  /// drivers/virtio/virtio_mem.c (v5.9), drivers/hv/hv_balloon.c, drivers/xen/balloon.c and
  /// arch/powerpc/platforms/pseries/cmm.c (v5.4).
  ///
  /// The block has company: an application with a page of its own in it, which is migrated; pfn walkers;
  /// somebody else who isolates the block (`alloc_contig_range()`); and in some variants a memory error.
  ///
  /// Whether walkers take references on PageOffline pages is what aa218795cb5f assumes they don't, and
  /// no code of the kernel's makes it so: `walkers` is `.ordinaryPages` where a variant assumes it.
  ///
  /// What is left out: the locks that keep other hotplug out, and the per-CPU lists (model
  /// `pcp-isolation`). Docs/Models/memory-offline.md says why that is safe.
  public static let memoryOffline = Model(
    name: "memory-offline",
    summary: "May a block be taken offline while a driver has unplugged some of its pages?",
    sources: [
      "mail of David Hildenbrand, 18 October 2019, Re: [PATCH RFC v3 6/9] mm: Allow to offline "
        + "PageOffline() pages with a reference count of 0",
      "commit aa218795cb5f (v5.8) mm: Allow to offline unmovable PageOffline() pages via "
        + "MEM_GOING_OFFLINE",
    ],
    bounds: [MemoryOffline.pages, MemoryOffline.walkers, MemoryOffline.attempts],
    variants: MemoryOffline.variants, pieces: MemoryOffline.pieces,
    build: MemoryOffline.declare)
}

enum MemoryOffline {
  static let pages = Bound(
    "pages", "pages of the block that the driver unplugged", default: 1, large: 2, in: 1...4)
  static let walkers = Bound(
    "walkers", "pfn walkers", default: 1, large: 2, in: 1...4)
  static let attempts = Bound(
    "attempts", "how often somebody tries to take the block offline", default: 1, large: 2,
    in: 1...4)

  static let untouched = "no page without memory behind it is touched"
  static let regained = "after a failed offlining every PageOffline page has a reference"
  static let notFreed = "a page that its driver owns is on no free list"
  static let refused = "a block with a page that its driver keeps is not taken offline"
  static let underflow = "no page's reference count goes below 0"
  static let notIsolated = "a block with somebody else's unmovable page is not isolated"
  static let notTaken = "alloc_contig_range() takes no page that a driver owns"
  static let notInVain = "nothing is migrated for a range that can't be taken"
  static let poisonedOffline = "a block with a poisoned page in use is offline"
  static let notLeftIsolated = "the block is offline or isolated by nobody"
  static let notLost = "the application's page can be free"
  static let returns = "offline_pages() has returned"
  static let offlined = "the block is offline"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    enum GoingOffline: Sendable { case nothing, dropReference, releaseToBuddy }
    enum CancelOffline: Sendable { case nothing, regainReference, takeBack }
    enum Expectation: Sendable { case offline, refusal, either }

    var going = GoingOffline.dropReference
    var cancel = CancelOffline.regainReference
    var choices = OfflineChoices()
    /// Which pages walkers take references on.
    enum Walkers: Sendable { case none, ordinaryPages, everyPage }
    var walkers = Walkers.ordinaryPages
    /// Whether an application has a page in the block.
    var hasApplication = true
    /// Whether somebody else isolates the block, too.
    var hasIsolator = true
    /// Whether the application's page may be found to be bad.
    var hasMemoryErrors = false
    /// Whether the driver dropped its references when it unplugged the pages, as in RFC v3.
    var startsWithoutReference = false
    /// Whether `has_unmovable_pages()` stops others than memory offlining at any PageOffline page.
    var stopsEarly = true
    /// Whether the model asks what `alloc_contig_range()` migrates in vain.
    var asksForVainMigration = false
    /// Whether the hypervisor keeps memory behind the driver's pages.
    var isBacked = false
    /// Whether the driver's notifier counts its pages for `has_unmovable_pages()`.
    var countsForIsolation = false
    /// What should become of the block.
    var wants = Expectation.offline

    mutating func keepsReferenceAndSign() {
      (going, cancel) = (.nothing, .nothing)
      choices.scanRefusesReferenced = false
      choices.skipped = .offlineWithSign
    }

    mutating func hasNoReferences() {
      (going, cancel) = (.nothing, .nothing)
      startsWithoutReference = true
      asksForVainMigration = true
    }
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "upstream", "drop the reference in MEM_GOING_OFFLINE, regain it in MEM_CANCEL_OFFLINE",
      source: "virtio-mem, aa218795cb5f (v5.8)", expect: .holds),
    Variant(
      "today", "the same where the application's page may have a memory error",
      source: "v6.18", expect: .holds
    ) { $0.hasMemoryErrors = true },
    Variant(
      "poisoned-not-skipped",
      "test_pages_isolated() doesn't pass over poisoned pages, and no signal arrives",
      source: "before b023f46813cd (v3.8)", expect: .stuck(returns, steps: 2)
    ) {
      ($0.walkers, $0.hasIsolator) = (.none, false)
      $0.hasMemoryErrors = true
      $0.choices.signals = false
      $0.choices.skipsPoisoned = false
    },
    Variant(
      "release-to-buddy", "MEM_GOING_OFFLINE clears PageOffline and frees the pages",
      source: "mail of David Hildenbrand, 18 October 2019, step 2",
      expect: .violated(untouched, steps: 9)
    ) {
      $0.going = .releaseToBuddy
      $0.cancel = .nothing
    },
    Variant(
      "release-and-take-back", "the same, and MEM_CANCEL_OFFLINE tries to take the pages back",
      source: "mail of David Hildenbrand, 18 October 2019, step 4b",
      expect: .violated(untouched, steps: 9)
    ) {
      $0.going = .releaseToBuddy
      $0.cancel = .takeBack
    },
    Variant(
      "take-back-before-undo", "the same, with MEM_CANCEL_OFFLINE before the isolation is undone",
      source: "an alternative", expect: .holds
    ) {
      $0.going = .releaseToBuddy
      $0.cancel = .takeBack
      $0.choices.cancelsBeforeUndo = true
    },
    Variant(
      "release-backed-pages", "pages that still have memory behind them are freed",
      source: "CMM of v5.4, which can loan other pages", expect: .holds
    ) {
      $0.going = .releaseToBuddy
      $0.cancel = .nothing
      $0.isBacked = true
      $0.choices.unmovable = .passesOffline
    },
    Variant(
      "no-regain", "MEM_CANCEL_OFFLINE does not take the reference again",
      source: "piece removed", expect: .violated(regained, steps: 5)
    ) { $0.cancel = .nothing },
    Variant(
      "driver-without-notifier", "the driver keeps its reference; scan_movable_pages() gives up",
      source: "Hyper-V and Xen balloons", expect: .holds
    ) {
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.wants = .refusal
    },
    Variant(
      "zone-movable", "the same in ZONE_MOVABLE, where has_unmovable_pages() tests next to nothing",
      source: "Hyper-V and Xen balloons, in ZONE_MOVABLE", expect: .holds
    ) {
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.choices.unmovable = .passesAll
      $0.wants = .refusal
    },
    Variant(
      "no-scan-check", "scan_movable_pages() does not give up, and no signal arrives",
      source: "piece removed", expect: .stuck(returns, steps: 0)
    ) {
      // It goes round without anybody's help.
      ($0.walkers, $0.hasIsolator, $0.hasApplication) = (.none, false, false)
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.choices.scanRefusesReferenced = false
      $0.choices.signals = false
      $0.wants = .either
    },
    Variant(
      "no-scan-check-with-signals",
      "scan_movable_pages() does not give up, but a signal may arrive",
      source: "piece removed, with signals", expect: .holds
    ) {
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.choices.scanRefusesReferenced = false
      $0.wants = .refusal
    },
    Variant(
      "no-count-test-after-scan", "test_pages_isolated() does not look at the count; the scan does",
      source: "one piece removed: the scan refuses first", expect: .holds
    ) {
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.choices.skipped = .offline
      $0.wants = .refusal
    },
    Variant(
      "no-count-test", "neither the scan nor test_pages_isolated() looks at the count",
      source: "two pieces removed", expect: .assertionFailed(MemoryBlock.bugOnCount, steps: 9)
    ) {
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.choices.scanRefusesReferenced = false
      $0.choices.skipped = .offline
      $0.wants = .either
    },
    Variant(
      "strict-unmovable-test", "has_unmovable_pages() stops at every referenced page",
      source: "to v5.7, step 1 of the mail of 18 October 2019", expect: .holds
    ) {
      $0.choices.unmovable = .strict
      $0.wants = .refusal
    },
    Variant(
      "upstream-any-walker", "as upstream, and a pfn walker takes PageOffline pages too",
      source: "upstream without its assumption", expect: .violated(notFreed, steps: 5)
    ) { $0.walkers = .everyPage },
    Variant(
      "reference-and-sign",
      "the driver keeps its reference and sets a sign that says: may be skipped",
      source: "the alternative of RFC v3 6/9", expect: .holds
    ) { $0.keepsReferenceAndSign() },
    Variant(
      "reference-and-sign-any-walker", "the same, and a pfn walker takes PageOffline pages too",
      source: "the alternative without an assumption: no page is freed, but one may be referenced",
      expect: .assertionFailed(MemoryBlock.warnOnCount, steps: 10)
    ) {
      $0.keepsReferenceAndSign()
      $0.walkers = .everyPage
    },
    Variant(
      "count-zero", "the reference is dropped when a page is unplugged",
      source: "RFC v3 6/9, with walkers that leave PageOffline pages alone", expect: .holds
    ) { $0.hasNoReferences() },
    Variant(
      "count-zero-late-stop", "the same, and only test_pages_isolated() stops alloc_contig_range()",
      source: "RFC v3 6/9: \"make e.g. alloc_contig_range() stop early\"",
      expect: .violated(notInVain, steps: 2)
    ) {
      $0.hasNoReferences()
      $0.stopsEarly = false
    },
    Variant(
      "cmm-isolate-count", "the notifier counts its pages first, and one is freed and reused then",
      source: "MEM_ISOLATE_COUNT, v5.4", expect: .violated(notIsolated, steps: 6)
    ) {
      ($0.going, $0.cancel) = (.nothing, .nothing)
      $0.countsForIsolation = true
      $0.hasIsolator = false
      $0.isBacked = true
      $0.wants = .either
    },
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "stay-off-buddy", "MEM_GOING_OFFLINE gives no page to the buddy",
      source: "aa218795cb5f (v5.8)"
    ) { if $0.going == .dropReference { $0.going = .releaseToBuddy } },
    Piece(
      "regain-reference", "MEM_CANCEL_OFFLINE takes the reference again",
      source: "aa218795cb5f"
    ) { if $0.cancel == .regainReference { $0.cancel = .nothing } },
    Piece(
      "lenient-unmovable-test", "has_unmovable_pages() lets PageOffline pages pass",
      source: "aa218795cb5f"
    ) { if $0.choices.unmovable == .passesOffline { $0.choices.unmovable = .strict } },
    Piece(
      "scan-check", "scan_movable_pages() gives up on PageOffline pages with a reference",
      source: "aa218795cb5f"
    ) { $0.choices.scanRefusesReferenced = false },
    Piece(
      "count-test", "test_pages_isolated() passes PageOffline pages without a reference only",
      source: "aa218795cb5f"
    ) { if $0.choices.skipped == .offlineUnreferenced { $0.choices.skipped = .offline } },
    Piece(
      "skip-poisoned", "test_pages_isolated() passes over poisoned pages",
      source: "b023f46813cd (v3.8)"
    ) { if $0.hasMemoryErrors { $0.choices.skipsPoisoned = false } },
    Piece(
      "early-stop", "others than memory offlining stop at any PageOffline page",
      source: "RFC v3 6/9"
    ) { if $0.startsWithoutReference { $0.stopsEarly = false } },
  ]
}
