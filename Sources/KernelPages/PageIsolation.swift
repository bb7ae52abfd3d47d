import ModelChecking

// Isolation of a pageblock: mm/page_isolation.c, v5.9 to v6.12.

/// `set_migratetype_isolate()` where nothing in the block is unmovable: answers no if the block is
/// isolated already. Pages on a per-CPU list, or on their way to one, are not caught.
public func setMigratetypeIsolate(_ block: PageBlock) -> Condition {
  Condition("set_migratetype_isolate", collapsing: .zoneLock) { s in
    if s[block.migratetype] == .isolate { return false }
    s[block.migratetype] = .isolate
    moveFreePages(of: block, to: .isolate, s)
    return true
  }
}

/// `unset_migratetype_isolate()`: the block's free pages can be allocated again.
public func unsetMigratetypeIsolate(_ block: PageBlock) -> Step {
  Step("unset_migratetype_isolate", collapsing: .zoneLock) { s in
    s[block.migratetype] = .movable
    moveFreePages(of: block, to: .movable, s)
  }
}

/// `move_freepages_block()`. Part of a step under zone->lock.
func moveFreePages(of block: PageBlock, to type: MigrateType, _ s: StepState) {
  for page in block.pages where s[page.freeList].isBuddy { s[page.freeList] = .buddy(type) }
}

/// The moment from which the caller takes for granted that no page of the block is handed out. No
/// code of the kernel's.
public func relyOnIsolation(of block: PageBlock) -> Step {
  Step("isolation is relied upon") { s in s[block.isReliedOn] = true }
}

/// `undo_isolate_page_range()` for one block; from here on nobody relies on it.
public func undoIsolation(of block: PageBlock) -> Step {
  unsetMigratetypeIsolate(block).also { s in s[block.isReliedOn] = false }
}

/// `test_pages_isolated()`: whether every page of the block is in the buddy, isolated.
///
/// The migratetype is read without zone->lock in the kernel. It is one step here with the section
/// that follows, because while the block is isolated nobody but the caller changes it.
public func testPagesIsolated(_ block: PageBlock) -> Condition {
  Condition("test_pages_isolated", collapsing: .zoneLock) { s in
    s[block.migratetype] == .isolate
      && block.pages.allSatisfy { s[$0.freeList] == .buddy(.isolate) }
  }
}
