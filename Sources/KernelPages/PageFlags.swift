import ModelChecking

// The page type and flags: include/linux/page-flags.h, v5.4 and v6.12. The double underscore is the
// kernel's mark for a plain store; a flag is tested by test_bit(), and so not plainly. A page type is, within
// data_race() since v6.12.

/// `__SetPageOffline()`: marks the page as logically offline.
public func setPageOffline(_ page: Page) -> Step {
  Step("__SetPageOffline", .store(page.type)) { .offline }
}

/// `__ClearPageOffline()`.
public func clearPageOffline(_ page: Page) -> Step {
  Step("__ClearPageOffline", .store(page.type)) { .none }
}

/// `PageOffline()`: whether the page is logically offline, as readers test it without any lock.
public func pageOffline(_ page: Page) -> Condition {
  Condition("PageOffline", .load(page.type)) { type in type == .offline }
    .mayRace()
}

/// `PageReserved()`: whether the page is none of the allocator's and of most walkers' business.
public func pageReserved(_ page: Page) -> Condition {
  Condition("PageReserved", .load(page.isReserved, .relaxed)) { $0 }
}

/// `ClearPageReserved()`, atomic, and `__ClearPageReserved()`, plain.
public func clearPageReserved(_ page: Page) -> Step {
  Step("ClearPageReserved", .store(page.isReserved, .relaxed)) { false }
}

/// `PageDirty()`, which virtio-mem also uses for pages that were never onlined.
public func pageDirty(_ page: Page) -> Condition {
  Condition("PageDirty", .load(page.isDirty, .relaxed)) { $0 }
}

/// `SetPageDirty()` or `ClearPageDirty()`.
public func setPageDirty(_ page: Page, to isDirty: Bool = true) -> Step {
  Step(isDirty ? "SetPageDirty" : "ClearPageDirty", .store(page.isDirty, .relaxed)) { isDirty }
}

/// `PageLRU()`: whether the page is on an LRU list, as a pfn walker tests it without any lock.
public func pageLRU(_ page: Page) -> Condition {
  Condition("PageLRU", .load(page.isOnLRU, .relaxed)) { $0 }
}

/// `PageCompound()`: whether the page is part of a larger one.
public func pageCompound(_ page: Page) -> Condition {
  Condition("PageCompound", .load(page.isCompound, .relaxed)) { $0 }
}

/// `PageHWPoison()`: whether the page was taken out of use.
public func pageHWPoison(_ page: Page) -> Condition {
  Condition("PageHWPoison", .load(page.isPoisoned, .relaxed)) { $0 }
}

/// `PageBuddy()`: whether the page is in the buddy, as a pfn walker tests it without zone->lock.
public func pageBuddy(_ page: Page) -> Condition {
  Condition("PageBuddy", .load(page.type)) { type in type == .buddy }
    .mayRace()
}
