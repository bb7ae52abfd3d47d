import ModelChecking

// Taking a memory block offline: offline_pages() and what it calls, mm/memory_hotplug.c, v5.4 to
// v6.12.

/// A memory block on its way offline, as far as models ask about it.
public struct MemoryBlock: Sendable {
  /// What became of `offline_pages()`.
  public enum Result: UInt8, FieldEnumeration { case running, offline, cancelled, busy }

  public let block: PageBlock
  /// What `__offline_isolated_pages()` says of a page that is neither free nor to be skipped.
  public static let bugOn = "BUG_ON(!PageBuddy(page))"

  /// Ghost: how the last `offline_pages()` ended.
  public let result: Ghost<Result>

  public init(_ block: PageBlock, in system: SystemBuilder) {
    self.block = block
    result = system.ghost("offline_pages.result", .cases, initially: .running)
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
      unsetMigratetypeIsolate(memory.block).noting { s in s[memory.result] = .cancelled }
    } else {
      unsetMigratetypeIsolate(memory.block)
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

/// `__offline_isolated_pages()`: the block is gone, and every page must be free or skippable.
private func offlineIsolatedPages(_ memory: MemoryBlock) -> Step {
  Step(
    "__offline_isolated_pages",
    .section(
      memory.block.pages.flatMap { $0.buddyFields + [$0.refcount] }, taking: memory.block.zoneLock)
  ) { s in
    for page in memory.block.pages where s[page.freeList].isBuddy { page.leaveBuddy(&s) }
  }
  .bugOn(MemoryBlock.bugOn) { s in
    !memory.block.pages.allSatisfy {
      s[$0.freeList] == .buddy(.isolate) || SkippedPages.offlineUnreferenced.accepts($0, s)
    }
  }
  .noting { s in s[memory.result] = .offline }
}
