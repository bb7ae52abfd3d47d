import KernelPages
import ModelChecking

/// The hugetlb pool with one page that is looked at (mm/hugetlb.c).
///
/// Surplus pages, reservations and the cgroup are left out: a surplus page goes straight to the buddy.
struct HugetlbFreeList {
  /// The list that the page is on: `h->hugepage_activelist` or `h->hugepage_freelists[]`.
  enum List: UInt8, FieldEnumeration { case none, active, free }

  let design: HugetlbDissolve.Design
  /// `hugetlb_lock`.
  let lock: Lock
  let refcount: Field<Int>
  /// `PageHuge()`: whether the page's destructor (v5.11) or type (v6.19) is hugetlb's.
  let isHuge: Field<Bool>
  /// `PageHugeFreed()`: in page[4].private (v5.11), in the private field of the head since v5.12.
  let isFreed: Field<Bool>
  let list: Field<List>
  let isInBuddy: Field<Bool>
  /// `h->free_huge_pages`.
  let freePages: Field<Int>
  /// How many free pages the pool has besides, which stay there.
  let otherPages: Field<Int>
  /// Ghost: dissolving failed for a page without references.
  let failedUnused: Ghost<Bool>

  /// A page in use, with one reference.
  init(in system: SystemBuilder, _ design: HugetlbDissolve.Design) {
    self.design = design
    lock = system.lock("hugetlb_lock", .irqSpinlock)
    refcount = system.field("page.refcount", .range(0...1), initially: 1)
    isHuge = system.field("PageHuge", .flag, initially: true)
    isFreed = system.field(
      "PageHugeFreed", design.notFreed == .unaware ? .only(false) : .flag, initially: false)
    list = system.field("page.lru", .cases, initially: .active)
    isInBuddy = system.field("page.in_buddy", .flag, initially: false)
    let others = design.mayHaveOtherPage ? [0, 1] : [0]
    let other = system.field("other_free_pages", .range(0...1), initiallyAnyOf: others)
    let free = system.field("free_huge_pages", .range(0...2), initiallyAnyOf: others)
    system.initially { s in s[free] == s[other] }
    (freePages, otherPages) = (free, other)
    failedUnused = system.ghost(
      "failed_unused", design.notFreed == .busy ? .flag : .only(false), initially: false)
  }

  private var marks: Bool { design.notFreed != .unaware }

  // MARK: The user

  /// Puts the page and gets it again, from the pool or as a new one from the buddy.
  @StepsBuilder func use() -> Steps {
    put()
    Loop {
      Choose {
        Way {
          dequeue()
          put()
        }
        Way {
          if design.isToday { growToday() } else { grow() }
        }
      }
    }
  }

  /// `put_page()` and `__free_huge_page()` (v5.11), `free_huge_folio()` (v6.19).
  @StepsBuilder private func put() -> Steps {
    Call("put_page") {
      Step("put_page_testzero", .atomic(refcount)) { count in count -= 1 }
      Call(design.isToday ? "free_huge_folio" : "__free_huge_page") {
        lock.acquire()
        enqueue()
        lock.release()
      }
    }
  }

  /// `enqueue_huge_page()`, with the lock held.
  private func enqueue() -> Step {
    Step("enqueue_huge_page", .section([list, freePages, isFreed], holding: lock)) { s in
      s[list] = .free
      s[freePages] += 1
      if marks { s[isFreed] = true }
    }
  }

  /// `dequeue_huge_page_node_exact()`.
  private func dequeue() -> Step {
    Step(
      "dequeue_huge_page_node_exact",
      .section([list, refcount, isFreed, freePages], taking: lock), when: { s in s[list] == .free }
    ) { s in
      s[list] = .active
      s[refcount] = 1
      if design.clearsAtDequeue { s[isFreed] = false }
      s[freePages] -= 1
    }.mayRest()
  }

