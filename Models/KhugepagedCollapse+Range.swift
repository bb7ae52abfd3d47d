import KernelPages
import ModelChecking

/// A range of a file whose pages khugepaged replaces, of which one slot is looked at (mm/khugepaged.c,
/// mm/filemap.c).
///
/// Three pages have a number: the old one in the slot, the huge page, and another huge page for the next
/// range. The references that khugepaged has to the old page besides that of the page cache are left
/// out.
struct CollapsedRange {
  /// What the slot of the first offset holds.
  enum Slot: UInt8, FieldEnumeration { case old, huge }

  private static let old = 0
  private static let huge = 1
  private static let other = 2

  let design: KhugepagedCollapse.Design
  /// `i_pages.xa_lock`.
  let lock: Lock
  let slot: Field<Slot>
  let refcounts: FieldArray<Int>
  let isLocked: FieldArray<Bool>
  /// Whether `page->mapping` is the file's.
  let isMapped: FieldArray<Bool>
  /// The range that `page->index` lies in.
  let ranges: FieldArray<Int>
  let isUptodate: Field<Bool>
  /// Ghost: a lookup has got the lock of a huge page that has no mapping any more.
  let hasWaited: Ghost<Bool>
  /// Ghost: a lookup has used the huge page.
  let hasUsed: Ghost<Bool>

  init(in system: SystemBuilder, _ design: KhugepagedCollapse.Design, lookups: Int) {
    self.design = design
    lock = system.lock("i_pages->xa_lock", .irqSpinlock)
    slot = system.field("i_pages[offset]", .cases, initially: .old)
    refcounts = system.fields("refcount", count: 3, .range(0...1 + lookups), initially: 1)
    isLocked = system.fields("locked", count: 3, .flag, initially: false)
    isMapped = system.fields("mapping", count: 3, .flag, initially: false)
    ranges = system.fields("index", count: 3, .range(0...1), initially: 0)
    isUptodate = system.field("huge page uptodate", .flag, initially: false)
    hasWaited = system.ghost(
      "has_waited", design.asksForWaiting ? .flag : .only(false), initially: false)
    hasUsed = system.ghost("has_used", .flag, initially: false)
  }

  // MARK: khugepaged

  /// Two ranges, one after the other; the second if the first failed.
  @StepsBuilder func collapse(as actor: Actor) -> Steps {
    let page = actor.register("hpage", .range(1...2), initially: Self.huge)
    If(!(design.storesAtEnd ? collapseToday() : collapseFirst())) {
      prepareNext(page)
      collapseNext(page)
    }
  }

  /// `collapse_shmem()` (v4.19, v4.20) of the range that is looked at.
  private func collapseFirst() -> Condition {
    let page = Self.huge
    return Condition(call: "collapse_shmem(start)") {
      setUp(page)
      if design.freezes {
        Step("page_ref_freeze(new_page, 1)", .atomic(refcounts[page])) { count in count = 0 }
      }
      If(!trylockOld) { Goto("rollback") }
      lock.acquire()
      If(
        !Condition("page_ref_freeze(page)", .atomic(refcounts[Self.old])) { count in
          guard count == 1 else { return false }
          count = 0
          return true
        }
      ) {
        lock.release()
        unlockOld()
        Goto("rollback")
      }
      Step("xas_store(new_page)", .store(slot)) { .huge }
      lock.release()
      Step("shmem_getpage of the others").sleeps()
      Choose {
        Way {
          Step("copy_highpage, SetPageUptodate", .store(isUptodate)) { true }
          if design.freezes { unfreeze(page) }
          unmapOld()
          unlock(page)
          Return(true)
        }
        Way {
          lock.acquire()
          Step("page_ref_unfreeze(page)", .store(refcounts[Self.old], .release)) { 1 }
          Step("xas_store(page)", .store(slot)) { .old }
          lock.release()
          unlockOld()
        }
      }
      Label("rollback")
      giveUp(page)
      Return(false)
    }
  }

