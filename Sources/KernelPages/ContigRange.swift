import ModelChecking

/// `alloc_contig_range()` (mm/page_alloc.c, v5.8 to v6.12) for pages that are free: takes exactly
/// these pages off the buddy's lists, or fails.
///
/// One step for isolation, test and removal. Pages in use are not migrated but make it fail; what
/// may happen to them in between is asked by other models.
public func allocContigRange(
  _ pages: [Page], of block: PageBlock, for owner: Page.Owner = .driver
) -> Condition {
  takeRange(pages, of: block, from: .movable, as: "alloc_contig_range", for: owner)
}

/// `alloc_contig_range()` step by step for one page, which may be in use: the block is isolated, the
/// per-CPU lists are drained once, the page is migrated and taken if it is free then.
///
/// The lists are not disabled meanwhile (to v6.12), so the page may be missed.
///
/// - Parameter migrate: what is tried with a page in use.
@StepsBuilder public func allocContigPage(
  _ page: Page, zone: ZonePCP, migrating migrate: (Page) -> Steps,
  @StepsBuilder succeeded: () -> Steps
) -> Steps {
  Call("alloc_contig_range") {
    If(setMigratetypeIsolate(zone.block)) {
      drainAllPages(zone, force: false)
      migrate(page)
      If(
        takeRange(
          [page], of: zone.block, from: .isolate, as: "isolate_freepages_range", for: .driver)
      ) {
        unsetMigratetypeIsolate(zone.block)
        succeeded()
      } otherwise: {
        unsetMigratetypeIsolate(zone.block)
      }
    }
  }
}

/// Takes pages off one of the buddy's lists if all of them are on it.
private func takeRange(
  _ pages: [Page], of block: PageBlock, from list: MigrateType, as name: String,
  for owner: Page.Owner
) -> Condition {
  let fields = block.buddyFields(of: pages) + pages.map(\.refcount)
  return Condition(name, .section(fields, taking: block.zoneLock)) { s in
    guard pages.allSatisfy({ s[$0.freeList] == .buddy(list) }) else { return false }
    for page in pages {
      block.removeFromBuddy(page, &s)
      s[page.refcount] = 1
    }
    return true
  }.noting { s, isTaken in
    if isTaken { for page in pages { s[page.owner] = owner } }
  }
}

/// `free_contig_range()` (mm/page_alloc.c, v5.8 to v6.12): puts each page, and frees those whose
/// last reference that was. From the first put on a page is no longer the caller's.
///
/// - Parameter note: bookkeeping on ghost fields, done at once with the put of a page.
@StepsBuilder public func freeContigRange(
  _ pages: [Page], _ path: FreePath,
  noting note: @escaping @Sendable (Page, inout Books) -> Void = { _, _ in }
) -> Steps {
  Call("free_contig_range") {
    for page in pages {
      let put = pageRefDecAndTest(page).noting { s, _ in
        s[page.owner] = .none
        note(page, &s)
      }
      If(put) { freePage(page, path) }
    }
  }
}
