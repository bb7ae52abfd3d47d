import KernelPages
import ModelChecking

extension MemoryOffline {
  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    var start = Page.Start()
    // The CMM of v5.4 keeps its pages on a list of its own, does not mark them and may free any.
    start.type = design.countsForIsolation ? .none : .offline
    start.owner = design.countsForIsolation ? .none : .driver
    start.isBacked = design.isBacked
    if design.startsWithoutReference { start.refcount = 0 }
    let pages = (0..<bounds[pages]).map { number in
      Page(
        "page\(number)", in: system, holders: bounds[walkers],
        parts: [.usual, .owner, .backing], start: start)
    }
    if design.countsForIsolation {
      let block = PageBlock("block", of: pages, in: system)
      let memory = MemoryBlock(block, in: system)
      counted(memory, in: system, design, bounds)
      properties(of: memory, pages, in: system, design)
      return
    }
    var free = Page.Start()
    (free.refcount, free.type, free.freeList) = (0, .buddy, .buddy(.movable))
    free.owner = .none
    let ordinary = Page(
      "ordinary", in: system, holders: bounds[walkers] + 3,
      parts: [.usual, .owner, .lru, .hwpoison], start: free)
    let block = PageBlock(
      "block", of: pages + [ordinary], in: system, countsFree: true, countsIsolated: true,
      initiallyFree: 1)
    let memory = MemoryBlock(block, in: system)
    let company = BlockCompany(
      design: design, block: block, driverPages: pages, ordinary: ordinary,
      mapping: AnonymousMapping("application", of: [ordinary], in: system),
      content: PageContent(claim: untouched))

