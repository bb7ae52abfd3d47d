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
}
