import ModelChecking

// Taking pages out of the buddy. Its lists and PageBuddy change under zone->lock only, but others
// read PageBuddy and set PG_hwpoison without it.

extension Page {
  /// What `listsAgree(_:)` says, as an invariant.
  public static let listsAgree =
    "a page is on a list of the buddy if and only if it is PageBuddy, and free pages have no references"

  /// Whether the page's type says what list it is on, and no reference is left where it is on one.
  public func listsAgree(_ s: State) -> Bool {
    s[freeList].isBuddy == (s[type] == .buddy) && (s[freeList] == .none || s[refcount] == 0)
  }
}

extension Page {
  /// What `isOffLRU(_:)` says, as an invariant. PAGE_FLAGS_CHECK_AT_FREE has PG_lru in it.
  public static let offLRU = "a page on a free list is not on the LRU"

  /// Whether the page is on one of the two at most.
  public func isOffLRU(_ s: State) -> Bool { s[freeList] == .none || !s[isOnLRU] }
}

/// A section under zone->lock that takes the page off the buddy's list if it is on one, and answers
/// whether it was.
func removeIfBuddy(_ page: Page, of block: PageBlock, as name: String) -> Condition {
  Condition(name, .section(block.buddyFields(of: [page]), taking: block.zoneLock)) { s in
    guard s[page.type] == .buddy else { return false }
    block.removeFromBuddy(page, &s)
    return true
  }
}

/// `rmqueue()` (mm/page_alloc.c, v5.4) of a page straight from the buddy, and what the new owner
/// does with it.
///
/// Only the movable list is looked at, never the isolate list. `check_new_page()` drops a poisoned
/// page for good and goes on; kernels without page checks hand it out (v6.12).
///
/// - Parameters:
///   - refcountsLater: whether `set_page_refcounted()` is a step of its own, as it is. Walkers get no
///     reference to the page in between, no more than while it is free, but `has_unmovable_pages()`
///     passes it over then and refuses it later. One step is for models in which nobody asks that.
///   - use: the steps of the new owner, who holds the one reference.
@StepsBuilder public func allocFromBuddy(
  _ page: Page, in block: PageBlock, checksNewPage: Bool, refcountsLater: Bool = false,
  @StepsBuilder use: () -> Steps
) -> Steps {
  // PG_hwpoison is set without zone->lock. Set within the section but before the test it has the
  // effect that it has when set before the section: nobody else sees the list in between.
  let section = Section.section(
    block.buddyFields(of: [page]) + [page.isPoisoned, page.refcount], taking: block.zoneLock)
  Choose {
    Way {
      block.handingOut(
        page, to: .app,
        by: Step(
          "rmqueue", section,
          when: { s in
            s[page.freeList] == .buddy(.movable) && !(checksNewPage && s[page.isPoisoned])
          }
        ) { s in
          block.removeFromBuddy(page, &s)
          if !refcountsLater { s[page.refcount] = 1 }
        }
      ).mayRest()
      if refcountsLater { Step("set_page_refcounted", .store(page.refcount, .plain)) { 1 } }
      use()
    }
    if checksNewPage {
      Way {
        Step(
          "check_new_page drops the page", section,
          when: { s in s[page.freeList] == .buddy(.movable) && s[page.isPoisoned] }
        ) { s in block.removeFromBuddy(page, &s) }
        .mayRest()
      }
    }
  }
}
