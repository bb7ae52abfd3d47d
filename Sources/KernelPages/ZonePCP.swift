import ModelChecking

/// A zone's per-CPU lists, and the lock that keeps writers of their limits apart.
public struct ZonePCP: Sendable {
  public let pcps: [PerCPUPages]
  public let block: PageBlock
  /// `pcp_batch_high_lock` (mm/page_alloc.c): held from `zone_pcp_disable()` to
  /// `zone_pcp_enable()`.
  public let batchHighLock: Lock
  /// How a drain gets to another CPU's list.
  public let drain: Drain

  /// How `drain_all_pages()` gets at the list of another CPU.
  public enum Drain: Sendable {
    /// The caller takes pcp->lock and drains itself (since v6.0), in one step: for models in which
    /// nobody tries that lock.
    case remote
    /// The same step by step: others find the lock taken.
    case underPCPLock(CountTest)
    /// A work item runs on the CPU with interrupts off, and the caller waits for it (to v5.19).
    case perCPUWork([DrainWork])
  }

  /// Where `drain_pages_zone()` looks whether there is anything to drain.
  public enum CountTest: Sendable {
    /// Before it takes pcp->lock, also where the drain is forced: v6.0 to v6.10.
    case beforeLock
    /// With pcp->lock held: 66eca1021a42 (v6.11) and since.
    case underLock
  }

  public init(
    _ pcps: [PerCPUPages], of block: PageBlock, in system: SystemBuilder, drain: Drain = .remote
  ) {
    self.pcps = pcps
    self.block = block
    self.drain = drain
    batchHighLock = system.lock("pcp_batch_high_lock", .mutex)
  }
}

extension ZonePCP {
  /// What `hasUsualLimits(_:)` says, as an invariant.
  public static let usualLimits =
    "the per-CPU lists have their limits where nobody holds pcp_batch_high_lock"

  /// Whether the limits are restored before the lock is given back.
  public func hasUsualLimits(_ s: State) -> Bool {
    !batchHighLock.isFree(s)
      || pcps.allSatisfy {
        s[$0.high] == PerCPUPages.usualHigh && s[$0.batch] == PerCPUPages.usualBatch
      }
  }
}

/// The work item that drains one CPU: `pcpu_drain` (mm/page_alloc.c, v5.9).
public struct DrainWork: Sendable {
  public let pcp: PerCPUPages
  /// Queued and not yet done.
  let isPending: Field<Bool>

  public init(of pcp: PerCPUPages, in system: SystemBuilder) {
    self.pcp = pcp
    isPending = system.field("drain_work\(pcp.cpu.index).pending", .flag, initially: false)
    system.onlySequential(isPending, because: "stands for the work under the pool's lock")
  }

  /// What the CPU's worker does: `drain_local_pages_wq()`. An actor of its own on that CPU.
  @StepsBuilder public func run(on block: PageBlock) -> Steps {
    Loop {
      Step("process_one_work", .wait(isPending)) { $0 }.mayRest()
      pcp.section.acquire()
      Step(
        "drain_pages_zone",
        .section(drainFields(of: pcp, in: block), holding: pcp.section, taking: block.zoneLock)
      ) { s in drainPages(of: pcp, in: block, &s) }
      pcp.section.release()
      Step("work is done", .store(isPending)) { false }
    }
  }
}

private func drainFields(of pcp: PerCPUPages, in block: PageBlock) -> [any SharedField] {
  block.buddyFields + [pcp.count, pcp.list]
}

/// `free_pcppages_bulk()` of as many pages as `count` says. Part of a section.
private func drainPages(of pcp: PerCPUPages, in block: PageBlock, _ s: inout SectionState) {
  for _ in 0..<s[pcp.count] { pcp.freeLast(to: block, &s) }
}

/// `zone_pcp_disable()` (mm/page_alloc.c, v5.11): from here on every free goes straight to the
/// buddy, and what the per-CPU lists held is drained.
///
/// - Parameter pieces: what the function does of all that, for showing what each part is for.
@StepsBuilder public func zonePCPDisable(_ zone: ZonePCP, _ pieces: PCPDisable) -> Steps {
  Call("zone_pcp_disable") {
    if pieces.takesLock { zone.batchHighLock.acquire() }
    disableAndDrain(zone, pieces)
  }
}

/// `zone_pcp_disable()` with its lock held.
@StepsBuilder public func disableAndDrain(_ zone: ZonePCP, _ pieces: PCPDisable) -> Steps {
  if pieces.drainsBeforeDisabling {
    drainAllPages(zone, force: pieces.forcesDrain)
    setPCPLimits(zone, high: 0, batch: 1, pieces.limits)
  } else {
    setPCPLimits(zone, high: 0, batch: 1, pieces.limits)
    drainAllPages(zone, force: pieces.forcesDrain)
  }
}

