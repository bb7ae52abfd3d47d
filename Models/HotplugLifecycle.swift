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
  /// The fixed variant is what the mails' discussions arrive at, and two things more, without which it is
  /// violated: walkers look at the section and take their reference within one RCU read section, for
  /// which offlining waits; and a page goes to the allocator by a put, never by a store of its count. No
  /// kernel does either. Upstream assumes instead that nobody takes a reference on a PageOffline page, and
  /// that no walker is held up while a section goes offline and online again.
  ///
  /// What is left out: a reader's look at whether the section is online (it looks at every page at any
  /// time, which admits more), the order of pages on a list, `mem_hotplug_lock` and virtio-mem's own lock
  /// (one actor does everything under them), and work items (a drain takes the per-CPU section from
  /// outside). Docs/Models/hotplug-lifecycle.md says why that is safe.
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
  static let walkers = Bound("walkers", "pfn walkers", default: 1, large: 1, in: 0...3)
  static let readers = Bound("readers", "readers of /proc/kcore", default: 1, large: 1, in: 0...3)

  static let notFreed = "a page that virtio-mem owns is on no free list"
  static let underflow = "no page's reference count goes below 0"
  static let regained = "after a failed offlining every PageOffline page has a reference"
  static let untouched = "no page without memory behind it is touched"
  static let ownList = "a free page is on the buddy's list of its block's migratetype"
  static let managed =
    "managed_pages is the number of the allocator's pages when a block goes offline"
  static let marked = "a page without memory is PageOffline"
  static let dirtyIsDrivers = "a page that is PG_dirty is the driver's"
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
    /// Walkers look at the section and take a reference within an RCU read section, and offlining waits
    /// for a grace period. Otherwise a walker may be held up between the two.
    var walksInReadSection = true
    /// A page that was never onlined is freed by a put; otherwise by generic_online_page(), which stores
    /// 0 as its count.
    var putsToFree = true
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "fixed", "every piece is there", source: "v6.12, with a count that is frozen", expect: .holds),
    Variant(
      "no-pcp-disable", "offlining drains the per-CPU lists once, after the isolation",
      source: "v5.8", expect: .violated(handedOut, steps: 29)
    ) { $0.disablesLists = false },
    Variant(
      "no-second-read", "a flush trusts the migratetype read before the section",
      source: "51bb1a4093cc undone", expect: .violated(ownList, steps: 28)
    ) { $0.rereadsMigratetype = false },
    Variant(
      "no-offline-lock", "virtio-mem marks pages without page_offline_begin()",
      source: "v5.13", expect: .violated(untouched, steps: 22)
    ) { $0.holdsOffReaders = false },
    Variant(
      "decrement-at-going-offline", "MEM_GOING_OFFLINE decrements whatever the count is",
      source: "aa218795cb5f without its assumption",
      expect: .violated(notFreed, steps: 35, warnings: [marked: 35])
    ) { $0.freezesCount = false },
    Variant(
      "decrement-at-unplug", "the reference is dropped when the page is unplugged",
      source: "RFC v3 without its hook", expect: .violated(notFreed, steps: 30)
    ) { $0.keepsReference = false },
    Variant(
      "release-to-buddy", "MEM_GOING_OFFLINE gives unplugged pages to the buddy",
      source: "the alternative of 18 October 2019",
      expect: .violated(untouched, steps: 30, warnings: [marked: 27])
    ) { $0.keepsOffline = false },
    Variant(
      "no-regain", "MEM_CANCEL_OFFLINE does not take the reference again",
      source: "piece removed", expect: .violated(regained, steps: 33)
    ) { $0.regainsReference = false },
    Variant(
      "online-everything", "the driver's callback gives every page to the buddy",
      source: "generic_online_page()",
      expect: .violated(untouched, steps: 46, warnings: [marked: 43])
    ) { $0.onlinesPluggedOnly = false },
    Variant(
      "held-up-walker", "a walker is held up between pfn_to_online_page() and its reference",
      source: "every release: nothing orders the two", expect: .violated(underflow, steps: 33)
    ) { $0.walksInReadSection = false },
    Variant(
      "store-to-free",
      "a page that was never onlined goes by generic_online_page() when it is plugged",
      source: "virtio_mem_fake_online() (v5.8)", expect: .violated(underflow, steps: 55)
    ) { $0.putsToFree = false },
    Variant(
      "today", "the kernel as it is, under walkers that take any page at any time",
      source: "v6.18", expect: .violated(notFreed, steps: 33, warnings: [marked: 33])
    ) {
      $0.freezesCount = false
      $0.walksInReadSection = false
      $0.putsToFree = false
    },
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
      "freeze-count", "MEM_GOING_OFFLINE freezes the count or refuses",
      source: "a mechanism in place of the assumption"
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
    Piece(
      "walk-in-read-section",
      "walkers look and take their reference within RCU, and offlining waits for them",
      source: "in place of the assumption that no walker is held up"
    ) { $0.walksInReadSection = false },
    Piece(
      "put-to-free", "a page that was never onlined is freed by a put",
      source: "in place of virtio-mem's PG_dirty (v5.8)"
    ) { $0.putsToFree = false },
  ]
}
