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
          block.handingOut(page, to: .app, by: takeFromPCPList(page, pcp))
          pcp.section.release()
          use(page)
        }
      }
      Way {
        listIsEmpty("the list is empty", pcp, of: block)
        pcp.section.release()
      }
    }
  }
}

/// `rmqueue_pcplist()` (mm/page_alloc.c, v5.9 to v6.1): takes a page off the CPU's own list, which
/// is refilled from the buddy if it is empty.
@StepsBuilder public func rmqueuePCPListRefilling(
  _ pcp: PerCPUPages, of block: PageBlock, as actor: Actor
) -> Steps {
  let isEmpty = Condition(
    "list_empty(&pcp->list)", .section(block.pages.map(\.freeList), holding: pcp.section)
  ) { s in block.pages.allSatisfy { s[$0.freeList] != .pcp(pcp.cpu) } }
  Call("rmqueue_pcplist") {
    pcp.section.acquire()
    If(isEmpty) {
      refill(pcp, of: block, as: actor)
      takeRefilledPage(pcp, of: block)
    } otherwise: {
      Choose(block.pages) { page in
        block.handingOut(page, to: .app, by: takeFromPCPList(page, pcp))
      }
    }
    pcp.section.release()
  }
}

private func takeFromPCPList(_ page: Page, _ pcp: PerCPUPages) -> Step {
  Step(
    "list_del, pcp->count--",
    .section([page.freeList, page.refcount] + pcp.countFields, holding: pcp.section),
    when: { s in s[page.freeList] == .pcp(pcp.cpu) }
  ) { s in
    s[page.freeList] = .none
    // set_page_refcounted() comes later; a page without references is nobody's to look at.
    s[page.refcount] = 1
    s[pcp.count] -= 1
    s[pcp.visibleCount] = s[pcp.count]
  }
}

private func listIsEmpty(_ name: String, _ pcp: PerCPUPages, of block: PageBlock) -> Step {
  Step(
    name, .section(block.pages.map(\.freeList), holding: pcp.section),
    when: { s in block.pages.allSatisfy { s[$0.freeList] != .pcp(pcp.cpu) } }
  ) { _ in }
}

/// An allocation that finds the CPU's list empty (mm/page_alloc.c, v5.9 to v6.1): moves `batch`
/// pages from the buddy to it and takes one.
@StepsBuilder public func refillAndAllocate(
  _ pcp: PerCPUPages, of block: PageBlock, as actor: Actor
) -> Steps {
  Call("rmqueue_pcplist") {
    pcp.section.acquire()
    refill(pcp, of: block, as: actor)
    takeRefilledPage(pcp, of: block)
    pcp.section.release()
  }
}

/// `rmqueue_bulk()`, in the section.
///
/// `high` is not looked at: a refill that read the old `batch` leaves pages on the list.
@StepsBuilder private func refill(
  _ pcp: PerCPUPages, of block: PageBlock, as actor: Actor
) -> Steps {
  let batch = actor.register(
    "batch", .range(0...PerCPUPages.usualBatch), initially: 0)
  let moved = actor.register("moved", .range(0...PerCPUPages.usualBatch), initially: 0)
  Step("READ_ONCE(pcp->batch)", .load(pcp.batch, .relaxed)) { value, my in my[batch] = value }
  Step(
    "rmqueue_bulk",
    .section(block.pages.flatMap(\.buddyFields), holding: pcp.section, taking: block.zoneLock)
  ) { s in
    // Never from the isolate list.
    for page in block.pages where s[page.freeList] == .buddy(.movable) && s[moved] < s[batch] {
      s[page.type] = .none
      s[page.freeList] = .pcp(pcp.cpu)
      s[moved] += 1
    }
  }
  Step("pcp->count += moved", .section(pcp.countFields, holding: pcp.section)) { s in
    s[pcp.count] += s[moved]
    s[pcp.visibleCount] = s[pcp.count]
    s[moved] = 0
    s[batch] = 0
  }
}

/// Takes one of the pages that a refill in the same section put on the list.
///
/// It left the buddy in this section, under zone->lock, so whoever isolates the block after that
/// finds it in use. It is not handed out from an isolated block.
@StepsBuilder private func takeRefilledPage(_ pcp: PerCPUPages, of block: PageBlock) -> Steps {
  Choose {
    for page in block.pages.reversed() {
      Way { takeFromPCPList(page, pcp).noting { s in s[page.owner] = .app } }
    }
    Way { listIsEmpty("nothing to take", pcp, of: block) }
  }
}