  /// `alloc_pool_huge_page()` and `prep_new_huge_page()` (v5.11): the pool grows by a page, whose put
  /// frees it into the pool.
  @StepsBuilder private func grow() -> Steps {
    Call("alloc_pool_huge_page") {
      allocate(count: 1)
      Call("prep_new_huge_page") {
        Step("set_compound_page_dtor", .store(isHuge)) { true }
        if marks && design.clearsAtPrepare {
          Step("ClearPageHugeFreed", .section([isFreed], taking: lock)) { s in s[isFreed] = false }
        }
      }
    }
    put()
  }

  /// `alloc_fresh_hugetlb_folio()` and `prep_and_add_allocated_folios()` (v6.19). The page has no
  /// references until somebody takes it from the pool, and its private field is cleared by the
  /// allocator.
  @StepsBuilder private func growToday() -> Steps {
    Call("alloc_pool_huge_folio") {
      allocate(count: 0)
      Step("__folio_set_hugetlb", .store(isHuge)) { true }
      lock.acquire()
      enqueue()
      lock.release()
    }
  }

  private func allocate(count: Int) -> Step {
    Step(
      "alloc_pages",
      .section(
        [isInBuddy, refcount, isFreed], because: "zone->lock, and the page is nobody else's"),
      when: { s in s[isInBuddy] }
    ) { s in
      s[isInBuddy] = false
      s[refcount] = count
      if design.isToday { s[isFreed] = false }
    }.mayRest()
  }

  // MARK: Dissolving

  /// `dissolve_free_huge_page()` (v5.10, v5.11), `dissolve_free_hugetlb_folio()` (v6.19).
  @StepsBuilder func dissolve() -> Steps {
    Call(design.isToday ? "dissolve_free_hugetlb_folio" : "dissolve_free_huge_page") {
      Label("retry")
      If(!pageHuge) { Return() }
      lock.acquire()
      If(!pageHuge) { unlockAndReturn() }
      If(Condition("page_count", .load(refcount)) { $0 > 0 }) { unlockAndReturn() }
      If(Condition("free_huge_pages == 0", .load(freePages)) { $0 == 0 }) { unlockAndReturn() }
      if marks {
        If(!Condition("PageHugeFreed", .load(isFreed)) { $0 }) {
          if design.notFreed == .busy {
            lock.release().noting { s in s[failedUnused] = true }
            Return()
          } else {
            lock.release()
            Goto("retry")
          }
        }
      }
      if design.isToday {
        removeToday()
      } else {
        Step("list_del, free_huge_pages--", .section([list, freePages], holding: lock)) { s in
          s[list] = .none
          s[freePages] -= 1
        }
        // The reference that it sets for __free_pages() is gone at the end of the step.
        Step("update_and_free_page", .section([isHuge, isInBuddy], holding: lock)) { s in
          s[isHuge] = false
          s[isInBuddy] = true
        }
        lock.release()
      }
    }
  }

  private var pageHuge: Condition { Condition("PageHuge", .load(isHuge)) { $0 } }

  @StepsBuilder private func unlockAndReturn() -> Steps {
    lock.release()
    Return()
  }

  /// The rest of `dissolve_free_hugetlb_folio()` (v6.19) for a page whose vmemmap is optimized: it stays
  /// hugetlb's until that is restored, which may fail.
  @StepsBuilder private func removeToday() -> Steps {
    Step("remove_hugetlb_folio", .section([list, freePages, isFreed], holding: lock)) { s in
      s[list] = .none
      s[isFreed] = false
      s[freePages] -= 1
    }
    lock.release()
    Choose {
      Way {
        Step("hugetlb_vmemmap_restore_folio: 0")
        Step("__folio_clear_hugetlb", .section([isHuge], taking: lock)) { s in s[isHuge] = false }
        Step("hugetlb_free_folio", .store(isInBuddy)) { true }
      }
      Way {
        Step("hugetlb_vmemmap_restore_folio: -ENOMEM")
        lock.acquire()
        // add_hugetlb_folio().
        enqueue()
        lock.release()
      }
    }
  }
}
