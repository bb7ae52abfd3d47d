import KernelPages
import ModelChecking

/// What the actors of soft-offline share, and what each of them does.
struct SoftOfflineMemory {
  let design: SoftOffline.Design
  /// The pages that are soft offlined.
  let pages: [Page]
  /// The block of them, and of a page that is free at first where nobody would find another.
  let block: PageBlock
  /// The pages once more where they are huge pages at first.
  let hugePages: [HugePage]
  /// `num_poisoned_pages`.
  let counter: Field<Int>
  /// Ghost: how soft offline of each page ended; where two are of one page, how each of them did.
  let results: [Ghost<SoftOffline.Result>]
  /// Ghost: how many references to each page walkers hold.
  let walkerReferences: [Ghost<Int>]
  let path: FreePath
  /// The per-CPU list, where there is one; all actors run on its CPU then.
  let pcp: PerCPUPages?
  private let zone: ZonePCP?
  /// `mf_mutex`, where soft offline takes it.
  private let mutex: Lock?
  private let walkers: Int

  init(in system: SystemBuilder, _ design: SoftOffline.Design, pages count: Int, walkers: Int) {
    self.design = design
    self.walkers = walkers
    let cpu = design.lists == .none ? nil : system.cpu()
    var start = design.start.ofPage
    if design.start == .onPCPList, let cpu { start.freeList = .pcp(cpu) }
    var parts: Page.Parts = [.refcount, .type, .owner, .hwpoison, .dirty]
    if design.start == .thp { parts.insert(.compound) }
    if design.isOfOnePage {
      parts.formUnion([.lru, .mapping])
      start.isOnLRU = true
      start.refcount = 1
    }
    let pages = (0..<count).map { number in
      Page(
        "page\(number)", in: system, holders: walkers + (design.isOfOnePage ? 3 : 1), parts: parts,
        start: start)
    }
    self.pages = pages
    let spare =
      design.hasSparePage
      ? [
        Page(
          "spare", in: system, holders: walkers + 1, parts: parts,
          start: SoftOffline.Design.Start.free.ofPage)
      ] : []
    block = PageBlock(
      "block", of: pages + spare, in: system, tracksReliance: design.others.contains(.offliner))
    let hugetlbLock = system.lock("hugetlb_lock", .irqSpinlock)
    mutex = design.onePage == .withMutex ? system.lock("mf_mutex", .mutex) : nil
    hugePages =
      design.start == .huge ? pages.map { HugePage($0, lock: hugetlbLock, in: system) } : []
    counter = system.field("num_poisoned_pages", .range(0...count + 1), initially: 0)
    results = (0..<(design.isOfOnePage ? 2 : count)).map {
      system.ghost(
        design.isOfOnePage ? "result\($0)" : "page\($0).result", .cases, initially: .none)
    }
    walkerReferences = block.pages.map {
      system.ghost("\($0.name).walker_references", .range(0...walkers), initially: 0)
    }
    pcp = cpu.map {
      PerCPUPages(
        on: $0, in: system, pages: count + spare.count,
        initially: design.start == .onPCPList ? Array(0..<count) : [])
    }
    zone =
      design.lists == .disabled || design.lists == .drained
      ? pcp.map { [block] in ZonePCP([$0], of: block, in: system) } : nil
    let target: FreePath.Target? = pcp.map { [block] in .perCPU($0, block, FreeUnrefPage()) }
    var path = FreePath(hwpoisonHook: design.hook, target: target ?? .buddy(block))
    path.hasCompoundPages = design.start == .thp
    self.path = path
  }

  func declareActors(in system: SystemBuilder) {
    let cpu = { pcp?.cpu ?? system.cpu() }
    for number in design.isOfOnePage ? [0, 1] : [] {
      system.actor("soft offline \(number)", on: cpu()) { _ in softOfflineLRUPage(number) }
    }
    let groups = design.atOnce ? pages.indices.map { [$0] } : [Array(pages.indices)]
    for group in design.isOfOnePage ? [] : groups {
      let name = design.atOnce ? "soft offline of \(pages[group[0]].name)" : "soft offline"
      system.actor(name, on: cpu()) { actor in
        if design.getsPage {
          for number in group { softOfflineFreePage(number, as: actor) }
        } else {
          let previous = actor.register("mt", .cases, initially: MigrateType.movable)
          for number in group { softOffline(number, previous) }
        }
      }
    }
    if design.start == .huge {
      system.actor("hugetlb user", on: cpu()) { _ in useHugePages() }
    }
    if design.others.contains(.allocator) {
      system.actor("allocator", on: cpu()) { actor in allocate(as: actor) }
    }
    if design.others.contains(.compaction) {
      system.actor("compaction", on: cpu()) { _ in compact() }
    }
    if design.others.contains(.offliner) {
      system.actor("memory offlining", on: cpu()) { _ in
        Loop {
          If(
            setMigratetypeIsolate(block).noting { s, isIsolated in
              if isIsolated { s[block.isReliedOn] = true }
            }
          ) { unsetMigratetypeIsolate(block) }
        }
      }
    }
    for number in 0..<walkers {
      let name = walkers == 1 ? "pfn walker" : "pfn walker \(number)"
      system.actor(name, on: cpu()) { _ in walk() }
    }
  }

