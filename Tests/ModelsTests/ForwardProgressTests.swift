import KernelPages
import ModelChecking
import Testing

/// Does memory offlining get on although allocations and frees never stop? Commit f2fd57aff1df says that
/// it relies on page isolation "to guarantee a forward progress".
@Suite("offline_pages() and those who never stop")
struct ForwardProgressTests {
  enum Design: CaseIterable {
    /// v5.9: isolate, and drain again until all pages are found isolated (968318261221).
    case repeatedDrain
    /// v5.11: the per-CPU lists are disabled before (ec6e8c7e0314).
    case disabledLists
  }

  /// A drain waits for the lock of the list, which the other takes again and again. The kernel's spinlocks
  /// queue, so nobody who waits is passed over for ever: strong fairness.
  ///
  /// - Parameter keeps: whether who gets a page may keep it for ever.
  private func system(_ design: Design, keeps: Bool) throws -> System {
    try System { b in
      let cpu = b.cpu()
      var start = Page.Start()
      start.owner = .app
      let page = Page("page", in: b, holders: 1, cpus: 1, parts: [.usual, .owner], start: start)
      let block = PageBlock("block", of: [page], in: b)
      let pcp = PerCPUPages(on: cpu, in: b, pages: 1)
      let zone = ZonePCP([pcp], of: block, in: b)
      let isOffline = b.field("is offline", .flag, initially: false)

      b.actor("app", on: cpu, duty: .mayRunForever) { actor in
        Loop {
          If(Condition("has a page", .load(page.refcount)) { $0 == 1 }) {
            let use = Step("uses it")
            if keeps { use.mayRest() } else { use }
            Step("page_ref_dec_and_test", .atomic(page.refcount)) { $0 -= 1 }
            freeUnrefPage(page, in: block, to: pcp, FreeUnrefPage())
          }
          rmqueuePCPListRefilling(pcp, of: block, as: actor)
        }
      }
      b.actor("offline_pages", on: b.cpu(), duty: keeps ? .mayRunForever : .end) { _ in
        if design == .disabledLists { zonePCPDisable(zone, PCPDisable()) }
        setMigratetypeIsolate(block)
        While(!testPagesIsolated(block)) {
          if design == .repeatedDrain { drainAllPages(zone, force: true) } else { Step("retry") }
        }
        Step("the block is offline", .store(isOffline)) { true }
        if design == .disabledLists { zonePCPEnable(zone, PCPDisable()) }
      }

      if keeps {
        b.goal(
          "a page that is free in an isolated block becomes isolated", .inevitable(under: .strong),
          whenever: { s in
            // Who is inside the section has the page in hand.
            s[block.migratetype] == .isolate && s[page.owner] == .none && pcp.section.isFree(s)
          }
        ) { s in s[page.freeList] == .buddy(.isolate) }
      } else {
        b.goal("the block is offline", .inevitable(under: .strong)) { s in s[isOffline] }
      }
    }
  }

  @Test("offlining ends if whoever gets a page gives it back", arguments: Design.allCases)
  func ends(design: Design) throws {
    for threads in [1, 2] {
      let options = SearchOptions(threads: threads)
      #expect(try system(design, keeps: false).search(options).verdict == .holds)
    }
  }

  @Test("only where the lists are disabled does a free page stay free, whoever may keep pages")
  func freePages() throws {
    #expect(try system(.disabledLists, keeps: true).search().verdict == .holds)
    let found = try system(.repeatedDrain, keeps: true).search()
    let finding = try #require(found.findings.first)
    #expect(finding.kind == .avoidable)
    // It was free when the block was isolated, lay on the per-CPU list, and is handed out from it.
    let names = finding.trace.steps.map(\.name)
    let isolated = try #require(names.firstIndex { $0.contains("isolate") })
    let taken = try #require(names.lastIndex(of: "list_del, pcp->count--"))
    #expect(isolated < taken)
  }
}
