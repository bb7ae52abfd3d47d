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

/// `PageLRU()`: whether the page is on an LRU list, as a pfn walker tests it without any lock.
public func pageLRU(_ page: Page) -> Condition {
  Condition("PageLRU") { s in s[page.isOnLRU] }
}

/// `PageBuddy()`: whether the page is in the buddy, as a pfn walker tests it without zone->lock.
public func pageBuddy(_ page: Page) -> Condition {
  Condition("PageBuddy") { s in s[page.type] == .buddy }
}

/// `PageDirty()`.
public func pageDirty(_ page: Page) -> Condition {
  Condition("PageDirty") { s in s[page.isDirty] }
}
