import ModelChecking

/// How an actor gets at the per-CPU list of its CPU.
public enum PCPEntry: Hashable, Sendable {
  /// Interrupts off or a local lock, which can't fail (to v5.19).
  case local
  /// `pcp_spin_trylock()` (since v6.0): while somebody else drains the list, the buddy is used.
  case trylock
}

/// The steps of an actor that is inside the section of its CPU's list, and what it does where it
/// can't get in.
@StepsBuilder func enteringPCP(
  _ pcp: PerCPUPages, by entry: PCPEntry, @StepsBuilder inside: () -> Steps,
  @StepsBuilder otherwise: () -> Steps
) -> Steps {
  switch entry {
  case .local:
    pcp.section.acquire()
    inside()
  case .trylock:
    If(pcp.section.tryAcquire()) {
      inside()
    } otherwise: {
      otherwise()
    }
  }
}

/// `rmqueue_pcplist()` (mm/page_alloc.c, v5.9 to v6.19) without a refill: takes the page that was freed
/// last off the CPU's own list, if there is one.
///
/// - Parameters:
///   - pages: those that may come first on the list; all of the block's if nil. Were it another, the search
///     would find that the allocation waits for ever.
///   - use: what the new owner does with the page.
@StepsBuilder public func rmqueuePCPList(
  _ pcp: PerCPUPages, of block: PageBlock, first pages: [Page]? = nil,
  by entry: PCPEntry = .local, use: (Page) -> Steps = { _ in .none }
) -> Steps {
  Call("rmqueue_pcplist") {
    enteringPCP(pcp, by: entry) {
      Choose {
        for page in pages ?? block.pages {
          Way {
            block.handingOut(page, to: .app, by: takeFromPCPList(page, pcp, of: block))
            pcp.section.release()
            use(page)
          }
        }
        Way {
          listIsEmpty("the list is empty", pcp)
          pcp.section.release()
        }
      }
    } otherwise: {
      Return()
    }
  }
}

/// `rmqueue_pcplist()` (mm/page_alloc.c, v5.9 to v6.19): takes a page off the CPU's own list, which is
/// refilled from the buddy if it is empty; `rmqueue_buddy()` where the list is somebody else's just now.
///
/// - Parameters:
///   - pages: those that may come first on a list that isn't empty, as in `rmqueuePCPList`.
///   - refilled: those that may come first after a refill.
@StepsBuilder public func rmqueuePCPListRefilling(
  _ pcp: PerCPUPages, of block: PageBlock, first pages: [Page]? = nil, refilled: [Page]? = nil,
  by entry: PCPEntry = .local, as actor: Actor, use: (Page) -> Steps = { _ in .none }
) -> Steps {
  let isEmpty = Condition("list_empty(&pcp->list)", .section([pcp.list], holding: pcp.section)) {
    s in s[pcp.list].isEmpty
  }
  Call("rmqueue_pcplist") {
    enteringPCP(pcp, by: entry) {
      If(isEmpty) {
        refill(pcp, of: block, as: actor)
        takeRefilledPage(pcp, of: block, first: refilled, use: use)
      } otherwise: {
        Choose(pages ?? block.pages) { page in
          Steps {
            block.handingOut(page, to: .app, by: takeFromPCPList(page, pcp, of: block))
            pcp.section.release()
            use(page)
          }
        }
      }
    } otherwise: {
      rmqueueBuddy(of: block, use: use)
    }
  }
}

/// `list_del()` of `list_first_entry()`, where that is the page.
private func takeFromPCPList(_ page: Page, _ pcp: PerCPUPages, of block: PageBlock) -> Step {
  let number = block.number(of: page)
  return Step(
    "list_del, pcp->count--",
    .section(
      [page.freeList, page.refcount, pcp.list, pcp.count], holding: pcp.section),
    when: { s in s[pcp.list].numbers.first == number }
  ) { s in
    _ = s[pcp.list].removeFirst()
    s[page.freeList] = .none
    // set_page_refcounted() comes later, as in allocFromBuddy(): only has_unmovable_pages() could tell.
    s[page.refcount] = 1
    s[pcp.count] -= 1
  }
}

