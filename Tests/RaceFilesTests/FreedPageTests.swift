import ModelChecking
import RaceFiles
import Testing

@Suite("A page that is freed, in a race file")
struct FreedPageTests {
  private static let badPage = "BUG: Bad page state"
  private static let badCount = "BUG: Bad page state: nonzero _refcount"
  private static let badFlags = "BUG: Bad page state: PAGE_FLAGS_CHECK_AT_FREE flag(s) set"
  private static let noReference = "VM_BUG_ON_PAGE(page_ref_count(page) == 0, page)"
  private static let underflow = Verdict.found(
    .violated, property: "no page's _refcount underflows")

  /// Two actors with one page, which has some references.
  private func verdict(
    _ one: String, _ other: String = "", references: Int, declaring declaration: String = ""
  ) throws -> Verdict {
    let last = declaration.isEmpty ? "" : ", enum page_list *last"
    let text = """
      C freed
      { struct page p = { ._refcount = ATOMIC_INIT(\(references)), .owner = APP }; int x; \(declaration) }
      P0(struct page *p, int *x\(last)) { \(one) }
      P1(struct page *p, int *x) { \(other) }
      """
    return try outcome(of: try race(text)).verdict
  }

  private func found(_ text: String) -> Verdict { .found(.assertionFailed, property: text) }

  @Test(
    "is free already: the second free is told, in the kernel's words",
    arguments: [
      ("free_unref_page(p);", "free_unref_page(p);", 0),
      ("put_page(p);", "free_unref_page(p);", 1),
      ("__put_page(p);", "__put_page(page_folio(p));", 0),
      ("free_one_page(p);", "free_one_page(p);", 0),
      ("free_one_page(p);", "free_unref_page(p);", 0), ("__put_page(p);", "free_one_page(p);", 0),
      ("free_unref_page(p); drain_all_pages(page_zone(p)); free_unref_page(p);", "", 0),
      (
        "atomic(\"nobody else is there yet\") { free_unref_page(p); }",
        "atomic(\"nobody else is there yet\") { free_unref_page(p); }", 0
      ),
      ("__SetPageBuddy(p); put_page(p);", "", 1),
    ])
  func twice(one: String, other: String, references: Int) throws {
    let verdict = try verdict(one, other, references: references)
    // Where one is freed by a put, it may have its reference when the other is.
    if references == 0 || other.isEmpty {
      #expect(verdict == found(Self.badPage))
    } else {
      #expect(verdict == found(Self.badCount))
    }
  }

  @Test(
    "has references: that is told whatever frees it",
    arguments: [
      "free_unref_page(p);", "free_one_page(p);", "__put_page(p);",
      "free_unref_page(p); drain_all_pages(page_zone(p));",
      "atomic(\"nobody else is there yet\") { free_unref_page(p); }",
      "set_page_count(p, 2); __put_page(p);", "p->list = LIST_BUDDY;",
      "WRITE_ONCE(p->list, LIST_PCP);",
      "atomic(\"nobody looks at it\") { p->list = LIST_ISOLATED; }",
      "if (READ_ONCE(*x) == 0) p->list = LIST_BUDDY;",
    ])
  func referenced(body: String) throws {
    #expect(try verdict(body, references: 1) == found(Self.badCount))
    if !body.contains("set_page_count") { #expect(try verdict(body, references: 0) == .holds) }
  }

  @Test("is locked or reserved: its flags are told; a poisoned one ends before that")
  func flags() throws {
    #expect(try verdict("lock_page(p); put_page(p);", references: 1) == found(Self.badFlags))
    #expect(try verdict("SetPageReserved(p); put_page(p);", references: 1) == found(Self.badFlags))
    let poisoned = "SetPageHWPoison(p); SetPageReserved(p); put_page(p);"
    #expect(try verdict(poisoned, references: 1) == .holds)
  }

  @Test(
    "has no reference left: who puts one is told",
    arguments: [
      ("put_page(p);", "put_page(p);"), ("folio_put(p);", "put_page(p);"),
      ("if (put_page_testzero(p)) __put_page(p);", "put_page_testzero(p);"),
    ])
  func putTwice(one: String, other: String) throws {
    #expect(try verdict(one, other, references: 1) == found(Self.noReference))
  }

  @Test(
    "has no reference left: who drops one otherwise is told as well",
    arguments: [
      "page_ref_dec(p);", "page_ref_sub(p, 1);", "folio_ref_dec(page_folio(p));",
      "if (page_ref_dec_and_test(p)) *x = 1;", "if (page_ref_sub_and_test(p, 1)) *x = 1;",
      "if (folio_ref_sub_and_test(p, 1)) *x = 1;", "page_ref_add(p, -1);",
      "atomic(\"nobody looks at it\") { page_ref_dec(p); }", "atomic_dec(&p->_refcount);",
    ])
  func underflows(drop: String) throws {
    #expect(try verdict(drop, drop, references: 1) == Self.underflow)
    #expect(try verdict(drop, drop, references: 2) == .holds)
    #expect(try verdict("page_ref_sub_and_test(p, 2);", references: 1) == Self.underflow)
  }

  @Test("once each time that it was allocated is as it should be")
  func once() throws {
    #expect(try verdict("put_page(p);", "put_page(p);", references: 2) == .holds)
    let again = "put_page(p); struct page *q = alloc_page(GFP_KERNEL); if (q) put_page(q);"
    #expect(try verdict(again, references: 1) == .holds)
  }

  @Test(
    "and of which a reference is taken is told where it is handed out",
    arguments: [
      "put_page(p); page_ref_inc(p); alloc_page(GFP_KERNEL);",
      "put_page(p); drain_all_pages(page_zone(p)); page_ref_inc(p); alloc_page(GFP_KERNEL);",
    ])
  func handedOut(body: String) throws {
    #expect(try verdict(body, references: 1) == found(Self.badCount))
  }

  @Test(
    "by a store to its list: a second one is told, and not what has looked where it is",
    arguments: [
      ("put_page(p); p->list = LIST_BUDDY;", false),
      ("put_page(p); atomic(\"the zone is locked\") { p->list = LIST_BUDDY; }", false),
      ("put_page(p); xchg(&p->list, LIST_BUDDY);", false),
      ("put_page(p); p->list = LIST_NONE; p->list = LIST_BUDDY; p->list = LIST_BUDDY;", false),
      ("put_page(p); if (p->list == LIST_PCP) p->list = LIST_BUDDY;", true),
      ("put_page(p); await(p->list == LIST_PCP); p->list = LIST_BUDDY;", true),
      ("put_page(p); cmpxchg(&p->list, LIST_PCP, LIST_BUDDY);", true),
      (
        "put_page(p); atomic(\"the zone is locked\") { if (p->list == LIST_PCP) p->list = LIST_BUDDY; }",
        true
      ),
      (
        "put_page(p); atomic(\"it is locked\") { p->list = p->list == LIST_BUDDY ? LIST_ISOLATED : p->list; }",
        true
      ),
      ("if (page_ref_dec_and_test(p)) p->list = LIST_BUDDY;", true),
      ("*last = LIST_PCP; put_page(p); *last = LIST_BUDDY;", true),
      ("enum page_list *l = choose(2) ? last : &p->list; put_page(p); *l = LIST_BUDDY;", false),
    ])
  func stored(body: String, isRight: Bool) throws {
    for declaration in body.contains("last")
      ? ["enum page_list last;"] : ["", "enum page_list last;"]
    {
      let verdict = try verdict(body, references: 1, declaring: declaration)
      #expect(verdict == (isRight ? .holds : found(Self.badPage)))
    }
  }
}

@Suite("What functions on pages assert, in a race file")
struct PageAssertionTests {
  private func verdict(_ body: String, references: Int = 1) throws -> Verdict {
    try outcome(
      of: race(
        """
        C asserted
        { struct page p = { ._refcount = \(references) }; struct timer_list t; }
        P0(struct page *p, struct timer_list *t) { \(body) }
        P1() { smp_mb(); }
        """)
    ).verdict
  }

