import ModelChecking

// The reference count's atomic operations: include/linux/page_ref.h and include/linux/mm.h, v6.12
// and, where it says so, earlier. Each is one step.

/// `get_page_unless_zero()`: takes a reference unless the page has none. A conditional atomic
/// read-modify-write; nothing is written where it fails.
public func getPageUnlessZero(_ page: Page) -> Condition {
  Condition("get_page_unless_zero", .atomic(page.refcount)) { count in
    guard count > 0 else { return false }
    count += 1
    return true
  }
}

/// `page_ref_dec_and_test()`: drops a reference and answers whether it was the last.
public func pageRefDecAndTest(_ page: Page) -> Condition {
  Condition("page_ref_dec_and_test", .atomic(page.refcount)) { count in
    count -= 1
    return count == 0
  }
}

/// `page_ref_dec()`: drops a reference and never frees the page, whatever the count is then.
public func pageRefDec(_ page: Page) -> Step {
  Step("page_ref_dec", .atomic(page.refcount)) { count in count -= 1 }
}

/// `page_ref_inc()`: adds a reference; the caller makes sure that it may.
public func pageRefInc(_ page: Page) -> Step {
  Step("page_ref_inc", .atomic(page.refcount)) { count in count += 1 }
}

/// `page_ref_freeze()`: sets the count from exactly `expected` to 0, and fails at any other value.
public func pageRefFreeze(_ page: Page, _ expected: Int = 1) -> Condition {
  Condition("page_ref_freeze", .atomic(page.refcount)) { count in
    guard count == expected else { return false }
    count = 0
    return true
  }
}

/// `page_ref_unfreeze()`: gives a frozen count its value.
public func pageRefUnfreeze(_ page: Page, _ count: Int) -> Step {
  Step("page_ref_unfreeze", .store(page.refcount, .release)) { count }
}

/// `set_page_count()`: a plain store, which wipes out references taken meanwhile.
public func setPageCount(_ page: Page, _ count: Int) -> Step {
  Step("set_page_count", .store(page.refcount, .relaxed)) { count }
}
