import ModelChecking

// Taking a memory block offline: offline_pages() and what it calls, mm/memory_hotplug.c, v5.4 to
// v6.12.

/// A memory block on its way offline, as far as models ask about it.
public struct MemoryBlock: Sendable {
  /// What became of `offline_pages()`.
  public enum Result: UInt8, FieldEnumeration { case running, offline, cancelled, busy }

  public let block: PageBlock
  /// Ghost: how the last `offline_pages()` ended.
  public let result: Field<Result>
  /// Ghost: `__offline_isolated_pages()` met a page that it must not meet.
  public let hitBug: Field<Bool>
  /// Ghost: the block was isolated although somebody else's unmovable page was in it.
  public let tookForeignPage: Field<Bool>

  public init(_ block: PageBlock, in system: SystemBuilder) {
    self.block = block
    result = system.field("offline_pages.result", .cases, initially: .running, role: .ghost)
    tookForeignPage = system.field(
      "offline_pages.took_foreign_page", .flag, initially: false, role: .ghost)
    hitBug = system.field("offline_pages.bug", .flag, initially: false, role: .ghost)
  }
}

/// The choices within `offline_pages()`.
public struct OfflineChoices: Hashable, Sendable {
  public var unmovable = UnmovableTest.passesOffline
  public var skipped = SkippedPages.offlineUnreferenced
  /// `scan_movable_pages()` gives up on a PageOffline page that has a reference (since v5.8).
  public var scanRefusesReferenced = true
  /// A signal may arrive, which cancels.
  public var signals = true
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
    If(
      !setMigratetypeIsolate(memory.block, choices.unmovable).also { s, isIsolated in
        s[memory.result] = isIsolated ? .running : .busy
        let isForeign = memory.block.pages.contains {
          s[$0.owner] == .app && s[$0.refcount] > 0 && !s[$0.isOnLRU]
        }
        if isIsolated && isForeign { s[memory.tookForeignPage] = true }
      }
    ) { Return(false) }
    If(!notifier.goingOffline) { Goto("failed") }
    Loop {
      signalPending(choices) { Goto("failed") }
      for page in memory.block.pages {
        migrate(page)
        If(scanFindsReferenced(page, choices)) { Goto("failed") }
      }
      If(testPagesIsolated(memory.block, skipping: choices.skipped)) { Break() }
    }
    offlineIsolatedPages(memory)
    Return(true)
    Label("failed")
    if choices.cancelsBeforeUndo {
      notifier.cancelOffline
      unsetMigratetypeIsolate(memory.block).also { s in s[memory.result] = .cancelled }
    } else {
      unsetMigratetypeIsolate(memory.block)
      notifier.cancelOffline
    }
    Return(false)
  }
}

/// `signal_pending()`: an open choice, if signals may arrive.
@StepsBuilder private func signalPending(
  _ choices: OfflineChoices, @StepsBuilder arrived: () -> Steps
) -> Steps {
  if choices.signals {
    Choose {
      Way { Step("signal_pending: no") { _ in } }
      Way {
        Step("signal_pending: yes") { _ in }
        arrived()
      }
    }
  } else {
    Step("signal_pending: no") { _ in }
  }
}

/// `scan_movable_pages()` for one page: answers whether it makes offlining impossible.
///
/// Type and count are two reads in the kernel. They are one step, because the type of a PageOffline
/// page is its driver's, which doesn't change it while the block is being taken offline.
private func scanFindsReferenced(_ page: Page, _ choices: OfflineChoices) -> Condition {
  Condition(
    "scan_movable_pages",
    collapsing: .because("the type doesn't change while the block is taken offline")
  ) { s in
    choices.scanRefusesReferenced && s[page.type] == .offline && s[page.refcount] > 0
  }
}

/// `__offline_isolated_pages()`: the block is gone, and every page must be free or skippable.
private func offlineIsolatedPages(_ memory: MemoryBlock) -> Step {
  Step("__offline_isolated_pages", collapsing: .zoneLock) { s in
    let isInOrder = memory.block.pages.allSatisfy {
      s[$0.freeList] == .buddy(.isolate) || SkippedPages.offlineUnreferenced.accepts($0, s)
    }
    for page in memory.block.pages where s[page.freeList].isBuddy { page.leaveBuddy(s) }
    if !isInOrder { s[memory.hitBug] = true }
    s[memory.result] = .offline
  }
}