  @Test(
    "is told where it is not so",
    arguments: [
      ("get_page(p);", "VM_BUG_ON_FOLIO(folio_ref_zero_or_close_to_overflow(folio), folio)"),
      (
        "folio_get(page_folio(p));",
        "VM_BUG_ON_FOLIO(folio_ref_zero_or_close_to_overflow(folio), folio)"
      ),
      ("unlock_page(p);", "VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio)"),
      (
        "lock_page(p); unlock_page(p); folio_unlock(p);",
        "VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio)"
      ),
      (
        "page_ref_inc(p); page_ref_unfreeze(p, 1);",
        "VM_BUG_ON_PAGE(page_count(page) != 0, page)"
      ),
      ("page_ref_unfreeze(p, 0);", "VM_BUG_ON(count == 0)"),
      (
        "__SetPageBuddy(p); __SetPageOffline(p);",
        "VM_BUG_ON_PAGE(data_race(page->page_type) != UINT_MAX, page)"
      ),
      ("__SetPageOffline(p); __ClearPageBuddy(p);", "VM_BUG_ON_PAGE(!PageBuddy(page), page)"),
      ("__SetPageBuddy(p); __ClearPageOffline(p);", "VM_BUG_ON_PAGE(!PageOffline(page), page)"),
    ])
  func asserted(body: String, statement: String) throws {
    #expect(
      try verdict(body, references: 0) == .found(.assertionFailed, property: statement))
  }

  @Test(
    "and nothing where it is",
    arguments: [
      "get_page(p); put_page(p); put_page(p);", "lock_page(p); unlock_page(p);",
      "if (page_ref_freeze(p, 1)) page_ref_unfreeze(p, 2);",
      "__SetPageOffline(p); __SetPageOffline(p); __ClearPageOffline(p); __ClearPageBuddy(p);",
      "add_timer(t);",
    ])
  func fulfilled(body: String) throws { #expect(try verdict(body) == .holds) }

  @Test("as a warning: a timer that is added twice, a range that is freed while it is in use")
  func warnings() throws {
    func warnings(_ body: String) throws -> [String] {
      try outcome(
        of: race(
          """
          C warned
          { struct page p[1] = { { ._refcount = 2 } }; struct timer_list t; }
          P0(struct page *p, struct timer_list *t) { \(body) }
          """)
      ).findings.map(\.property)
    }
    #expect(try warnings("add_timer(t); add_timer(t);") == ["WARN_ON_ONCE(timer_pending(timer))"])
    #expect(
      try warnings("free_contig_range(p, p + 1);") == ["WARN: pages are still in use!"])
    #expect(try warnings("put_page(p); free_contig_range(p, p + 1);") == [])
  }

  @Test("a page type of -1 is none, as the kernel's UINT_MAX is, in a struct of the file's own")
  func noType() throws {
    let verdict = try outcome(
      of: race(
        """
        C types
        struct page { atomic_t _refcount; int page_type; };
        { struct page p = { ._refcount = 1, .page_type = -1 }; int x; }
        P0(struct page *p) { __SetPageOffline(p); }
        P1(int *x) { WRITE_ONCE(*x, 1); }
        """)
    ).verdict
    #expect(verdict == .holds)
  }
}
