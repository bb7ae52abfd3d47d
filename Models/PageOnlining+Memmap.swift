import KernelPages
import ModelChecking

// Memmaps that are not onlined page by page, with those who ask for PG_reserved.

extension PageOnlining {
  /// A block that holds its own memmap (`mhp_init_memmap_on_memory()`, mm/memory_hotplug.c, v5.14 to
  /// v6.12): that page is never onlined, the others are.
  ///
  /// Every user of PageReserved() that the review of 503b158fc30f lists is there, with a page of boot
  /// memory that stays reserved.
  static func vmemmap(
    _ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design, _ bounds: Bounds
  ) {
    let memmap = Page(
      "memmap", in: system, holders: bounds[walkers] + 2, parts: [.usual, .owner, .reserved])
    var start = Page.Start()
    start.isReserved = true
    start.owner = .none
    let boot = Page("boot", in: system, holders: 0, parts: [], start: start)
    let own = PageBlock(
      "memmap's block", of: [memmap], in: system, initially: .unmovable, inZoneOf: memory.block)
    let path = FreePath(target: .buddy(own))
    let isSelfHosted = system.field("memmap.self_hosted", .flag, initially: false)
    let hasOwner = memory.pages.map {
      system.field("\($0.name).page_ext.owner", .flag, initially: false)
    }
    let neverOwned = system.field("memmap.page_ext.owner", .only(false), initially: false)

    system.actor("memory hotplug", on: system.cpu()) { _ in
      Call("mhp_init_memmap_on_memory") {
        memmapInitRange(memmap, design.mark, refcount: design.online.refcount)
        if design.clearsVmemmap && design.mark == .offline { clearPageOffline(memmap) }
        Step("SetPageVmemmapSelfHosted", .store(isSelfHosted)) { true }
      }
      onlinePages(
        memory, design.online, OnlineNotifier { page in genericOnlinePage(page, memory).steps })
    }
    system.actor("process", on: system.cpu()) { _ in
      Loop {
        Choose {
          for (page, owner) in zip(memory.pages, hasOwner) {
            Way {
              allocFromBuddy(page, in: memory.block, checksNewPage: false) {
                Step("set_page_owner", .store(owner)) { true }
                gatherNumaStats(page, asserting: notMapped) { _ in true }
                mapIntoGuest(page, memory.path)
                putPage(page, memory.path)
              }
            }
          }
          // /dev/mem
          Way {
            gatherNumaStats(boot, asserting: notMapped) { _ in false }
            mapIntoGuest(boot, memory.path)
          }
        }
      }
    }
    let users = memory.pages.count > 1 ? Array(memory.pages.prefix(1)) : memory.pages
    system.actor("users of PageReserved", on: system.cpu()) { _ in
      Loop {
        If(memory.pfnToOnlinePage()) {
          Choose {
            for (page, owner) in zip(users, hasOwner) {
              Way {
                pagetypeinfoShowMixedCount(page, wasAllocated: owner, asserting: noOwner) { s in
                  s[owner]
                }
              }
            }
            Way {
              pagetypeinfoShowMixedCount(memmap, wasAllocated: neverOwned, asserting: noOwner) {
                _ in false
              }
            }
            Way {
              pagetypeinfoShowMixedCount(boot, wasAllocated: neverOwned, asserting: noOwner) { _ in
                false
              }
            }
            Way { allocContigPages(memmap, in: own, asserting: memmapStays) { _ in false } }
            Way {
              optimizeVmemmap(
                memmap, isSelfHosted: design.testsSelfHosted ? isSelfHosted : nil, path)
            }
          }
        }
      }
    }
    for number in 0..<bounds[walkers] {
      system.actor("pfn walker \(number)", on: system.cpu()) { _ in
        Loop {
          If(memory.pfnToOnlinePage()) {
            Choose(users + [memmap]) { page in
              If(!pageReserved(page)) {
                If(getPageUnlessZero(page)) {
                  putPage(page, page.name == memmap.name ? path : memory.path)
                }
              }
            }
          }
        }
      }
    }
    dumps(of: [memmap], when: memory.isOnline, in: system)
    system.invariant(memmapKept) { s in
      s[memmap.owner] == .driver && s[memmap.freeList] == .none && s[memmap.refcount] >= 0
    }
    system.goal(allOnlined) { s in
      memory.allocatorPages(s) == memory.pages.count && s[memory.managed] == memory.pages.count
    }
  }

  /// Memory of a device: its pages are never onlined, and a process maps them by DAX.
  static func deviceMemory(_ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design) {
    let isInitialised = system.field("memmap.initialised", .flag, initially: false)
    system.actor("memremap_pages", on: system.cpu()) { _ in
      for page in memory.pages { memmapInitRange(page, design.mark) }
      // The device is registered under locks, and found under them.
      Step("the memmap can be found", .store(isInitialised, .release)) { true }
    }
    for page in memory.pages {
      system.actor("guest with \(page.name)", on: system.cpu()) { _ in
        Step("dax_iomap_fault", .wait(isInitialised, .acquire)) { $0 }
          .asserting(noType) { s in s[page.type] == .none }
        mapIntoGuest(page, zoneDevice: design.kvmKnowsZoneDevice, memory.path)
      }
    }
    dumps(of: memory.pages, when: isInitialised, in: system)
    system.goal(givenBack, .alwaysReachable) { s in
      s[isInitialised] && memory.pages.allSatisfy { s[$0.refcount] == 1 }
    }
  }

  /// What memblock frees at boot.
  static func bootMemory(_ memory: HotAddedMemory, in system: SystemBuilder, _ design: Design) {
    system.actor("boot", on: system.cpu()) { _ in
      for page in memory.pages {
        memmapInitRange(page, design.mark)
        freePagesCore(page, memory, clearing: design.clears ?? design.mark)
      }
    }
    system.goal(allOnlined) { s in
      memory.pages.allSatisfy { s[$0.freeList].isBuddy } && s[memory.managed] == memory.pages.count
    }
  }

  /// A crash dump, and a hibernation image (`saveable_page()`, kernel/power/snapshot.c, v6.12), which
  /// leave out what is PageOffline. That pages are reserved leaves them in.
  private static func dumps(
    of pages: [Page], when isThere: Field<Bool>, in system: SystemBuilder
  ) {
    let isDumped = system.ghost("dump.contains", .flag, initially: false)
    let isSaved = system.ghost("image.contains", .flag, initially: false)
    system.actor("crash", on: system.cpu()) { _ in
      Step("makedumpfile", .wait(isThere)) { $0 }.noting { s in
        s[isDumped] = pages.allSatisfy { s[$0.type] == .none }
      }
    }
    system.actor("hibernation", on: system.cpu()) { _ in
      Step("saveable_page", .wait(isThere)) { $0 }.noting { s in
        s[isSaved] = pages.allSatisfy { s[$0.type] != .offline }
      }
    }
    system.goal(dumped) { s in s[isDumped] }
    system.goal(saved) { s in s[isSaved] }
  }
}
