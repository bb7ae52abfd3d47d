import KernelPages
import ModelChecking

extension Model {
  /// May a page that goes straight to the buddy get to the list of a migratetype its block no longer
  /// has?
  ///
  /// A free that passes the per-CPU lists by reads the migratetype of the page's block, takes
  /// zone->lock and puts the page on the list of what it read. In between the block is isolated, or its
  /// isolation is undone.
  ///
  /// Seed: commit ad53f92eb416 (v3.18), "mm/page_alloc: fix incorrect isolation behavior by rechecking
  /// migratetype", with the two cases of its message. Docs/Models/stale-migratetype.md has the rest.
  public static let staleMigratetype = Model(
    name: "stale-migratetype",
    summary: "May a page be freed to the list of a migratetype that its block no longer has?",
    sources: [
      "commit ad53f92eb416 (v3.18) mm/page_alloc: fix incorrect isolation behavior by rechecking "
        + "migratetype",
      "mail of Joonsoo Kim, 23 October 2014, [PATCH v4 1/4], the same with what changed since v3",
      "mm/page_alloc.c and mm/page_isolation.c, v3.17, v3.18, v5.9 and v6.19",
    ],
    bounds: [StaleMigratetype.apps],
    variants: StaleMigratetype.variants, fix: "recheck", pieces: StaleMigratetype.pieces,
    build: StaleMigratetype.declare)
}

enum StaleMigratetype {
  static let apps = Bound(
    "apps", "applications, each of which frees and allocates a page of the block", default: 1,
    large: 2, in: 1...3)

  static let ownList = "a free page is on the list of its block's migratetype"
  static let handedOut = "no page of an isolated block is handed out"
  static let counted = "NR_FREE_PAGES is the number of pages that can be allocated"
  static let isolated = "all pages are found isolated"
  static let allFree = "all pages can be allocated"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// When `free_one_page()` reads the migratetype again under zone->lock.
    struct Recheck: OptionSet, Hashable, Sendable {
      let rawValue: UInt8
      /// While any block of the zone is isolated.
      static let hasIsolatePageblock = Recheck(rawValue: 1)
      /// Where the first read said that the block is isolated.
      static let wasIsolate = Recheck(rawValue: 2)
    }
    var recheck: Recheck = [.hasIsolatePageblock, .wasIsolate]
    /// Whether the migratetype is read under zone->lock only.
    var readsUnderLock = false
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "what was read before zone->lock is taken decides",
      source: "ad53f92eb416: case 2, and v3.17",
      expect: .violated(handedOut, steps: 4, warnings: [ownList: 3]),
      under: [.lkmm: .violated(handedOut, steps: 4, warnings: [ownList: 3])]
    ) { $0.recheck = [] },
    Variant(
      "only-if-read-isolate", "read again where the first read said MIGRATE_ISOLATE",
      source: "ad53f92eb416: a half fix, its case 2 stays",
      expect: .violated(handedOut, steps: 4, warnings: [ownList: 3]),
      under: [.lkmm: .violated(handedOut, steps: 4, warnings: [ownList: 3])]
    ) { $0.recheck = .wasIsolate },
    Variant(
      "only-if-any-isolated", "read again while the zone has an isolated block",
      source: "ad53f92eb416: [PATCH v3], its case 1 stays",
      expect: .violated(counted, steps: 6, warnings: [ownList: 5]),
      under: [.lkmm: .violated(counted, steps: 6, warnings: [ownList: 5])]
    ) { $0.recheck = .hasIsolatePageblock },
    Variant(
      "recheck", "read again in both cases", source: "ad53f92eb416 (v3.18)", expect: .holds),
    Variant(
      "today", "free_one_page() reads the migratetype under zone->lock, always", source: "v6.19",
      expect: .holds, under: [.tso: .holds, .lkmm: .holds]
    ) { $0.readsUnderLock = true },
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "any-isolated", "the migratetype is read again while the zone has an isolated block",
      source: "ad53f92eb416"
    ) { $0.recheck.remove(.hasIsolatePageblock) },
    Piece(
      "read-isolate", "the migratetype is read again where it was MIGRATE_ISOLATE",
      source: "ad53f92eb416: changes from v3"
    ) { $0.recheck.remove(.wasIsolate) },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let zone = IsolatedZone(in: system, pages: bounds[apps], design)
    for number in zone.lists.indices {
      let name = zone.lists.count == 1 ? "app" : "app \(number)"
      system.actor(name, on: system.cpu(), duty: .mayRunForever) { actor in
        let seen = actor.register(
          "mt", design.readsUnderLock ? .only(.movable) : .cases, initially: MigrateType.movable)
        Loop {
          zone.free(number, seen)
          zone.allocate(number)
        }
      }
    }
    system.actor("isolator", on: system.cpu(), duty: .mayRunForever) { _ in
      Loop {
        zone.isolate()
        Step("isolation is relied upon")
        zone.undo()
      }
    }
    system.invariant(ownList, severity: .warning) { s in
      zone.lists.allSatisfy { s[$0] == .none || s[$0] == .buddy(s[zone.migratetype]) }
    }
    system.invariant(counted) { s in
      s[zone.freePages] == zone.lists.count { s[$0] == .buddy(.movable) }
    }
    system.goal(isolated, .alwaysReachable) { s in
      zone.lists.allSatisfy { s[$0] == .buddy(.isolate) }
    }
    system.goal(allFree, .alwaysReachable) { s in
      zone.lists.allSatisfy { s[$0] == .buddy(.movable) }
    }
  }
}