private func listIsEmpty(_ name: String, _ pcp: PerCPUPages) -> Step {
  Step(
    name, .section([pcp.list], holding: pcp.section), when: { s in s[pcp.list].isEmpty }
  ) { _ in }
}

/// An allocation that finds the CPU's list empty (mm/page_alloc.c, v5.9 to v6.19): moves `batch`
/// pages from the buddy to it and takes one.
///
/// - Parameter pages: those that may come first then, as in `rmqueuePCPList`.
@StepsBuilder public func refillAndAllocate(
  _ pcp: PerCPUPages, of block: PageBlock, first pages: [Page]? = nil,
  by entry: PCPEntry = .local, as actor: Actor
) -> Steps {
  Call("rmqueue_pcplist") {
    enteringPCP(pcp, by: entry) {
      refill(pcp, of: block, as: actor)
      takeRefilledPage(pcp, of: block, first: pages)
    } otherwise: {
      rmqueueBuddy(of: block)
    }
  }
}

/// The list of the buddy that movable allocations take from; never the isolate list.
private func isForMovable(_ list: FreeList) -> Bool { list == .buddy(.movable) }

/// `rmqueue_buddy()` (mm/page_alloc.c, v6.0 to v6.19): a page straight from the buddy, or none.
@StepsBuilder private func rmqueueBuddy(
  of block: PageBlock, use: (Page) -> Steps = { _ in .none }
) -> Steps {
  let fields = block.buddyFields(of: block.pages) + block.pages.map(\.refcount)
  Call("rmqueue_buddy") {
    Choose {
      for page in block.pages {
        Way {
          block.handingOut(
            page, to: .app,
            by: Step(
              "__rmqueue", .section(fields, taking: block.zoneLock),
              when: { s in isForMovable(s[page.freeList]) }
            ) { s in
              block.removeFromBuddy(page, &s)
              s[page.refcount] = 1
            })
          use(page)
        }
      }
      Way {
        Step(
          "__rmqueue finds nothing", .section(fields, taking: block.zoneLock),
          when: { s in !block.pages.contains { isForMovable(s[$0.freeList]) } }
        ) { _ in }
      }
    }
  }
}

/// `rmqueue_bulk()`, in the section: adds at the tail.
///
/// `high` is not looked at: a refill that read the old `batch` leaves pages on the list.
@StepsBuilder private func refill(
  _ pcp: PerCPUPages, of block: PageBlock, as actor: Actor
) -> Steps {
  let batch = actor.register(
    "batch", .range(0...PerCPUPages.usualBatch), initially: 0)
  let moved = actor.register("moved", .range(0...PerCPUPages.usualBatch), initially: 0)
  Step("READ_ONCE(pcp->batch)", .load(pcp.batch, .relaxed)) { value, my in my[batch] = value }
  block.takingFromBuddy(
    by: Step(
      "rmqueue_bulk",
      .section(
        block.buddyFields(of: block.pages) + [pcp.list], holding: pcp.section,
        taking: block.zoneLock)
    ) { s in
      for page in block.pages where isForMovable(s[page.freeList]) && s[moved] < s[batch] {
        block.removeFromBuddy(page, &s)
        pcp.add(page, of: block, atTail: true, &s)
        s[moved] += 1
      }
    }, isForMovable)
  Step("pcp->count += moved", .section([pcp.count], holding: pcp.section)) { s in
    s[pcp.count] += s[moved]
    s[moved] = 0
    s[batch] = 0
  }
}

/// Takes one of the pages that a refill in the same section put on the list.
///
/// `rmqueue_bulk()` took it from the block, and is where that is asked about. Whoever isolates the block
/// after that finds it in use.
@StepsBuilder private func takeRefilledPage(
  _ pcp: PerCPUPages, of block: PageBlock, first pages: [Page]?,
  use: (Page) -> Steps = { _ in .none }
) -> Steps {
  Choose {
    for page in pages ?? block.pages {
      Way {
        takeFromPCPList(page, pcp, of: block).noting { s in s[page.owner] = .app }
        pcp.section.release()
        use(page)
      }
    }
    Way {
      listIsEmpty("nothing to take", pcp)
      pcp.section.release()
    }
  }
}
