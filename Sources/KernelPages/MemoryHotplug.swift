import ModelChecking

// Taking a memory block offline: offline_pages() and what it calls, mm/memory_hotplug.c, v5.4 to
// v6.12.

/// A memory block on its way offline, as far as models ask about it.
public struct MemoryBlock: Sendable {
  /// What became of `offline_pages()`.
  public enum Result: UInt8, FieldEnumeration { case running, offline, cancelled, busy }

  public let block: PageBlock
  /// What `__offline_isolated_pages()` says of a page that somebody has a reference to.
  public static let bugOnCount = "BUG_ON(page_count(page))"
  /// What it would say where a page may keep its one reference.
  public static let warnOnCount = "WARN_ON_ONCE(page_count(page) != 1)"
  /// What it says of any other that is neither free nor to be skipped.
  public static let bugOnBuddy = "BUG_ON(!PageBuddy(page))"

  /// What `sectionFirst(_:)` says, as an invariant.
  public static let sectionFirst = "the section of a block that is offline is not online"
  /// What is claimed where `offline_pages()` gives up.
  public static let undoesOwn = "offline_pages() undoes only the isolation that it made"

  /// SECTION_IS_ONLINE, which `pfn_to_online_page()` reads.
  public let isOnline: Field<Bool>
  /// Ghost: how the last `offline_pages()` ended.
  public let result: Ghost<Result>

  public init(_ block: PageBlock, in system: SystemBuilder, startsOnline: Bool = true) {
    self.block = block
    isOnline = system.field("section.online", .flag, initially: startsOnline)
    result = system.ghost("offline_pages.result", .cases, initially: .running)
  }

  /// Whether the section went offline before the pages left the buddy.
  public func sectionFirst(_ s: State) -> Bool { s[result] != .offline || !s[isOnline] }

  /// `pfn_to_online_page()` (mm/memory_hotplug.c, v5.4 to v6.12), for any page of the block.
  public func pfnToOnlinePage() -> Condition {
    Condition("pfn_to_online_page", .load(isOnline)) { $0 }
  }
}

/// The choices within `offline_pages()`.
public struct OfflineChoices: Hashable, Sendable {
  public var unmovable = UnmovableTest.passesOffline
  public var skipped = SkippedPages.offlineUnreferenced
  /// `test_pages_isolated()` passes over poisoned pages (b023f46813cd, v3.8).
  public var skipsPoisoned = true
  /// `scan_movable_pages()` gives up on a PageOffline page that has a reference (since v5.8).
  public var scanRefusesReferenced = true
  /// A signal may arrive, which cancels.
  public var signals = true
  /// Another notifier may refuse before the driver's is called, which cancels as well.
  public var refusals = false
  /// Says, where the model wants that, that the block is not isolated while somebody else's unmovable
  /// page is in it; in a sentence.
  public var isolationAsserts: String?
  /// MEM_CANCEL_OFFLINE is delivered before the isolation is undone. The kernel does it after.
  public var cancelsBeforeUndo = false

  public init() {}
}

/// What a driver does when the block is taken offline: its memory notifier.
public struct OfflineNotifier: Sendable {
  /// MEM_GOING_OFFLINE: answers whether the driver agrees (NOTIFY_OK or NOTIFY_BAD).
  public let goingOffline: Condition
  /// MEM_CANCEL_OFFLINE.
  public let cancelOffline: Steps

  /// - Parameter goingOffline: steps that end with `Return(true)` or `Return(false)`.
  public init(@StepsBuilder goingOffline: () -> Steps, @StepsBuilder cancelOffline: () -> Steps) {
    self.goingOffline = Condition(call: "MEM_GOING_OFFLINE", goingOffline)
    self.cancelOffline = Call("MEM_CANCEL_OFFLINE", cancelOffline).steps
  }
}

/// `offline_pages()` without the locks that keep other hotplug out. Answers whether the block is
/// offline.
///
/// - Parameter migrate: what `do_migrate_range()` does with a page, where pages may be in use.
public func offlinePages(
  _ memory: MemoryBlock, _ choices: OfflineChoices, _ notifier: OfflineNotifier,
  migrating migrate: (Page) -> Steps = { _ in .none }
) -> Condition {
  Condition(call: "offline_pages") {
    If(!isolateForOffline(memory, choices)) { Return(false) }
    if choices.refusals {
      Choose {
        Way {
          Call("MEM_GOING_OFFLINE") { Step("another notifier refuses") }
          Goto("failed")
        }
        Way { If(!notifier.goingOffline) { Goto("failed") } }
      }
    } else {
      If(!notifier.goingOffline) { Goto("failed") }
    }
    Loop {
      signalPending(choices) { Goto("failed") }
      for page in memory.block.pages {
        migrate(page)
        If(scanFindsReferenced(page, choices)) { Goto("failed") }
      }
      let isIsolated = testPagesIsolated(
        memory.block, skipping: choices.skipped, poisoned: choices.skipsPoisoned)
      If(isIsolated) { Break() }
    }
    offlineIsolatedPages(memory, choices)
    Return(true)
    Label("failed")
    let undo = unsetMigratetypeIsolate(memory.block)
      .asserting(MemoryBlock.undoesOwn) { s in s[memory.block.migratetype] == .isolate }
    if choices.cancelsBeforeUndo {
      notifier.cancelOffline
      undo.noting { s in s[memory.result] = .cancelled }
    } else {
      undo
      notifier.cancelOffline
    }
    Return(false)
  }
}

