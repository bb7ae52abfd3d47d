import KernelPages
import ModelChecking

// What changes no verdict where it is left out, swapped or weakened, and why.

extension PageOnlining {
  static func stateRedundant(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "memmap_init_range", .swapped, because: "nobody finds the block before its section is online")
    if design.walkers == .onLRU {
      system.redundant(
        "set_page_count", .swapped,
        because: "nobody looks at the count of a page that was never on the LRU")
      system.redundant(
        "online_mem_sections", .swapped,
        because: "nobody gets at a page that is neither on the LRU nor in a block that can be "
          + "allocated from")
      system.redundant(
        "offline_mem_sections", .swapped,
        because: "nobody gets at a page of an isolated block that is not on the LRU")
    }
    switch design.subject {
    case .virtioMem:
      for name in ["vm->hotplug_active = true", "vm->hotplug_active = false"] {
        system.redundant(
          name, .swapped, because: "who asks for it holds hotplug_mutex around both")
      }
      system.redundant(
        "vm->hotplug_active = true", .leftOut,
        because: "MEM_ONLINE doesn't ask; it is needed where another notifier refuses afterwards")
      system.redundant(
        "adjust_managed_page_count", .swapped,
        because: "the count is right whenever hotplug_mutex is free")
      if design.virtioMem.routing == .allFreed {
        system.redundant(
          "set_page_count", .swapped,
          because: "pages are only onlined before their section is, and nobody finds them then")
      }
      for name in ["MEM_ONLINE", "MEM_CANCEL_OFFLINE"] {
        system.redundant(
          name, .swapped, because: "the driver doesn't look at the block's migratetype")
      }
      if design.walkers == .onLRU {
        for name in ["PageDirty", "SetPageDirty", "ClearPageDirty"] {
          system.redundant(
            name,
            because: "both ways do the same to a page that nobody else has a reference to: "
              + "virtio-mem-any-walker and virtio-mem-inverted")
        }
      }
      system.redundant(
        "virtio_mem_sbm_unplug_sb", .swapped, because: "hotplug_mutex is held around both")
      system.redundant(
        "ClearPageReserved", .swapped, because: "hotplug_mutex is held around both")
      system.redundant(
        "SetPageDirty", .swapped, because: "hotplug_mutex is held around both")
    case .xen:
      for name in [
        "list_add(&page->lru)", "list_del(&page->lru)", "adjust_managed_page_count",
        "XENMEM_populate_physmap", "XENMEM_decrease_reservation",
      ] {
        system.redundant(
          name, .swapped, because: "balloon_mutex is held around both, and nobody else has the page"
        )
      }
      system.redundant(
        "balloon_mutex", .unlocked, in: "xen_online_page",
        because: "nobody finds the page before its callback, and list_add() is one step here")
      system.redundant(
        "XENMEM_decrease_reservation", .leftOut,
        because:
          "memory that stays behind a page of the balloon is lost to the host, and hurts nobody")
    case .vmemmap, .deviceMemory:
      for name in ["makedumpfile", "saveable_page"] {
        system.redundant(
          name, .notWaiting, because: "who looks before there is a memmap finds nothing to save")
      }
      system.redundant(
        "SetPageVmemmapSelfHosted", .swapped,
        because: "nobody finds the memmap before its section is online")
      system.redundant(
        "set_page_owner", .leftOut,
        because:
          "fewer pages are asked what they were allocated for, and what was allocated is right")
      if design.mark == .reserved {
        system.redundant(
          "memmap_init_range", .leftOut, in: "move_pfn_range_to_zone",
          because:
            "before v6.11 __free_pages_core() sets all that this model has of a page, whatever it "
            + "was before")
        system.redundant(
          "PageReserved", .alwaysNo, in: "pfn walker",
          because: "a reference to the memmap's page that is given back does it no harm")
      }
    case .bootMemory:
      system.redundant(
        "memmap_init_range", .leftOut,
        because:
          "__free_pages_core() sets all that this model has of a page, whatever it was before")
    case .hyperV: hyperVRedundant(in: system, design)
    case .ordinary: break
    }
    if design.subject == .ordinary || design.subject == .hyperV || design.subject == .vmemmap
      || design.subject == .bootMemory
    {
      system.redundant(
        "adjust_managed_page_count", .swapped,
        because: "who reads managed_pages doesn't look at the page, and the sum is right after both"
      )
      system.redundant(
        "set_page_count", .swapped, because: "nobody finds the page before it is free")
    }
  }
  private static func hyperVRedundant(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "covered_end_pfn += pgs_ol", .swapped, in: "handle_pg_range",
      because: "it has one writer here, who goes by it under ha_lock and after that")
    if design.hyperV.onlinesOfflineOnly {
      system.redundant(
        "online_section_nr", .alwaysYes,
        because: "v6.11 leaves alone what isn't PageOffline, which a page without a memmap is not: "
          + "hyper-v-no-section-test")
    }
    if design.hyperV.waitsForOnline {
      system.redundant(
        "ha_lock", .unlocked, in: "handle_pg_range",
        because:
          "the callback has been there when hv_mem_hot_add() goes on, and it doesn't come again")
    }
  }
}
