import KernelPages
import ModelChecking

extension MemoryOffline {
  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    var start = Page.Start()
    // The CMM of v5.4 keeps its pages on a list of its own, does not mark them and may free any.
    start.type = design.countsForIsolation ? .none : .offline
    start.owner = design.countsForIsolation ? .none : .driver
    start.isBacked = design.isBacked
    let pages = (0..<bounds[pages]).map { number in
      Page(
        "page\(number)", in: system, holders: bounds[walkers],
        parts: [.usual, .owner, .backing], start: start)
    }
    let block = PageBlock("block", of: pages, in: system)
    let memory = MemoryBlock(block, in: system)
    let loaned = system.field(
      "cmm.loaned", design.countsForIsolation ? .range(0...pages.count) : .only(0),
      initially: design.countsForIsolation ? pages.count : 0)
    let content = PageContent(claim: untouched)

    system.actor("offline_pages", on: system.cpu()) { actor in
      let counted = actor.register(
        "counted", design.countsForIsolation ? .range(0...pages.count) : .only(0), initially: 0)
      for _ in 0..<bounds[attempts] { offline(memory, design, loaned: loaned, counted) }
    }
    system.actor("allocation", on: system.cpu()) { _ in
      Choose(pages) { page in
        allocFromBuddy(page, in: block, checksNewPage: false) {
          content.touch(page, by: "clear_page")
        }
      }
    }
    if design.hasWalkers {
      for number in 0..<bounds[walkers] {
        system.actor("kernel walker \(number)", on: system.cpu()) { _ in
          Choose(pages) { page in
            If(getPageUnlessZero(page)) { putPage(page, FreePath(target: .buddy(block))) }
          }
        }
      }
    }
    if design.countsForIsolation { balloonAndKernel(with: pages[0], loaned: loaned, in: system) }
    properties(of: memory, in: system, design)
  }

  /// One attempt. The last step of a failed one notes that it is over.
  @StepsBuilder private static func offline(
    _ memory: MemoryBlock, _ design: Design, loaned: Field<Int>, _ counted: Register<Int>
  ) -> Steps {
    let pages = memory.block.pages
    let notifier = OfflineNotifier {
      for page in pages { goingOffline(page, memory.block, design.going) }
      Return(true)
    } cancelOffline: {
      for page in pages {
        cancelOffline(page, memory.block, design.cancel).noting { s in
          if page.name == pages.last?.name { s[memory.result] = .cancelled }
        }
      }
    }
    if design.countsForIsolation {
      countPages(loaned, counted)
      If(offlinePages(memory, design.choices.passing(counted), notifier)) { Finish() }
    } else {
      If(offlinePages(memory, design.choices, notifier)) { Finish() }
    }
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
  ///
  /// Freeing is one step, from clearing PageOffline to the isolate list: the block is isolated, so
  /// nobody can take the page in between, and nobody here looks.
  private static func goingOffline(
    _ page: Page, _ block: PageBlock, _ going: Design.GoingOffline
  ) -> Steps {
    switch going {
    case .nothing:
      return Step("(the driver does nothing)").steps
    case .dropReference:
      return pageRefDec(page).steps
    case .releaseToBuddy:
      return Step(
        "free_page",
        .section(
          [page.refcount, page.type, page.freeList],
          because: "the block is isolated, so nobody can take the page")
      ) { s in
        s[page.refcount] = 0
        s[page.type] = .buddy
        s[page.freeList] = .buddy(.isolate)
      }.noting { s in s[page.owner] = .none }.steps
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
        .section([page.freeList, page.type, page.refcount], taking: block.zoneLock)
      ) { s in
        guard s[page.freeList].isBuddy else { return }
        s[page.freeList] = .none
        s[page.type] = .offline
        s[page.refcount] = 1
      }.noting { s in if s[page.type] == .offline { s[page.owner] = .driver } }
    }
  }

  private static func properties(
    of memory: MemoryBlock, in system: SystemBuilder, _ design: Design
  ) {
    let pages = memory.block.pages
    system.invariant(underflow) { s in pages.allSatisfy { s[$0.refcount] >= 0 } }
    system.invariant(notFreed) { s in
      pages.allSatisfy { s[$0.owner] != .driver || s[$0.freeList] == .none }
    }
    if design.cancel != .takeBack {
      system.invariant(regained) { s in
        s[memory.result] != .cancelled
          || pages.allSatisfy { s[$0.type] != .offline || s[$0.refcount] == 1 }
      }
    }
    switch design.wants {
    case .offline: system.goal(offlined) { s in s[memory.result] == .offline }
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
