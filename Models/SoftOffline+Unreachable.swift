import ModelChecking

extension SoftOffline {
  /// What never happens in the variants that hold, and why.
  static func declareUnreachable(in system: SystemBuilder, _ design: Design) {
    pagesInUse(in: system, design)
    if design.takesOff { pagesTakenOff(in: system) }
    if design.dances { dances(in: system, design) }
    if design.lists != .none { lists(in: system, design) }
    others(in: system, design)
    if design.isOfOnePage { onePage(in: system) }
    redundant(in: system, design)
  }

  /// The page is in use at first, and the hook meets it where it is let go.
  private static func pagesInUse(in system: SystemBuilder, _ design: Design) {
    guard design.isInUse, design.hook else { return }
    let keptOff =
      "the page is poisoned before its last reference goes, and free_pages_prepare() keeps it off the lists"
    for allocation in ["rmqueue", "list_del, pcp->count--", "check_new_page drops the page"] {
      system.unreachable(allocation, of: "allocator", because: keptOff)
    }
    system.unreachable("PageBuddy", answer: true, of: "compaction", because: keptOff)
    for user in ["allocator", "compaction"] {
      system.unreachable(
        "PageHWPoison", answer: true, of: user, because: "a page that it has is not soft offlined")
    }
    if design.hasSparePage {
      system.unreachable(
        "PageHWPoison", of: "pfn walker",
        because: "a page that soft offline let go of is poisoned, and the other one never is")
    }
    for actor in ["soft offline", "soft offline of page"] {
      system.unreachable(
        "PageHWPoison", answer: false, of: actor,
        because: "where its put is the last, it has poisoned the page")
    }
    system.unreachable(
      "PageDirty", answer: design.start == .clean, because: "of these pages none is")
    if design.start != .saved {
      system.unreachable(
        "page_ref_dec_and_test", answer: true, of: "soft offline",
        because: "where it gives up, the page cache still has a reference")
    }
    if design.start == .thp && design.splitsTHP {
      system.unreachable(
        "PageCompound", answer: true, because: "the page is split before soft offline lets it go")
    }
  }

  /// The page is free when it is poisoned.
  private static func pagesTakenOff(in system: SystemBuilder) {
    let isOff = "a page is poisoned when it is on no list and nobody has it"
    system.unreachable("check_new_page drops the page", because: isOff)
    system.unreachable("PageHWPoison", answer: true, because: isOff)
  }

  private static func dances(in system: SystemBuilder, _ design: Design) {
    let isIsolated = "the page stays on the list of isolated pages, from which nobody allocates"
    system.unreachable("rmqueue", of: "allocator", because: isIsolated)
    system.unreachable(
      "check_new_page drops the page", of: "allocator",
      because: design.others.contains(.walkers)
        ? "the other page in the buddy is not poisoned" : isIsolated)
    system.unreachable("set_hwpoison_free_buddy_page", answer: false, because: isIsolated)
  }

  private static func lists(in system: SystemBuilder, _ design: Design) {
    let flushes = "pcp->count >= pcp->high"
    if design.lists != .disabled && !design.getsPage {
      system.unreachable(flushes, answer: true, because: "nobody disables the lists")
    }
    if design.getsPage {
      system.unreachable(
        flushes, answer: true, of: "soft offline",
        because: "get_hwpoison_page() enables the lists before it drops its reference")
    }
    if design.lists == .disabled && design.start == .huge {
      system.unreachable(
        flushes, answer: false, of: "soft offline",
        because: "the lists are disabled while the page is dissolved")
      system.unreachable(
        flushes, answer: true, of: "allocator",
        because:
          "a page is on a list when it has been dissolved; after the last nobody disables the lists"
      )
    }
  }

  private static func others(in system: SystemBuilder, _ design: Design) {
    if !design.dances && !design.others.contains(.offliner) {
      for (question, answer) in [
        ("suitable_migration_target", false), ("get_pfnblock_migratetype", true),
      ] {
        system.unreachable(question, answer: answer, because: "nobody isolates the block")
      }
    }
    if design.others.contains(.offliner) {
      system.unreachable(
        "set_migratetype_isolate", answer: false,
        because: "nobody else isolates the block, and it is in ZONE_MOVABLE")
    }
    if !design.others.contains(.walkers) && !design.getsPage && !design.isOfOnePage {
      system.unreachable(
        "page_ref_dec_and_test", answer: false, because: "nobody else takes references to pages")
    }
  }

  private static func onePage(in system: SystemBuilder) {
    for (question, answer) in [("TestClearPageLRU", false), ("page_count == 1", true)] {
      system.unreachable(
        question, answer: answer, because: "nobody else is at the page while one has mf_mutex")
    }
    system.unreachable(
      "get_page_unless_zero", answer: false, of: "soft offline",
      because: "whoever has mf_mutex leaves the page with a reference")
    system.unreachable(
      "PageHWPoison", answer: true, of: "soft offline",
      because: "nobody poisons the page while another has mf_mutex")
    system.unreachable(
      "page->mapping", answer: false, of: "soft offline",
      because: "the page leaves the page cache only to be poisoned before mf_mutex is given back")
  }

  /// What is not needed here, and why.
  private static func redundant(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "num_poisoned_pages_inc", .swapped, because: "nobody who reads the counter looks at the page")
    if design.takesOff {
      system.redundant(
        "page_ref_inc", .swapped, because: "the page is on no list, and nobody has it")
    }
    system.redundant(
      "return -EBUSY", .swapped, because: "a result is known to the caller, and a put to others")
    system.redundant(
      "page_ref_unfreeze", .swapped,
      because: "soft offline has a reference of its own, and asks PageCompound only after both")
    if design.isOfOnePage {
      system.redundant(
        "TestClearPageLRU", .alwaysYes, because: "nobody else takes the page off the LRU")
      system.redundant(
        "SetPageLRU", .swapped, because: "nobody else takes the page off the LRU")
      system.redundant(
        "PageHWPoison", .alwaysNo,
        because: "it is asked twice; the first time only saves taking a reference")
    }
    if design.dances {
      system.redundant(
        "set_pageblock_migratetype(mt)", .swapped,
        because: "it moves no page: the poisoned one stays on the list of isolated pages")
      system.redundant(
        "SetPageHWPoison", .swapped,
        because:
          "without the hook it is the same whether a page is poisoned before it is freed or after")
      for step in ["__put_page", "free_one_page"] where design.others.contains(.walkers) {
        system.redundant(
          step, .leftOut, because: "a poisoned page that is on no list can't be handed out")
      }
    }
    if design.lists != .none { redundantLists(in: system, design) }
  }

  private static func redundantLists(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "list_add(&pcp->list)", .swapped,
      because: "who is in the section of the list can't be interrupted")
    for lock in ["mutex_lock(pcp_batch_high_lock)", "mutex_unlock(pcp_batch_high_lock)"] {
      system.redundant(lock, .swapped, because: "nobody else writes the limits")
    }
    system.redundant("nothing to take", because: "an allocation that takes nothing tries again")
    guard design.getsPage else { return }
    for step in ["drain_all_pages", "drain_pages_zone", "pcp->count >= pcp->high"] {
      system.redundant(
        step,
        because:
          "either gets the page from the list to the buddy: the drain, or the flush after an "
          + "allocation; in time, a page that is allocated and freed comes there as well")
    }
    system.redundant(
      "get_pfnblock_migratetype", .alwaysYes,
      because: "the buddy is always a right place for a free page")
  }
}
