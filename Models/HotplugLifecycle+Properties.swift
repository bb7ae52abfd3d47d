import KernelPages
import ModelChecking

// What must be true of the block, what never happens where everything holds, and what is not needed.

extension HotplugLifecycle {
  static func properties(of life: BlockLife, in system: SystemBuilder) {
    let block = life.block
    system.invariant(notFreed) { s in
      block.pages.allSatisfy { s[$0.owner] != .driver || s[$0.freeList] == .none }
    }
    system.invariant(underflow) { s in block.pages.allSatisfy { s[$0.refcount] >= 0 } }
    system.invariant(regained, when: { s in s[life.memory.result] == .cancelled }) { s in
      block.pages.allSatisfy { s[$0.type] != .offline || s[$0.refcount] > 0 }
    }
    system.invariant(marked, severity: .warning) { s in
      block.pages.allSatisfy { s[$0.isBacked] || s[$0.type] == .offline }
    }
    system.invariant(dirtyIsDrivers) { s in
      block.pages.allSatisfy { !s[$0.isDirty] || s[$0.owner] == .driver }
    }
    system.invariant(Page.listsAgree) { s in block.pages.allSatisfy { $0.listsAgree(s) } }
    system.invariant(Page.offLRU) { s in block.pages.allSatisfy { $0.isOffLRU(s) } }
    system.invariant(AnonymousMapping.migratesOffLRU) { s in
      block.pages.enumerated().allSatisfy { number, page in
        life.mappings.allSatisfy { $0.migratesOffLRU(page, number: number, s) }
      }
    }
    system.invariant(ownList) { s in
      block.pages.allSatisfy {
        !s[$0.freeList].isBuddy || s[$0.freeList] == .buddy(s[block.migratetype])
      }
    }
    system.invariant(PageBlock.freePagesAgree) { s in block.freePagesAgree(s) }
    system.invariant(ZonePCP.usualLimits) { s in life.zone.hasUsualLimits(s) }
    system.invariant(MemoryBlock.sectionFirst) { s in life.memory.sectionFirst(s) }
    system.goal(offlined) { s in s[life.memory.result] == .offline }
    system.goal(onlined, .alwaysReachable) { s in
      s[life.added.isOnline] && s[block.migratetype] == .movable
        && block.pages.allSatisfy { s[$0.freeList] == .buddy(.movable) && s[$0.isBacked] }
    }
  }

  /// What never happens where everything holds.
  static func unreachable(in system: SystemBuilder) {
    system.unreachable(
      "set_migratetype_isolate", answer: false,
      because: "nobody else isolates the block, and only PG_reserved is tested in ZONE_MOVABLE")
    system.unreachable(
      "folio_isolate_lru", answer: false,
      because: "a page with a reference stays on the LRU until hotplug isolates it")
    system.unreachable(
      "scan_movable_pages", answer: true,
      because: "MEM_GOING_OFFLINE has frozen the count of every PageOffline page at 0, or refused")
  }

  /// What is not needed where everything holds.
  static func redundant(in system: SystemBuilder, cpus: Int) {
    pcpLists(in: system, cpus: cpus)
    allocationAndMigration(in: system)
    driver(in: system)
    system.redundant(
      "isolation is relied upon", .leftOut,
      because:
        "it is no code of the kernel's: from there on it is claimed that no page is handed out")
    system.redundant(
      "offlining failed", .swapped, because: "it is no code of the kernel's: it notes the end")
    system.redundant(
      "rcu_read_unlock", .swapped, in: "walker",
      because: "who puts the page within the read section only holds up offlining a little longer")
  }

  private static func pcpLists(in system: SystemBuilder, cpus: Int) {
    for cpu in 0..<cpus {
      system.redundant(
        "pcp\(cpu)", .unlocked, in: "rmqueue_pcplist",
        because:
          "what it does to the list is one step here, and who is in the middle of a free has "
          + "interrupts off on this CPU")
      system.redundant(
        "spin_unlock_irqrestore(pcp\(cpu))", .swapped, in: "rmqueue_pcplist",
        because: "who keeps the section longer only keeps others out of it")
    }
    system.redundant(
      "drain_pages_zone", .unlocked, in: "drain_all_pages",
      because:
        "what it does to the list is one step here, and a free that is under way reads pcp->high "
        + "after it has counted its page: it flushes that itself")
    system.redundant(
      "list_add(&pcp->list)", .swapped,
      because: "both are in the section, and who reads pcp->count outside only drains in vain")
    system.redundant(
      "get_pfnblock_migratetype", .alwaysNo,
      because:
        "offlining disables the lists, and alloc_contig_range() gives up where a page is on one")
    for (name, change, function) in [
      ("drain_all_pages", Mutation.Change.leftOut, "alloc_contig_range"),
      ("drain_pages_zone", .leftOut, "drain_all_pages"),
      ("pcp->count != 0", .alwaysNo, "drain_all_pages"),
    ] {
      system.redundant(
        name, change, in: function,
        because: "alloc_contig_range() gives up where a page is on a per-CPU list")
    }
    for lock in ["mutex_lock(pcp_batch_high_lock)", "mutex_unlock(pcp_batch_high_lock)"] {
      system.redundant(lock, .swapped, because: "nobody else writes the limits: pcp-isolation")
    }
  }

  private static func allocationAndMigration(in system: SystemBuilder) {
    system.redundant(
      "set_pte_at", .swapped, in: "do_anonymous_page",
      because: "who finds the page mapped and not on the LRU yet leaves it and tries again")
    system.redundant(
      "zap_pte_range", .alwaysNo,
      because: "a page that its application keeps is migrated like any other")
    system.redundant(
      "folio_ref_count(folio) == 1", .alwaysYes,
      because: "the count guards the content against who has a reference; the page itself is freed "
        + "by the last of them, migrated or not")
    system.redundant(
      "folio_putback_lru", .leftOut,
      because: "what is on no LRU isn't migrated, and offlining tries again until it is freed")
    system.redundant(
      "isolate_freepages_range", .swapped, in: "alloc_contig_range",
      because: "a page that is not free yet makes it give up, and the device asks again")
    system.redundant(
      "__page_cache_release", .swapped, in: "free_contig_range",
      because: "a page that was taken from the buddy is on no LRU")
  }

  private static func driver(in system: SystemBuilder) {
    system.redundant(
      "set_page_count", .swapped, in: "__free_pages_core",
      because: "the section is not online yet, and no walker is left who found it so before")
    system.redundant(
      "adjust_managed_page_count", .swapped,
      because: "nobody reads managed_pages but who changes it, when MEM_GOING_OFFLINE is answered")
    system.redundant(
      "page_offline_begin", .swapped, in: "virtio_mem_set_fake_offline",
      because:
        "it waits for those who read before the mark, wherever that is set before the memory "
        + "goes")
    system.redundant(
      "unset_migratetype_isolate", .swapped, in: "alloc_contig_range",
      because: "the page is the driver's by then, and is on no list")
    system.redundant(
      "virtio_mem_clear_fake_offline", .swapped, in: "hotplug",
      because: "nobody frees the page before the driver puts it, after both")
    system.redundant(
      "MEM_CANCEL_OFFLINE", .swapped, in: "offline_pages",
      because: "a page without a reference is on no list, and nobody finds it, isolated or not")
  }
}
