import ModelChecking

// Taking single pages out of use: mm/memory-failure.c and the part of it in mm/page_alloc.c.

/// `SetPageHWPoison()`: an atomic operation on the page's flags, under no lock.
public func setPageHWPoison(_ page: Page) -> Step {
  Step("SetPageHWPoison", .store(page.isPoisoned, .relaxed)) { true }
    .noting { s in if isUsed(page, s.state) { s[page.wasPoisonedInUse] = true } }
}

/// `set_hwpoison_free_buddy_page()` (mm/page_alloc.c, v4.19 to v5.9): poisons a page that is in the
/// buddy and leaves it there; answers whether it did.
///
/// The lock makes the two one: nobody takes the page off the list in between.
public func setHWPoisonFreeBuddyPage(_ page: Page, of block: PageBlock) -> Condition {
  Condition(
    "set_hwpoison_free_buddy_page", .section([page.type, page.isPoisoned], taking: block.zoneLock)
  ) { s in
    guard s[page.type] == .buddy else { return false }
    s[page.isPoisoned] = true
    return true
  }
}

/// How `take_page_off_buddy()` makes sure that the page is free.
public enum TakeOff: Sendable {
  /// PageBuddy is tested under zone->lock, in the section that removes the page.
  case testedUnderLock
  /// PageBuddy is tested before the lock is taken, and not again.
  case testedBeforeLock
  /// Not at all: the caller saw a free page some time ago.
  case untested
}

/// `take_page_off_buddy()` (mm/page_alloc.c, v5.10 to v6.12): removes a free page from the buddy
/// and answers whether it was there. An order-0 page, so nothing is split.
public func takePageOffBuddy(
  _ page: Page, of block: PageBlock, _ test: TakeOff = .testedUnderLock
) -> Condition {
  let name = "take_page_off_buddy"
  let remove = Step(
    "del_page_from_free_list", .section(block.buddyFields(of: [page]), taking: block.zoneLock)
  ) { s in block.removeFromBuddy(page, &s) }
  switch test {
  case .testedUnderLock:
    return removeIfBuddy(page, of: block, as: name)
  case .testedBeforeLock:
    return Condition(call: name) {
      If(!pageBuddy(page)) { Return(false) }
      remove
      Return(true)
    }
  case .untested:
    return Condition(call: name) {
      remove
      Return(true)
    }
  }
}

/// The choices within `page_handle_poison()`.
public struct PageHandlePoison: Hashable, Sendable {
  /// Whether PG_hwpoison is set before the last reference is dropped, for the free path to see.
  public var flagsBeforePut = true
  /// Whether the page gets a reference at the end, which marks it as out of use.
  public var takesReference = true
  public var takeOff = TakeOff.testedUnderLock

  public init(
    flagsBeforePut: Bool = true, takesReference: Bool = true,
    takeOff: TakeOff = .testedUnderLock
  ) {
    self.flagsBeforePut = flagsBeforePut
    self.takesReference = takesReference
    self.takeOff = takeOff
  }
}

/// What `__page_handle_poison()` does about per-CPU lists, where the page may be.
public enum PCPHandling: Sendable {
  /// Nothing: v5.10 to v5.13.
  case none
  /// `zone_pcp_disable()` meanwhile: 510d25c92ec4, v5.14 to v6.8.
  case disable(ZonePCP)
  /// `drain_all_pages()` once the page is dissolved, since disabling could deadlock: v6.9 to v6.19.
  case drain(ZonePCP)
}

/// `__page_handle_poison()` (mm/memory-failure.c, v5.14 to v6.19): dissolves a huge page and takes its raw
/// page off the buddy; answers whether the caller may go on. For a page that is not huge only the latter.
///
/// - Parameters:
///   - dissolving: `dissolve_free_huge_page()`.
///   - errorIsTrue: whether the result is a `bool`, as at first, so that -EBUSY from dissolving reads as
///     success.
public func takeOutOfUse(
  _ page: Page, of block: PageBlock, _ test: TakeOff, dissolving: Condition? = nil,
  errorIsTrue: Bool = false, _ lists: PCPHandling = .none
) -> Condition {
  func enable() -> Steps {
    if case .disable(let zone) = lists { zonePCPEnable(zone, PCPDisable()) } else { .none }
  }
  return Condition(call: "__page_handle_poison") {
    if case .disable(let zone) = lists { zonePCPDisable(zone, PCPDisable()) }
    if let dissolving {
      If(!dissolving) {
        enable()
        Return(errorIsTrue)
      }
    }
    if case .drain(let zone) = lists { drainAllPages(zone, force: false) }
    If(takePageOffBuddy(page, of: block, test)) {
      enable()
      Return(true)
    }
    enable()
    Return(false)
  }
}

/// `page_handle_poison()` (mm/memory-failure.c, v5.10 to v6.19): takes a page out of use and
/// answers whether it could.
///
/// - Parameters:
///   - counter: `num_poisoned_pages`.
///   - takingOff: how a page that is free gets off its list first; nil for a page in use.
///   - release: the caller's reference being dropped; no steps for a page that is free.
public func pageHandlePoison(
  _ page: Page, _ choices: PageHandlePoison, counting counter: Field<Int>,
  takingOff: Condition? = nil, release: Steps = .none
) -> Condition {
  Condition(call: "page_handle_poison") {
    if let takingOff {
      If(!takingOff) { Return(false) }
    }
    if choices.flagsBeforePut {
      setPageHWPoison(page)
      release
    } else {
      release
      setPageHWPoison(page)
    }
    if choices.takesReference { pageRefInc(page) }
    numPoisonedPagesInc(counter)
    Return(true)
  }
}

/// `num_poisoned_pages_inc()`.
public func numPoisonedPagesInc(_ counter: Field<Int>) -> Step {
  Step("num_poisoned_pages_inc", .atomic(counter, .relaxed)) { $0 += 1 }
}

/// Whether somebody whom the poison is no concern of uses the page. Part of a step's bookkeeping.
private func isUsed(_ page: Page, _ s: State) -> Bool {
  s[page.owner] == .app || s[page.owner] == .migration
}
