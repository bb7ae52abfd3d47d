import ModelChecking
import RaceFiles
import Testing

@Suite("A page that is freed, in a race file")
struct FreedPageTests {
  private static let badPage = "BUG: Bad page state"
  private static let noReference = "VM_BUG_ON_PAGE(page_ref_count(page) == 0, page)"

  /// Two actors with one page, which has some references.
  private func verdict(_ one: String, _ other: String, references: Int) throws -> Verdict {
    let text = """
      C freed
      { struct page p = { ._refcount = ATOMIC_INIT(\(references)), .owner = APP }; }
      P0(struct page *p) { \(one) }
      P1(struct page *p) { \(other) }
      """
    return try outcome(of: try race(text)).verdict
  }

  @Test(
    "is free already: the second free is told, in the kernel's words",
    arguments: [
      ("free_unref_page(p);", "free_unref_page(p);"), ("put_page(p);", "free_unref_page(p);"),
      ("__put_page(p);", "folio_put(page_folio(p));"), ("free_one_page(p);", "free_one_page(p);"),
      ("free_one_page(p);", "free_unref_page(p);"), ("__put_page(p);", "free_one_page(p);"),
      ("free_unref_page(p); drain_all_pages(page_zone(p)); put_page(p);", ""),
      (
        "atomic(\"nobody else is there yet\") { free_unref_page(p); }",
        "atomic(\"nobody else is there yet\") { free_unref_page(p); }"
      ),
    ])
  func twice(one: String, other: String) throws {
    #expect(
      try verdict(one, other, references: 1)
        == .found(.assertionFailed, property: Self.badPage))
  }

  @Test(
    "has no reference left: who puts one is told",
    arguments: [
      ("put_page(p);", "put_page(p);"), ("folio_put(p);", "put_page(p);"),
      ("if (put_page_testzero(p)) __put_page(p);", "put_page_testzero(p);"),
    ])
  func putTwice(one: String, other: String) throws {
    #expect(
      try verdict(one, other, references: 1)
        == .found(.assertionFailed, property: Self.noReference))
  }

  @Test("once each time that it was allocated is as it should be")
  func once() throws {
    #expect(try verdict("put_page(p);", "put_page(p);", references: 2) == .holds)
    let again = "put_page(p); struct page *q = alloc_page(GFP_KERNEL); if (q) put_page(q);"
    #expect(try verdict(again, "", references: 1) == .holds)
  }
}
