import KernelPages
import ModelChecking
import Testing

/// do_migrate_range() and migrate_pages() of a page that an application has mapped.
@Suite("Migration of a page in use")
struct MigrationTests {
  /// A page that an application maps, uses and unmaps, and somebody who migrates it.
  private func system(
    walker: Bool, properties: (SystemBuilder, Page, PageBlock) -> Void = { _, _, _ in }
  ) throws -> System {
    try System { b in
      var start = Page.Start()
      start.owner = .app
      let page = Page("page", in: b, holders: 3, parts: [.usual, .owner, .lru], start: start)
      let block = PageBlock("block", of: [page], in: b)
      let mapping = AnonymousMapping("application", of: [page], in: b)
      let path = FreePath(leavesLRU: true, target: .buddy(block))
      b.actor("application", on: b.cpu()) { _ in
        mapping.map(page, number: 0)
        mapping.touch(page, number: 0, PageContent(claim: "there is memory behind the page"))
        If(mapping.unmap(number: 0)) { putPage(page, path) }
      }
      b.actor("migration", on: b.cpu()) { _ in
        migratePage(page, number: 0, mappings: [mapping], path)
      }
      if walker {
        b.actor("walker", on: b.cpu()) { _ in
          If(getPageUnlessZero(page)) { putPage(page, path) }
        }
      }
      b.invariant("no reference is dropped twice") { s in s[page.refcount] >= 0 }
      b.invariant(Page.listsAgree) { s in page.listsAgree(s) }
      b.goal("the page is free in the end", .alwaysReachable) { s in
        s[page.freeList] == .buddy(.movable) && s[page.refcount] == 0
      }
      properties(b, page, block)
    }
  }

  @Test(
    "frees the page once, whoever unmaps it and whoever holds a reference",
    arguments: [false, true])
  func once(walker: Bool) throws {
    #expect(try system(walker: walker).search().verdict == .holds)
  }

  @Test("may move the page, and puts it back where somebody else holds a reference")
  func outcomes() throws {
    func reaches(walker: Bool, _ step: String) throws -> Bool {
      try system(walker: walker) { b, page, _ in
        b.goal("moved") { s in s[page.owner] == .migration }
      }.search().goals.first { $0.name == step }?.steps != nil
    }
    #expect(try reaches(walker: false, "moved"))
    #expect(try reaches(walker: true, "moved"))
    // With a reference that stays, it is never moved.
    let held = try System { b in
      var start = Page.Start()
      (start.refcount, start.owner, start.isOnLRU) = (2, .app, true)
      let page = Page("page", in: b, holders: 3, parts: [.usual, .owner, .lru], start: start)
      let block = PageBlock("block", of: [page], in: b)
      let mapping = AnonymousMapping("application", of: [page], in: b)
      b.actor("both", on: b.cpu()) { _ in
        mapping.map(page, number: 0)
        migratePage(page, number: 0, mappings: [mapping], FreePath(target: .buddy(block)))
        mapping.touch(page, number: 0, PageContent(claim: "there is memory behind the page"))
      }
      b.invariant("it is never moved") { s in s[page.owner] == .app }
      b.goal("it is mapped and on the LRU again", .alwaysReachable) { s in
        s[page.refcount] == 2 && s[page.isOnLRU]
      }
    }
    #expect(try held.search().verdict == .holds)
  }
}
