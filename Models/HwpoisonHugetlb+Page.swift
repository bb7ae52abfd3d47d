import KernelPages
import ModelChecking

/// A page that is now the buddy's, now hugetlb's, and memory_failure() (mm/hugetlb.c,
/// mm/memory-failure.c).
struct HugePageInSetUp {
  /// What the page is, as its flags say.
  enum Kind: UInt8, FieldEnumeration {
    case buddy
    /// Compound, and not hugetlb's yet, or no more.
    case compound
    /// `PageHuge()`.
    case hugetlb
    /// `PageLRU()`.
    case lru
  }

  let design: HwpoisonHugetlb.Design
  /// `hugetlb_lock`.
  let lock: Lock
  let refcount: Field<Int>
  let kind: Field<Kind>
  /// `HPageFreed()`: it is in the pool.
  let isFreed: Field<Bool>
  /// `HPageMigratable()`: it is in use.
  let isMigratable: Field<Bool>
  /// Whether the page becomes a huge page now and then. It is an application's otherwise.
  let becomesHuge: Field<Bool>

  /// A page in the buddy.
  init(in system: SystemBuilder, _ design: HwpoisonHugetlb.Design, errors: Int) {
    self.design = design
    lock = system.lock("hugetlb_lock", .irqSpinlock)
    refcount = system.field("page.refcount", .range(0...1 + errors), initially: 0)
    kind = system.field("page.kind", .cases, initially: .buddy)
    isFreed = system.field("HPageFreed", .flag, initially: false)
    isMigratable = system.field("HPageMigratable", .flag, initially: false)
    becomesHuge = system.field(
      "becomes_huge", design.mayBeBoth ? .only(true) : .flag,
      initiallyAnyOf: design.mayBeBoth ? [true] : [true, false])
  }

  // MARK: hugetlb

  /// A fault for which the pool must grow, the use of the page, and the last unmap.
  @StepsBuilder func use() -> Steps {
    Loop {
      Call("gather_surplus_pages") {
        switch design.setUp {
        case .referenced: allocate(.compound, count: 1)
        case .frozenAfterwards: While(!allocateAndFreeze) {}
        case .frozen: allocate(.compound, count: 0)
        }
        Step("set_compound_page_dtor", .store(kind)) { .hugetlb }
        lock.acquire()
        if design.setUp == .referenced {
          decAndTest("put_page_testzero").bugOn(false, HwpoisonHugetlb.lastReference)
        }
        Step("enqueue_huge_page", .section([isFreed], holding: lock)) { s in s[isFreed] = true }
        lock.release()
      }
      Call("alloc_huge_page") {
        Step("dequeue_huge_page_vma", .section([isFreed, refcount], taking: lock)) { s in
          s[isFreed] = false
          s[refcount] = 1
        }
      }
      Step("SetHPageMigratable", .store(isMigratable)) { true }
      put()
    }
  }

  private func allocate(_ newKind: Kind, count: Int) -> Step {
    Step(
      "alloc_pages",
      .section(
        [kind, refcount, becomesHuge], because: "zone->lock, and the page is nobody else's"),
      when: { s in
        s[kind] == .buddy && (design.mayBeBoth || s[becomesHuge] == (newKind == .compound))
      }
    ) { s in
      s[kind] = newKind
      s[refcount] = count
    }.mayRest()
  }

  /// `alloc_buddy_huge_page()` (v6.1): if somebody else has the page meanwhile, another try.
  private var allocateAndFreeze: Condition {
    Condition(call: "alloc_buddy_huge_page") {
      allocate(.compound, count: 1)
      If(
        Condition("page_ref_freeze", .atomic(refcount)) { count in
          guard count == 1 else { return false }
          count = 0
          return true
        }
      ) { Return(true) }
      put()
      Return(false)
    }
  }

  private func decAndTest(_ name: String) -> Condition {
    Condition(name, .atomic(refcount)) { count in
      count -= 1
      return count == 0
    }
  }

  /// `put_page()`, and what follows where it was the last reference.
  @StepsBuilder private func put() -> Steps {
    Call("put_page") {
      If(decAndTest("put_page_testzero")) {
        If(pageHuge) {
          Call("free_huge_page") {
            // The page is a surplus page.
            Step(
              "remove_hugetlb_page", .section([isMigratable, kind, refcount], taking: lock)
            ) { s in
              s[isMigratable] = false
              s[kind] = .compound
              s[refcount] = 1
            }
            .asserting(HwpoisonHugetlb.freed) { s in s[kind] == .hugetlb && s[refcount] == 0 }
            If(decAndTest("__free_pages")) { free() }
          }
        } otherwise: {
          free()
        }
      }
    }
  }

  private func free() -> Step { Step("free_one_page", .store(kind)) { .buddy } }

  private var pageHuge: Condition { Condition("PageHuge", .load(kind)) { $0 == .hugetlb } }

  /// An application that has the page for a while, or the first page of what becomes the huge page.
  @StepsBuilder func useOnLRU() -> Steps {
    Loop {
      allocate(.lru, count: 1)
      put()
    }
  }

  // MARK: memory_failure()

  /// `memory_failure()`, as far as its reference goes, again and again.
  @StepsBuilder func fail() -> Steps {
    Loop {
      If(getHWPoisonPage) { put() }
    }
  }

  /// `__get_hwpoison_page()` (v5.12, v5.13, v6.19).
  private var getHWPoisonPage: Condition {
    Condition(call: "__get_hwpoison_page") {
      switch design.test {
      case .none:
        If(pageHuge) {
          If(getPageUnlessZero) { Return(true) }
          Return(false)
        }
      case .flags:
        If(pageHuge) {
          If(isSettled) { If(getPageUnlessZero) { Return(true) } }
          Return(false)
        }
      case .flagsUnderLock:
        lock.acquire()
        If(pageHuge) {
          If(isSettled) {
            If(getPageUnlessZero) {
              lock.release()
              Return(true)
            }
          }
          lock.release()
          Return(false)
        }
        lock.release()
      }
      if design.testsHandlable {
        // In v6.19 a page of the buddy passes as well; it has no references.
        let passesBuddy = design.setUp == .frozen
        If(
          !Condition("HWPoisonHandlable", .load(kind)) { kind in
            kind == .lru || passesBuddy && kind == .buddy
          }
        ) { Return(false) }
      }
      If(getPageUnlessZero) { Return(true) }
      Return(false)
    }
  }

  /// `HPageFreed() || HPageMigratable()`.
  private var isSettled: Condition {
    Condition(call: "get_hwpoison_huge_page") {
      If(Condition("HPageFreed", .load(isFreed)) { $0 }) { Return(true) }
      If(Condition("HPageMigratable", .load(isMigratable)) { $0 }) { Return(true) }
      Return(false)
    }
  }

  private var getPageUnlessZero: Condition {
    Condition("get_page_unless_zero", .atomic(refcount)) { count in
      guard count > 0 else { return false }
      count += 1
      return true
    }
  }
}