  /// `collapse_file()` (v6.19): the old pages stay where they are until the huge page is complete.
  private func collapseToday() -> Condition {
    let page = Self.huge
    return Condition(call: "collapse_file(start)") {
      setUp(page)
      If(!trylockOld) { Goto("rollback") }
      If(Condition("folio_ref_count", .load(refcounts[Self.old])) { $0 != 1 }) {
        unlockOld()
        Goto("rollback")
      }
      Step("shmem_get_folio of the others").sleeps()
      Choose {
        Way {
          lock.acquire()
          Step("folio_mark_uptodate", .store(isUptodate)) { true }
          Step("xas_store(new_folio)", .store(slot)) { .huge }
          lock.release()
          unlock(page)
          unmapOld()
          Return(true)
        }
        Way { unlockOld() }
      }
      Label("rollback")
      giveUp(page)
      Return(false)
    }
  }

  @StepsBuilder private func setUp(_ page: Int) -> Steps {
    Step("__SetPageLocked(new_page)", .store(isLocked[page])) { true }
      .asserting(KhugepagedCollapse.unused) { s in isUnused(page, s) }
    Step("new_page->index = start", .store(ranges[page])) { 0 }
    Step("new_page->mapping = mapping", .store(isMapped[page])) { true }
  }

  private func unfreeze(_ page: Int) -> Step {
    Step("page_ref_unfreeze(new_page)", .store(refcounts[page], .release)) { 1 }
  }

  @StepsBuilder private func giveUp(_ page: Int) -> Steps {
    if design.freezes { unfreeze(page) }
    Step("new_page->mapping = NULL", .store(isMapped[page])) { false }
    unlock(page)
  }

  private func unlock(_ page: Int) -> Step {
    Step("unlock_page(new_page)", .store(isLocked[page], .release)) { false }
      .bugOn(KhugepagedCollapse.notLocked) { s in !s[isLocked[page]] }
  }

  /// Whether khugepaged may make a page the huge page of a range: it has a reference, and no file has it.
  private func isUnused(_ page: Int, _ s: State) -> Bool {
    s[refcounts[page]] > 0 && !s[isMapped[page]]
  }

  /// Whether a reference may be put: if it is the last, the page must be in no file and not locked, as
  /// `free_pages_check()` asks.
  private func mayPut(_ page: Int, _ s: State) -> Bool {
    s[refcounts[page]] > 1 || !s[isMapped[page]] && !s[isLocked[page]]
  }

  private var trylockOld: Condition {
    Condition("trylock_page(page)", .atomic(isLocked[Self.old])) { isLocked in
      defer { isLocked = true }
      return !isLocked
    }
  }

  private func unlockOld() -> Step {
    Step("unlock_page(page)", .store(isLocked[Self.old], .release)) { false }
      .bugOn(KhugepagedCollapse.notLocked) { s in !s[isLocked[Self.old]] }
  }

  /// The old page leaves the page cache, whose reference is put. Frozen, it has no other.
  @StepsBuilder private func unmapOld() -> Steps {
    Step("page->mapping = NULL", .store(isMapped[Self.old])) { false }
    if design.storesAtEnd {
      unlockOld()
      Step("folio_put_refs(page)", .atomic(refcounts[Self.old])) { $0 -= 1 }
        .asserting(KhugepagedCollapse.freed) { s in mayPut(Self.old, s) }
    } else {
      // Unfrozen with its last reference, which is put below.
      unlockOld()
    }
  }

