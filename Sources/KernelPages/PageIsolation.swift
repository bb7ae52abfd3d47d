import ModelChecking

// Isolation of a pageblock: mm/page_isolation.c and mm/page_alloc.c, v5.4 to v6.12.

/// Which pages of a block `has_unmovable_pages()` takes for unmovable.
public enum UnmovableTest: Hashable, Sendable {
  /// None: ZONE_MOVABLE, where the kernel tests PG_reserved only, or a model without such pages.
  case passesAll
  /// Every page with a reference that is neither on the LRU nor movable otherwise (to v5.7).
  case strict
  /// The same but for PageOffline pages, whatever their count, and poisoned ones (memory offlining
  /// since v5.8).
  case passesOffline
  /// As `strict`, but as many as a notifier counted beforehand are passed over (MEM_ISOLATE_COUNT,
  /// to v5.4). The register holds that number.
  case passesCounted(Register<Int>)

  /// Whether the block may be isolated. Part of a section.
  func passes(_ pages: [Page], _ s: borrowing SectionState) -> Bool {
    // PG_reserved is tested before anything else, in every zone.
    if pages.contains(where: { s[$0.isReserved] }) { return false }
    return switch self {
    case .passesAll: true
    case .strict: unmovable(in: pages, s) == 0
    case .passesOffline:
      pages.allSatisfy {
        !isUnmovable($0, s) || s[$0.type] == .offline || s[$0.isPoisoned]
      }
    case .passesCounted(let count): unmovable(in: pages, s) <= s[count]
    }
  }

  private func unmovable(in pages: [Page], _ s: borrowing SectionState) -> Int {
    pages.count { isUnmovable($0, s) }
  }

  private func isUnmovable(_ page: Page, _ s: borrowing SectionState) -> Bool {
    s[page.refcount] > 0 && !s[page.isOnLRU]
  }
}

/// `set_migratetype_isolate()`: answers no if the block is isolated already or has an unmovable
/// page. Pages on a per-CPU list, or on their way to one, are not caught.
///
/// - Parameter range: the pages of the block that are tested, all by default (since v5.19 those of the
///   caller's range).
public func setMigratetypeIsolate(
  _ block: PageBlock, _ test: UnmovableTest = .passesAll, of range: [Page]? = nil
) -> Condition {
  let pages = range ?? block.pages
  let tested = pages.flatMap {
    [$0.isReserved, $0.refcount, $0.isOnLRU, $0.isPoisoned] as [any SharedField]
  }
  return Condition(
    "set_migratetype_isolate", .section(block.buddyFields + tested, taking: block.zoneLock)
  ) { s in
    if s[block.migratetype] == .isolate || !test.passes(pages, s) { return false }
    s[block.migratetype] = .isolate
    block.countIsolated(1, &s)
    block.moveFreePages(to: .isolate, &s)
    return true
  }
}

/// `unset_migratetype_isolate()`: the free pages of an isolated block can be allocated again, and
/// nobody relies on the isolation any more.
public func unsetMigratetypeIsolate(_ block: PageBlock) -> Step {
  Step("unset_migratetype_isolate", .section(block.buddyFields, taking: block.zoneLock)) { s in
    guard s[block.migratetype] == .isolate else { return }
    s[block.migratetype] = .movable
    block.countIsolated(-1, &s)
    block.moveFreePages(to: .movable, &s)
  }.noting { s in s[block.isReliedOn] = false }
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
  /// PageOffline pages with exactly one reference, where the driver has set a sign that they may be
  /// skipped: the alternative of RFC v3 6/9, which no kernel has.
  case offlineWithSign
  /// PageOffline pages whatever their count: a mistake to show.
  case offline

  /// `__test_page_isolated_in_pageblock()` for a page that is neither in the buddy nor poisoned.
  func accepts(_ page: Page, _ s: borrowing SectionState) -> Bool {
    switch self {
    case .none: false
    case .offlineUnreferenced: s[page.type] == .offline && s[page.refcount] == 0
    case .offlineWithSign: s[page.type] == .offline && s[page.refcount] == 1
    case .offline: s[page.type] == .offline
    }
  }
}

/// `test_pages_isolated()`: whether the block is isolated and every page of it in the buddy, or skipped.
/// Which list of the buddy a page is on is not looked at.
///
/// The migratetype is read without zone->lock in the kernel. It is one step here with the section
/// that follows, because while the block is isolated nobody but the caller changes it. Counts of
/// PageOffline pages are not under that lock; a reference taken after they were read is what
/// `__offline_isolated_pages()` would find.
///
/// - Parameters:
///   - poisoned: whether poisoned pages are passed over, as for memory offlining since v3.8.
///   - emptiesTrylockList: puts what is on `zone->trylock_free_pages` into the buddy first. No kernel
///     does.
public func testPagesIsolated(
  _ block: PageBlock, skipping skipped: SkippedPages = .none, poisoned: Bool = false,
  emptiesTrylockList: Bool = false
) -> Condition {
  Condition(
    "test_pages_isolated",
    .section(
      block.buddyFields
        + block.pages.flatMap { [$0.refcount, $0.isPoisoned] as [any SharedField] },
      taking: block.zoneLock)
  ) { s in
    if emptiesTrylockList { block.emptyTrylockList(&s) }
    return s[block.migratetype] == .isolate
      && block.pages.allSatisfy {
        s[$0.type] == .buddy || (poisoned && s[$0.isPoisoned]) || skipped.accepts($0, s)
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
