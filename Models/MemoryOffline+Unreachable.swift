import KernelPages
import ModelChecking

extension MemoryOffline {
  /// What never happens in a variant that holds, and why. True at all bounds.
  static func unreachable(in system: SystemBuilder, _ design: Design) {
    scan(in: system, design)
    othersIsolation(in: system, design)
    if design.choices.unmovable == .strict {
      system.unreachable(
        "set_migratetype_isolate", answer: true, of: "offline_pages",
        because: "the driver's page has a reference and is on no LRU, so it is unmovable")
    }
    if !design.hasMemoryErrors {
      system.unreachable(
        "folio_isolate_lru", answer: false,
        because: "a page with a reference stays on the LRU until somebody isolates it, who then "
          + "has the block isolated")
    }
    if design.going == .releaseToBuddy { release(in: system, design) }
    redundant(in: system, design)
  }

  /// What the block's company does that this model's questions don't depend on.
  private static func redundant(in system: SystemBuilder, _ design: Design) {
    system.redundant(
      "PageLRU", .alwaysYes, in: "migrate_pages",
      because: "folio_isolate_lru() asks again, with a reference")
    system.redundant(
      "PageHWPoison", .alwaysNo,
      because:
        "memory_failure() keeps a reference to a page in use; one that it finds on its way to a "
        + "list may be poisoned after the hook has looked as well")
    if design.going == .nothing {
      system.redundant(
        "MEM_CANCEL_OFFLINE", .swapped, because: "the driver does nothing when it is called")
    }
    system.redundant(
      "folio_ref_count(folio) == 1", .alwaysYes,
      because: "the count guards the content against who has a reference; the page itself is freed "
        + "by the last of them, migrated or not")
    system.redundant(
      "folio_putback_lru", .leftOut, .swapped,
      because: "what is on no LRU isn't migrated, and offlining tries again until it is freed")
    system.redundant(
      "do_anonymous_page", .swapped,
      because: "who finds the page mapped and not on the LRU yet leaves it and tries again")
    system.redundant(
      "isolate_freepages_range", .swapped, because: "a range that is not free yet is tried again")
    system.redundant(
      "free_contig_range", .swapped,
      because: "pages of an isolated block are freed to its isolate list and leave it with others")
  }

  private static func scan(in system: SystemBuilder, _ design: Design) {
    let choices = design.choices
    let scan = "scan_movable_pages"
    if !choices.scanRefusesReferenced {
      system.unreachable(
        scan, answer: true, because: "the scan looks at no page's count in this variant")
    } else if design.keepsReference {
      system.unreachable(
        scan, answer: false,
        because: "the driver keeps its reference, so the scan gives up at the block's first page")
    } else {
      system.unreachable(
        scan, answer: true,
        because: design.going == .releaseToBuddy
          ? "MEM_GOING_OFFLINE leaves no page PageOffline"
          : "the driver has no reference to a PageOffline page then, and walkers take none")
    }
    if design.keepsReference && choices.skipped == .offlineUnreferenced {
      system.unreachable(
        "test_pages_isolated", answer: true,
        because: "the driver keeps its reference, and PageOffline pages with one are not skipped")
    }
  }

  /// `alloc_contig_range()` for the whole block, with the driver's pages.
  private static func othersIsolation(in system: SystemBuilder, _ design: Design) {
    let actor = "alloc_contig_range"
    if design.startsWithoutReference {
      system.unreachable(
        "PageOffline", answer: false, of: actor,
        because: "the driver's pages are PageOffline from beginning to end")
    } else if design.keepsReference || design.choices.unmovable == .strict
      || design.choices.cancelsBeforeUndo
    {
      system.unreachable(
        "set_migratetype_isolate", answer: true, of: actor,
        because: "the driver has its references whenever the block is not isolated already")
    } else if design.going == .dropReference {
      system.unreachable(
        "isolate_freepages_range", answer: true, of: actor,
        because: "the driver's pages, which the larger range has in it, are on no free list")
    }
  }

  /// Where MEM_GOING_OFFLINE frees the driver's pages.
  private static func release(in system: SystemBuilder, _ design: Design) {
    system.unreachable(
      "MEM_GOING_OFFLINE", answer: false,
      because: "walkers take no reference to the driver's pages, so its own is the last; and pages "
        + "are PageOffline where none was released before or all were taken back")
    if design.cancel == .takeBack {
      system.unreachable(
        "rmqueue", of: "application",
        because: "the driver takes its pages back before the isolation is undone")
    } else {
      system.unreachable(
        "free_contig_range", answer: false, of: "alloc_contig_range",
        because: "walkers keep to the application's page, so nobody else has a reference to others")
    }
  }
}

extension MemoryOffline.Design {
  /// Whether the driver has its references from beginning to end.
  fileprivate var keepsReference: Bool { going == .nothing && !startsWithoutReference }
}