  /// `khugepaged_prealloc_page()` and `khugepaged_alloc_page()` before the next range.
  @StepsBuilder private func prepareNext(_ page: Register<Int>) -> Steps {
    let release = Steps {
      Step("put_page(hpage)", .atomic(refcounts[page])) { $0 -= 1 }
        .asserting(KhugepagedCollapse.freed) { s in mayPut(s[page], s) }
      Step("alloc_pages") { my in my[page] = Self.other }
    }
    switch design.reuse {
    case .always, .afterLocking: Steps.none
    case .never: release
    case .ifUnreferenced:
      If(Condition("page_count(hpage) > 1", .load(refcounts[page])) { $0 > 1 }) { release }
    }
  }

  /// The next range, as far as its huge page goes: nobody here looks at its slots.
  @StepsBuilder private func collapseNext(_ page: Register<Int>) -> Steps {
    Call("collapse_shmem(next start)") {
      if design.reuse == .afterLocking {
        Step("lock_page(new_page)", .atomic(isLocked[page], .acquire), when: { !$0 }) { $0 = true }
          .sleeps()
      } else {
        Step("__SetPageLocked(new_page)", .store(isLocked[page])) { true }
          .asserting(KhugepagedCollapse.unused) { s in isUnused(s[page], s) }
      }
      Step("new_page->index = next start", .store(ranges[page])) { 1 }
      Step("new_page->mapping = mapping", .store(isMapped[page])) { true }
      Step("shmem_getpage, copy").sleeps()
      Step("unlock_page(new_page)", .store(isLocked[page], .release)) { false }
        .bugOn(KhugepagedCollapse.notLocked) { s in !s[isLocked[s[page]]] }
        .asserting(KhugepagedCollapse.next) { s in s[isMapped[s[page]]] && s[ranges[s[page]]] == 1 }
    }
  }

  // MARK: A lookup

  /// `find_lock_entry()`, `filemap_fault()` (v4.20), `__filemap_get_folio()` (v6.19) of the offset.
  @StepsBuilder func lookUp(as actor: Actor) -> Steps {
    let page = actor.register("page", .range(0...1), initially: Self.old)
    let reset = Steps { Step("return").also { my in my[page] = Self.old } }
    Call("find_get_entry") {
      preemptDisable()
      Loop {
        Step("page = xas_load", .load(slot)) { value, my in
          my[page] = value == .old ? Self.old : Self.huge
        }
        If(
          !Condition("page_cache_get_speculative", .atomic(refcounts[page])) { count in
            guard count > 0 else { return false }
            count += 1
            return true
          }
        ) { Continue() }
        If(
          Condition("page == xas_reload", .load(slot)) { value, my in
            (value == .old ? Self.old : Self.huge) == my[page]
          }
        ) { Break() }
        put(page)
      }
      preemptEnable()
    }
    Step("lock_page", .atomic(isLocked[page], .acquire), when: { !$0 }) { $0 = true }.sleeps()
    If(
      Condition("page->mapping == mapping", .load(isMapped[page])) { $0 }
        .noting { [design, hasWaited] s, isMapped in
          if !isMapped && s[page] == Self.huge && !design.freezes && !design.storesAtEnd {
            s[hasWaited] = true
          }
        }
    ) {
      Step.bugOn(KhugepagedCollapse.rightOffset, .load(ranges[page])) { $0 != 0 }
      Step("use the page")
        .asserting(KhugepagedCollapse.rightPage) { s in
          s[isLocked[s[page]]] && (s[slot] == .old ? Self.old : Self.huge) == s[page]
        }
        .asserting(KhugepagedCollapse.uptodate) { s in s[page] != Self.huge || s[isUptodate] }
        .noting { s in if s[page] == Self.huge { s[hasUsed] = true } }
    }
    Step("unlock_page", .store(isLocked[page], .release)) { false }
      .bugOn(KhugepagedCollapse.notLocked) { s in !s[isLocked[s[page]]] }
    put(page)
    reset
  }

  private func put(_ page: Register<Int>) -> Step {
    Step("put_page", .atomic(refcounts[page])) { $0 -= 1 }
      .asserting(KhugepagedCollapse.freed) { s in mayPut(s[page], s) }
  }
}