private func isolateForOffline(_ memory: MemoryBlock, _ choices: OfflineChoices) -> Condition {
  let isolate = setMigratetypeIsolate(memory.block, choices.unmovable).noting { s, isIsolated in
    s[memory.result] = isIsolated ? .running : .busy
  }
  guard let claim = choices.isolationAsserts else { return isolate }
  return isolate.asserting(claim) { s, isIsolated in
    let isForeign = memory.block.pages.contains {
      s[$0.owner] == .app && s[$0.refcount] > 0 && !s[$0.isOnLRU]
    }
    return !isIsolated || !isForeign
  }
}

/// `signal_pending()`: an open choice, if signals may arrive.
@StepsBuilder private func signalPending(
  _ choices: OfflineChoices, @StepsBuilder arrived: () -> Steps
) -> Steps {
  if choices.signals {
    Choose {
      Way { Step("signal_pending: no") }
      Way {
        Step("signal_pending: yes")
        arrived()
      }
    }
  } else {
    Step("signal_pending: no")
  }
}

/// `scan_movable_pages()` for one page: answers whether it makes offlining impossible.
///
/// Type and count are two reads in the kernel. They are one step, because the type of a PageOffline
/// page is its driver's, which doesn't change it while the block is being taken offline.
private func scanFindsReferenced(_ page: Page, _ choices: OfflineChoices) -> Condition {
  Condition(
    "scan_movable_pages",
    .section(
      [page.type, page.refcount],
      because: "the type doesn't change while the block is taken offline")
  ) { s in
    choices.scanRefusesReferenced && s[page.type] == .offline && s[page.refcount] > 0
  }
}

/// `__offline_isolated_pages()` (mm/page_alloc.c, v5.8 to v6.18): the section goes offline, then the free
/// pages leave the buddy. Every page must be free or skippable.
@StepsBuilder private func offlineIsolatedPages(
  _ memory: MemoryBlock, _ choices: OfflineChoices
) -> Steps {
  let pages = memory.block.pages
  let remove = Step(
    "__offline_isolated_pages",
    .section(
      memory.block.buddyFields(of: pages)
        + pages.flatMap { [$0.refcount, $0.isPoisoned] as [any SharedField] },
      taking: memory.block.zoneLock)
  ) { s in
    for page in pages where s[page.freeList].isBuddy { memory.block.removeFromBuddy(page, &s) }
  }
  .bugOn(MemoryBlock.bugOnCount) { s in
    pages.contains {
      !isPoisonedInUse($0, s) && s[$0.refcount] > 0 && !mayKeepReference($0, choices, s)
    }
  }
  .bugOn(MemoryBlock.bugOnBuddy) { s in
    pages.contains { !isPoisonedInUse($0, s) && s[$0.type] == .none }
  }
  .noting { s in s[memory.result] = .offline }
  Step("offline_mem_sections", .store(memory.isOnline)) { false }
  if choices.skipped == .offlineWithSign {
    remove.warnOn(MemoryBlock.warnOnCount) { s in
      pages.contains { s[$0.refcount] != 1 && mayKeepReference($0, choices, s) }
    }
  } else {
    remove
  }
  if let nrIsolatePageblock = memory.block.nrIsolatePageblock {
    // The block stays MIGRATE_ISOLATE, but the zone has it no more.
    Step(
      "zone->nr_isolate_pageblock -= 1",
      .section([nrIsolatePageblock], taking: memory.block.zoneLock)
    ) { s in s[nrIsolatePageblock] -= 1 }
  }
}

private func mayKeepReference(_ page: Page, _ choices: OfflineChoices, _ s: State) -> Bool {
  choices.skipped == .offlineWithSign && s[page.type] == .offline
}

/// PG_hwpoison on a page that is not in the buddy: it is passed over without a look at its count.
private func isPoisonedInUse(_ page: Page, _ s: State) -> Bool {
  s[page.isPoisoned] && s[page.type] != .buddy
}
