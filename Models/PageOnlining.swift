import KernelPages
import ModelChecking

extension Model {
  /// `online_pages()` asks a callback what to do with each page of a hot-added block. Until then the
  /// page is marked PG_reserved (to v6.10) or PageOffline (v6.11) and has one reference. virtio-mem
  /// holds unplugged pages back, Hyper-V those that the host doesn't back yet, Xen all of them; each
  /// brings its pages to the allocator later.
  ///
  /// Seed: David Hildenbrand, "[PATCH v1 2/3] mm/memory_hotplug: initialize memmap of !ZONE_DEVICE
  /// with PageOffline() instead of PageReserved()", 7 June 2024, and its review. Kernel functions:
  /// `online_pages()` and `memmap_init_range()` (mm/memory_hotplug.c, mm/mm_init.c),
  /// `__free_pages_core()` (mm/page_alloc.c), drivers/virtio/virtio_mem.c, drivers/hv/hv_balloon.c
  /// and drivers/xen/balloon.c, v5.8 to v6.12.
  ///
  /// What is left out: orders above 0, so a mixed chunk is several pages; per-CPU lists, which a
  /// free for the first time passes by; `page_offline_rwsem`, see `dump-reader`; present pages and
  /// zonelists; taking pages back into Hyper-V's balloon; migration, so a page in use makes
  /// offlining wait. Walkers keep to the LRU unless a variant says otherwise: what others do to
  /// PageOffline pages is the matter of `put-page-race` and `memory-offline`.
  ///
  /// The lengths are larger than those that are told in mails, which count from the middle of a story
  /// and take `__free_pages_core()` for one step. Here it is four: the mark, the count, the managed
  /// pages, the list.
  ///
  /// - 12 for 2. Memmap and migratetype, virtio-mem's mutex and flag, the four steps, the section
  ///   and the isolation come before the allocation; the touch is a step of its own.
  /// - 21 for 4. The block is onlined first, and the request is taken up by 4 steps.
  /// - 9 for 7, which begin with the callback: 2 steps set the memmap up.
  /// - `virtio-mem-inverted` needs a page that was onlined and unplugged before its 11 steps are those
  ///   of `virtio-mem-any-walker`.
  /// - it takes both the section test and `ha_lock`, or the guard of v6.11 for one of them.
  ///   The guard replaces the test, but not the lock: it is a check before an act, and the other
  ///   onliner may run in between once the block went offline and online again. Without a test or
  ///   guard, `handle_pg_range()` frees pages whose memmap is not even set up.
  /// - without PG_reserved the mark is needed no more (`virtio-mem-all-freed`). It is needed
  ///   on top of `virtio-mem-stays-reserved`, from which `virtio-mem-no-dirty-mark` takes it away.
  ///
  /// Xen has its memory backed before a page leaves the balloon. `free_reserved_page()` sets the count to 1 by a plain store, so walkers do to it what
  /// `virtio-mem-any-walker` shows of virtio-mem, before v6.11 as well: PG_reserved is cleared first.
  public static let pageOnlining = Model(
    name: "page-onlining",
    summary: "Does each page of a hot-added block get to the allocator once, and only with memory?",
    sources: [
      "mail of David Hildenbrand, 7 June 2024, [PATCH v1 2/3] mm/memory_hotplug: initialize memmap "
        + "of !ZONE_DEVICE with PageOffline() instead of PageReserved(), and the review by Oscar "
        + "Salvador",
      "commit 503b158fc30f (v6.11) mm/memory_hotplug: initialize memmap of !ZONE_DEVICE with "
        + "PageOffline() instead of PageReserved()",
      "commits 13c526540b6d and 50625744220c (v6.11) mm: pass meminit_context to "
        + "__free_pages_core(); mm/memory_hotplug: skip adjust_managed_page_count() for "
        + "PageOffline() pages when offlining",
    ],
    bounds: [PageOnlining.pages, PageOnlining.walkers],
    variants: PageOnlining.variants, fix: "virtio-mem", pieces: PageOnlining.pieces,
    build: PageOnlining.declare)
}

enum PageOnlining {
  static let pages = Bound("pages", "pages of the hot-added block", default: 1, large: 2, in: 1...3)
  static let walkers = Bound("walkers", "pfn walkers", default: 1, large: 3, in: 1...3)

