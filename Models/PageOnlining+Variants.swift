import KernelPages
import ModelChecking

extension PageOnlining {
  static let variants: [Variant<Design>] =
    ordinaryVariants + virtioMemVariants + hyperVVariants
    + xenVariants + memmapVariants

  private static let ordinaryVariants: [Variant<Design>] = [
    Variant(
      "ordinary", "no driver: generic_online_page() for every page, v6.11",
      source: "503b158fc30f (v6.11)", expect: .holds, design: .ordinary),
    Variant(
      "not-isolated", "the same, and pages are allocatable while the block is onlined",
      source: "v5.9 and before, without isolation", expect: .violated(notEarly, steps: 8),
      design: Design.ordinary.old.with { $0.online.isolates = false }),
    Variant(
      "early-context", "a hot-added page is freed as at boot: PG_reserved is cleared",
      source: "without 13c526540b6d", expect: .violated(leak, steps: 7),
      design: Design.ordinary.with {
        $0.clears = .reserved
        $0.checksFrees = true
      }),
  ]

  private static let virtioMemVariants: [Variant<Design>] = [
    Variant(
      "virtio-mem", "the callback decides, PG_dirty routes; walkers keep to the LRU",
      source: "v6.11", expect: .holds, design: .virtioMem),
    Variant(
      "today", "virtio-mem as it is; walkers keep to the LRU", source: "v6.18", expect: .holds,
      design: .virtioMem),
    Variant(
      "virtio-mem-old", "the same with PG_reserved, and the driver adjusts managed_pages",
      source: "v5.11 to v6.10", expect: .holds, design: .virtioMem.old),
    Variant(
      "virtio-mem-no-callback", "generic_online_page() for every page of a half-plugged block",
      source: "the default callback",
      expect: .violated(touchesMemory, steps: 12, warnings: [pluggedOnlined: 12]),
      design: Design.virtioMem.with { $0.virtioMem.callbackDecides = false }),
    Variant(
      "virtio-mem-any-walker", "a walker holds a reference while __free_pages_core() stores 0",
      source: "set_page_count() wipes out a reference",
      expect: .violated(underflow, steps: 21),
      design: Design.virtioMem.with {
        $0.walkers = .any
        $0.offlines = false
      }),
    Variant(
      "virtio-mem-no-dirty-mark", "PG_dirty is not kept, and PG_reserved still set",
      source: "before v6.11, free_contig_range() of a reserved page",
      expect: .violated(leak, steps: 17),
      design: Design.virtioMem.old.with {
        $0.virtioMem.routing = .allFreed
        $0.virtioMem.clearsReserved = false
        $0.checksFrees = true
      }),
    Variant(
      "virtio-mem-all-freed",
      "PG_dirty is not kept since v6.11: every page goes by free_contig_range(), under any walker",
      source: "what is left of it without PG_reserved", expect: .holds,
      design: Design.virtioMem.with {
        $0.virtioMem.routing = .allFreed
        $0.walkers = .any
        $0.offlines = false
      }),
    Variant(
      "virtio-mem-inverted", "pages from alloc_contig_range() go by generic_online_page()",
      source: "PG_dirty lost the other way", expect: .violated(underflow, steps: 37),
      design: Design.virtioMem.with {
        $0.virtioMem.routing = .inverted
        $0.walkers = .any
        $0.offlines = false
      }),
    Variant(
      "virtio-mem-counts-twice", "the driver counts what generic_online_page() counted",
      source: "\"if the driver also adjusts\"", expect: .violated(managed, steps: 22),
      design: Design.virtioMem.with { $0.virtioMem.countsTwice = true }),
    Variant(
      "virtio-mem-stays-reserved", "pages that are not onlined keep PG_reserved",
      source: "has_unmovable_pages() and the FIXME of v5.8 to v6.10",
      expect: .goalUnreachable(partlyOfflined),
      design: Design.virtioMem.old.with { $0.virtioMem.clearsReserved = false }),
    Variant(
      "virtio-mem-not-added", "before v6.11, MEM_GOING_OFFLINE doesn't add to managed_pages",
      source: "managed_pages, the first half", expect: .violated(managed, steps: 25),
      design: Design.virtioMem.old.with { $0.virtioMem.addsManaged = false }),
    Variant(
      "virtio-mem-not-subtracted",
      "before v6.11, MEM_CANCEL_OFFLINE doesn't subtract from managed_pages",
      source: "managed_pages, the second half", expect: .violated(managed, steps: 25),
      design: Design.virtioMem.old.with { $0.virtioMem.subtractsManaged = false }),
    Variant(
      "virtio-mem-subtracts-skipped", "v6.11, but offlining subtracts skipped pages as well",
      source: "without 50625744220c", expect: .violated(managed, steps: 23),
      design: Design.virtioMem.with { $0.subtractsSkipped = true }),
    Variant(
      "virtio-mem-no-cancel-online", "the driver doesn't hear of MEM_CANCEL_ONLINE",
      source: "virtio_mem_memory_notifier_cb() (v5.8), piece removed",
      expect: .lockMisused(
        "memory hotplug takes 'vm->hotplug_mutex', which it already holds", steps: 8),
      design: Design.virtioMem.with { $0.virtioMem.handlesCancelOnline = false }),
    Variant(
      "virtio-mem-cancel-unasked", "the driver cancels what it was not asked before",
      source: "without hotplug_active (v5.8): another notifier refused first",
      expect: .lockMisused(
        "memory hotplug does not hold 'vm->hotplug_mutex', as it must here", steps: 4),
      design: Design.virtioMem.with { $0.virtioMem.testsHotplugActive = false }),
    Variant(
      "virtio-mem-no-reference", "pages of a new memmap have no reference",
      source: "without the memmap's reference", expect: .violated(underflow, steps: 15),
      design: Design.virtioMem.with { $0.online.refcount = 0 }),
  ]

