import KernelPages
import ModelChecking

extension Model {
  /// Does the life of a memory block hold together?
  ///
  /// One block goes online, is used, loses and regains pages to virtio-mem, goes offline or fails to,
  /// and goes online again, for ever. Meanwhile CPUs allocate, use and free its pages through their
  /// per-CPU lists, a pfn walker takes and drops references to any page, and a reader of
  /// /proc/kcore copies content. The pieces are those of the other models, put together.
  ///
  /// The fixed variant is what the seeds' discussions arrive at: `zone_pcp_disable()` around
  /// offlining (v5.11), `page_offline_rwsem` (v5.14), pages that start as PageOffline (v6.11), a
  /// reference that is let go in MEM_GOING_OFFLINE only, and, in place of the assumption that nobody
  /// takes a PageOffline page, a count that is frozen or else offlining refused.
  ///
  /// What is left out: a walker's and a reader's look at whether the section is online (they look at
  /// every page at any time, which admits more), the order of pages on a list, `mem_hotplug_lock`
  /// and virtio-mem's own lock (one actor does everything under them), and work items (a drain takes
  /// the per-CPU section from outside).
  public static let hotplugLifecycle = Model(
    name: "hotplug-lifecycle",
    summary: "Does a block hold together through online, use, unplug, offline and online again?",
    sources: [
      "mails of David Hildenbrand, 16 and 18 October 2019, Re: [PATCH RFC v3 6/9] mm: Allow to "
        + "offline PageOffline() pages with a reference count of 0",
      "David Hildenbrand, 7 June 2024, [PATCH v1 2/3] mm/memory_hotplug: initialize memmap of "
        + "!ZONE_DEVICE with PageOffline() instead of PageReserved() (503b158fc30f, v6.11)",
      "commit ec6e8c7e0314 (v5.11) mm, page_alloc: disable pcplists during memory offline",
      "commits 82840451936f, 6cc26d77613a, c6d9eee2a686 (v5.14), page_offline_rwsem",
    ],
    bounds: [
      HotplugLifecycle.pages, HotplugLifecycle.cpus, HotplugLifecycle.walkers,
      HotplugLifecycle.readers,
    ],
    variants: HotplugLifecycle.variants, pieces: HotplugLifecycle.pieces,
    build: HotplugLifecycle.declare)
}

enum HotplugLifecycle {
  static let pages = Bound("pages", "pages of the block", default: 1, large: 2, in: 1...4)
  static let cpus = Bound("cpus", "CPUs that allocate and free", default: 1, large: 1, in: 1...3)
  static let walkers = Bound("walkers", "pfn walkers", default: 1, large: 3, in: 0...3)
  static let readers = Bound("readers", "readers of /proc/kcore", default: 1, large: 1, in: 0...3)

  static let notFreed = "a page that virtio-mem owns is on no free list"
  static let underflow = "no page's reference count goes below 0"
  static let regained = "after a failed offlining every PageOffline page has a reference"
  static let untouched = "no page without memory behind it is touched"
  static let noBug = MemoryBlock.bugOn
  static let ownList = "a free page is on the buddy's list of its block's migratetype"
  static let managed = "managed_pages counts no page twice and none that is not there"
  static let handedOut = "no page of a relied-upon isolated block is handed out"
  static let offlined = "the block is offline"
  static let onlined = "the block is online with all pages plugged"

