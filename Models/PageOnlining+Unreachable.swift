import KernelPages
import ModelChecking

// What never happens in a proof, and why. A sentence speaks of the variants that hold.

extension PageOnlining {
  /// - Parameters:
  ///   - pages: how many pages the block has.
  ///   - covered: how many of them have memory from the start.
  static func stateUnreachable(
    in system: SystemBuilder, _ design: Design, pages: Int, covered: Int
  ) {
    switch design.subject {
    case .ordinary:
      system.unreachable(
        "scan_movable_pages", answer: true,
        because: "no page is PageOffline any more once its block is online")
    case .virtioMem: virtioMemUnreachable(in: system, design)
    case .hyperV: hyperVUnreachable(in: system, design, covered: covered)
    case .xen: xenUnreachable(in: system, design)
    case .vmemmap: vmemmapUnreachable(in: system, design, pages: pages)
    case .deviceMemory:
      system.unreachable(
        "page_ref_dec_and_test", answer: true,
        because: "the reference that memmap_init_range() gave stays as long as the device does")
    case .bootMemory:
      system.unreachable(
        "free_pages_check: flags", answer: false,
        because: "__free_pages_core() has just cleared PG_reserved")
      system.unreachable(
        "free_pages_check", answer: false, because: "memmap_init_range() gave boot memory no type")
    }
  }

  private static func virtioMemUnreachable(in system: SystemBuilder, _ design: Design) {
    guard design.walkers == .onLRU else { return }
    system.unreachable(
      "scan_movable_pages", answer: true,
      because: "MEM_GOING_OFFLINE has dropped the driver's reference to each PageOffline page, and "
        + "walkers take none, since no such page is on the LRU")
    system.unreachable(
      "page_ref_dec_and_test", answer: false, of: "virtio-mem",
      because: "the driver's reference to a page that it took is the only one, since no such page "
        + "is on the LRU")
  }

  private static func hyperVUnreachable(
    in system: SystemBuilder, _ design: Design, covered: Int
  ) {
    system.unreachable(
      "has_pfn_is_backed", answer: false, of: "hot_add_req",
      because: "handle_pg_range() has just covered the page that it wants online")
    switch design.mark {
    case .reserved:
      system.unreachable(
        "PageOffline", answer: true, of: "memory hotplug",
        because:
          "memmap_init_range() made the page PG_reserved before v6.11, and handle_pg_range() "
          + "leaves it alone until its section is online")
      system.unreachable(
        "scan_movable_pages", answer: true,
        because: "a PageOffline page is PG_reserved as well before v6.11, so the isolation fails "
          + "before the scan")
    case .offline:
      system.unreachable(
        "PageOffline", answer: false, of: "memory hotplug",
        because: design.hyperV.testsSection
          ? "memmap_init_range() marked the page, and handle_pg_range() leaves it alone until its "
            + "section is online"
          : "memmap_init_range() marked the page, and handle_pg_range() clears no page that isn't "
            + "backed")
      if covered > 0 && design.offlines {
        system.unreachable(
          "scan_movable_pages", answer: true,
          because: "the first pages are backed from the start, so they aren't PageOffline once "
            + "their block is online")
      }
    }
    if design.hyperV.testsSection {
      system.unreachable(
        "PageOffline", answer: false, of: "hot_add_req",
        because: "hv_online_page() marked whatever wasn't backed before the section was online")
    }
    if covered > 0 {
      system.unreachable(
        "has_pfn_is_backed", answer: false, of: "memory hotplug",
        because: "the first pages have memory from the start")
    }
    guard design.hyperV.waitsForOnline else { return }
    system.unreachable(
      "online_section_nr", answer: false,
      because: "hv_mem_hot_add() has waited until the section is online, and it stays so here")
    system.unreachable(
      "has_pfn_is_backed", answer: true, of: "memory hotplug",
      because: "a page without memory is covered after hv_mem_hot_add() has waited for its callback"
    )
  }

  private static func xenUnreachable(in system: SystemBuilder, _ design: Design) {
    switch design.mark {
    case .reserved:
      system.unreachable(
        "PageOffline", answer: true, of: "memory hotplug",
        because: "memmap_init_range() made the page PG_reserved before v6.11")
    case .offline:
      system.unreachable(
        "PageOffline", answer: false, of: "memory hotplug",
        because: "memmap_init_range() marked the page, and nobody finds it before the callback")
    }
    system.unreachable(
      "PageOffline", answer: true, of: "balloon_process",
      because: "decrease_reservation() asks of a page that the allocator handed out")
    guard design.walkers == .onLRU else { return }
    system.unreachable(
      "page_ref_dec_and_test", answer: false, of: "balloon_process",
      because: "free_reserved_page() has just set the count to 1, and the page is not on the LRU")
  }

  private static func vmemmapUnreachable(
    in system: SystemBuilder, _ design: Design, pages: Int
  ) {
    if pages > 1 {
      system.unreachable(
        "page_ref_dec_and_test", answer: false, of: "process",
        because:
          "walkers look at the first page only, so the process has the last reference to others")
    }
    // Each question is about one page.
    system.unreachable(
      "PageReserved", answer: true,
      because: "pages of the block are not reserved when a process has them"
        + (design.mark == .offline ? ", and the memmap is not reserved since v6.11" : ""))
    system.unreachable(
      "PageReserved", answer: false,
      because: "boot memory stays reserved"
        + (design.mark == .reserved ? ", and so does the memmap before v6.11" : ""))
    system.unreachable(
      "PageBuddy", answer: true, because: "neither the memmap nor boot memory is the allocator's")
    system.unreachable(
      "test_bit(PAGE_EXT_OWNER_ALLOCATED)", answer: true,
      because: "nobody has allocated the memmap from the buddy")
    system.unreachable(
      "PageVmemmapSelfHosted", answer: false,
      because: "mhp_init_memmap_on_memory() sets it before the section is online")
    system.unreachable(
      "get_page_unless_zero", answer: false, because: "the memmap keeps its one reference")
    system.unreachable(
      "page_ref_dec_and_test", answer: true,
      because:
        "the memmap keeps its one reference, and a process that maps a page into a guest has "
        + "one of its own")
    if design.mark == .offline {
      system.unreachable(
        "set_migratetype_isolate", answer: true,
        because: "has_unmovable_pages() finds the memmap's reference")
    }
  }
}
