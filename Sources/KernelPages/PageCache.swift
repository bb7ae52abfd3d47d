import ModelChecking

// How a page loses its content without being freed. The caller holds a reference and the page cache
// another; the count can't be frozen while there are more.

/// `invalidate_inode_page()` (mm/truncate.c, v5.4 to v5.14): drops a clean page from the page
/// cache, and answers whether it could.
public func invalidateInodePage(_ page: Page) -> Condition {
  Condition(call: "invalidate_inode_page") {
    If(pageDirty(page)) { Return(false) }
    leavePageCache(page)
  }
}

/// `migrate_pages()` with MR_MEMORY_FAILURE for one page (mm/migrate.c, v5.10 to v5.14): moves the
/// content to another page, and answers whether it could. The old page is not freed.
///
/// One pass: a pass that fails changes nothing, so later ones add no behaviour.
public func migratePages(_ page: Page) -> Condition {
  Condition(call: "migrate_pages") { leavePageCache(page) }
}

/// What `remove_mapping()` (mm/vmscan.c) and `migrate_page_move_mapping()` (mm/migrate.c) have in
/// common: the count is frozen, the mapping is changed, and the caller's reference remains.
@StepsBuilder private func leavePageCache(_ page: Page) -> Steps {
  let freeze = pageRefFreeze(page, 2).noting { s, frozen in if frozen { s[page.owner] = .none } }
  If(!freeze) { Return(false) }
  pageRefUnfreeze(page, 1)
  Return(true)
}
