import KernelPages
import ModelChecking

extension HotplugLifecycle {
  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let cpus = (0..<bounds[cpus]).map { _ in system.cpu() }
    var start = Page.Start()
    start.type = .offline  // memmap_init_range(), v6.11
    let pages = (0..<bounds[pages]).map { number in
      Page(
        "page\(number)", in: system, holders: bounds[walkers] + 1, cpus: cpus.count,
        parts: [.usual, .owner, .backing, .lru, .dirty], start: start)
    }
    let block = PageBlock(
      "block", of: pages, in: system, tracksReliance: true, handingOutAsserts: handedOut,
      countsFree: true, initially: .isolate)
    let pcps = cpus.map { PerCPUPages(on: $0, in: system, pages: pages.count) }
    let life = BlockLife(
      design: design,
      added: HotAddedMemory(
        block, in: system, mark: .offline,
        path: FreePath(leavesLRU: true, target: .buddy(block))),
      zone: ZonePCP(pcps, of: block, in: system), lock: PageOfflineLock(in: system),
      content: PageContent(claim: untouched),
      mappings: cpus.map { AnonymousMapping("app\($0.index)", of: pages, in: system) })

    let rcu = RCU(in: system)
    for number in cpus.indices {
      system.actor("app\(number)", on: cpus[number]) { _ in life.use(onCPU: number) }
    }
    system.actor("hotplug", on: system.cpu()) { life.run(as: $0, rcu) }
    for number in 0..<bounds[walkers] {
      system.actor("walker\(number)", on: cpus[0]) { _ in
        Loop {
          Choose(pages) { page in life.walk(page, rcu) }
        }
      }
    }
    for number in 0..<bounds[readers] {
      system.actor("kcore\(number)", on: system.cpu()) { _ in
        Loop { Choose(pages) { page in life.read(page) } }
      }
    }
    properties(of: life, in: system)
    unreachable(in: system)
    redundant(in: system, cpus: cpus.count)
  }
}

/// One memory block and those who have to do with it.
struct BlockLife {
  let design: HotplugLifecycle.Design
  let added: HotAddedMemory
  let zone: ZonePCP
  let lock: PageOfflineLock
  let content: PageContent
  let mappings: [AnonymousMapping]

  var memory: MemoryBlock { added.memory }
  var block: PageBlock { added.block }

  /// How a page is freed on a CPU.
  func path(onCPU number: Int) -> FreePath {
    FreePath(
      leavesLRU: true,
      target: .perCPU(
        zone.pcps[number], block,
        FreeUnrefPage(rereadsMigratetype: design.rereadsMigratetype)))
  }

  // MARK: Those who use pages

  /// An application: takes a page from its CPU's list or the buddy, uses it, gives it back.
  @StepsBuilder func use(onCPU number: Int) -> Steps {
    Loop {
      Choose {
        Way {
          rmqueuePCPList(zone.pcps[number], of: block) { page in
            useAndFree(page, onCPU: number)
          }
        }
        for page in block.pages {
          Way {
            allocFromBuddy(page, in: block, checksNewPage: false) {
              useAndFree(page, onCPU: number)
            }
          }
        }
      }
    }
  }

  @StepsBuilder private func useAndFree(_ page: Page, onCPU number: Int) -> Steps {
    mappings[number].map(page, number: index(of: page))
    mappings[number].touch(page, number: index(of: page), content)
    If(mappings[number].unmap(number: index(of: page))) { putPage(page, path(onCPU: number)) }
  }

  /// A pfn walker at one page: it looks whether the section is online, takes a reference and drops it.
  @StepsBuilder func walk(_ page: Page, _ rcu: RCU) -> Steps {
    let isTaken = Condition(call: "get_online_page") {
      If(!memory.pfnToOnlinePage()) { Return(false) }
      If(!getPageUnlessZero(page)) { Return(false) }
      Return(true)
    }
    if design.walksInReadSection {
      rcuReadLock(rcu)
      If(isTaken) {
        rcuReadUnlock(rcu)
        putPage(page, path(onCPU: 0))
      } otherwise: {
        rcuReadUnlock(rcu)
      }
    } else {
      If(isTaken) { putPage(page, path(onCPU: 0)) }
    }
  }

  private func index(of page: Page) -> Int {
    block.pages.firstIndex { $0.name == page.name } ?? 0
  }

  /// A reader of /proc/kcore, for one page.
  @StepsBuilder func read(_ page: Page) -> Steps {
    Call("read_kcore_iter") { readKcore([page], lock, content) }
  }

  // MARK: Hotplug and virtio-mem, one after the other under mem_hotplug_lock

  @StepsBuilder func run(as actor: Actor, _ rcu: RCU) -> Steps {
    let plugged = block.pages.map {
      actor.register("plugged[\($0.name)]", .flag, initially: true)
    }
    let frozen = block.pages.map { actor.register("frozen[\($0.name)]", .flag, initially: false) }
    Loop {
      onlinePages(added, OnlineChoices(), onlineNotifier(plugged, frozen))
      Loop {
        Choose {
          for (page, isPlugged) in zip(block.pages, plugged) {
            Way { request(page, isPlugged) }
          }
          Way { offline(plugged, frozen, rcu) { Break() } }
        }
      }
    }
  }

