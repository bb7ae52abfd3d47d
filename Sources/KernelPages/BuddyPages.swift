import ModelChecking

// Taking pages out of the buddy. Its lists and PageBuddy change under zone->lock only, but others
// read PageBuddy and set PG_hwpoison without it.

extension Page {
  /// Takes the page off the buddy's list. Part of a section under zone->lock.
  func leaveBuddy(_ s: inout SectionState) {
    s[type] = .none
    s[freeList] = .none
  }
}

/// A section under zone->lock that takes the page off the buddy's list if it is on one, and answers
/// whether it was.
func removeIfBuddy(_ page: Page, of block: PageBlock, as name: String) -> Condition {
  Condition(name, .section(page.buddyFields, taking: block.zoneLock)) { s in
    guard s[page.type] == .buddy else { return false }
    page.leaveBuddy(&s)
    return true
  }
}

/// `rmqueue()` (mm/page_alloc.c, v5.4) of a page straight from the buddy, and what the new owner
/// does with it.
///
/// Only the movable list is looked at, never the isolate list. `check_new_page()` drops a poisoned
/// page for good and goes on; kernels without page checks hand it out (v6.12).
///
/// - Parameter use: the steps of the new owner, who holds the one reference.
@StepsBuilder public func allocFromBuddy(
  _ page: Page, in block: PageBlock, checksNewPage: Bool, @StepsBuilder use: () -> Steps
) -> Steps {
  // PG_hwpoison is set without zone->lock. Set within the section but before the test it has the
  // effect that it has when set before the section: nobody else sees the list in between.
  let section = Section.section(
    page.buddyFields + [page.isPoisoned, page.refcount], taking: block.zoneLock)
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
          // set_page_refcounted() comes later; a page without references is nobody's to look at.
          page.leaveBuddy(&s)
          s[page.refcount] = 1
        }
      ).mayRest()
      use()
    }
    if checksNewPage {
      Way {
        Step(
          "check_new_page drops the page", section,
          when: { s in s[page.freeList] == .buddy(.movable) && s[page.isPoisoned] }
        ) { s in page.leaveBuddy(&s) }
        .mayRest()
      }
    }
  }
}
