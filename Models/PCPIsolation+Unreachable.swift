import ModelChecking

extension PCPIsolation {
  /// What never happens in the variants that hold, and why.
  static func declareUnreachable(in system: SystemBuilder, _ design: Design, cpus: Int) {
    if design.nolock != .none {
      system.unreachable(
        "page_ref_dec_and_test", answer: false, of: "BPF on CPU",
        because: "nobody else has a reference to the page")
    }
    if !design.pieces.forcesDrain && design.allocator == .none {
      for cpu in 0..<cpus {
        system.unreachable(
          "spin_trylock_irqsave(pcp\(cpu))", answer: false, of: "free on CPU",
          because:
            "the drain takes pcp->lock of a CPU only where pcp->count is not 0, which is when the "
            + "only free there has been")
      }
    }
  }

  /// What is not needed in the variants that hold, and why.
  static func declareRedundant(in system: SystemBuilder, _ design: Design) {
    // Where nobody has zone->lock from one step to another, it makes no difference at all.
    let contended = [
      "free_one_page", "unset_migratetype_isolate", "set_migratetype_isolate", "__rmqueue",
      "free_pcppages_bulk", "test_pages_isolated",
    ]
    for section in design.contendsZoneLock ? contended : [] {
      system.redundant(
        section, .unlocked,
        because:
          "what is done under zone->lock is one step; who holds the lock longer changes one page")
    }
    limits(in: system, design)
    lists(in: system, design)
    isolation(in: system, design)
  }

  private static func limits(in system: SystemBuilder, _ design: Design) {
    for lock in ["mutex_lock(pcp_batch_high_lock)", "mutex_unlock(pcp_batch_high_lock)"] {
      system.redundant(
        lock, .swapped,
        because: design.otherWriter == .none
          ? "nobody else writes the limits"
          : "whoever comes between disables the lists first, or leaves them as usual")
    }
    for limit in ["pcp->batch = 1", "pcp->batch = 2"] {
      system.redundant(
        limit, .swapped, because: "nobody who reads one limit relates it to the other")
    }
    system.redundant(
      "zone_pcp_update", .leftOut, .swapped,
      because: "the limits that it writes for a moment only disable the lists")
  }

  private static func lists(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "list_add(&pcp->list)", .swapped,
      because:
        "who reads pcp->count without pcp->lock takes the lock before anything else, or skips a "
        + "list that is not disabled or has a free under way that will flush it")
    for (step, changes) in [
      ("the list is empty", [Mutation.Change.leftOut, .notWaiting]),
      ("spin_trylock_irqsave(pcp0)", [.alwaysNo]), ("list_empty(&pcp->list)", [.alwaysYes]),
    ] {
      for change in changes {
        system.redundant(
          step, change,
          because: "an allocation may take a page from the list, from the buddy, or none")
      }
    }
    system.redundant(
      "pcp->count >= pcp->high", .alwaysYes, because: "in the buddy a free page is always right")
    if design.allocator == .none && !design.pieces.forcesDrain {
      system.redundant(
        "pcp0", .unlocked,
        because:
          "a drain begins when the count is raised, and the free then only flushes what is left")
    }
    if design.drain == .work {
      system.redundant(
        "pcp0", .unlocked,
        because: "an allocation and a drain are one step in the section, and run on one CPU")
      system.redundant(
        "work is done", .swapped, because: "the list is drained by then")
    }
    system.redundant(
      "list_del, pcp->count--", .leftOut, because: "an allocation may also find nothing")
    guard design.nolock != .none else { return }
    for question in [
      "get_pfnblock_migratetype", "pcp->high == 0", "spin_trylock_irqsave(pcp0)",
    ] {
      system.redundant(
        question, .alwaysYes, .alwaysNo,
        because:
          "the buddy and zone->trylock_free_pages are both where test_pages_isolated() finds a page"
      )
    }
    system.redundant(
      "llist_add(&zone->trylock_free_pages)", .swapped, because: "that list needs no lock")
  }

  private static func isolation(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "set_migratetype_isolate", .swapped,
      because: "the order does not matter until somebody relies on it: isolate-before-disable")
    if !design.frees || design.allocator == .none {
      system.redundant(
        "zone_pcp_enable", .swapped,
        because: "nobody frees a page to the lists, and a refill leaves isolated pages alone")
    }
  }
}