  private static let hyperVVariants: [Variant<Design>] = [
    Variant(
      "hyper-v", "both onliners run under ha_lock, and online PageOffline pages only",
      source: "v6.11", expect: .holds, design: .hyperV),
    Variant(
      "hyper-v-old", "both onliners run under ha_lock, and online whatever is backed",
      source: "before v6.11", expect: .holds, design: .hyperV.old),
    Variant(
      "hyper-v-old-no-section-test",
      "before v6.11, and handle_pg_range() doesn't look at the section",
      source: "neither test nor guard", expect: .violated(Page.listsAgree, steps: 10),
      design: Design.hyperV.old.with { $0.hyperV.testsSection = false }),
    Variant(
      "hyper-v-no-section-test", "handle_pg_range() doesn't look at the section, v6.11",
      source: "the guard in place of the test", expect: .holds,
      design: Design.hyperV.with { $0.hyperV.testsSection = false }),
    Variant(
      "hyper-v-no-lock", "v6.11 without ha_lock",
      source: "the guard alone is a check before an act",
      expect: .violated(onlinedOnce, steps: 27),
      design: Design.hyperV.with { $0.hyperV.locks = false }),
    Variant(
      "hyper-v-old-no-lock", "before v6.11, without ha_lock",
      source: "the lock", expect: .violated(onlinedOnce, steps: 14),
      design: Design.hyperV.old.with { $0.hyperV.locks = false }),
    Variant(
      "hyper-v-missed", "the page is backed after the callback and before the section is online",
      source: "nobody onlines it", expect: .stuck(backedOnlined, steps: 9),
      design: Design.hyperV.with {
        $0.wantsAllBacked = true
        $0.offlines = false
      }),
    Variant(
      "hyper-v-waits", "the same, and the host's pages are looked at when the block is online",
      source: "hv_mem_hot_add() without its timeout", expect: .holds,
      design: Design.hyperV.with {
        $0.wantsAllBacked = true
        $0.offlines = false
        $0.hyperV.waitsForOnline = true
      }),
    Variant(
      "hyper-v-no-reference", "pages of a new memmap have no reference",
      source: "without the memmap's reference", expect: .violated(noSurprise, steps: 14),
      design: Design.hyperV.with { $0.online.refcount = 0 }),
  ]

  private static let xenVariants: [Variant<Design>] = [
    Variant(
      "xen", "pages go into the balloon and from there to the allocator; walkers keep to the LRU",
      source: "v6.11", expect: .holds, design: .xen),
    Variant(
      "xen-old", "the same with PG_reserved", source: "before v6.11", expect: .holds,
      design: .xen.old),
    Variant(
      "xen-unreserved-walker", "walkers skip PG_reserved pages, and ballooned pages are not",
      source: "mail of David Hildenbrand, 7 June 2024, on pages that aren't reserved",
      expect: .violated(underflow, steps: 19),
      design: Design.xen.with {
        $0.walkers = .unreserved
        $0.offlines = false
      }),
    Variant(
      "xen-old-unreserved-walker",
      "the same before v6.11: ballooned pages are PG_reserved at first",
      source: "mail of David Hildenbrand, 7 June 2024, \"that can already happen\"",
      expect: .violated(underflow, steps: 20),
      design: Design.xen.old.with {
        $0.walkers = .unreserved
        $0.offlines = false
      }),
  ]