  // MARK: Soft offline

  @StepsBuilder private func softOffline(
    _ number: Int, _ previous: Register<MigrateType>
  ) -> Steps {
    Call("soft_offline_page") {
      if design.dances {
        withMigratetypeIsolate(block, previous: previous) { poison(number) }
      } else {
        poison(number)
      }
    }
  }

  @StepsBuilder private func poison(_ number: Int) -> Steps {
    let page = pages[number]
    switch design.method {
    case .putAndFlag:
      putPage(page, path)
      setPageHWPoison(page)
      numPoisonedPagesInc(counter).noting { [result = results[number]] s in s[result] = .ok }
    case .putAndFlagIfBuddy:
      if design.start != .free { putPage(page, path) }
      If(
        setHWPoisonFreeBuddyPage(page, of: block).noting { [result = results[number]] s, done in
          if !done { s[result] = .busy }
        }
      ) {
        numPoisonedPagesInc(counter).noting { [result = results[number]] s in s[result] = .ok }
      }
    case .handlePoison(let choices):
      handlePoison(number, choices)
    case .waitAndTakeOff(let choices):
      putPage(page, path)
      Loop {
        If(
          pageHandlePoison(
            page, choices, counting: counter,
            takingOff: takePageOffBuddy(page, of: block, choices.takeOff))
        ) { finish(number, .ok) }
        Choose {
          Way { Step("wait for the buddy") }
          Way { finish(number, .busy) }
        }
      }
    }
  }

  /// The new design: `__soft_offline_page()` and `soft_offline_free_page()` (mm/memory-failure.c,
  /// v5.10).
  @StepsBuilder private func handlePoison(_ number: Int, _ choices: PageHandlePoison) -> Steps {
    let page = pages[number]
    let poisoned =
      switch design.start {
      case .saved, .clean, .dirty, .thp:
        pageHandlePoison(page, choices, counting: counter, release: putPage(page, path))
      case .free, .onPCPList, .huge:
        pageHandlePoison(page, choices, counting: counter, takingOff: takeOut(number, choices))
      }
    if design.start == .thp && design.splitsTHP {
      If(!trySplitTHPPage(page, path)) { finish(number, .busy) }
    }
    if [.clean, .dirty, .thp].contains(design.start) {
      If(!invalidateInodePage(page)) {
        If(!migratePages(page)) {
          putPage(page, path)
          finish(number, .busy)
        }
      }
    }
    if design.start == .huge { putHugePage(hugePages[number]) }
    If(poisoned) {
      finish(number, .ok)
    } otherwise: {
      finish(number, .busy)
    }
  }

  /// `__page_handle_poison()` of a page that is free, or huge.
  private func takeOut(_ number: Int, _ choices: PageHandlePoison) -> Condition {
    let handling: PCPHandling =
      switch (design.lists, zone) {
      case (.disabled, let zone?): .disable(zone)
      case (.drained, let zone?): .drain(zone)
      default: .none
      }
    return takeOutOfUse(
      pages[number], of: block, choices.takeOff,
      dissolving: design.start == .huge
        ? dissolveFreeHugePage(hugePages[number], to: path.target) : nil,
      errorIsTrue: design.errorIsTrue, handling)
  }

  /// `soft_offline_page()` of a page that is free at first (mm/memory-failure.c, v5.10 to v6.19), from
  /// `get_hwpoison_page()` on and with its retries.
  ///
  /// A page that is in use by then is given up: what becomes of those is asked by other variants.
  @StepsBuilder private func softOfflineFreePage(_ number: Int, as actor: Actor) -> Steps {
    let page = pages[number]
    let passes = actor.register("\(page.name).pass", .range(0...3), initially: 0)
    let triesAgain = actor.register("\(page.name).try_again", .flag, initially: true)
    let isFree = getHWPoisonPage(page, passes)
    Call("soft_offline_page") {
      Loop {
        If(!isFree) { finish(number, .busy) }
        If(
          pageHandlePoison(
            page, PageHandlePoison(), counting: counter, takingOff: takeOut(number, .init()))
        ) { finish(number, .ok) }
        If(!Condition(register: { my in my[triesAgain] })) { finish(number, .busy) }
        Step("try_again = false").also { my in
          my[triesAgain] = false
          my[passes] = 0
        }
      }
    }
  }

