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
  /// Ghost: how many are in `__free_pages_core()` and have not counted their page as managed yet; nil
  /// where the model doesn't ask.
  public let uncounted: Ghost<Int>?
  /// Ghost: which pages were given to the allocator since their memmap was set up; none where the model
  /// doesn't ask.
  public let wasOnlined: [Ghost<Bool>]

  public var block: PageBlock { memory.block }
  public var pages: [Page] { memory.block.pages }
  public var isOnline: Field<Bool> { memory.isOnline }

  /// - Parameters:
  ///   - onliners: the most that may be in `__free_pages_core()` at a time, where the model asks how
  ///     many are.
  ///   - tracksOnlining: whether the model asks which pages were ever given to the allocator.
  public init(
    _ block: PageBlock, in system: SystemBuilder, mark: Mark, path: FreePath, onliners: Int? = nil,
    tracksOnlining: Bool = false
  ) {
    memory = MemoryBlock(block, in: system, startsOnline: false)
    self.mark = mark
    self.path = path
    let count = block.pages.count
    managed = system.field("zone.managed", .range(-count...(2 * count)), initially: 0)
    uncounted = onliners.map { system.ghost("zone.uncounted", .range(0...$0), initially: 0) }
    wasOnlined =
      tracksOnlining
      ? block.pages.map { system.ghost("\($0.name).was_onlined", .flag, initially: false) } : []
  }

  /// How many pages are the allocator's, free or in use. For invariants and bookkeeping.
  public func allocatorPages(_ s: State) -> Int { pages.count { s[$0.owner] != .driver } }

  /// `adjust_managed_page_count()` (mm/page_alloc.c, v5.4 to v6.12).
  public func adjustManaged(by difference: Int) -> Step {
    Step("adjust_managed_page_count", .atomic(managed)) { $0 += difference }
  }

  /// `pfn_to_online_page()`, for any page of the block.
  public func pfnToOnlinePage() -> Condition { memory.pfnToOnlinePage() }

  /// The claim that is made where a page becomes the allocator's.
  public static let onlinedOnce = "no page is given to the allocator twice"

  private func wasOnlined(_ page: Page) -> Ghost<Bool>? {
    zip(pages, wasOnlined).first { $0.0.name == page.name }?.1
  }

  /// What `memmap_init_range()` counts on.
  public static let initialisedOffline = "no memmap is set up in a section that is online"
  /// What becomes visible when a section goes online.
  public static let typeSet = "a block has its migratetype when its section goes online"
  /// What `__ClearPageOffline()` says of a page that isn't PageOffline.
  public static let bugOnMark = "VM_BUG_ON_PAGE(!PageOffline(page))"

  /// The step sets up the memmap of a page, which nobody has onlined yet.
  func initialising(_ page: Page, by step: Step) -> Step {
    step.asserting(Self.initialisedOffline) { [isOnline] s in !s[isOnline] }.noting {
      [result = memory.result, onlined = wasOnlined(page)] s in
      s[result] = .running
      if let onlined { s[onlined] = false }
    }
  }

  /// The step gives a page to the allocator.
  func onlining(_ page: Page, by step: Step) -> Step {
    step.asserting(Self.onlinedOnce) { s in s[page.owner] == .driver }
      .noting { [uncounted, onlined = wasOnlined(page)] s in
        s[page.owner] = .none
        if let onlined { s[onlined] = true }
        if let uncounted { s[uncounted] += 1 }
      }
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