/// The parts of `zone_pcp_disable()` and `zone_pcp_enable()`.
public struct PCPDisable: Hashable, Sendable {
  /// `pcp_batch_high_lock` is held meanwhile.
  public var takesLock = true
  /// The drain visits every CPU, whatever its count seems to be.
  public var forcesDrain = true
  /// The drain comes first: a mistake to show.
  public var drainsBeforeDisabling = false
  public var limits = PCPLimitWrites.atOnce

  public init() {}
}

/// `zone_pcp_enable()` (mm/page_alloc.c, v5.11).
@StepsBuilder public func zonePCPEnable(_ zone: ZonePCP, _ pieces: PCPDisable) -> Steps {
  Call("zone_pcp_enable") {
    setPCPLimits(
      zone, high: PerCPUPages.usualHigh, batch: PerCPUPages.usualBatch, pieces.limits)
    if pieces.takesLock { zone.batchHighLock.release() }
  }
}

/// How `pageset_update()` writes the two limits of a CPU.
public enum PCPLimitWrites: Sendable {
  /// In one step: for models in which nobody who reads one relates it to the other.
  case atOnce
  /// As the kernel does.
  case batchFirst
  case highFirst
}

/// `__zone_set_pageset_high_and_batch()` (mm/page_alloc.c, v5.11): the limits of every CPU.
@StepsBuilder public func setPCPLimits(
  _ zone: ZonePCP, high: Int, batch: Int, _ writes: PCPLimitWrites = .atOnce
) -> Steps {
  for pcp in zone.pcps {
    let writeHigh = Step("pcp->high = \(high)", .store(pcp.high, .relaxed)) { high }
    let writeBatch = Step("pcp->batch = \(batch)", .store(pcp.batch, .relaxed)) { batch }
    switch writes {
    case .atOnce:
      Step(
        "pcp->high = \(high), pcp->batch = \(batch)",
        .section(
          [pcp.high, pcp.batch], because: "nobody who reads one of the two relates it to the other")
      ) { s in
        s[pcp.high] = high
        s[pcp.batch] = batch
      }
    case .batchFirst:
      writeBatch
      writeHigh
    case .highFirst:
      writeHigh
      writeBatch
    }
  }
}

/// `drain_all_pages()` (mm/page_alloc.c, v5.9 to v6.12): empties the per-CPU lists, one after the
/// other.
///
/// - Parameter force: visit every CPU. Otherwise a CPU whose count reads 0 is skipped, and that
///   read is made without any lock.
@StepsBuilder public func drainAllPages(_ zone: ZonePCP, force: Bool) -> Steps {
  Call("drain_all_pages") {
    for (number, pcp) in zone.pcps.enumerated() {
      if force {
        Step("choose CPU\(pcp.cpu.index)")
        drain(number, of: zone)
      } else {
        If(Condition("pcp->count != 0", .load(pcp.count)) { $0 != 0 }) {
          drain(number, of: zone)
        } otherwise: {
          Step("skip CPU\(pcp.cpu.index)")
        }
      }
    }
  }
}

@StepsBuilder private func drain(_ number: Int, of zone: ZonePCP) -> Steps {
  switch zone.drain {
  case .remote:
    // pcp->lock is taken and given back within the step, and zone->lock inside it.
    let pcp = zone.pcps[number]
    Step(
      "drain_pages_zone",
      .section(drainFields(of: pcp, in: zone.block), taking: pcp.section)
    ) { s in drainPages(of: pcp, in: zone.block, &s) }
  case .underPCPLock(let test):
    // At most batch << CONFIG_PCP_BATCH_SCALE_MAX pages are freed before the lock is given back for a
    // moment (since v6.11), which is more than a model has.
    let pcp = zone.pcps[number]
    Call("drain_pages_zone") {
      if test == .beforeLock {
        If(Condition("pcp->count == 0", .load(pcp.count)) { $0 == 0 }) { Return() }
      }
      pcp.section.acquire()
      Step(
        "free_pcppages_bulk",
        .section(
          drainFields(of: pcp, in: zone.block), holding: pcp.section, taking: zone.block.zoneLock)
      ) { s in drainPages(of: pcp, in: zone.block, &s) }
      pcp.section.release()
    }
  case .perCPUWork(let works):
    Step("queue_work_on", .store(works[number].isPending)) { true }
    Step("flush_work", .wait(works[number].isPending)) { !$0 }
  }
}
