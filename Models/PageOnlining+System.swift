import KernelPages
import ModelChecking

extension PageOnlining {
  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let count = bounds[pages]
    var start = Page.Start()
    // Hyper-V and virtio-mem start with a block whose last page has no memory, Xen with none.
    let backed =
      switch design.subject {
      case .virtioMem, .hyperV: count - 1
      case .xen: 0
      default: count
      }
    // Memory of a device has no memmap at first.
    if design.subject == .deviceMemory { start.refcount = 0 }
    let pages = (0..<count).map { number in
      start.isBacked = number < backed
      return Page(
        "page\(number)", in: system,
        holders: bounds[walkers] + (design.subject == .vmemmap ? 1 : 0),
        parts: parts(of: design),
        start: start)
    }
    // A new section's bitmap of migratetypes is zero.
    let block = PageBlock(
      "block", of: pages, in: system, countsFree: true, initially: .unmovable)
    let memory = HotAddedMemory(
      block, in: system, mark: design.mark,
      path: FreePath(
        typeCheck: design.checksFrees, reservedCheck: design.checksFrees,
        typeClaim: noTypeFree, target: .buddy(block)),
      onliners: design.subject == .hyperV ? 2 : nil,
      tracksOnlining: design.subject == .virtioMem)
    let content = PageContent(claim: touchesMemory)
    safety(of: memory, in: system, design)
    stateUnreachable(in: system, design, pages: count, covered: backed)
    stateRedundant(in: system, design)

