import ModelChecking

/// `generic_online_page()` (mm/memory_hotplug.c, v5.4 to v6.12): gives a page of a hot-added block
/// to the allocator.
@StepsBuilder public func genericOnlinePage(_ page: Page, _ memory: HotAddedMemory) -> Steps {
  Call("generic_online_page") { freePagesCore(page, memory, clearing: memory.mark) }
}

/// `__free_pages_core()` (mm/page_alloc.c, v5.4 to v6.12) for one page: what frees a page for the
/// first time, at boot or when its block is onlined.
///
/// - Parameter mark: what it clears. That is PG_reserved always before v6.11 and for MEMINIT_EARLY,
///   and PageOffline for MEMINIT_HOTPLUG since (13c526540b6d brought the argument).
@StepsBuilder public func freePagesCore(
  _ page: Page, _ memory: HotAddedMemory, clearing mark: HotAddedMemory.Mark
) -> Steps {
  Call("__free_pages_core") {
    let online = memory.onlining(page, by: clear(mark, of: page))
    // Boot memory that is freed as if hot-added is found by free_pages_check().
    if mark == .offline && memory.mark == .offline {
      online.bugOn(HotAddedMemory.bugOnMark) { s in s[page.type] != .offline }
    } else {
      online
    }
    setPageCount(page, 0)
    if let uncounted = memory.uncounted {
      memory.adjustManaged(by: 1).noting { s in s[uncounted] -= 1 }
    } else {
      memory.adjustManaged(by: 1)
    }
    freePage(page, memory.path)
  }
}

private func clear(_ mark: HotAddedMemory.Mark, of page: Page) -> Step {
  switch mark {
  case .reserved: clearPageReserved(page)
  case .offline: clearPageOffline(page)
  }
}
