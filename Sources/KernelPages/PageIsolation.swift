import ModelChecking

/// `set_migratetype_isolate()` (mm/page_isolation.c, v5.4 to v6.12): isolates the block and answers
/// whether it did. A block that is isolated already is refused with -EBUSY.
///
/// Pages in the buddy are moved to the isolate list; nothing else is.
public func setMigratetypeIsolate(_ block: PageBlock) -> Condition {
  Condition("set_migratetype_isolate", collapsing: .zoneLock) { s in
    guard s[block.migratetype] != .isolate else { return false }
    moveFreePages(of: block, to: .isolate, s)
    return true
  }.also { s, isolated in if isolated { s[block.isReliedOn] = true } }
}

/// `unset_migratetype_isolate()` (mm/page_isolation.c, v5.4 to v6.12): ends the isolation and moves
/// the free pages back.
public func unsetMigratetypeIsolate(_ block: PageBlock) -> Step {
  Step("unset_migratetype_isolate", collapsing: .zoneLock) { s in
    if s[block.migratetype] == .isolate { moveFreePages(of: block, to: .movable, s) }
  }.also { s in s[block.isReliedOn] = false }
}

private func moveFreePages(of block: PageBlock, to type: MigrateType, _ s: StepState) {
  s[block.migratetype] = type
  for page in block.pages where s[page.freeList].isBuddy { s[page.freeList] = .buddy(type) }
}

/// The "dance" of soft offline: `soft_offline_in_use_page()` (mm/memory-failure.c, v4.19 to v5.9)
/// sets the block's migratetype to isolate around the put, so that the page goes straight to the
/// buddy and not to a per-CPU list, where an allocation would find it first.
///
/// It is a plain store without zone->lock, and moves no free pages, neither way.
///
/// - Parameter previous: a register that holds the migratetype to restore.
@StepsBuilder public func withMigratetypeIsolate(
  _ block: PageBlock, previous: Field<MigrateType>, @StepsBuilder _ body: () -> Steps
) -> Steps {
  Step("get_pageblock_migratetype") { s in s[previous] = s[block.migratetype] }
  Step("set_pageblock_migratetype(MIGRATE_ISOLATE)") { s in s[block.migratetype] = .isolate }
  body()
  Step("set_pageblock_migratetype(mt)") { s in
    s[block.migratetype] = s[previous]
    s[previous] = .movable
  }
}