  /// The pieces of the fixed variant, each of which can be left out.
  struct Design: SwitchedDesign, Hashable {
    /// Offlining disables the per-CPU lists, or drains them once after the isolation.
    var disablesLists = true
    /// A flush reads the migratetype again under zone->lock.
    var rereadsMigratetype = true
    /// virtio-mem holds off readers while it marks pages.
    var holdsOffReaders = true
    /// MEM_GOING_OFFLINE freezes the count or refuses; otherwise it decrements whatever the count.
    var freezesCount = true
    /// The reference is let go in MEM_GOING_OFFLINE; otherwise when the page is unplugged.
    var keepsReference = true
    /// PageOffline stays until the block is offline; otherwise pages go to the buddy before that.
    var keepsOffline = true
    /// MEM_CANCEL_OFFLINE takes the reference again.
    var regainsReference = true
    /// The driver's callback leaves unplugged pages out when the block goes online.
    var onlinesPluggedOnly = true
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "fixed", "every piece is there", source: "v6.12, with a count that is frozen", expect: .holds),
    Variant(
      "no-pcp-disable", "offlining drains the per-CPU lists once, after the isolation",
      source: "v5.8 (M6.b)", expect: .violated(handedOut, steps: 26)
    ) { $0.disablesLists = false },
    Variant(
      "no-second-read", "a flush trusts the migratetype read before the section",
      source: "51bb1a4093cc undone (M6.g)", expect: .violated(ownList, steps: 25)
    ) { $0.rereadsMigratetype = false },
    Variant(
      "no-offline-lock", "virtio-mem marks pages without page_offline_begin()",
      source: "v5.13 (M3.r)", expect: .violated(untouched, steps: 21)
    ) { $0.holdsOffReaders = false },
    Variant(
      "decrement-at-going-offline", "MEM_GOING_OFFLINE decrements whatever the count is",
      source: "aa218795cb5f without its assumption (M1.h)", expect: .violated(notFreed, steps: 30)
    ) { $0.freezesCount = false },
    Variant(
      "decrement-at-unplug", "the reference is dropped when the page is unplugged",
      source: "RFC v3 without its hook (M1.a)", expect: .violated(notFreed, steps: 25)
    ) { $0.keepsReference = false },
    Variant(
      "release-to-buddy", "MEM_GOING_OFFLINE gives unplugged pages to the buddy",
      source: "the alternative of 18 October 2019 (M2.a)", expect: .violated(untouched, steps: 29)
    ) { $0.keepsOffline = false },
    Variant(
      "no-regain", "MEM_CANCEL_OFFLINE does not take the reference again",
      source: "piece removed (M2.b2)", expect: .violated(regained, steps: 32)
    ) { $0.regainsReference = false },
    Variant(
      "online-everything", "the driver's callback gives every page to the buddy",
      source: "generic_online_page() (M4.a)", expect: .violated(untouched, steps: 43)
    ) { $0.onlinesPluggedOnly = false },
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "pcp-disable", "offlining disables the per-CPU lists from before the isolation to its end",
      source: "ec6e8c7e0314 (v5.11)"
    ) { $0.disablesLists = false },
    Piece(
      "second-read", "a flush reads the migratetype again under zone->lock",
      source: "51bb1a4093cc (v3.18)"
    ) { $0.rereadsMigratetype = false },
    Piece(
      "offline-lock", "virtio-mem holds off readers while it marks pages",
      source: "6cc26d77613a (v5.14)"
    ) { $0.holdsOffReaders = false },
    Piece(
      "freeze-count", "MEM_GOING_OFFLINE freezes the count or refuses", source: "M1.l"
    ) { $0.freezesCount = false },
    Piece(
      "keep-reference", "the driver's reference is kept until MEM_GOING_OFFLINE",
      source: "aa218795cb5f (v5.8)"
    ) { $0.keepsReference = false },
    Piece(
      "keep-offline", "PageOffline stays set until the block is offline",
      source: "aa218795cb5f (v5.8)"
    ) { $0.keepsOffline = false },
    Piece(
      "regain-reference", "MEM_CANCEL_OFFLINE takes the reference again",
      source: "aa218795cb5f (v5.8)"
    ) { $0.regainsReference = false },
    Piece(
      "callback-decides",
      "the driver's callback leaves unplugged pages out when the block goes online",
      source: "virtio_mem_online_page_cb() (v5.8)"
    ) { $0.onlinesPluggedOnly = false },
  ]
}