  static let touchesMemory = "nobody touches a page that has no memory behind it"
  static let notFreed = "a page that a driver owns is on no free list"
  static let underflow = "no page's reference count goes below 0"
  static let leak = "no page is leaked by bad_page()"
  static let onlinedOnce = HotAddedMemory.onlinedOnce
  static let notEarly = "no page is used before its block is online"
  static let managed = "managed_pages is the number of the allocator's pages"
  static let noSurprise = "no block goes offline with pages that its driver keeps"
  static let noTypeFree = "no page is put on a free list with a type"
  static let keptIsMarked = "a page that its driver keeps is PageOffline"
  static let pluggedOnlined =
    "a page of an online block is the allocator's if and only if it is plugged"
  static let dirtyIsDrivers = "a page that is PG_dirty is the driver's"
  static let usable = "the block is online, and its pages can be had"
  static let calledBack = "the callback gives a page to the allocator"
  static let broughtOnline = "a page of an online block is given to the allocator"
  static let allOnlined = "every page is the allocator's"
  static let backedOnlined = "every page that has memory is the allocator's"
  static let partlyOfflined = "a block with a page that was never onlined goes offline"
  static let offlined = "the block goes offline"
  static let dumped = "a crash dump contains the memmap"
  static let saved = "a hibernation image contains the memmap"
  static let memmapKept = "a page that holds its block's memmap is not freed"
  static let memmapStays = "no block that holds a memmap is isolated"
  static let noOwner = "page_owner is asked of no page that was never allocated"
  static let notMapped = "numa_maps counts no page that is not the process's own"
  static let noType = "no page that has a type is mapped, as the type lies where _mapcount does"
  static let givenBack = "KVM has given back every reference"

  /// The choices that tell the variants apart.
  struct Design: Hashable, Sendable {
    /// Whose pages they are.
    enum Subject: Sendable {
      /// Ordinary memory, all of it backed: there is no driver.
      case ordinary
      case virtioMem
      case hyperV
      case xen
      /// Pages that hold the block's own memmap (`mhp_init_memmap_on_memory()`).
      case vmemmap
      /// ZONE_DEVICE: never onlined.
      case deviceMemory
      /// What memblock frees at boot.
      case bootMemory

      /// Whether its pages go by `online_pages()`, and nothing else is asked.
      var isOnlined: Bool {
        switch self {
        case .ordinary, .virtioMem, .hyperV, .xen: true
        case .vmemmap, .deviceMemory, .bootMemory: false
        }
      }
    }

    /// Which pages walkers take a reference on.
    enum Walkers: Sendable {
      /// Those on the LRU, which is what aa218795cb5f takes for granted.
      case onLRU
      /// Whatever has a reference.
      case any
      /// Whatever has a reference and is not PG_reserved.
      case unreserved
    }

    var subject = Subject.ordinary
    /// What the memmap's pages are marked with.
    var mark = HotAddedMemory.Mark.offline
    /// What `__free_pages_core()` clears, where that is not the mark.
    var clears: HotAddedMemory.Mark?
    var online = OnlineChoices()
    var offline = OfflineChoices()
    /// Whether somebody tries to take the block offline again.
    var offlines = true
    /// Whether offlining subtracts skipped PageOffline pages from the managed ones.
    var subtractsSkipped = false
    var walkers = Walkers.onLRU
    /// Whether `free_pages_check()` is made at each free.
    var checksFrees = false
    /// Whether every page that has memory must be able to get to the allocator, always.
    var wantsAllBacked = false
    /// Whether `mhp_init_memmap_on_memory()` clears PageOffline.
    var clearsVmemmap = true
    /// Whether a hugetlb page asks for PageVmemmapSelfHosted before it gives up its memmap.
    var testsSelfHosted = true
    /// Whether KVM tells pages of ZONE_DEVICE from reserved ones.
    var kvmKnowsZoneDevice = true
    var virtioMem = VirtioMemBlock.Choices()
    var hyperV = HyperVBalloon.Choices()

    /// The same with some choices made otherwise.
    func with(_ change: (inout Design) -> Void) -> Design {
      var copy = self
      change(&copy)
      return copy
    }
  }
}

extension PageOnlining.Design {
  /// v6.11 and on.
  static let ordinary = PageOnlining.Design()
  static let virtioMem = ordinary.with {
    $0.subject = .virtioMem
    $0.online.refusals = true
    $0.offline.refusals = true
  }
  static let hyperV = ordinary.with { $0.subject = .hyperV }
  static let xen = ordinary.with { $0.subject = .xen }
  static let vmemmap = ordinary.with { $0.subject = .vmemmap }
  static let zoneDevice = ordinary.with {
    $0.subject = .deviceMemory
    $0.mark = .reserved
  }
  static let boot = ordinary.with {
    $0.subject = .bootMemory
    $0.mark = .reserved
    $0.checksFrees = true
  }

  /// The same as it was before v6.11.
  var old: PageOnlining.Design {
    with {
      $0.mark = .reserved
      $0.subtractsSkipped = true
      $0.virtioMem.addsManaged = true
      $0.virtioMem.subtractsManaged = true
      $0.hyperV.onlinesOfflineOnly = false
    }
  }
}
