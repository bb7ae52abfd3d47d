import ModelChecking

/// `alloc_contig_range()` (mm/page_alloc.c, v5.8 to v6.12) for pages that are free: takes exactly
/// these pages off the buddy's lists, or fails.
///
/// One step for isolation, test and removal. Pages in use are not migrated but make it fail; what
/// may happen to them in between is asked by other models.
public func allocContigRange(_ pages: [Page], for owner: Page.Owner = .driver) -> Condition {
  Condition("alloc_contig_range", collapsing: .zoneLock) { s in
    guard pages.allSatisfy({ s[$0.freeList] == .buddy(.movable) }) else { return false }
    for page in pages {
      s[page.freeList] = .none
      s[page.type] = .none
      s[page.refcount] = 1
      s[page.owner] = owner
    }
    return true
  }
}

/// `free_contig_range()` (mm/page_alloc.c, v5.8 to v6.12): puts each page, and frees those whose
/// last reference that was. From the first put on a page is no longer the caller's.
@StepsBuilder public func freeContigRange(_ pages: [Page], _ path: FreePath) -> Steps {
  Call("free_contig_range") {
    for page in pages {
      If(pageRefDecAndTest(page).also { s, _ in s[page.owner] = .none }) { freePage(page, path) }
    }
  }
}