/// A zone with one pageblock that is isolated now and then (mm/page_alloc.c, mm/page_isolation.c).
private struct IsolatedZone {
  let design: StaleMigratetype.Design
  let lock: Lock
  /// The pageblock's migratetype: written under zone->lock, read without it.
  let migratetype: Field<MigrateType>
  /// `zone->nr_isolate_pageblock`, here of one block.
  let isolatedBlocks: Field<Int>
  /// NR_FREE_PAGES of the zone, which leaves out what is on the isolate lists.
  let freePages: Field<Int>
  /// The buddy's list that each page is on.
  let lists: [Field<FreeList>]

  init(in system: SystemBuilder, pages: Int, _ design: StaleMigratetype.Design) {
    self.design = design
    lock = system.lock("zone->lock", .irqSpinlock)
    migratetype = system.field("block.migratetype", .cases, initially: .movable)
    isolatedBlocks = system.field("zone->nr_isolate_pageblock", .range(0...1), initially: 0)
    freePages = system.field("NR_FREE_PAGES", .range(-pages...2 * pages), initially: 0)
    lists = (0..<pages).map {
      system.field("page\($0).free_list", .freeLists(cpus: 0), initially: .none)
    }
  }

  /// `__free_pages_ok()` and `free_one_page()` (v3.17, v3.18, v6.19).
  @StepsBuilder func free(_ number: Int, _ seen: Register<MigrateType>) -> Steps {
    let list = lists[number]
    Call("__free_pages_ok") {
      if !design.readsUnderLock {
        Step("migratetype = get_pfnblock_migratetype", .load(migratetype)) { value, my in
          my[seen] = value
        }
      }
      Step(
        "free_one_page", .section([list, migratetype, isolatedBlocks, freePages], taking: lock)
      ) { s in
        let isRead =
          design.readsUnderLock
          || design.recheck.contains(.hasIsolatePageblock) && s[isolatedBlocks] > 0
          || design.recheck.contains(.wasIsolate) && s[seen] == .isolate
        let type = isRead ? s[migratetype] : s[seen]
        s[list] = .buddy(type)
        if type != .isolate { s[freePages] += 1 }
        s[seen] = .movable
      }
    }
  }

  /// `rmqueue()` from the movable list: the isolate list is looked at by nobody.
  func allocate(_ number: Int) -> Step {
    let list = lists[number]
    return Step(
      "rmqueue", .section([list, freePages], taking: lock),
      when: { s in s[list] == .buddy(.movable) }
    ) { s in
      s[list] = .none
      s[freePages] -= 1
    }
    .asserting(StaleMigratetype.handedOut) { s in s[migratetype] != .isolate }
    .mayRest()
  }

  /// `set_migratetype_isolate()`, which moves every free page of the block and counts what it moved.
  func isolate() -> Step {
    Step("set_migratetype_isolate", section) { s in
      s[migratetype] = .isolate
      s[isolatedBlocks] += 1
      s[freePages] -= moveFreePages(to: .isolate, &s)
    }
  }

  /// `unset_migratetype_isolate()`.
  func undo() -> Step {
    Step("unset_migratetype_isolate", section) { s in
      s[freePages] += moveFreePages(to: .movable, &s)
      s[migratetype] = .movable
      s[isolatedBlocks] -= 1
    }
  }

  private var section: Section {
    .section([migratetype, isolatedBlocks, freePages] + lists, taking: lock)
  }

  /// `move_freepages_block()`: whatever list a free page is on, it is moved and counted.
  private func moveFreePages(to type: MigrateType, _ s: inout SectionState) -> Int {
    let free = lists.filter { s[$0] != .none }
    for list in free { s[list] = .buddy(type) }
    return free.count
  }
}
