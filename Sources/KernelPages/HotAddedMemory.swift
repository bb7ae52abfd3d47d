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
  }

  /// How many pages are the allocator's, free or in use. For invariants and bookkeeping.
  public func allocatorPages(_ s: State) -> Int { pages.count { s[$0.owner] != .driver } }

  /// `adjust_managed_page_count()` (mm/page_alloc.c, v5.4 to v6.12).
  public func adjustManaged(by difference: Int) -> Step {
    Step("adjust_managed_page_count", .atomic(managed)) { $0 += difference }
  }

  /// `pfn_to_online_page()` (mm/memory_hotplug.c, v5.4 to v6.12), for any page of the block.
  public func pfnToOnlinePage() -> Condition {
    Condition("pfn_to_online_page", .load(isOnline)) { $0 }
  }

  /// The claim that is made where a page becomes the allocator's.
  public static let onlinedOnce = "no page is given to the allocator twice"

  /// The step gives a page to the allocator.
  func onlining(_ page: Page, by step: Step) -> Step {
    step.asserting(Self.onlinedOnce) { s in s[page.owner] == .driver }
      .noting { s in s[page.owner] = .none }
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
    "memmap_init_range",
    .section(
      [page.refcount, page.type, page.isReserved, page.isDirty],
      because: "nobody finds the page: its section is offline")
  ) { s in
    s[page.refcount] = refcount
    s[page.type] = mark == .offline ? .offline : .none
    s[page.isReserved] = mark == .reserved
    s[page.isDirty] = false
  }
}
