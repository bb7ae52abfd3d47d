import KernelPages
import ModelChecking
import Testing

/// The ways between per-CPU lists, buddy and isolation, each walked by one actor alone.
@Suite("Free lists, per-CPU lists and isolation")
struct FreeListTests {
  /// What a lone actor's steps change, step by step, on a CPU with one page in one block.
  private func story(
    start: Page.Start, _ program: @escaping (Page, PerCPUPages, ZonePCP) -> Steps
  ) throws -> [String] {
    let system = try System { b in
      let cpu = b.cpu()
      let page = Page("page", in: b, holders: 1, parts: [.usual, .owner], start: start)
      let block = PageBlock("block", of: [page], in: b)
      let pcp = PerCPUPages(on: cpu, in: b, pages: 1)
      let zone = ZonePCP([pcp], of: block, in: b)
      let isOver = b.ghost("over", .flag, initially: false)
      b.actor("caller", on: cpu) { _ in
        program(page, pcp, zone)
        Step("end").noting { s in s[isOver] = true }
      }
      b.invariant("not over") { s in !s[isOver] }
    }
    let trace = try #require(try system.search().findings.first?.trace)
    return trace.steps.dropLast().flatMap(\.changes)
      .filter { $0.field.hasPrefix("page.free_list") || $0.field.hasPrefix("pcp0.count") }
      .map { "\($0.field) \($0.before) -> \($0.after)" }
  }

  private var inUse: Page.Start {
    var start = Page.Start()
    (start.refcount, start.owner) = (0, .app)
    return start
  }

  private var inBuddy: Page.Start {
    var start = inUse
    (start.type, start.freeList, start.owner) = (.buddy, .buddy(.movable), .none)
    return start
  }

