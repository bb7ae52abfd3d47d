import KernelPages
import ModelChecking

extension PCPIsolation {
  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let freers = bounds[freers]
    let cpus = (0..<freers).map { _ in system.cpu() }
    let freed = design.frees ? freers : 0
    let nolock = design.nolock == .none ? 0 : 1
    let pages = pages(
      in: system, freed: freed, nolock: nolock, free: design.freePages(cpus: freers), cpus: freers)
    let block = PageBlock(
      "block", of: pages, in: system, tracksReliance: true, handingOutAsserts: handedOut,
      hasTrylockList: nolock > 0, countsFree: true, countsIsolated: true,
      initiallyFree: design.freePages(cpus: freers))
    let pcps = cpus.map { PerCPUPages(on: $0, in: system, pages: pages.count) }
    let works = design.drain == .work ? pcps.map { DrainWork(of: $0, in: system) } : []
    let zone = ZonePCP(
      pcps, of: block, in: system,
      drain: works.isEmpty
        ? .underPCPLock(design.drain == .countBeforeLock ? .beforeLock : .underLock)
        : .perCPUWork(works))

    for (page, pcp) in zip(pages.prefix(freed), pcps) {
      system.actor("free on CPU\(pcp.cpu.index)", on: pcp.cpu) { _ in
        freeUnrefPage(page, in: block, to: pcp, design.free)
      }
    }
    if nolock > 0 {
      system.actor("BPF on CPU\(cpus[0].index)", on: cpus[0]) { _ in
        freePagesNolock(
          pages[freed], in: block, to: pcps[0], heedsHigh: design.nolock == .heedsHigh)
      }
    }
    if design.contendsZoneLock {
      system.actor("alloc of another block", on: system.cpu()) { _ in
        Call("rmqueue_buddy") {
          block.zoneLock.acquire()
          block.zoneLock.release()
        }
      }
    }
    allocators(in: system, pcps, block, design, freed: freed, nolock: nolock)
    for work in works {
      system.actor("kworker/\(work.pcp.cpu.index)", on: work.pcp.cpu) { _ in work.run(on: block) }
    }
    system.actor("isolator", on: system.cpu()) { _ in
      isolate(zone, design, rounds: bounds[rounds])
    }
    otherWriter(in: system, zone, design)
    properties(of: zone, in: system, design)
    declareUnreachable(in: system, design, cpus: freers)
    declareRedundant(in: system, design)
  }

  /// Pages whose last reference was dropped, then those that `free_pages_nolock()` is about to free, and
  /// then those that are in the buddy.
  private static func pages(
    in system: SystemBuilder, freed: Int, nolock: Int, free: Int, cpus: Int
  ) -> [Page] {
    (0..<freed + nolock + free).map { number in
      var start = Page.Start()
      start.refcount = number < freed ? 0 : 1
      start.owner = .app
      if number >= freed + nolock {
        start.refcount = 0
        start.owner = .none
        start.type = .buddy
        start.freeList = .buddy(.movable)
      }
      return Page(
        "page\(number)", in: system, holders: 1, cpus: cpus,
        parts: nolock > 0 ? [.usual, .owner, .trylockList] : [.usual, .owner], start: start)
    }
  }

  private static func allocators(
    in system: SystemBuilder, _ pcps: [PerCPUPages], _ block: PageBlock, _ design: Design,
    freed: Int, nolock: Int
  ) {
    let isAlone = [.fromListRefilling, .refillingTwice, .unmovable].contains(design.allocator)
    let entry = design.free.entry
    // Where one CPU allocates, the last of those in the buddy is never the first that a refill finds.
    let refilled = isAlone || pcps.count == 1 ? Array(block.pages.dropLast()) : block.pages
    for (number, pcp) in isAlone ? [(0, pcps[0])] : Array(pcps.enumerated()) {
      let name = "alloc on CPU\(pcp.cpu.index)"
      let onList =
        (freed > 0 ? [block.pages[number]] : [])
        + (nolock > 0 && number == 0 ? [block.pages[freed]] : [])
      switch design.allocator {
      case .none: break
      case .fromList:
        if onList.isEmpty { continue }
        system.actor(name, on: pcp.cpu) { _ in
          rmqueuePCPList(pcp, of: block, first: onList, by: entry)
        }
      case .refilling:
        system.actor(name, on: pcp.cpu) { actor in
          refillAndAllocate(pcp, of: block, first: refilled, by: entry, as: actor)
        }
      case .fromListRefilling:
        system.actor(name, on: pcp.cpu) { actor in
          rmqueuePCPListRefilling(
            pcp, of: block, first: onList, refilled: refilled, by: entry, as: actor)
        }
      case .unmovable:
        system.actor(name, on: pcp.cpu) { _ in
          Choose(block.pages) { page in
            allocFromBuddy(page, in: block, checksNewPage: false, refcountsLater: true) {}
          }
        }
      case .refillingTwice:
        system.actor(name, on: pcp.cpu) { actor in
          refillAndAllocate(pcp, of: block, first: refilled, by: entry, as: actor)
          rmqueuePCPList(pcp, of: block, first: Array(block.pages.dropFirst()), by: entry)
        }
      }
    }
  }

  @StepsBuilder private static func isolate(
    _ zone: ZonePCP, _ design: Design, rounds: Int
  ) -> Steps {
    for _ in 0..<rounds {
      Call(design.testsOnce ? "alloc_contig_range" : "offline_pages") { isolateOnce(zone, design) }
    }
  }

  @StepsBuilder private static func isolateOnce(
    _ zone: ZonePCP, _ design: Design
  ) -> Steps {
    let block = zone.block
    let pieces = design.pieces
    switch design.plan {
    case .drainAfter:
      setMigratetypeIsolate(block)
      drainAllPages(zone, force: pieces.forcesDrain)
      if !design.testsOnce { relyOnIsolation(of: block) }
    case .disable:
      zonePCPDisable(zone, pieces)
      if !design.looksForUnmovable {
        setMigratetypeIsolate(block)
      } else {
        // Who gets a page here can't give it up. A page that is on its way, from its owner or to its
        // owner, has no reference, and has_unmovable_pages() passes it over.
        If(!setMigratetypeIsolate(block, .strict)) {
          zonePCPEnable(zone, pieces)
          Return()
        }
      }
      relyOnIsolation(of: block)
    case .disableAfter:
      if pieces.takesLock { zone.batchHighLock.acquire() }
      setMigratetypeIsolate(block)
      if design.reliesAtOnce { relyOnIsolation(of: block) }
      disableAndDrain(zone, pieces)
      if !design.reliesAtOnce { relyOnIsolation(of: block) }
    }
    switch design.retry {
    case .none: Steps.none
    case .drain: repeatDrain(zone, pieces, signals: true)
    case .drainWithoutSignals: repeatDrain(zone, pieces, signals: false)
    case .test:
      Loop {
        If(testPagesIsolated(block, emptiesTrylockList: design.testEmptiesTrylockList)) { Break() }
      }
    }
    if design.testsOnce {
      testPagesIsolated(block).asserting(spuriousBusy, severity: .warning) { s, isIsolated in
        isIsolated || !block.pages.allSatisfy { s[$0.owner] == .none }
      }
    }
    finish(zone, design)
  }

  /// The loop of `offline_pages()` (mm/memory_hotplug.c, v5.9). A signal ends it.
  @StepsBuilder private static func repeatDrain(
    _ zone: ZonePCP, _ pieces: PCPDisable, signals: Bool
  ) -> Steps {
    Loop {
      if signals {
        Choose {
          Way { Step("signal_pending: no") }
          Way {
            Step("signal_pending: yes")
            Break()
          }
        }
      }
      If(testPagesIsolated(zone.block)) { Break() }
      drainAllPages(zone, force: pieces.forcesDrain)
    }
  }

  /// What follows the use of the isolation.
  @StepsBuilder private static func finish(_ zone: ZonePCP, _ design: Design) -> Steps {
    let disables = design.plan != .drainAfter
    if disables && design.enablesBeforeUndo { zonePCPEnable(zone, design.pieces) }
    let undo = unsetMigratetypeIsolate(zone.block)
    if design.retry == .test {
      // Where the kernel has BUG_ON(!PageBuddy(page)) in __offline_isolated_pages().
      undo.asserting(allFree) { s in zone.block.pages.allSatisfy { s[$0.type] == .buddy } }
    } else {
      undo
    }
    if disables && !design.enablesBeforeUndo { zonePCPEnable(zone, design.pieces) }
  }

  /// `zone_pcp_update()` after another hotplug, or the sysctl percpu_pagelist_fraction
  /// (mm/page_alloc.c, v5.11): writes the limits.
  private static func otherWriter(
    in system: SystemBuilder, _ zone: ZonePCP, _ design: Design
  ) {
    if design.otherWriter == .none { return }
    system.actor("zone_pcp_update", on: system.cpu()) { _ in
      if design.otherWriter == .withLock { zone.batchHighLock.acquire() }
      setPCPLimits(zone, high: 0, batch: 1, design.pieces.limits)
      setPCPLimits(
        zone, high: PerCPUPages.usualHigh, batch: PerCPUPages.usualBatch, design.pieces.limits)
      if design.otherWriter == .withLock { zone.batchHighLock.release() }
    }
  }

  private static func properties(
    of zone: ZonePCP, in system: SystemBuilder, _ design: Design
  ) {
    let block = zone.block
    system.invariant(ownList) { s in
      block.pages.allSatisfy {
        !s[$0.freeList].isBuddy || s[$0.freeList] == .buddy(s[block.migratetype])
      }
    }
    system.invariant(PageBlock.freePagesAgree) { s in block.freePagesAgree(s) }
    system.invariant(PageBlock.isolatedAgree) { s in block.isolatedAgree(s) }
    system.invariant(buddyFlag) { s in
      block.pages.allSatisfy { (s[$0.type] == .buddy) == s[$0.freeList].isBuddy }
    }
    system.invariant(freeUnreferenced) { s in
      block.pages.allSatisfy { s[$0.freeList] == .none || s[$0.refcount] == 0 }
    }
    system.invariant(counted) { s in
      zone.pcps.allSatisfy { pcp in
        !pcp.section.isFree(s)
          || s[pcp.count] == block.pages.count { s[$0.freeList] == .pcp(pcp.cpu) }
      }
    }
    if design.allocator == .unmovable {
      system.invariant(unmovable, severity: .warning) { s in
        s[block.migratetype] != .isolate || block.pages.allSatisfy { s[$0.owner] == .none }
      }
    }
    system.invariant(reliance) { s in !s[block.isReliedOn] || s[block.migratetype] == .isolate }
    system.invariant(stray, severity: .warning, when: { s in s[block.isReliedOn] }) { s in
      guard s[block.isReliedOn], s[block.migratetype] == .isolate else { return true }
      return zone.pcps.allSatisfy { pcp in
        !pcp.section.isFree(s) || block.pages.allSatisfy { s[$0.freeList] != .pcp(pcp.cpu) }
      }
    }
    system.goal(offlined) { s in
      s[block.migratetype] == .isolate
        && block.pages.allSatisfy { s[$0.freeList] == .buddy(.isolate) }
    }
    system.goal(noneLost, .alwaysReachable) { s in
      block.pages.allSatisfy { s[$0.freeList] != .none || s[$0.refcount] > 0 }
    }
    if design.allocator != .none && design.nolock == .none {
      system.goal(allocated) { s in
        block.pages.contains {
          s[$0.owner] == .app && s[$0.freeList] == .none && s[$0.refcount] > 0
        }
      }
    }
    let isFixed = design.nolock == .heedsHigh && design.testEmptiesTrylockList
    if design.retry == .none || design.retry == .drain || isFixed {
      system.goal(restored, .alwaysReachable) { s in
        s[block.migratetype] == .movable
          && zone.pcps.allSatisfy {
            s[$0.high] == PerCPUPages.usualHigh && s[$0.batch] == PerCPUPages.usualBatch
          }
      }
    }
  }
}
