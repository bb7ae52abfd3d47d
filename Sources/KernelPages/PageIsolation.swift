import ModelChecking

// Isolation of a pageblock: mm/page_isolation.c and mm/page_alloc.c, v5.4 to v6.12.

/// Which pages of a block `has_unmovable_pages()` takes for unmovable.
public enum UnmovableTest: Hashable, Sendable {
  /// None: ZONE_MOVABLE, where the kernel tests PG_reserved only, or a model without such pages.
  case passesAll
  /// Every page with a reference that is neither on the LRU nor movable otherwise (to v5.7).
  case strict
  /// The same but for PageOffline pages, whatever their count (memory offlining since v5.8).
  case passesOffline
  /// As `strict`, but as many as a notifier counted beforehand are passed over (MEM_ISOLATE_COUNT,
  /// to v5.4). The register holds that number.
  case passesCounted(Register<Int>)

  /// Whether the block may be isolated. Part of a section.
  func passes(_ block: PageBlock, _ s: borrowing SectionState) -> Bool {
    // PG_reserved is tested before anything else, in every zone.
    if block.pages.contains(where: { s[$0.isReserved] }) { return false }
    return switch self {
    case .passesAll: true
    case .strict: unmovable(in: block, s) == 0
    case .passesOffline:
      block.pages.allSatisfy { !isUnmovable($0, s) || s[$0.type] == .offline }
    case .passesCounted(let count): unmovable(in: block, s) <= s[count]
    }
  }

  private func unmovable(in block: PageBlock, _ s: borrowing SectionState) -> Int {
    block.pages.count { isUnmovable($0, s) }
  }

  private func isUnmovable(_ page: Page, _ s: borrowing SectionState) -> Bool {
    s[page.refcount] > 0 && !s[page.isOnLRU]
  }
}

/// `set_migratetype_isolate()`: answers no if the block is isolated already or has an unmovable
/// page. Pages on a per-CPU list, or on their way to one, are not caught.
public func setMigratetypeIsolate(
  _ block: PageBlock, _ test: UnmovableTest = .passesAll
) -> Condition {
  let tested = block.pages.flatMap {
    [$0.isReserved, $0.refcount, $0.isOnLRU] as [any SharedField]
  }
  return Condition(
    "set_migratetype_isolate", .section(block.buddyFields + tested, taking: block.zoneLock)
  ) { s in
    if s[block.migratetype] == .isolate || !test.passes(block, s) { return false }
    s[block.migratetype] = .isolate
    moveFreePages(of: block, to: .isolate, &s)
    return true
  }
}

/// `unset_migratetype_isolate()`: the free pages of an isolated block can be allocated again, and
/// nobody relies on the isolation any more.
public func unsetMigratetypeIsolate(_ block: PageBlock) -> Step {
  Step("unset_migratetype_isolate", .section(block.buddyFields, taking: block.zoneLock)) { s in
    guard s[block.migratetype] == .isolate else { return }
    s[block.migratetype] = .movable
    moveFreePages(of: block, to: .movable, &s)
  }.noting { s in s[block.isReliedOn] = false }
}

/// `move_freepages_block()`. Part of a section under zone->lock.
private func moveFreePages(of block: PageBlock, to type: MigrateType, _ s: inout SectionState) {
  for page in block.pages where s[page.freeList].isBuddy { s[page.freeList] = .buddy(type) }
}

/// The moment from which the caller takes for granted that no page of the block is handed out. No
/// code of the kernel's.
public func relyOnIsolation(of block: PageBlock) -> Step {
  Step("isolation is relied upon").noting { s in s[block.isReliedOn] = true }
}

/// Which pages `test_pages_isolated()` and `__offline_isolated_pages()` accept besides free ones.
public enum SkippedPages: Sendable {
  /// None (to v5.7, and `alloc_contig_range()` to this day).
  case none
  /// PageOffline pages without a reference (memory offlining since v5.8).
  case offlineUnreferenced
  /// PageOffline pages whatever their count: a mistake to show.
  case offline

  func accepts(_ page: Page, _ s: borrowing SectionState) -> Bool {
    accepts(type: s[page.type], refcount: s[page.refcount])
  }

  func accepts(_ page: Page, _ s: State) -> Bool {
    accepts(type: s[page.type], refcount: s[page.refcount])
  }

  private func accepts(type: Page.PageType, refcount: Int) -> Bool {
    switch self {
    case .none: false
    case .offlineUnreferenced: type == .offline && refcount == 0
    case .offline: type == .offline
    }
  }
}

/// `test_pages_isolated()`: whether every page of the block is in the buddy, isolated, or skipped.
///
/// The migratetype is read without zone->lock in the kernel. It is one step here with the section
/// that follows, because while the block is isolated nobody but the caller changes it. Counts of
/// PageOffline pages are not under that lock; a reference taken after they were read is what
/// `__offline_isolated_pages()` would find.
public func testPagesIsolated(_ block: PageBlock, skipping skipped: SkippedPages = .none)
  -> Condition
{
  Condition(
    "test_pages_isolated",
    .section(block.buddyFields + block.pages.map(\.refcount), taking: block.zoneLock)
  ) { s in
    s[block.migratetype] == .isolate
      && block.pages.allSatisfy {
        s[$0.freeList] == .buddy(.isolate) || skipped.accepts($0, s)
      }
  }
}

/// The "dance" of soft offline: `soft_offline_in_use_page()` (mm/memory-failure.c, v4.19 to v5.9)
/// sets the block's migratetype to isolate around the put, so that the page goes straight to the
/// buddy and not to a per-CPU list, where an allocation would find it first.
///
/// It is a plain store without zone->lock, and moves no free pages, neither way.
///
/// - Parameter previous: a register that holds the migratetype to restore.
@StepsBuilder public func withMigratetypeIsolate(
  _ block: PageBlock, previous: Register<MigrateType>, @StepsBuilder _ body: () -> Steps
) -> Steps {
  Step("get_pageblock_migratetype", .load(block.migratetype)) { type, my in my[previous] = type }
  Step("set_pageblock_migratetype(MIGRATE_ISOLATE)", .store(block.migratetype)) { .isolate }
  body()
  Step("set_pageblock_migratetype(mt)", .store(block.migratetype)) { my in my[previous] }
    .also { my in my[previous] = .movable }
}
