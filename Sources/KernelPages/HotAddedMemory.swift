import ModelChecking

/// A memory block that is hot-added, as onlining and its callbacks see it.
public struct HotAddedMemory: Sendable {
  /// What `memmap_init_range()` marks the pages of a hot-added block with.
  public enum Mark: Sendable {
    /// PG_reserved, to v6.10.
    case reserved
    /// PageOffline, since v6.11 (503b158fc30f).
    case offline
  }

  public let memory: MemoryBlock
  public let mark: Mark
  /// What becomes of a page that is given to the allocator.
  public let path: FreePath
  /// `zone->managed_pages`, of which only this block's share is counted.
  public let managed: Field<Int>
  /// SECTION_IS_ONLINE, which `pfn_to_online_page()` reads.
  public let isOnline: Field<Bool>
  /// Ghost: a page was given to the allocator that was the allocator's already.
  public let wasOnlinedTwice: Field<Bool>
  /// Ghost: a page was used before its section was online.
  public let wasUsedEarly: Field<Bool>

  public var block: PageBlock { memory.block }
  public var pages: [Page] { memory.block.pages }

  public init(
    _ block: PageBlock, in system: SystemBuilder, mark: Mark, path: FreePath
  ) {
    memory = MemoryBlock(block, in: system)
    self.mark = mark
    self.path = path
    let count = block.pages.count
    managed = system.field("zone.managed", .range(-count...(2 * count)), initially: 0)
    isOnline = system.field("section.online", .flag, initially: false)
    wasOnlinedTwice = system.field(
      "block.onlined_twice", .flag, initially: false, role: .ghost)
    wasUsedEarly = system.field(
      "block.used_early", .flag, initially: false, role: .ghost)
  }

  /// How many pages are the allocator's, free or in use. For invariants and bookkeeping.
  public func allocatorPages(_ s: State) -> Int { pages.count { s[$0.owner] != .driver } }

  /// `adjust_managed_page_count()` (mm/page_alloc.c, v5.4 to v6.12).
  public func adjustManaged(by difference: Int) -> Step {
    Step("adjust_managed_page_count") { [managed] s in s[managed] += difference }
  }

  /// `pfn_to_online_page()` (mm/memory_hotplug.c, v5.4 to v6.12), for any page of the block.
  public func pfnToOnlinePage() -> Condition {
    Condition("pfn_to_online_page") { [isOnline] s in s[isOnline] }
  }

  /// Notes that a page becomes the allocator's. Part of a step's bookkeeping.
  func noteOnlined(_ page: Page, _ s: StepState) {
    if s[page.owner] != .driver { s[wasOnlinedTwice] = true }
    s[page.owner] = .none
  }

  /// Notes that a page is used. Part of a step's bookkeeping.
  public func noteUse(_ s: StepState) {
    if !s[isOnline] { s[wasUsedEarly] = true }
  }
}

/// `memmap_init_range()` for MEMINIT_HOTPLUG (mm/mm_init.c, v6.12; mm/page_alloc.c before), for one
/// page.
///
/// One step: nobody finds the page while its section is offline. The mark is the last of its stores,
/// so somebody who does look, and asks for PageOffline first, finds the rest set up.
public func memmapInitRange(
  _ page: Page, _ mark: HotAddedMemory.Mark, refcount: Int = 1
) -> Step {
  Step(
    "memmap_init_range", collapsing: .because("nobody finds the page: its section is offline")
  ) { s in
    s[page.refcount] = refcount
    s[page.type] = mark == .offline ? .offline : .none
    s[page.isReserved] = mark == .reserved
    s[page.isDirty] = false
  }
}
