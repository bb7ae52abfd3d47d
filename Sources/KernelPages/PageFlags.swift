import ModelChecking

// The page type and flags: include/linux/page-flags.h, v5.4 and v6.12. The double underscore is the
// kernel's mark for a plain store.

/// `__SetPageOffline()`: marks the page as logically offline.
public func setPageOffline(_ page: Page) -> Step {
  Step("__SetPageOffline") { s in s[page.type] = .offline }
}

/// `__ClearPageOffline()`.
public func clearPageOffline(_ page: Page) -> Step {
  Step("__ClearPageOffline") { s in s[page.type] = .none }
}

/// `PageOffline()`: whether the page is logically offline, as readers test it without any lock.
public func pageOffline(_ page: Page) -> Condition {
  Condition("PageOffline") { s in s[page.type] == .offline }
}

/// `PageReserved()`: whether the page is none of the allocator's and of most walkers' business.
public func pageReserved(_ page: Page) -> Condition {
  Condition("PageReserved") { s in s[page.isReserved] }
}

/// `ClearPageReserved()`, atomic, and `__ClearPageReserved()`, plain.
public func clearPageReserved(_ page: Page) -> Step {
  Step("ClearPageReserved") { s in s[page.isReserved] = false }
}

/// `PageDirty()`, which virtio-mem also uses for pages that were never onlined.
public func pageDirty(_ page: Page) -> Condition {
  Condition("PageDirty") { s in s[page.isDirty] }
}

/// `SetPageDirty()` or `ClearPageDirty()`.
public func setPageDirty(_ page: Page, to isDirty: Bool = true) -> Step {
  Step(isDirty ? "SetPageDirty" : "ClearPageDirty") { s in s[page.isDirty] = isDirty }
}

/// `PageLRU()`: whether the page is on an LRU list, as a pfn walker tests it without any lock.
public func pageLRU(_ page: Page) -> Condition {
  Condition("PageLRU") { s in s[page.isOnLRU] }
}

/// `PageBuddy()`: whether the page is in the buddy, as a pfn walker tests it without zone->lock.
public func pageBuddy(_ page: Page) -> Condition {
  Condition("PageBuddy") { s in s[page.type] == .buddy }
}
