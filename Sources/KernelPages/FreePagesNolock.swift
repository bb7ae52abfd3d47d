import ModelChecking

/// `free_pages_nolock()` (mm/page_alloc.c, 8c57b687e833, v6.15 to v6.19): a free that waits for no lock,
/// for those who may be in the middle of anything: BPF programs, the stack depot, an allocation of
/// `alloc_pages_nolock()` that its memory cgroup refuses.
///
/// `free_frozen_page_commit()` returns before it looks at `high`, so a list that is disabled takes the
/// page all the same. Where neither pcp->lock nor zone->lock can be had the page goes to
/// `zone->trylock_free_pages`, from where the next `free_one_page()` that may wait takes it. No drain looks
/// there.
///
/// - Parameter heedsHigh: whether a page passes a disabled list by. No kernel does so.
@StepsBuilder public func freePagesNolock(
  _ page: Page, in block: PageBlock, to pcp: PerCPUPages, heedsHigh: Bool = false
) -> Steps {
  Call("free_pages_nolock") {
    If(pageRefDecAndTest(page)) {
      let isIsolated = Condition("get_pfnblock_migratetype", .load(block.migratetype, .relaxed)) {
        $0 == .isolate
      }
      If(isIsolated) {
        freeOnePageNolock(page, in: block)
        Return()
      }
      If(pcp.section.tryAcquire()) {
        if heedsHigh {
          If(Condition("pcp->high == 0", .load(pcp.high, .relaxed)) { $0 == 0 }) {
            addPageToZoneLlist(page)
            pcp.section.release()
            Return()
          }
        }
        addToPCPList(page, in: block, pcp)
        pcp.section.release()
      } otherwise: {
        freeOnePageNolock(page, in: block)
      }
    }
  }
}

/// `free_one_page()` with FPI_TRYLOCK.
@StepsBuilder private func freeOnePageNolock(_ page: Page, in block: PageBlock) -> Steps {
  Call("free_one_page") {
    If(block.zoneLock.tryAcquire()) {
      Step(
        "split_large_buddy",
        .section(block.buddyFields(of: [page]) + [block.migratetype], holding: block.zoneLock)
      ) { s in
        block.addToBuddy(page, s[block.migratetype], &s)
      }.noting { s in noteFreed(page, &s) }
        .freeing(page)
      block.zoneLock.release()
    } otherwise: {
      addPageToZoneLlist(page)
    }
  }
}

/// `add_page_to_zone_llist()`: a list without a lock.
private func addPageToZoneLlist(_ page: Page) -> Step {
  Step("llist_add(&zone->trylock_free_pages)", .store(page.freeList)) { .trylock }
    .noting { s in noteFreed(page, &s) }
    .freeing(page)
}
