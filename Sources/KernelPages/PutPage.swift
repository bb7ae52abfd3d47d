import ModelChecking

/// What stands between the last `put_page()` and the free lists.
public struct FreePath: Sendable {
  /// The hook of RFC v3 6/9 in `__put_page()` (mm/swap.c): a PageOffline page is left alone.
  public var offlineHook: Bool
  /// The type check of `free_pages_prepare()`, made at every free where page checks are on
  /// (`free_pages_check()`, mm/page_alloc.c, v5.4 with DEBUG_VM, v6.12 with `check_pages_enabled`).
  public var typeCheck: Bool

  public init(offlineHook: Bool = false, typeCheck: Bool = false) {
    self.offlineHook = offlineHook
    self.typeCheck = typeCheck
  }
}

/// `put_page()` (include/linux/mm.h, v5.4): drops a reference and frees the page if it was the
/// last.
@StepsBuilder public func putPage(_ page: Page, _ path: FreePath = FreePath()) -> Steps {
  Call("put_page") {
    If(pageRefDecAndTest(page)) {
      Call("__put_page") {
        if path.offlineHook {
          If(Condition("PageOffline") { s in s[page.type] == .offline }) { Return() }
        }
        if path.typeCheck {
          If(!freePagesCheck(page)) { Return() }
        }
        freeUnrefPage(page)
      }
    }
  }
}

/// `free_pages_check()` (mm/page_alloc.c, v5.4): answers whether the page may be freed. A page
/// that still has a type is reported by `bad_page()`, loses its type, and is lost for good.
func freePagesCheck(_ page: Page) -> Condition {
  Condition("free_pages_check") { s in
    if s[page.type] == .none { return true }
    s[page.type] = .none
    s[page.isLeaked] = true
    return false
  }
}

/// `free_unref_page()` (mm/page_alloc.c, v5.4) as one step: the page gets onto a per-CPU free list.
///
/// The migratetype read, the list and its count are separate accesses in the kernel. Here they are
/// one, because the models that use this ask only whether the page got to a free list at all, and
/// nobody acts on the difference between the first and the last of them.
func freeUnrefPage(_ page: Page) -> Step {
  Step("free_unref_page") { s in s[page.freeList] = .pcp }
}