  /// virtio-mem's callback and notifier while the block is onlined: pages that have memory go to the
  /// allocator.
  private func onlineNotifier(
    _ plugged: [Register<Bool>], _ frozen: [Register<Bool>]
  ) -> OnlineNotifier {
    OnlineNotifier { page in
      if design.onlinesPluggedOnly {
        If(Condition(register: { my in my[plugged[index(of: page)]] })) {
          genericOnlinePage(page, added)
        } otherwise: {
          setPageDirty(page)
        }.steps
      } else {
        genericOnlinePage(page, added)
      }
    } goingOnline: {
      // The references are new ones.
      Step("virtio_mem_notify_going_online") { my in
        for isFrozen in frozen { my[isFrozen] = false }
      }
    }
  }

  /// A request of the device's for one page: unplug it if it is plugged, plug it if it is not.
  @StepsBuilder private func request(_ page: Page, _ isPlugged: Register<Bool>) -> Steps {
    If(Condition(register: { my in my[isPlugged] })) {
      allocContigPage(page, zone: zone, migrating: migrate) {
        setFakeOffline([page], design.holdsOffReaders ? lock : nil)
        added.adjustManaged(by: -1)
        if !design.keepsReference { pageRefDec(page) }
        setBacking(of: [page], to: false).also { my in my[isPlugged] = false }
      }
    } otherwise: {
      setBacking(of: [page], to: true).also { my in my[isPlugged] = true }
      if !design.keepsReference { pageRefInc(page) }
      If(pageDirty(page)) {
        Call("virtio_mem_clear_fake_offline") { setPageDirty(page, to: false) }
        if design.putsToFree {
          clearPageOffline(page)
          free(page)
        } else {
          genericOnlinePage(page, added)
        }
      } otherwise: {
        clearFakeOffline([page])
        free(page)
      }
    }
  }

  @StepsBuilder private func free(_ page: Page) -> Steps {
    freeContigRange([page], added.path)
    added.adjustManaged(by: 1)
  }

  private func migrate(_ page: Page) -> Steps {
    migratePage(page, number: index(of: page), mappings: mappings, added.path)
  }

  /// `offline_pages()` with what v5.11 put around it.
  @StepsBuilder private func offline(
    _ plugged: [Register<Bool>], _ frozen: [Register<Bool>], _ rcu: RCU,
    @StepsBuilder succeeded: () -> Steps
  ) -> Steps {
    let pieces = PCPDisable()
    if design.disablesLists { zonePCPDisable(zone, pieces) }
    If(offlinePages(memory, choices, notifier(plugged, frozen), migrating: migrate)) {
      if design.disablesLists { zonePCPEnable(zone, pieces) }
      finishOffline(added, subtractsSkipped: false)
      if design.walksInReadSection { synchronizeRCU(rcu) }
      succeeded()
    }
    if design.disablesLists { zonePCPEnable(zone, pieces) }
    Step("offlining failed").noting { s in s[memory.result] = .cancelled }
  }

  private var choices: OfflineChoices {
    var choices = OfflineChoices()
    choices.unmovable = .passesAll
    return choices
  }

  /// virtio-mem's memory notifier.
  private func notifier(_ plugged: [Register<Bool>], _ frozen: [Register<Bool>]) -> OfflineNotifier
  {
    let unplugged = zip(block.pages, zip(plugged, frozen)).map { ($0, $1.0, $1.1) }
    return OfflineNotifier {
      for (page, isPlugged, isFrozen) in unplugged {
        If(!Condition(register: { my in my[isPlugged] })) { goingOffline(page, isFrozen) }
      }
      if !design.disablesLists { drainAllPages(zone, force: true) }
      relyOnIsolation(of: block)
        .asserting(HotplugLifecycle.managed) { s in s[added.managed] == added.allocatorPages(s) }
      Return(true)
    } cancelOffline: {
      for (page, isPlugged, isFrozen) in unplugged {
        If(!Condition(register: { my in my[isPlugged] })) { cancelOffline(page, isFrozen) }
      }
    }
  }

  @StepsBuilder private func goingOffline(_ page: Page, _ isFrozen: Register<Bool>) -> Steps {
    if !design.keepsOffline {
      clearPageOffline(page).noting { s in s[page.owner] = .none }
      putPage(page, added.path)
    } else if !design.keepsReference {
      Steps.none
    } else if design.freezesCount {
      freezeOrRefuse(page, isFrozen)
    } else {
      pageRefDecAndTest(page).also { my, _ in my[isFrozen] = true }
    }
  }

  @StepsBuilder private func cancelOffline(_ page: Page, _ isFrozen: Register<Bool>) -> Steps {
    if design.regainsReference {
      unfreeze(page, isFrozen)
    }
  }
}
