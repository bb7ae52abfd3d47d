import ModelChecking

// How a page loses its content without being freed. The caller holds a reference and the page cache
// another; the count can't be frozen while there are more.

/// `invalidate_inode_page()` (mm/truncate.c, v5.4 to v5.14): drops a clean page from the page
/// cache, and answers whether it could.
///
/// - Parameter mayBeOut: whether the page may have left the page cache already.
public func invalidateInodePage(_ page: Page, mayBeOut: Bool = false) -> Condition {
  Condition(call: "invalidate_inode_page") {
    if mayBeOut {
      If(!pageMapping(page)) { Return(false) }
    }
    If(pageDirty(page)) { Return(false) }
    leavePageCache(page, clearsMapping: mayBeOut)
  }
}

/// `migrate_pages()` with MR_MEMORY_FAILURE for one page (mm/migrate.c, v5.10 to v6.19): moves the
/// content to another page, and answers whether it could. The old page is not freed.
///
/// One pass: a pass that fails changes nothing, so later ones add no behaviour.
///
/// - Parameter mayBeOut: whether the page may have left the page cache already. One that nobody else has
///   a reference to was freed meanwhile, and counts as migrated.
public func migratePages(_ page: Page, mayBeOut: Bool = false) -> Condition {
  Condition(call: "migrate_pages") {
    if mayBeOut {
      If(Condition("page_count == 1", .load(page.refcount, .relaxed)) { $0 == 1 }) { Return(true) }
      If(!pageMapping(page)) { Return(false) }
    }
    leavePageCache(page, clearsMapping: mayBeOut)
  }
}

private func pageMapping(_ page: Page) -> Condition {
  Condition("page->mapping", .load(page.hasMapping)) { $0 }
}

/// `try_to_split_thp_page()` (mm/memory-failure.c, v5.10 to v6.19): makes single pages of a transparent huge
/// page, and answers whether it could. The caller's reference is dropped where it could not.
///
/// The count is frozen at the references of the page cache and of the caller.
public func trySplitTHPPage(_ page: Page, _ path: FreePath) -> Condition {
  Condition(call: "try_to_split_thp_page") {
    If(pageRefFreeze(page, 2)) {
      Step("ClearPageCompound", .store(page.isCompound)) { false }
      pageRefUnfreeze(page, 2)
      Return(true)
    }
    putPage(page, path)
    Return(false)
  }
}

/// `isolate_lru_page()` (mm/vmscan.c, v5.4 to v6.19): takes the page off its LRU list with a reference, and
/// answers whether it was on one.
public func isolateLRUPage(_ page: Page) -> Condition {
  Condition(call: "isolate_lru_page") {
    If(
      !Condition("TestClearPageLRU", .atomic(page.isOnLRU)) { isOnLRU in
        defer { isOnLRU = false }
        return isOnLRU
      }
    ) { Return(false) }
    pageRefInc(page)
    Return(true)
  }
}

/// `putback_lru_page()` (mm/vmscan.c, v5.4 to v6.19): puts an isolated page back, and drops the reference.
@StepsBuilder public func putbackLRUPage(_ page: Page, _ path: FreePath) -> Steps {
  Call("putback_lru_page") {
    Step("SetPageLRU", .store(page.isOnLRU, .relaxed)) { true }
    putPage(page, path)
  }
}

/// What `remove_mapping()` (mm/vmscan.c) and `migrate_page_move_mapping()` (mm/migrate.c) have in
/// common: the count is frozen, the mapping is changed, and the caller's reference remains.
@StepsBuilder private func leavePageCache(_ page: Page, clearsMapping: Bool) -> Steps {
  let freeze = pageRefFreeze(page, 2).noting { s, frozen in if frozen { s[page.owner] = .none } }
  If(!freeze) { Return(false) }
  if clearsMapping {
    Step("page->mapping = NULL", .store(page.hasMapping)) { false }
      .asserting("a page leaves the page cache with its count frozen") { s in s[page.refcount] == 0
      }
  }
  pageRefUnfreeze(page, 1)
  Return(true)
}
