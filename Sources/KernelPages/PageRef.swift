import ModelChecking

// The reference count's atomic operations: include/linux/page_ref.h and include/linux/mm.h, v6.12
// and, where it says so, earlier. Each is one step.

/// `get_page_unless_zero()`: takes a reference unless the page has none. A conditional atomic
/// read-modify-write; nothing is written where it fails.
///
/// - Parameter section: whether the page's section is online, where a walker looks at that first
///   (`pfn_to_online_page()`). It is the same step: the two would differ only for a walker that is
///   held up between them while the section goes offline and online again.
public func getPageUnlessZero(_ page: Page, ifOnline section: Field<Bool>? = nil) -> Condition {
  let collapse = section.map { _ in
    Collapse.because("a walker is not held up while a section goes offline and online again")
  }
  return Condition("get_page_unless_zero", collapsing: collapse) { s in
    if let section, !s[section] { return false }
    guard s[page.refcount] > 0 else { return false }
    s[page.refcount] += 1
    return true
  }
}

/// `page_ref_dec_and_test()`: drops a reference and answers whether it was the last.
public func pageRefDecAndTest(_ page: Page) -> Condition {
  Condition("page_ref_dec_and_test") { s in
    s[page.refcount] -= 1
    return s[page.refcount] == 0
  }
}

/// `page_ref_dec()`: drops a reference and never frees the page, whatever the count is then.
public func pageRefDec(_ page: Page) -> Step {
  Step("page_ref_dec") { s in s[page.refcount] -= 1 }
}

/// `page_ref_inc()`: adds a reference; the caller makes sure that it may.
public func pageRefInc(_ page: Page) -> Step {
  Step("page_ref_inc") { s in s[page.refcount] += 1 }
}

/// `page_ref_freeze()`: sets the count from exactly `count` to 0, and fails at any other value.
public func pageRefFreeze(_ page: Page, _ count: Int = 1) -> Condition {
  Condition("page_ref_freeze") { s in
    guard s[page.refcount] == count else { return false }
    s[page.refcount] = 0
    return true
  }
}

/// `page_ref_unfreeze()`: gives a frozen count its value.
public func pageRefUnfreeze(_ page: Page, _ count: Int) -> Step {
  Step("page_ref_unfreeze") { s in s[page.refcount] = count }
}

/// `set_page_count()`: a plain store, which wipes out references taken meanwhile.
public func setPageCount(_ page: Page, _ count: Int) -> Step {
  Step("set_page_count") { s in s[page.refcount] = count }
}
