import ModelChecking

// What a zone counts of a block's pages: `__mod_zone_freepage_state()` and `zone->nr_isolate_pageblock`
// (mm/page_alloc.c, mm/page_isolation.c, v5.4 to v6.12), changed in the sections under zone->lock.

extension PageBlock {
  /// A page was put on a list of the buddy, or is about to leave it. What is isolated doesn't count as
  /// free.
  func countFree(_ difference: Int, from list: FreeList, _ s: inout SectionState) {
    if let nrFreePages, list != .buddy(.isolate) { s[nrFreePages] += difference }
  }

  /// A free page was moved between the isolate list and another.
  func countMoved(to type: MigrateType, _ s: inout SectionState) {
    if let nrFreePages { s[nrFreePages] += type == .isolate ? -1 : 1 }
  }

  /// The block was isolated, or is so no more.
  func countIsolated(_ difference: Int, _ s: inout SectionState) {
    if let nrIsolatePageblock { s[nrIsolatePageblock] += difference }
  }

  /// What `freePagesAgree(_:)` says, as an invariant.
  public static let freePagesAgree =
    "NR_FREE_PAGES is the number of pages in the buddy that aren't isolated"

  /// Whether NR_FREE_PAGES, where it is there, is what it is about.
  public func freePagesAgree(_ s: State) -> Bool {
    guard let nrFreePages else { return true }
    return s[nrFreePages]
      == pages.count { s[$0.freeList].isBuddy && s[$0.freeList] != .buddy(.isolate) }
  }

  /// What `isolatedAgree(_:)` says, as an invariant.
  public static let isolatedAgree = "nr_isolate_pageblock is the number of isolated blocks"

  /// Whether `zone->nr_isolate_pageblock`, where it is there, is what it is about.
  public func isolatedAgree(_ s: State) -> Bool {
    nrIsolatePageblock.map { s[$0] == (s[migratetype] == .isolate ? 1 : 0) } ?? true
  }
}
