import ModelChecking

/// `rmqueue_pcplist()` (mm/page_alloc.c, v5.9 to v6.1) without a refill: takes a page off the CPU's
/// own list, if there is one.
///
/// - Parameter use: what the new owner does with the page.
@StepsBuilder public func rmqueuePCPList(
  _ pcp: PerCPUPages, of block: PageBlock, use: (Page) -> Steps = { _ in .none }
) -> Steps {
  Call("rmqueue_pcplist") {
    pcp.section.acquire()
    Choose {
      for page in block.pages {
        Way {
          takeFromPCPList(page, pcp).also { s in block.noteHandedOut(page, to: .app, s) }
          pcp.section.release()
          use(page)
        }
      }
      Way {
        Step(
          "the list is empty",
          when: { s in block.pages.allSatisfy { s[$0.freeList] != .pcp(pcp.cpu) } },
          collapsing: .pcpSection
        ) { _ in }
        pcp.section.release()
      }
    }
  }
}

private func takeFromPCPList(_ page: Page, _ pcp: PerCPUPages) -> Step {
  Step(
    "list_del, pcp->count--", when: { s in s[page.freeList] == .pcp(pcp.cpu) },
    collapsing: .pcpSection
  ) { s in
    s[page.freeList] = .none
    // set_page_refcounted() comes later; a page without references is nobody's to look at.
    s[page.refcount] = 1
    s[pcp.count] -= 1
    s[pcp.visibleCount] = s[pcp.count]
  }
}

/// `rmqueue_bulk()` and the allocation after it (mm/page_alloc.c, v5.9 to v6.1): an allocation that
/// finds the CPU's list empty moves `batch` pages from the buddy to it and takes one.
///
/// `high` is not looked at: a refill that read the old `batch` leaves pages on the list.
@StepsBuilder public func refillAndAllocate(
  _ pcp: PerCPUPages, of block: PageBlock, as actor: Actor
) -> Steps {
  let batch = actor.register(
    "batch", .range(0...PerCPUPages.usualBatch), initially: 0)
  let moved = actor.register("moved", .range(0...PerCPUPages.usualBatch), initially: 0)
  Call("rmqueue_pcplist") {
    pcp.section.acquire()
    Step("READ_ONCE(pcp->batch)") { s in s[batch] = s[pcp.batch] }
    Step("rmqueue_bulk", collapsing: .pcpSectionAndZoneLock) { s in
      // Never from the isolate list.
      for page in block.pages where s[page.freeList] == .buddy(.movable) && s[moved] < s[batch] {
        s[page.type] = .none
        s[page.freeList] = .pcp(pcp.cpu)
        s[moved] += 1
      }
    }
    Step("pcp->count += moved", collapsing: .pcpSection) { s in
      s[pcp.count] += s[moved]
      s[pcp.visibleCount] = s[pcp.count]
      s[moved] = 0
      s[batch] = 0
    }
    // The page that was moved last is taken, and the section ends with that.
    Choose {
      for page in block.pages.reversed() {
        // It left the buddy in this section, under zone->lock, so whoever isolates the block after
        // that finds it in use. It is not handed out from an isolated block.
        Way { takeFromPCPList(page, pcp).also { s in s[page.owner] = .app } }
      }
      Way {
        Step(
          "nothing to take",
          when: { s in block.pages.allSatisfy { s[$0.freeList] != .pcp(pcp.cpu) } },
          collapsing: .pcpSection
        ) { _ in }
      }
    }
    pcp.section.release()
  }
}
