import ModelChecking

/// A page of the hugetlb pool, as mm/hugetlb.c sees it.
///
/// One `Page` stands for the huge page, and after it is dissolved for its raw page.
public struct HugePage: Sendable {
  /// Whether the page is hugetlb's, and free or not. Written under hugetlb_lock.
  public enum State: UInt8, FieldEnumeration { case active, free, dissolved }

  public let page: Page
  public let state: Field<State>
  /// `hugetlb_lock`, under which the pool is changed. The count may change without it, but a section
  /// under the lock looks at it once, or sets it where nobody else can reach the page.
  public let lock: Lock

  /// A huge page that is in use.
  ///
  /// - Parameter lock: `hugetlb_lock`, one for all huge pages.
  public init(_ page: Page, lock: Lock, in system: SystemBuilder) {
    self.page = page
    self.lock = lock
    state = system.field("\(page.name).hugetlb", .cases, initially: .active)
  }
}

/// `put_page()` of a huge page, and `free_huge_page()` where it was the last reference
/// (mm/hugetlb.c, v5.10 to v5.14): back to the pool.
@StepsBuilder public func putHugePage(
  _ huge: HugePage, noting note: @escaping @Sendable (inout Books, Bool) -> Void = { _, _ in }
) -> Steps {
  Call("put_page") {
    If(pageRefDecAndTest(huge.page).noting(note)) {
      Call("free_huge_page") {
        Step("enqueue_huge_page", .store(huge.state)) { .free }
          .asserting("only huge pages go to the pool") { s in s[huge.state] != .dissolved }
          .noting { s in s[huge.page.owner] = .hugepool }
      }
    }
  }
}

/// `dequeue_huge_page_node_exact()` (mm/hugetlb.c, v5.10 to v5.14): somebody takes the page from
/// the pool. Poisoned pages are skipped.
public func dequeueHugePage(_ huge: HugePage) -> Step {
  Step(
    "dequeue_huge_page_node_exact",
    .section([huge.state, huge.page.isPoisoned, huge.page.refcount], taking: huge.lock),
    when: { s in s[huge.state] == .free && !s[huge.page.isPoisoned] }
  ) { s in
    s[huge.state] = .active
    s[huge.page.refcount] = 1
  }.noting { s in s[huge.page.owner] = .app }
}

/// `PageHuge()`, as the holder of a reference asks it: the page is not dissolved meanwhile.
public func pageHuge(_ huge: HugePage) -> Condition {
  Condition("PageHuge", .load(huge.state)) { state in state != .dissolved }
}

/// `dissolve_free_huge_page()` (mm/hugetlb.c, v5.13 to v5.14): gives a huge page of the pool to the
/// buddy, and answers whether it could; the answer no is -EBUSY.
///
/// A page whose last reference is gone but which is not in the pool yet is waited for. Reservations
/// are left out.
///
/// - Parameter target: where the dissolved page is freed to. `pcp_allowed_order()` lets pages of the order
///   of a THP on the per-CPU lists since v5.14, and there is no hook for a poisoned page of a higher order.
public func dissolveFreeHugePage(_ huge: HugePage, to target: FreePath.Target) -> Condition {
  let section = Condition(
    "remove_hugetlb_page", .section([huge.page.refcount, huge.state], taking: huge.lock),
    when: { s in s[huge.page.refcount] > 0 || s[huge.state] != .active }
  ) { s in
    guard s[huge.page.refcount] == 0 else { return false }
    s[huge.state] = .dissolved
    return true
  }
  return Condition(call: "dissolve_free_huge_page") {
    If(!section) { Return(false) }
    addToFreeList(huge.page, target)
    Return(true)
  }
}
