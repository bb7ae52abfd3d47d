import ModelChecking

/// The free scanner of compaction at one page: `isolate_freepages_block()` (mm/compaction.c, v5.9
/// to v6.12).
///
/// It goes by pfn and looks only whether the page is in the buddy, on whatever list, and never at
/// PG_hwpoison. The block's migratetype and PageBuddy are read without zone->lock, PageBuddy once
/// more with it. There is no `check_new_page()` on this way.
///
/// - Parameter use: what becomes of the migration target, whose one reference compaction holds.
@StepsBuilder public func isolateFreepagesBlock(
  _ page: Page, in block: PageBlock, @StepsBuilder use: () -> Steps
) -> Steps {
  let isSuitable = Condition("suitable_migration_target") { s in s[block.migratetype] == .movable }
  let isolate = removeIfBuddy(page, as: "__isolate_free_page").also { s, isolated in
    if isolated { block.noteHandedOut(page, to: .migration, s) }
  }
  Call("isolate_freepages_block") {
    If(isSuitable) {
      If(pageBuddy(page)) {
        If(isolate) {
          setPageCount(page, 1)
          use()
        }
      }
    }
  }
}