  /// `get_hwpoison_page()`: whether the page is free. A page in use is given up at once; one that is
  /// neither is looked at again, up to three times.
  private func getHWPoisonPage(_ page: Page, _ passes: Register<Int>) -> Condition {
    let disabled = design.disablesForGet ? zone : nil
    func enable() -> Steps { disabled.map { zonePCPEnable($0, PCPDisable()) } ?? .none }
    return Condition(call: "get_hwpoison_page") {
      if let disabled { zonePCPDisable(disabled, PCPDisable()) }
      Loop {
        If(getPageUnlessZero(page)) {
          enable()
          putPage(page, path)
          Return(false)
        }
        If(pageBuddy(page)) {
          enable()
          Return(true)
        }
        If(Condition(register: { my in my[passes] == 3 })) {
          enable()
          Return(false)
        }
        Step("pass++").also { my in my[passes] += 1 }
      }
    }
  }

  /// `soft_offline_page()` of a clean page on the LRU (mm/memory-failure.c, v5.10 to v5.16), which another
  /// soft offline may be at, too.
  @StepsBuilder private func softOfflineLRUPage(_ number: Int) -> Steps {
    let page = pages[0]
    let alreadyPoisoned = pageHWPoison(page)
    let poisoned = pageHandlePoison(
      page, PageHandlePoison(), counting: counter, release: putPage(page, path))
    Call("soft_offline_page") {
      if let mutex { mutex.acquire() }
      inUsePage(page, number, alreadyPoisoned, poisoned)
      if let mutex { mutex.release() }
    }
  }

  /// Up to where the mutex is given back.
  @StepsBuilder private func inUsePage(
    _ page: Page, _ number: Int, _ alreadyPoisoned: Condition, _ poisoned: Condition
  ) -> Steps {
    Call("soft_offline_in_use_page") {
      If(alreadyPoisoned) { finish(number, .ok) }
      If(!getPageUnlessZero(page)) { finish(number, .busy) }
      If(alreadyPoisoned) {
        putPage(page, path)
        finish(number, .ok)
      }
      If(!invalidateInodePage(page, mayBeOut: true)) {
        If(isolateLRUPage(page)) {
          putPage(page, path)
        } otherwise: {
          putPage(page, path)
          finish(number, .busy)
        }
        If(!migratePages(page, mayBeOut: true)) {
          putbackLRUPage(page, path)
          finish(number, .busy)
        }
      }
      If(poisoned) {
        finish(number, .ok)
      } otherwise: {
        finish(number, .busy)
      }
    }
  }

  /// `soft_offline_page()` returns.
  @StepsBuilder private func finish(_ number: Int, _ result: SoftOffline.Result) -> Steps {
    Step(result == .ok ? "return 0" : "return -EBUSY").noting { s in s[results[number]] = result }
    Return()
  }

  // MARK: The others

  @StepsBuilder private func allocate(as actor: Actor) -> Steps {
    Loop {
      if let pcp, design.isNew {
        rmqueuePCPListRefilling(pcp, of: block, as: actor) { page in putPage(page, path) }
      } else if let pcp {
        rmqueuePCPList(pcp, of: block)
      } else {
        Choose(block.pages) { page in
          allocFromBuddy(page, in: block, checksNewPage: design.checksNewPage) {
            putPage(page, path)
          }
        }
      }
    }
  }

  @StepsBuilder private func compact() -> Steps {
    Loop {
      Choose(block.pages) { page in
        isolateFreepagesBlock(page, in: block) { putPage(page, path) }
      }
    }
  }

  @StepsBuilder private func useHugePages() -> Steps {
    Loop {
      Choose(hugePages) { huge in
        Steps {
          dequeueHugePage(huge).mayRest()
          putHugePage(huge)
        }
      }
    }
  }

  /// A speculative pfn walk: page_idle, memory_failure, the migration scanner of compaction.
  @StepsBuilder private func walk() -> Steps {
    Loop {
      Choose(block.pages.indices) { number in
        let page = block.pages[number]
        let references = walkerReferences[number]
        If(getPageUnlessZero(page).noting { s, got in if got { s[references] += 1 } }) {
          put(number) { s, _ in s[references] -= 1 }
        }
      }
    }
  }

  /// A walker's put, which doesn't know beforehand what the page is.
  @StepsBuilder private func put(
    _ number: Int, noting note: @escaping @Sendable (inout Books, Bool) -> Void
  ) -> Steps {
    if design.start == .huge {
      If(pageHuge(hugePages[number])) {
        putHugePage(hugePages[number], noting: note)
      } otherwise: {
        putPage(block.pages[number], path, noting: note)
      }
    } else {
      putPage(block.pages[number], path, noting: note)
    }
  }
}

extension SoftOffline.Design.Start {
  /// The values that a page has then.
  fileprivate var ofPage: Page.Start {
    var start = Page.Start()
    start.owner = .none
    switch self {
    case .saved, .huge: break
    case .clean, .dirty, .thp:
      start.refcount = 2
      start.owner = .app
      start.isDirty = self != .clean
      start.isCompound = self == .thp
    case .onPCPList:
      start.refcount = 0
    case .free:
      start.refcount = 0
      start.type = .buddy
      start.freeList = .buddy(.movable)
    }
    return start
  }
}
