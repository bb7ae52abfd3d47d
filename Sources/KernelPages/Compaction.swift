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
  let isSuitable = Condition("suitable_migration_target", .load(block.migratetype)) {
    $0 == .movable
  }
  let isolate = block.handingOut(
    page, to: .migration, by: removeIfBuddy(page, of: block, as: "__isolate_free_page"))
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
