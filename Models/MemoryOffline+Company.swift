import KernelPages
import ModelChecking

/// Who has to do with the block besides the driver: an application with a page of its own in it, walkers,
/// somebody else who isolates the block, and memory errors.
struct BlockCompany {
  let design: MemoryOffline.Design
  let block: PageBlock
  /// The driver's pages.
  let driverPages: [Page]
  /// The page that is nobody's but the allocator's at first.
  let ordinary: Page
  let mapping: AnonymousMapping
  let content: PageContent

  static let ordinaryNumber = 0

  /// What becomes of a page of the block that is freed.
  var path: FreePath {
    FreePath(hwpoisonHook: design.hasMemoryErrors, leavesLRU: true, target: .buddy(block))
  }

  /// What becomes of one of the driver's, which is on no LRU.
  var driverPath: FreePath { FreePath(target: .buddy(block)) }

  var pages: [Page] { driverPages + [ordinary] }

  func declare(in system: SystemBuilder, walkers: Int) {
    if design.hasApplication {
      system.actor("application", on: system.cpu()) { _ in
        Loop {
          Choose {
            Way { use(ordinary) }
            // What a driver's page comes to that was given to the buddy.
            if design.going == .releaseToBuddy {
              for page in driverPages {
                Way {
                  allocFromBuddy(page, in: block, checksNewPage: false) {
                    content.touch(page, by: "clear_page")
                  }
                }
              }
            }
          }
        }
      }
    }
    for number in 0..<(design.walkers == .none ? 0 : walkers) {
      let name = walkers == 1 ? "pfn walker" : "pfn walker \(number)"
      system.actor(name, on: system.cpu()) { _ in
        Loop {
          Choose(design.walkers == .everyPage ? pages : [ordinary]) { page in
            If(getPageUnlessZero(page)) {
              putPage(page, page.name == ordinary.name ? path : driverPath)
            }
          }
        }
      }
    }
    if design.hasIsolator {
      system.actor("alloc_contig_range", on: system.cpu()) { _ in
        Loop {
          Choose {
            Way { allocContig(pages) }
            Way { allocContig([ordinary]) }
          }
        }
      }
    }
    if design.hasMemoryErrors {
      system.actor("memory_failure", on: system.cpu()) { _ in memoryFailure() }
    }
  }

  /// What is asked of the block because others have to do with it.
  func properties(with memory: MemoryBlock, in system: SystemBuilder) {
    system.invariant(PageBlock.freePagesAgree) { s in block.freePagesAgree(s) }
    system.invariant(PageBlock.isolatedAgree, when: { s in s[memory.result] != .offline }) { s in
      block.isolatedAgree(s)
    }
    system.invariant(AnonymousMapping.migratesOffLRU) { s in
      mapping.migratesOffLRU(ordinary, number: Self.ordinaryNumber, s)
    }
    system.goal(MemoryOffline.notLost, .alwaysReachable) { s in
      s[memory.result] == .offline || s[ordinary.freeList] != .none || s[ordinary.isPoisoned]
    }
  }

  /// An application's page: allocated, mapped, used, unmapped and freed.
  @StepsBuilder private func use(_ page: Page) -> Steps {
    let number = Self.ordinaryNumber
    allocFromBuddy(page, in: block, checksNewPage: false) {
      mapping.map(page, number: number)
      mapping.touch(page, number: number, content)
      If(mapping.unmap(number: number)) { putPage(page, path) }
    }
  }

  /// `do_migrate_range()` for a page of the block. The driver's are on no LRU.
  func migrate(_ page: Page) -> Steps {
    page.name == ordinary.name
      ? migratePage(page, number: Self.ordinaryNumber, mappings: [mapping], path) : .none
  }

  /// `alloc_contig_range()` (mm/page_alloc.c, v5.8 to v6.18) for some of the block's pages, given back at
  /// once: somebody else who isolates the block, as a gigantic page or a device's memory does.
  ///
  /// Outside memory offlining a PageOffline page with a reference is unmovable, which ends the attempt
  /// before anything is migrated. Without a reference it is passed over like any free page.
  @StepsBuilder private func allocContig(_ range: [Page]) -> Steps {
    let stops = design.startsWithoutReference && design.stopsEarly && range.count > 1
    Call("alloc_contig_range") {
      if stops {
        // RFC v3 6/9 in has_unmovable_pages(), which holds zone->lock.
        for page in driverPages {
          If(pageOffline(page)) { Return() }
        }
      }
      If(setMigratetypeIsolate(block, .strict, of: range)) {
        migrateForRange(range)
        If(takeIsolated(range)) {
          unsetMigratetypeIsolate(block)
          freeContigRange(range, path)
        } otherwise: {
          unsetMigratetypeIsolate(block)
        }
      }
    }
  }

  @StepsBuilder private func migrateForRange(_ range: [Page]) -> Steps {
    if design.asksForVainMigration && range.count > 1 {
      Step("__alloc_contig_migrate_range").asserting(MemoryOffline.notInVain) { s in
        driverPages.allSatisfy { s[$0.type] != .offline }
      }
    }
    migrate(ordinary)
  }

  /// `memory_failure()` (mm/memory-failure.c, v5.10 to v6.18): the page is poisoned and taken from
  /// whoever has it, and keeps a reference for good.
  @StepsBuilder private func memoryFailure() -> Steps {
    let page = ordinary
    setPageHWPoison(page)
    If(getPageUnlessZero(page)) {
      Step("folio_isolate_lru", .store(page.isOnLRU, .relaxed)) { false }
      If(mapping.tryToUnmap(number: Self.ordinaryNumber)) {
        AnonymousMapping.dropReference(to: page)
      }
    } otherwise: {
      If(takePageOffBuddy(page, of: block)) { pageRefInc(page) }
    }
  }

  private func takeIsolated(_ range: [Page]) -> Condition {
    let fields = block.buddyFields(of: range) + range.map(\.refcount)
    return Condition(
      "isolate_freepages_range", .section(fields, taking: block.zoneLock)
    ) { s in
      guard range.allSatisfy({ s[$0.freeList] == .buddy(.isolate) }) else { return false }
      for page in range {
        block.removeFromBuddy(page, &s)
        s[page.refcount] = 1
      }
      return true
    }.asserting(MemoryOffline.notTaken) { s, isTaken in
      !isTaken || range.allSatisfy { s[$0.owner] != .driver }
    }
  }
}
