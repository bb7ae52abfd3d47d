import ModelChecking

/// What a free does after the last reference was dropped.
public struct FreePath: Sendable {
  /// Where the page goes.
  public enum Target: Sendable {
    /// Some free list, in one step: for models that ask only whether the page gets to one.
    case someList
    /// The buddy's list for the block's migratetype, as since pcp lists are disabled or full.
    case buddy(PageBlock)
    /// The CPU's own list, or the buddy where that is due.
    case perCPU(PerCPUPages, PageBlock, FreeUnrefPage)
  }

  /// The hook of RFC v3 6/9 in `__put_page()` (mm/swap.c): a PageOffline page is left alone.
  public var offlineHook: Bool
  /// The type check of `free_pages_prepare()`, made at every free where page checks are on
  /// (`free_pages_check()`, mm/page_alloc.c, v5.4 with DEBUG_VM, v6.12 with `check_pages_enabled`).
  public var typeCheck: Bool
  /// The flags check made with it (`PAGE_FLAGS_CHECK_AT_FREE`), as far as PG_reserved goes.
  public var reservedCheck: Bool
  /// The hook of `free_pages_prepare()` since v5.10 (79f5f8fab482): a hwpoison page of order 0 stops
  /// here.
  public var hwpoisonHook: Bool
  /// Whether pages may be of a higher order, of which that hook takes no notice.
  public var hasCompoundPages = false
  /// `__page_cache_release()` (mm/swap.c, v6.12): a page that is on the LRU leaves it first.
  public var leavesLRU: Bool
  /// A claim for `__SetPageBuddy()`: that the page has no type, in words; nil where nobody asks. Kernels of
  /// v6.12 and on say so (`VM_BUG_ON_PAGE()`).
  public var typeClaim: String?
  public var target: Target

  public init(
    offlineHook: Bool = false, typeCheck: Bool = false, hwpoisonHook: Bool = false,
    reservedCheck: Bool = false, leavesLRU: Bool = false, typeClaim: String? = nil,
    target: Target = .someList
  ) {
    self.offlineHook = offlineHook
    self.typeCheck = typeCheck
    self.reservedCheck = reservedCheck
    self.hwpoisonHook = hwpoisonHook
    self.leavesLRU = leavesLRU
    self.typeClaim = typeClaim
    self.target = target
  }
}

/// The choices within `free_unref_page()`.
public struct FreeUnrefPage: Hashable, Sendable {
  /// Whether a page of an isolated block is sent to the buddy before the section. Otherwise it is
  /// taken for movable there, as others are.
  public var testsMigratetype = true
  /// Whether `free_pcppages_bulk()` reads the migratetype again under zone->lock (51bb1a4093cc,
  /// 2014) or trusts what was read before the section.
  public var rereadsMigratetype = true
  public var entry = PCPEntry.local

  public init(rereadsMigratetype: Bool = true, entry: PCPEntry = .local) {
    self.rereadsMigratetype = rereadsMigratetype
    self.entry = entry
  }
}

/// `put_page()` (include/linux/mm.h, v5.4): drops a reference and frees the page if it was the
/// last.
///
/// - Parameter note: bookkeeping on ghost fields, done at once with the decrement.
@StepsBuilder public func putPage(
  _ page: Page, _ path: FreePath = FreePath(),
  noting note: @escaping @Sendable (inout Books, Bool) -> Void = { _, _ in }
) -> Steps {
  Call("put_page") {
    If(pageRefDecAndTest(page).noting(note)) {
      Call("__put_page") {
        if path.offlineHook {
          If(pageOffline(page)) { Return() }
        }
        freePage(page, path)
      }
    }
  }
}

/// What follows a put that reached 0: `free_pages_prepare()` and on (mm/page_alloc.c, v5.4 and
/// v6.12). Who frees a page that is free already is found (`Page.badState`). That nobody has a reference is for an
/// invariant to say, as `Page.listsAgree`.
@StepsBuilder public func freePage(_ page: Page, _ path: FreePath) -> Steps {
  if path.leavesLRU {
    Step("__page_cache_release", .store(page.isOnLRU, .relaxed)) { false }
  }
  if path.hwpoisonHook {
    // Nothing more happens to a page that is poisoned: it stays off every list.
    let prepare = If(!Condition("PageHWPoison", .load(page.isPoisoned, .relaxed)) { $0 }) {
      freeUnpoisonedPage(page, path)
    }
    if path.hasCompoundPages {
      If(pageCompound(page)) {
        freeUnpoisonedPage(page, path)
      } otherwise: {
        prepare
      }
    } else {
      prepare
    }
  } else {
    freeUnpoisonedPage(page, path)
  }
}

@StepsBuilder private func freeUnpoisonedPage(_ page: Page, _ path: FreePath) -> Steps {
  if path.reservedCheck {
    If(freePagesCheckFlags(page)) { freeUnreservedPage(page, path) }
  } else {
    freeUnreservedPage(page, path)
  }
}

@StepsBuilder private func freeUnreservedPage(_ page: Page, _ path: FreePath) -> Steps {
  if path.typeCheck {
    If(freePagesCheck(page)) { addToFreeList(page, path.target) }
  } else if let claim = path.typeClaim, case .buddy(let block) = path.target {
    freeOnePage(page, in: block).asserting(claim) { s in s[page.type] == .none }
  } else {
    addToFreeList(page, path.target)
  }
}