    switch design.subject {
    case .ordinary:
      let notifier = OnlineNotifier { page in
        Steps { freePagesCore(page, memory, clearing: design.clears ?? design.mark) }
      }
      hotplug(memory, notifier, in: system, design)
    case .virtioMem: virtioMem(memory, in: system, design, plugged: backed)
    case .hyperV: hyperV(memory, in: system, design, covered: backed)
    case .xen: xen(memory, in: system, design)
    case .vmemmap: vmemmap(memory, in: system, design, bounds)
    case .deviceMemory: deviceMemory(memory, in: system, design)
    case .bootMemory: bootMemory(memory, in: system, design)
    }
    guard design.subject.isOnlined else { return }
    allocation(of: memory, content, in: system, design)
    for number in 0..<bounds[walkers] {
      let name = bounds[walkers] == 1 ? "kernel walker" : "kernel walker \(number)"
      system.actor(name, on: system.cpu()) { _ in
        Loop { Choose(pages) { page in walk(page, memory, design.walkers) } }
      }
    }
  }

  private static func parts(of design: Design) -> Page.Parts {
    var parts: Page.Parts = [.usual, .owner, .backing]
    if design.walkers == .onLRU { parts.insert(.lru) }
    let asksForReserved = design.subject == .vmemmap || design.subject == .deviceMemory
    if asksForReserved || design.mark == .reserved || design.clears == .reserved {
      parts.insert(.reserved)
    }
    if design.subject == .virtioMem { parts.insert(.dirty) }
    if design.checksFrees { parts.insert(.leak) }
    return parts
  }

  // MARK: Who onlines

  /// Whoever writes to /sys/devices/system/memory: online, and perhaps offline and online again.
  private static func hotplug(
    _ memory: HotAddedMemory, _ notifier: OnlineNotifier, in system: SystemBuilder,
    _ design: Design,
    offline: OfflineNotifier = OfflineNotifier {
      Return(true)
    } cancelOffline: {
      Steps.none
    },
    afterOffline: Steps = .none
  ) {
    system.actor("memory hotplug", on: system.cpu()) { _ in
      if design.offlines {
        Loop {
          onlinePages(memory, design.online, notifier)
          While(!offlinePages(memory.memory, design.offline, offline)) {}
          finishOffline(memory, subtractsSkipped: design.subtractsSkipped)
          Call("MEM_OFFLINE") { afterOffline }
        }
      } else {
        onlinePages(memory, design.online, notifier)
      }
    }
    if design.offlines {
      if design.subject == .virtioMem {
        system.goal(partlyOfflined) { s in
          s[memory.memory.result] == .offline
            && zip(memory.pages, memory.wasOnlined).contains { page, wasOnlined in
              s[page.type] == .offline && !s[wasOnlined]
            }
        }
      } else {
        system.goal(offlined) { s in s[memory.memory.result] == .offline }
      }
    }
    if design.wantsAllBacked {
      system.goal(backedOnlined, .alwaysReachable) { s in
        memory.pages.allSatisfy { !s[$0.isBacked] || s[$0.owner] != .driver }
      }
    }
    system.goal(allOnlined) { s in
      memory.allocatorPages(s) == memory.pages.count && s[memory.managed] == memory.pages.count
    }
    system.goal(usable, .alwaysReachable) { s in
      s[memory.isOnline] && s[memory.block.migratetype] == .movable
        && memory.pages.allSatisfy {
          s[$0.owner] == .driver || s[$0.freeList] == .buddy(.movable)
        }
    }
  }

  private static func virtioMem(
    _ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design, plugged: Int
  ) {
    let driver = VirtioMemBlock(memory, in: system, plugged: plugged, design.virtioMem)
    hotplug(
      memory, driver.onlineNotifier, in: system, design, offline: driver.offlineNotifier,
      afterOffline: driver.offline())
    system.actor("virtio-mem", on: system.cpu()) { _ in
      Loop { Choose(memory.pages) { page in driver.handleRequest(for: page) } }
    }
    counts(memory, in: system, afterOffline: true) { driver.hotplugMutex.isFree($0) }
    keepsMarked(memory, in: system) { driver.hotplugMutex.isFree($0) }
    system.invariant(VirtioMemBlock.activeUnderMutex) { s in driver.isActiveUnderMutex(s) }
    system.invariant(pluggedOnlined, severity: .warning) { s in
      !driver.hotplugMutex.isFree(s) || !s[memory.isOnline]
        || memory.pages.allSatisfy { s[$0.isBacked] == (s[$0.owner] != .driver) }
    }
    system.invariant(dirtyIsDrivers) { s in
      memory.pages.allSatisfy { !s[$0.isDirty] || s[$0.owner] == .driver }
    }
  }

  private static func hyperV(
    _ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design, covered: Int
  ) {
    let driver = HyperVBalloon(
      memory, in: system, covered: covered, tracksCallback: covered > 0 || design.offlines,
      design.hyperV)
    hotplug(memory, OnlineNotifier { driver.onlinePage($0) }, in: system, design)
    system.actor("hot_add_req", on: system.cpu()) { _ in
      for page in memory.pages.dropFirst(covered) { driver.handlePgRange(page) }
    }
    // ha_lock is a piece: what is asked may not depend on it.
    let isCounting = { @Sendable (s: State) in memory.uncounted.map { s[$0] > 0 } ?? false }
    counts(memory, in: system) { s in !isCounting(s) }
    if let isCalledBack = driver.isCalledBack {
      system.goal(calledBack) { s in isCounting(s) && s[isCalledBack] }
    }
    system.goal(broughtOnline) { s in isCounting(s) && s[memory.isOnline] }
    keepsOffline(memory, in: system)
  }

  private static func xen(_ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design) {
    let driver = XenBalloon(memory, in: system)
    hotplug(memory, OnlineNotifier { driver.onlinePage($0) }, in: system, design)
    system.actor("balloon_process", on: system.cpu()) { _ in
      Loop {
        Choose {
          for page in memory.pages {
            Way { driver.increaseReservation(page) }
            Way { driver.decreaseReservation(page) }
          }
        }
      }
    }
    counts(memory, in: system) { driver.mutex.isFree($0) }
    keepsMarked(memory, in: system) { driver.mutex.isFree($0) }
    keepsOffline(memory, in: system)
  }

  // MARK: Others

  /// An application: a page is on the LRU while it is used, and its content is touched.
  private static func allocation(
    of memory: HotAddedMemory, _ content: PageContent, in system: SystemBuilder, _ design: Design
  ) {
    system.actor("allocation", on: system.cpu()) { _ in
      Loop {
        Choose(memory.pages) { page in
          allocFromBuddy(page, in: memory.block, checksNewPage: false) {
            content.touch(page, by: "clear_page").asserting(notEarly) { s in s[memory.isOnline] }
            if design.walkers == .onLRU {
              onLRU(page, true)
              onLRU(page, false)
            }
            putPage(page, memory.path)
          }
        }
      }
    }
  }

  private static func onLRU(_ page: Page, _ isOnLRU: Bool) -> Step {
    Step(isOnLRU ? "folio_add_lru" : "folio_clear_lru", .store(page.isOnLRU, .relaxed)) { isOnLRU }
  }

  /// A speculative pfn walk: compaction, page_idle, memory_failure, do_migrate_range.
  @StepsBuilder private static func walk(
    _ page: Page, _ memory: HotAddedMemory, _ walkers: Design.Walkers
  ) -> Steps {
    If(memory.pfnToOnlinePage()) {
      switch walkers {
      case .onLRU:
        If(tryGetFromLRU(page)) { putPage(page, memory.path) }
      case .any:
        If(getPageUnlessZero(page)) { putPage(page, memory.path) }
      case .unreserved:
        If(!pageReserved(page)) {
          If(getPageUnlessZero(page)) { putPage(page, memory.path) }
        }
      }
    }
  }

  /// A reference on a page of the LRU, as aa218795cb5f takes walkers to take them.
  private static func tryGetFromLRU(_ page: Page) -> Condition {
    Condition(
      "folio_try_get (on the LRU)",
      .section(
        [page.isOnLRU, page.refcount],
        because: "the assumption: no walker keeps an answer of PageLRU that is old")
    ) { s in
      guard s[page.isOnLRU] && s[page.refcount] > 0 else { return false }
      s[page.refcount] += 1
      return true
    }
  }

  // MARK: Properties

  private static func safety(
    of memory: HotAddedMemory, in system: SystemBuilder, _ design: Design
  ) {
    let pages = memory.pages
    system.invariant(underflow) { s in pages.allSatisfy { s[$0.refcount] >= 0 } }
    system.invariant(notFreed) { s in
      pages.allSatisfy { s[$0.owner] != .driver || s[$0.freeList] == .none }
    }
    system.invariant(Page.listsAgree) { s in pages.allSatisfy { $0.listsAgree(s) } }
    system.invariant(PageBlock.freePagesAgree) { s in memory.block.freePagesAgree(s) }
    if design.walkers == .onLRU {
      system.invariant(Page.offLRU) { s in pages.allSatisfy { $0.isOffLRU(s) } }
    }
    if design.checksFrees {
      system.invariant(leak) { s in pages.allSatisfy { !s[$0.isLeaked] } }
    }
  }

  /// The count is right while nobody is between a page and its count, but for the end of offlining,
  /// which virtio-mem alone includes.
  private static func counts(
    _ memory: HotAddedMemory, in system: SystemBuilder, afterOffline: Bool = false,
    while isQuiet: @escaping @Sendable (State) -> Bool
  ) {
    system.invariant(managed) { s in
      !isQuiet(s) || (!afterOffline && s[memory.memory.result] == .offline)
        || s[memory.managed] == memory.allocatorPages(s)
    }
  }

  /// What a driver has and somebody could find is marked.
  private static func keepsMarked(
    _ memory: HotAddedMemory, in system: SystemBuilder,
    while isQuiet: @escaping @Sendable (State) -> Bool
  ) {
    system.invariant(keptIsMarked) { s in
      !isQuiet(s) || !s[memory.isOnline]
        || memory.pages.allSatisfy { s[$0.owner] != .driver || s[$0.type] == .offline }
    }
  }

  /// Balloons whose PageOffline pages have a reference: such a block stays.
  private static func keepsOffline(_ memory: HotAddedMemory, in system: SystemBuilder) {
    system.invariant(noSurprise) { s in
      s[memory.memory.result] != .offline || memory.pages.allSatisfy { s[$0.type] != .offline }
    }
  }
}
