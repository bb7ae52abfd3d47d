import KernelPages
import ModelChecking

/// What the actors of soft-offline share, and what each of them does.
struct SoftOfflineMemory {
  let design: SoftOffline.Design
  let pages: [Page]
  let block: PageBlock
  /// The pages once more where they are huge pages at first.
  let hugePages: [HugePage]
  /// Ghost: how soft offline of each page ended.
  let results: [Ghost<SoftOffline.Result>]
  /// Ghost: how many references to each page walkers hold.
  let walkerReferences: [Ghost<Int>]
  let path: FreePath
  /// The per-CPU list, where there is one; all actors run on its CPU then.
  private let pcp: PerCPUPages?
  private let walkers: Int

  init(in system: SystemBuilder, _ design: SoftOffline.Design, pages count: Int, walkers: Int) {
    self.design = design
    self.walkers = walkers
    let start = design.start.ofPage
    let pages = (0..<count).map { number in
      Page(
        "page\(number)", in: system, holders: walkers + 1,
        parts: [.refcount, .type, .owner, .hwpoison, .dirty], start: start)
    }
    self.pages = pages
    block = PageBlock(
      "block", of: pages, in: system, tracksReliance: design.others.contains(.offliner))
    let hugetlbLock = system.lock("hugetlb_lock", .irqSpinlock)
    hugePages =
      design.start == .huge ? pages.map { HugePage($0, lock: hugetlbLock, in: system) } : []
    results = pages.map { system.ghost("\($0.name).result", .cases, initially: .none) }
    walkerReferences = pages.map {
      system.ghost("\($0.name).walker_references", .range(0...walkers), initially: 0)
    }
    pcp = design.hasPCPList ? PerCPUPages(on: system.cpu(), in: system, pages: count) : nil
    let target: FreePath.Target? = pcp.map { [block] in .perCPU($0, block, FreeUnrefPage()) }
    path = FreePath(hwpoisonHook: design.hook, target: target ?? .buddy(block))
  }

  func declareActors(in system: SystemBuilder) {
    let cpu = { pcp?.cpu ?? system.cpu() }
    for group in design.atOnce ? pages.indices.map({ [$0] }) : [Array(pages.indices)] {
      let name = design.atOnce ? "soft offline of \(pages[group[0]].name)" : "soft offline"
      system.actor(name, on: cpu()) { actor in
        let previous = actor.register("mt", .cases, initially: MigrateType.movable)
        for number in group { softOffline(number, previous) }
      }
    }
    if design.start == .huge {
      system.actor("hugetlb user", on: cpu()) { _ in useHugePages() }
    }
    if design.others.contains(.allocator) {
      system.actor("allocator", on: cpu()) { _ in allocate() }
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
      setPageHWPoison(page).noting { [result = results[number]] s in s[result] = .ok }
    case .putAndFlagIfBuddy:
      if design.start != .free { putPage(page, path) }
      setHWPoisonFreeBuddyPage(page, of: block).noting { [result = results[number]] s, done in
        s[result] = done ? .ok : .busy
      }
    case .handlePoison(let choices):
      handlePoison(number, choices)
    case .waitAndTakeOff(let choices):
      putPage(page, path)
      Loop {
        If(
          pageHandlePoison(
            page, choices, takingOff: takePageOffBuddy(page, of: block, choices.takeOff))
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
      case .saved, .clean, .dirty:
        pageHandlePoison(page, choices, release: putPage(page, path))
      case .free:
        pageHandlePoison(
          page, choices, takingOff: takePageOffBuddy(page, of: block, choices.takeOff))
      case .huge:
        pageHandlePoison(
          page, choices,
          takingOff: dissolveAndTakeOff(
            hugePages[number], of: block, choices.takeOff, errorIsTrue: design.errorIsTrue))
      }
    if design.start == .clean || design.start == .dirty {
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

  /// `soft_offline_page()` returns.
  @StepsBuilder private func finish(_ number: Int, _ result: SoftOffline.Result) -> Steps {
    Step(result == .ok ? "return 0" : "return -EBUSY").noting { s in s[results[number]] = result }
    Return()
  }

  // MARK: The others

  @StepsBuilder private func allocate() -> Steps {
    Loop {
      if let pcp {
        rmqueuePCPList(pcp, of: block)
      } else {
        Choose(pages) { page in
          allocFromBuddy(page, in: block, checksNewPage: design.checksNewPage) {
            putPage(page, path)
          }
        }
      }
    }
  }

  @StepsBuilder private func compact() -> Steps {
    Loop {
      Choose(pages) { page in
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
      Choose(pages.indices) { number in
        let page = pages[number]
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
        putPage(pages[number], path, noting: note)
      }
    } else {
      putPage(pages[number], path, noting: note)
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
    case .clean, .dirty:
      start.refcount = 2
      start.owner = .app
      start.isDirty = self == .dirty
    case .free:
      start.refcount = 0
      start.type = .buddy
      start.freeList = .buddy(.movable)
    }
    return start
  }
}