  @Test("a free goes to the CPU's own list and counts")
  func freeToList() throws {
    #expect(
      try story(start: inUse) { page, pcp, zone in
        freeUnrefPage(page, in: zone.block, to: pcp, FreeUnrefPage())
      } == ["page.free_list none -> pcp(0)", "pcp0.count 0 -> 1"])
  }

  @Test("with the lists disabled, a free goes on to the buddy at once")
  func freeWhileDisabled() throws {
    #expect(
      try story(start: inUse) { page, pcp, zone in
        Steps {
          zonePCPDisable(zone, PCPDisable())
          freeUnrefPage(page, in: zone.block, to: pcp, FreeUnrefPage())
          zonePCPEnable(zone, PCPDisable())
        }
      } == [
        "page.free_list none -> pcp(0)", "pcp0.count 0 -> 1",
        "page.free_list pcp(0) -> buddy(movable)", "pcp0.count 1 -> 0",
      ])
  }

  @Test("a page of an isolated block goes to the isolate list, never to a CPU's")
  func freeWhileIsolated() throws {
    #expect(
      try story(start: inUse) { page, pcp, zone in
        Steps {
          setMigratetypeIsolate(zone.block)
          freeUnrefPage(page, in: zone.block, to: pcp, FreeUnrefPage())
          unsetMigratetypeIsolate(zone.block)
        }
      } == [
        "page.free_list none -> buddy(isolate)", "page.free_list buddy(isolate) -> buddy(movable)",
      ])
  }

  @Test("a drain takes what is on the list; without force it skips an empty one")
  func drain() throws {
    for force in [true, false] {
      #expect(
        try story(start: inUse) { page, pcp, zone in
          Steps {
            drainAllPages(zone, force: force)
            freeUnrefPage(page, in: zone.block, to: pcp, FreeUnrefPage())
            drainAllPages(zone, force: force)
          }
        } == [
          "page.free_list none -> pcp(0)", "pcp0.count 0 -> 1",
          "page.free_list pcp(0) -> buddy(movable)", "pcp0.count 1 -> 0",
        ])
    }
  }

  @Test("test_pages_isolated accepts free pages of an isolated block, and PageOffline as told")
  func testIsolated() throws {
    func passes(_ start: Page.Start, in type: MigrateType, _ skipped: SkippedPages) throws -> Bool {
      let system = try System { b in
        let page = Page("page", in: b, holders: 1, start: start)
        let block = PageBlock("block", of: [page], in: b, initially: type)
        let passed = b.ghost("passed", .flag, initially: false)
        b.actor("caller", on: b.cpu()) { _ in
          If(testPagesIsolated(block, skipping: skipped)) {
            Step("yes").noting { s in s[passed] = true }
          }
        }
        b.goal("it passes") { s in s[passed] }
      }
      return try system.search().verdict == .holds
    }
    var isolated = inBuddy
    isolated.freeList = .buddy(.isolate)
    var offline = inUse
    offline.type = .offline
    var referenced = offline
    referenced.refcount = 1
    #expect(try passes(isolated, in: .isolate, .none))
    #expect(try !passes(inBuddy, in: .movable, .none))
    #expect(try !passes(inUse, in: .isolate, .offlineUnreferenced))
    #expect(try !passes(offline, in: .isolate, .none))
    #expect(try passes(offline, in: .isolate, .offlineUnreferenced))
    #expect(try !passes(referenced, in: .isolate, .offlineUnreferenced))
    #expect(try passes(referenced, in: .isolate, .offline))
  }

  @Test("what is flushed has been on the list longest, what is allocated is the page freed last")
  func order() throws {
    for isFlushed in [true, false] {
      let system = try System { b in
        let pages = (0..<2).map {
          Page("page\($0)", in: b, holders: 1, parts: [.usual, .owner], start: inUse)
        }
        let block = PageBlock("block", of: pages, in: b)
        let pcp = PerCPUPages(on: b.cpu(), in: b, pages: 2)
        let zone = ZonePCP([pcp], of: block, in: b)
        b.actor("caller", on: pcp.cpu) { _ in
          freeUnrefPage(pages[0], in: block, to: pcp, FreeUnrefPage())
          if isFlushed { setPCPLimits(zone, high: 0, batch: 1) }
          freeUnrefPage(pages[1], in: block, to: pcp, FreeUnrefPage())
          if !isFlushed { rmqueuePCPList(pcp, of: block) }
        }
        b.goal("page0 left the list") { s in
          s[pcp.count] == 1 && s[pages[1].freeList] == .pcp(pcp.cpu)
            && s[pages[0].freeList] == (isFlushed ? .buddy(.movable) : .none)
        }
        b.goal("page1 left the list") { s in
          s[pcp.list] == PageList([0]) && s[pages[1].owner] == .app && s[pages[1].refcount] == 1
        }
      }
      let reached = try system.search().goals.map { $0.steps != nil }
      #expect(reached == [isFlushed, !isFlushed])
    }
  }

  @Test("a refill that takes a page of an isolated block hands it out")
  func refillFromIsolatedBlock() throws {
    let claim = "no page of an isolated block is handed out"
    let system = try System { b in
      // Left behind on the movable list, as by a flush that did not read the migratetype again.
      let page = Page("page", in: b, holders: 1, parts: [.usual, .owner], start: inBuddy)
      let block = PageBlock(
        "block", of: [page], in: b, tracksReliance: true, handingOutAsserts: claim,
        initially: .isolate)
      let pcp = PerCPUPages(on: b.cpu(), in: b, pages: 1)
      b.actor("isolator", on: b.cpu()) { _ in relyOnIsolation(of: block) }
      b.actor("alloc", on: pcp.cpu) { actor in refillAndAllocate(pcp, of: block, as: actor) }
    }
    let outcome = try system.search()
    #expect(outcome.verdict == .found(.violated, property: claim))
    #expect(outcome.findings.first?.trace.steps.last?.name == "rmqueue_bulk")
  }

  @Test("free_pages_nolock() waits for nobody, and the next free_one_page() cleans up behind it")
  func freeWithoutWaiting() throws {
    let system = try System { b in
      var start = inUse
      start.refcount = 1
      let pages = [
        Page(
          "page0", in: b, holders: 1, parts: [.usual, .owner, .trylockList], start: start),
        Page(
          "page1", in: b, holders: 1, parts: [.usual, .owner, .trylockList], start: inUse),
      ]
      let block = PageBlock("block", of: pages, in: b, hasTrylockList: true, initially: .isolate)
      let pcp = PerCPUPages(on: b.cpu(), in: b, pages: 2)
      b.actor("BPF", on: pcp.cpu) { _ in freePagesNolock(pages[0], in: block, to: pcp) }
      b.actor("holder", on: b.cpu()) { _ in
        block.zoneLock.acquire()
        block.zoneLock.release()
        freeUnrefPage(pages[1], in: block, to: pcp, FreeUnrefPage(entry: .trylock))
      }
      b.goal("it is left behind") { s in s[pages[0].freeList] == .trylock }
      b.goal("it need not be") { s in
        s[pages[0].type] == .buddy && s[pages[1].type] == .none && block.zoneLock.isFree(s)
      }
      b.goal("the other free takes it along unless it comes later", .alwaysReachable) { s in
        pages.allSatisfy { s[$0.freeList] == .buddy(.isolate) }
          || (s[pages[1].type] == .buddy && s[pages[0].freeList] == .trylock)
      }
    }
    let outcome = try system.search()
    #expect(outcome.verdict == .holds)
    #expect(outcome.goals.allSatisfy { $0.steps != nil })
  }
}