    system.actor("offline_pages", on: system.cpu()) { _ in
      for _ in 0..<bounds[attempts] {
        attempt(memory, pages, design.choices, design, company.driverPath) { company.migrate($0) }
      }
    }
    company.declare(in: system, walkers: bounds[walkers])
    properties(of: memory, pages, in: system, design)
    company.properties(with: memory, in: system)
    unreachable(in: system, design)
  }

  /// One attempt. The last step of a failed one notes that it is over.
  @StepsBuilder private static func attempt(
    _ memory: MemoryBlock, _ pages: [Page], _ choices: OfflineChoices, _ design: Design,
    _ path: FreePath, migrating migrate: (Page) -> Steps = { _ in .none }
  ) -> Steps {
    let notifier = OfflineNotifier {
      for page in pages { goingOffline(page, path, design.going) }
      Return(true)
    } cancelOffline: {
      for page in pages {
        cancelOffline(page, memory.block, design.cancel).noting { s in
          if page.name == pages.last?.name { s[memory.result] = .cancelled }
        }
      }
    }
    If(offlinePages(memory, choices, notifier, migrating: migrate)) { Finish() }
  }

  // MARK: The CMM of v5.4

  /// The balloon's notifier counts its pages for `has_unmovable_pages()`, and gives one back meanwhile.
  private static func counted(
    _ memory: MemoryBlock, in system: SystemBuilder, _ design: Design, _ bounds: Bounds
  ) {
    let pages = memory.block.pages
    let loaned = system.field("cmm.loaned", .range(0...pages.count), initially: pages.count)
    system.actor("offline_pages", on: system.cpu()) { actor in
      let counted = actor.register("counted", .range(0...pages.count), initially: 0)
      for _ in 0..<bounds[attempts] {
        countPages(loaned, counted)
        attempt(
          memory, pages, design.choices.passing(counted), design,
          FreePath(target: .buddy(memory.block)))
      }
    }
    balloonAndKernel(with: pages[0], loaned: loaned, in: system)
  }

  /// `cmm_count_pages()` (arch/powerpc/platforms/pseries/cmm.c, v5.4): how many of the block's pages
  /// the balloon holds. It is called inside `set_migratetype_isolate()`, under zone->lock, which
  /// neither the balloon nor an allocation from a per-CPU list needs.
  private static func countPages(_ loaned: Field<Int>, _ counted: Register<Int>) -> Step {
    Step("cmm_count_pages", .load(loaned)) { count, my in my[counted] = count }
  }

  /// The balloon gives a page back, and the kernel takes it from the per-CPU list for data that
  /// can't be moved.
  private static func balloonAndKernel(
    with page: Page, loaned: Field<Int>, in system: SystemBuilder
  ) {
    system.actor("balloon", on: system.cpu()) { _ in
      Step("cmm_free_pages", .atomic(loaned)) { count in count -= 1 }
      putPage(page)
    }
    system.actor("kernel", on: system.cpu()) { _ in
      Step(
        "alloc_pages(GFP_KERNEL)",
        .section(
          [page.freeList, page.refcount], because: "nobody else uses the per-CPU list meanwhile"),
        when: { s in s[page.freeList].isPCP }
      ) { s in
        s[page.freeList] = .none
        s[page.refcount] = 1
      }.noting { s in s[page.owner] = .app }.mayRest()
    }
  }

  /// The driver's part of MEM_GOING_OFFLINE, for one page.
  @StepsBuilder private static func goingOffline(
    _ page: Page, _ path: FreePath, _ going: Design.GoingOffline
  ) -> Steps {
    switch going {
    case .nothing: Step("(the driver does nothing)")
    case .dropReference: pageRefDecAndTest(page)
    case .releaseToBuddy:
      // What was released in an earlier attempt is no longer the driver's.
      If(pageOffline(page)) {
        clearPageOffline(page).noting { s in s[page.owner] = .none }
        putPage(page, path)
      }
    }
  }

  /// The driver's part of MEM_CANCEL_OFFLINE, for one page.
  private static func cancelOffline(
    _ page: Page, _ block: PageBlock, _ cancel: Design.CancelOffline
  ) -> Step {
    switch cancel {
    case .nothing:
      return Step("(the driver does nothing)")
    case .regainReference:
      return pageRefInc(page)
    case .takeBack:
      return Step(
        "take_page_off_buddy",
        .section(block.buddyFields(of: [page]) + [page.refcount], taking: block.zoneLock)
      ) { s in
        guard s[page.freeList].isBuddy else { return }
        block.removeFromBuddy(page, &s)
        s[page.type] = .offline
        s[page.refcount] = 1
      }.noting { s in if s[page.type] == .offline { s[page.owner] = .driver } }
    }
  }

  private static func properties(
    of memory: MemoryBlock, _ pages: [Page], in system: SystemBuilder, _ design: Design
  ) {
    let block = memory.block
    system.invariant(underflow) { s in block.pages.allSatisfy { s[$0.refcount] >= 0 } }
    system.invariant(notFreed) { s in
      pages.allSatisfy { s[$0.owner] != .driver || s[$0.freeList] == .none }
    }
    system.invariant(Page.listsAgree) { s in block.pages.allSatisfy { $0.listsAgree(s) } }
    system.invariant(Page.offLRU) { s in block.pages.allSatisfy { $0.isOffLRU(s) } }
    system.invariant(MemoryBlock.sectionFirst) { s in memory.sectionFirst(s) }
    if design.choices.signals {
      system.goal(notLeftIsolated, .alwaysReachable) { s in
        s[memory.result] == .offline || s[block.migratetype] == .movable
      }
    }
    if !design.startsWithoutReference {
      system.invariant(regained) { s in
        s[memory.result] != .cancelled
          || pages.allSatisfy { s[$0.type] != .offline || s[$0.refcount] > 0 }
      }
    }
    if design.hasMemoryErrors {
      system.goal(poisonedOffline) { s in
        s[memory.result] == .offline
          && block.pages.contains { s[$0.isPoisoned] && s[$0.refcount] > 0 }
      }
    }
    switch design.wants {
    case .offline:
      // The block is MIGRATE_ISOLATE still, and counted no more.
      system.goal(offlined) { s in
        s[memory.result] == .offline && (block.nrIsolatePageblock.map { s[$0] == 0 } ?? true)
      }
    case .refusal: system.invariant(refused) { s in s[memory.result] != .offline }
    case .either: break
    }
    system.goal(returns, .alwaysReachable) { s in s[memory.result] != .running }
  }
}

extension OfflineChoices {
  /// The same, with as many unmovable pages passed over as a register says.
  fileprivate func passing(_ counted: Register<Int>) -> OfflineChoices {
    var choices = self
    choices.unmovable = .passesCounted(counted)
    choices.isolationAsserts = MemoryOffline.notIsolated
    return choices
  }
}
