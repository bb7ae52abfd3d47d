import KernelPages
import ModelChecking

extension PCPIsolation {
  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let freers = bounds[freers]
    let cpus = (0..<freers).map { _ in system.cpu() }
    let freed = design.allocator == .refilling ? 0 : freers
    let pages = pages(in: system, freed: freed, free: design.freePages(cpus: freers), cpus: freers)
    let block = PageBlock(
      "block", of: pages, in: system, tracksReliance: true, handingOutAsserts: handedOut)
    let pcps = cpus.map {
      PerCPUPages(
        on: $0, in: system, pages: pages.count, hasStoreBuffer: design.free.delaysCount)
    }
    let works = design.drainsByWork ? pcps.map { DrainWork(of: $0, in: system) } : []
    let zone = ZonePCP(
      pcps, of: block, in: system, drain: works.isEmpty ? .remote : .perCPUWork(works))

    for (page, pcp) in zip(pages.prefix(freed), pcps) {
      system.actor("free on CPU\(pcp.cpu.index)", on: pcp.cpu) { _ in
        freeUnrefPage(page, in: block, to: pcp, design.free)
      }
    }
    allocators(in: system, pcps, block, design)
    for work in works {
      system.actor("kworker/\(work.pcp.cpu.index)", on: work.pcp.cpu) { _ in work.run(on: block) }
    }
    system.actor("isolator", on: system.cpu()) { _ in
      isolate(zone, design, rounds: bounds[rounds])
    }
    otherWriter(in: system, zone, design)
    properties(of: zone, in: system)
  }

  /// Pages that are about to be freed, and then those that are in the buddy.
  private static func pages(
    in system: SystemBuilder, freed: Int, free: Int, cpus: Int
  ) -> [Page] {
    (0..<freed + free).map { number in
      var start = Page.Start()
      start.refcount = 0
      start.owner = .app
      if number >= freed {
        start.owner = .none
        start.type = .buddy
        start.freeList = .buddy(.movable)
      }
      return Page(
        "page\(number)", in: system, holders: 1, cpus: cpus, parts: [.usual, .owner], start: start)
    }
  }

  private static func allocators(
    in system: SystemBuilder, _ pcps: [PerCPUPages], _ block: PageBlock, _ design: Design
  ) {
    for pcp in pcps.prefix(design.allocator == .fromListRefilling ? 1 : pcps.count) {
      let name = "alloc on CPU\(pcp.cpu.index)"
      switch design.allocator {
      case .none: break
      case .fromList:
        system.actor(name, on: pcp.cpu) { _ in rmqueuePCPList(pcp, of: block) }
      case .refilling:
        system.actor(name, on: pcp.cpu) { actor in refillAndAllocate(pcp, of: block, as: actor) }
      case .fromListRefilling:
        system.actor(name, on: pcp.cpu) { actor in
          rmqueuePCPListRefilling(pcp, of: block, as: actor)
        }
      }
    }
  }

  @StepsBuilder private static func isolate(
    _ zone: ZonePCP, _ design: Design, rounds: Int
  ) -> Steps {
    for _ in 0..<rounds { isolateOnce(zone, design) }
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
      setMigratetypeIsolate(block)
      relyOnIsolation(of: block)
    case .disableAfter:
      if pieces.takesLock { zone.batchHighLock.acquire() }
      setMigratetypeIsolate(block)
      if design.reliesAtOnce { relyOnIsolation(of: block) }
      disableAndDrain(zone, pieces)
      if !design.reliesAtOnce { relyOnIsolation(of: block) }
    }
    if design.repeatsDrain { repeatDrain(zone, pieces) }
    if design.testsOnce {
      testPagesIsolated(block).asserting(spuriousBusy, severity: .warning) { s, isIsolated in
        isIsolated || !block.pages.allSatisfy { s[$0.owner] == .none }
      }
    }
    finish(zone, design)
  }

  /// The loop of `offline_pages()` (mm/memory_hotplug.c, v5.9). A signal ends it.
  @StepsBuilder private static func repeatDrain(
    _ zone: ZonePCP, _ pieces: PCPDisable
  ) -> Steps {
    Loop {
      Choose {
        Way { Step("signal_pending: no") }
        Way {
          Step("signal_pending: yes")
          Break()
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
    unsetMigratetypeIsolate(zone.block)
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
    of zone: ZonePCP, in system: SystemBuilder
  ) {
    let block = zone.block
    system.invariant(ownList) { s in
      block.pages.allSatisfy {
        !s[$0.freeList].isBuddy || s[$0.freeList] == .buddy(s[block.migratetype])
      }
    }
    system.invariant(stray, severity: .warning) { s in
      guard s[block.isReliedOn], s[block.migratetype] == .isolate else { return true }
      return zone.pcps.allSatisfy { pcp in
        !pcp.section.isFree(s) || block.pages.allSatisfy { s[$0.freeList] != .pcp(pcp.cpu) }
      }
    }
    system.goal(offlined) { s in
      s[block.migratetype] == .isolate
        && block.pages.allSatisfy { s[$0.freeList] == .buddy(.isolate) }
    }
  }
}