  private static let memmapVariants: [Variant<Design>] = [
    Variant(
      "vmemmap",
      "a block that holds its own memmap, which is not PG_reserved, and who asks for that",
      source: "review by Oscar Salvador, June 2024", expect: .holds,
      under: [.lkmm: .violated(underflow, steps: 14)], design: .vmemmap),
    Variant(
      "vmemmap-old", "the same with a memmap that is PG_reserved",
      source: "before v6.11", expect: .holds,
      under: [.lkmm: .violated(underflow, steps: 13)], design: .vmemmap.old),
    Variant(
      "vmemmap-stays-offline", "mhp_init_memmap_on_memory() doesn't clear PageOffline",
      source: "dump tools skip the memmap", expect: .goalUnreachable(dumped),
      design: Design.vmemmap.with { $0.clearsVmemmap = false }),
    Variant(
      "vmemmap-no-reference", "the memmap's page has no reference",
      source: "mail of David Hildenbrand, 7 June 2024, \"neither movable nor LRU\" needs a count",
      expect: .violated(memmapStays, steps: 13),
      design: Design.vmemmap.with { $0.online.refcount = 0 }),
    Variant(
      "vmemmap-no-reference-old", "the same with PG_reserved, which stops has_unmovable_pages()",
      source: "before v6.11", expect: .holds,
      design: Design.vmemmap.old.with { $0.online.refcount = 0 }),
    Variant(
      "vmemmap-given-up", "a hugetlb page gives up its memmap wherever that is",
      source: "before 66361095129b (v6.0), with the memmap of v6.11",
      expect: .violated(memmapKept, steps: 14),
      design: Design.vmemmap.with { $0.testsSelfHosted = false }),
    Variant(
      "zone-device", "pages of ZONE_DEVICE stay PG_reserved, and KVM maps them",
      source: "\"leave the ZONE_DEVICE case alone\"", expect: .holds, design: .zoneDevice),
    Variant(
      "zone-device-taken-for-reserved", "KVM doesn't put a reserved page of ZONE_DEVICE",
      source: "before a78986aae9b2 (v5.4)", expect: .stuck(givenBack, steps: 4),
      design: Design.zoneDevice.with { $0.kvmKnowsZoneDevice = false }),
    Variant(
      "zone-device-offline", "pages of ZONE_DEVICE are PageOffline, which nobody clears",
      source: "what the patch doesn't do", expect: .violated(noType, steps: 3),
      design: Design.zoneDevice.with { $0.mark = .offline }),
    Variant(
      "boot", "memblock's pages lose PG_reserved: MEMINIT_EARLY",
      source: "13c526540b6d (v6.11)", expect: .holds, design: .boot),
    Variant(
      "boot-hotplug-context", "memblock's pages are freed as hot-added ones",
      source: "without 13c526540b6d", expect: .violated(leak, steps: 5),
      design: Design.boot.with { $0.clears = .offline }),
  ]

  /// What each driver's onlining is made of. A piece is there only where its driver is.
  static let pieces: [Piece<Design>] = [
    Piece(
      "isolate", "the block is isolated until all of it is online", source: "v5.11"
    ) { $0.online.isolates = false },
    Piece(
      "first-reference", "a page of a new memmap has a reference",
      source: "without the memmap's reference"
    ) { $0.online.refcount = 0 },
    Piece(
      "skip-in-accounting", "offlining leaves skipped pages out of managed_pages",
      source: "50625744220c (v6.11)"
    ) { if $0.mark == .offline { $0.subtractsSkipped = true } },
    Piece(
      "callback-decides", "virtio-mem's callback leaves unplugged pages out", source: "v5.8"
    ) { if $0.subject == .virtioMem { $0.virtioMem.callbackDecides = false } },
    Piece(
      "dirty-mark", "virtio-mem tells by PG_dirty how to give a page to the allocator",
      source: "v5.8"
    ) { if $0.subject == .virtioMem { $0.virtioMem.routing = .allFreed } },
    Piece(
      "going-offline-adds", "MEM_GOING_OFFLINE counts unplugged pages as managed",
      source: "v5.8 to v6.10"
    ) { $0.virtioMem.addsManaged = false },
    Piece(
      "cancel-subtracts", "MEM_CANCEL_OFFLINE takes them out of the count again",
      source: "v5.8 to v6.10"
    ) { $0.virtioMem.subtractsManaged = false },
    Piece("ha-lock", "both of Hyper-V's onliners hold ha_lock", source: "503b158fc30f (v6.11)") {
      if $0.subject == .hyperV { $0.hyperV.locks = false }
    },
    Piece(
      "section-test", "handle_pg_range() onlines pages of online sections only",
      source: "503b158fc30f (v6.11)"
    ) {
      if $0.subject == .hyperV { $0.hyperV.testsSection = false }
    },
    Piece(
      "offline-guard", "hv_page_online_one() leaves pages alone that are not PageOffline",
      source: "503b158fc30f (v6.11)"
    ) { if $0.subject == .hyperV { $0.hyperV.onlinesOfflineOnly = false } },
  ]
}