/// `free_pages_check()` (mm/page_alloc.c, v5.4): answers whether the page may be freed. A page
/// that still has a type is reported by `bad_page()`, loses its type, and is lost for good.
private func freePagesCheck(_ page: Page) -> Condition {
  Condition("free_pages_check", .atomic(page.type, .plain)) { type in
    if type == .none { return true }
    type = .none
    return false
  }.noting { s, mayBeFreed in if !mayBeFreed { s[page.isLeaked] = true } }
}

/// The part of `free_pages_check()` that looks at flags: a PG_reserved page is reported by
/// `bad_page()` and lost for good.
private func freePagesCheckFlags(_ page: Page) -> Condition {
  Condition("free_pages_check: flags", .load(page.isReserved)) { isReserved in !isReserved }
    .noting { s, mayBeFreed in if !mayBeFreed { s[page.isLeaked] = true } }
}

@StepsBuilder func addToFreeList(_ page: Page, _ target: FreePath.Target) -> Steps {
  switch target {
  case .someList:
    // The migratetype read, the list and its count are one step: the models that use this ask only
    // whether the page got to a list at all, and nobody acts on what lies between.
    Step("free_unref_page", .store(page.freeList)) { .pcp(CPU(index: 0)) }
      .freeing(page)
  case .buddy(let block):
    freeOnePage(page, in: block)
  case .perCPU(let pcp, let block, let choices):
    freeUnrefPage(page, in: block, to: pcp, choices)
  }
}

/// `free_one_page()` (mm/page_alloc.c, v5.4 to v6.19): to the buddy's list for what the block's
/// migratetype is now, with what is on `zone->trylock_free_pages`.
public func freeOnePage(_ page: Page, in block: PageBlock) -> Step {
  Step(
    "free_one_page",
    .section(
      block.buddyFields(of: [page]) + [block.migratetype] + block.trylockListFields,
      taking: block.zoneLock)
  ) { s in
    block.emptyTrylockList(&s)
    block.addToBuddy(page, s[block.migratetype], &s)
  }.noting { s in noteFreed(page, &s) }
    .freeing(page)
}

extension Page {
  /// What the kernel says of a page that is freed and is free already: `bad_page()` (mm/page_alloc.c), or
  /// `list_add()` with CONFIG_DEBUG_LIST.
  public static let badState = "BUG: Bad page state"

  /// What it says in a race file of one that is freed or handed out and has references: `page_bad_reason()` (v4.7 to
  /// v6.12).
  public static let badCount = badState + ": nonzero _refcount"
}

extension Step {
  /// The step puts a page on a free list.
  func freeing(_ page: Page) -> Step {
    bugOn(Page.badState) { s in s[page.freeList] != .none }
  }
}

/// Notes that whoever used the page gave it up. A driver that did not free it itself still takes it
/// for its own. Part of a step's bookkeeping.
func noteFreed(_ page: Page, _ s: inout Books) {
  if s[page.owner] != .driver { s[page.owner] = .none }
}

/// `free_unref_page()` and `free_unref_page_commit()` (mm/page_alloc.c, v5.4 to v6.14; since then
/// `__free_frozen_pages()` and `free_frozen_page_commit()`, to v6.19): to the CPU's own list, flushing what
/// is over `high`.
///
/// The migratetype is read before the section. A block that is isolated after that is not noticed
/// unless the flush reads it again.
@StepsBuilder public func freeUnrefPage(
  _ page: Page, in block: PageBlock, to pcp: PerCPUPages, _ choices: FreeUnrefPage
) -> Steps {
  Call("free_unref_page") {
    if choices.testsMigratetype {
      let isIsolated = Condition("get_pfnblock_migratetype", .load(block.migratetype, .relaxed)) {
        $0 == .isolate
      }
      If(isIsolated) {
        freeOnePage(page, in: block)
        Return()
      }
    }
    enteringPCP(pcp, by: choices.entry) {
      addToPCPList(page, in: block, pcp)
      flushIfFull(in: block, pcp, choices)
      pcp.section.release()
    } otherwise: {
      freeOnePage(page, in: block)
    }
  }
}

/// `list_add()` and `pcp->count++`, with the section held.
@StepsBuilder func addToPCPList(
  _ page: Page, in block: PageBlock, _ pcp: PerCPUPages
) -> Steps {
  Step("list_add(&pcp->list)", .section([page.freeList, pcp.list], holding: pcp.section)) { s in
    pcp.add(page, of: block, &s)
  }.noting { s in noteFreed(page, &s) }
    .freeing(page)
  Step("pcp->count++", .section([pcp.count], holding: pcp.section)) { s in s[pcp.count] += 1 }
}

/// The end of `free_unref_page_commit()`: reads `high`, and if the list is full moves the page to the
/// buddy that has been on it longest.
///
/// One page, as with `high` 0 and `batch` 1. A list that is in use is full with `usualHigh` pages, more
/// than a list of a model comes to hold.
@StepsBuilder private func flushIfFull(
  in block: PageBlock, _ pcp: PerCPUPages, _ choices: FreeUnrefPage
) -> Steps {
  If(
    Condition("pcp->count >= pcp->high", .section([pcp.count, pcp.high], holding: pcp.section)) {
      s in s[pcp.count] >= s[pcp.high]
    }
  ) {
    Step(
      "free_pcppages_bulk",
      .section(
        block.buddyFields + [pcp.list, pcp.count], holding: pcp.section, taking: block.zoneLock)
    ) { s in pcp.freeLast(to: block, as: choices.rereadsMigratetype ? nil : .movable, &s) }
  }
}
