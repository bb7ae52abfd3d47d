import KernelPages
import ModelChecking
import Testing

/// Each kernel function alone: what one actor that calls it does to a page.
@Suite("Reference counts and put_page")
struct PutPageTests {
  /// The steps that a lone caller takes, and what they change, told as trace lines.
  private func story(
    parts: Page.Parts = .usual, _ program: @escaping (Page) -> Steps
  ) throws -> [String] {
    let system = try System { b in
      let page = Page("page", in: b, holders: 1, parts: parts)
      let isOver = b.ghost("over", .flag, initially: false)
      b.actor("caller", on: b.cpu()) { _ in
        program(page)
        Step("end").noting { s in s[isOver] = true }
      }
      b.invariant("not over") { s in !s[isOver] }
    }
    let trace = try #require(try system.search().findings.first?.trace)
    return trace.steps.dropLast().map { step in
      ([step.name] + step.changes.map { "\($0.field) \($0.before) -> \($0.after)" })
        .joined(separator: ": ")
    }
  }

  @Test("get_page_unless_zero takes a reference, but none of a page that has none")
  func get() throws {
    #expect(
      try story { page in getPageUnlessZero(page).steps }
        == ["get_page_unless_zero: page.refcount 1 -> 2"])
    #expect(
      try story { page in
        Steps {
          pageRefDec(page)
          getPageUnlessZero(page)
        }
      } == ["page_ref_dec: page.refcount 1 -> 0", "get_page_unless_zero"])
  }

  @Test("page_ref_freeze succeeds at exactly one reference")
  func freeze() throws {
    func frozen(extra: Bool) throws -> [String] {
      try story { page in
        Steps {
          if extra { pageRefInc(page) }
          If(pageRefFreeze(page)) { setPageOffline(page) }
        }
      }
    }
    #expect(
      try frozen(extra: false) == [
        "page_ref_freeze: page.refcount 1 -> 0", "__SetPageOffline: page.type none -> offline",
      ])
    #expect(
      try frozen(extra: true) == ["page_ref_inc: page.refcount 1 -> 2", "page_ref_freeze"])
  }

  @Test("put_page frees the page with the last reference only")
  func put() throws {
    #expect(
      try story { page in
        Steps {
          pageRefInc(page)
          putPage(page)
          putPage(page)
        }
      } == [
        "page_ref_inc: page.refcount 1 -> 2",
        "page_ref_dec_and_test: page.refcount 2 -> 1",
        "page_ref_dec_and_test: page.refcount 1 -> 0",
        "free_unref_page: page.free_list none -> pcp(0)",
      ])
  }

  @Test("the hook leaves a PageOffline page alone and frees any other")
  func hook() throws {
    func put(offline: Bool) throws -> [String] {
      try story { page in
        Steps {
          if offline { setPageOffline(page) }
          putPage(page, FreePath(offlineHook: true))
        }
      }
    }
    #expect(
      try put(offline: true).dropFirst() == [
        "page_ref_dec_and_test: page.refcount 1 -> 0", "PageOffline",
      ])
    #expect(try put(offline: false).last == "free_unref_page: page.free_list none -> pcp(0)")
  }

  @Test("the check at free leaks a page that still has a type, and wipes the type")
  func check() throws {
    func put(offline: Bool) throws -> [String] {
      try story(parts: [.usual, .leak]) { page in
        Steps {
          if offline { setPageOffline(page) }
          putPage(page, FreePath(typeCheck: true))
        }
      }
    }
    #expect(
      try put(offline: true).last
        == "free_pages_check: page.type offline -> none: page.leaked false -> true")
    #expect(try put(offline: false).last == "free_unref_page: page.free_list none -> pcp(0)")
  }

  @Test("a page that is freed twice is found")
  func badState() throws {
    try expect(.assertionFailed(Page.badState, steps: 3)) { b in
      let page = Page("page", in: b, holders: 1)
      b.actor("caller", on: b.cpu()) { _ in
        putPage(page)
        freePage(page, FreePath())
      }
    }
  }

  @Test("a page that is freed by way of a list is found to be free as well")
  func badStatesOfLists() throws {
    func found(
      steps: Int, @StepsBuilder _ free: @escaping (Page, PerCPUPages, PageBlock) -> Steps
    ) throws {
      try expect(.assertionFailed(Page.badState, steps: steps)) { b in
        var start = Page.Start()
        start.refcount = 0
        let page = Page("page", in: b, holders: 1, parts: [.usual, .trylockList], start: start)
        let block = PageBlock("block", of: [page], in: b, hasTrylockList: true)
        let pcp = PerCPUPages(on: b.cpu(), in: b, pages: 2)
        b.actor("caller", on: pcp.cpu) { _ in
          free(page, pcp, block)
          free(page, pcp, block)
        }
      }
    }
    try found(steps: 9) { page, pcp, block in
      freeUnrefPage(page, in: block, to: pcp, FreeUnrefPage())
    }
    try found(steps: 2) { page, _, block in freeOnePage(page, in: block) }
    try found(steps: 12) { page, pcp, block in
      pageRefInc(page)
      freePagesNolock(page, in: block, to: pcp)
    }
  }

  @Test("a part that the model leaves out takes no bits, and writing it is a fault")
  func leftOutParts() throws {
    let system = try System { b in
      let page = Page("page", in: b, holders: 1)
      b.actor("caller", on: b.cpu()) { _ in
        setPageOffline(page)
        putPage(page, FreePath(typeCheck: true))
      }
    }
    #expect(
      try system.search().verdict
        == .found(
          .faulted,
          property: "'page.leaked' would become true, outside false to false; the model leaves "
            + "that out: add .leak to the parts of the page"))
  }
}
