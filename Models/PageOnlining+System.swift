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
    let pages = (0..<count).map { number in
      start.isBacked = number < backed
      return Page(
        "page\(number)", in: system, holders: bounds[walkers], parts: parts(of: design),
        start: start)
    }
    let block = PageBlock("block", of: pages, in: system)
    let memory = HotAddedMemory(
      block, in: system, mark: design.mark,
      path: FreePath(
        typeCheck: design.checksFrees, reservedCheck: design.checksFrees, target: .buddy(block)))
    let content = PageContent(claim: touchesMemory)
    safety(of: memory, in: system, design)

    switch design.subject {
    case .ordinary:
      let notifier = OnlineNotifier { page in
        Steps { freePagesCore(page, memory, clearing: design.clears ?? design.mark) }
      }
      hotplug(memory, notifier, in: system, design)
    case .virtioMem: virtioMem(memory, in: system, design, plugged: backed)
    case .hyperV: hyperV(memory, in: system, design, covered: backed)
    case .xen: xen(memory, in: system, design)
    case .vmemmap, .deviceMemory, .bootMemory: memmap(memory, in: system, design)
    }
    switch design.subject {
    case .vmemmap, .deviceMemory, .bootMemory: break
    default: allocation(of: memory, content, in: system, design)
    }
    for number in 0..<bounds[walkers] where design.subject != .bootMemory {
      let name = bounds[walkers] == 1 ? "kernel walker" : "kernel walker \(number)"
      system.actor(name, on: system.cpu()) { _ in
        Loop { Choose(pages) { page in walk(page, memory, design.walkers) } }
      }
    }
  }

  private static func parts(of design: Design) -> Page.Parts {
    var parts: Page.Parts = [.usual, .owner, .backing]
    if design.walkers == .onLRU { parts.insert(.lru) }
    if design.mark == .reserved || design.clears == .reserved { parts.insert(.reserved) }
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
          While(!offlinePages(memory.memory, OfflineChoices(), offline)) {}
          finishOffline(memory, subtractsSkipped: design.subtractsSkipped)
          Call("MEM_OFFLINE") { afterOffline }
        }
      } else {
        onlinePages(memory, design.online, notifier)
      }
    }
    if design.offlines {
      if design.subject == .virtioMem && design.virtioMem.routing == .byDirtyMark {
        system.goal(partlyOfflined) { s in
          s[memory.memory.result] == .offline
            && memory.pages.contains { s[$0.type] == .offline && s[$0.isDirty] }
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
    system.goal(allOnlined) { s in memory.allocatorPages(s) == memory.pages.count }
  }

  private static func virtioMem(
    _ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design, plugged: Int
  ) {
    let driver = VirtioMemBlock(memory, in: system, plugged: plugged, design.virtioMem)
    hotplug(
      memory, driver.onlineNotifier, in: system, design, offline: driver.offlineNotifier,
      afterOffline: driver.offline().steps)
    system.actor("virtio-mem", on: system.cpu()) { _ in
      Loop { Choose(memory.pages) { page in driver.handleRequest(for: page) } }
    }
    counts(memory, in: system, whenFree: driver.hotplugMutex, afterOffline: true)
  }

  private static func hyperV(
    _ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design, covered: Int
  ) {
    let driver = HyperVBalloon(memory, in: system, covered: covered, design.hyperV)
    hotplug(memory, OnlineNotifier { driver.onlinePage($0) }, in: system, design)
    system.actor("hot_add_req", on: system.cpu()) { _ in
      for page in memory.pages.dropFirst(covered) { driver.handlePgRange(page) }
    }
    if design.hyperV.locks { counts(memory, in: system, whenFree: driver.lock) }
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
    counts(memory, in: system, whenFree: driver.mutex)
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

  // MARK: Memmaps that are not onlined page by page

  private static func memmap(
    _ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design
  ) {
    let isDumped = system.ghost("dump.contains", .flag, initially: false)
    let isInitialised = system.field("memmap.initialised", .flag, initially: false)
    let name = design.subject == .bootMemory ? "boot" : "memory hotplug"
    system.actor(name, on: system.cpu()) { _ in
      for page in memory.pages { memmapInitRange(page, design.mark) }
      switch design.subject {
      case .vmemmap:
        Call("mhp_init_memmap_on_memory") {
          if design.clearsVmemmap && design.mark == .offline {
            for page in memory.pages { clearPageOffline(page) }
          }
        }
        Step("online_mem_sections", .store(memory.isOnline)) { true }
      case .bootMemory:
        for page in memory.pages {
          freePagesCore(page, memory, clearing: design.clears ?? design.mark)
        }
      default: Steps.none
      }
      Step("the memmap can be found", .store(isInitialised)) { true }
    }
    if design.subject == .bootMemory {
      system.goal(allOnlined) { s in memory.pages.allSatisfy { s[$0.freeList].isBuddy } }
      return
    }
    system.actor("crash", on: system.cpu()) { _ in
      Step("makedumpfile", .wait(isInitialised)) { $0 }.noting { s in
        s[isDumped] = memory.pages.allSatisfy { s[$0.type] == .none }
      }
    }
    system.goal(dumped) { s in s[isDumped] }
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
    if design.checksFrees {
      system.invariant(leak) { s in pages.allSatisfy { !s[$0.isLeaked] } }
    }
  }

  /// Whoever adjusts the count holds the driver's lock until it is right, but for the end of
  /// offlining, which virtio-mem alone includes.
  private static func counts(
    _ memory: HotAddedMemory, in system: SystemBuilder, whenFree lock: Lock,
    afterOffline: Bool = false
  ) {
    system.invariant(managed) { s in
      !lock.isFree(s) || (!afterOffline && s[memory.memory.result] == .offline)
        || s[memory.managed] == memory.allocatorPages(s)
    }
  }

  /// Balloons whose PageOffline pages have a reference: such a block stays.
  private static func keepsOffline(_ memory: HotAddedMemory, in system: SystemBuilder) {
    system.invariant(noSurprise) { s in
      s[memory.memory.result] != .offline || memory.pages.allSatisfy { s[$0.type] != .offline }
    }
  }
}
