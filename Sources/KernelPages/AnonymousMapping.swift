import ModelChecking

/// A page number, as a mapping holds it.
public struct PageNumber: FieldReference {
  public let index: Int
  public init(index: Int) { self.index = index }
  public var description: String { "page\(index)" }
}

/// One page table entry of an application: the page of the block that it maps, if any.
///
/// It is read and written under the page table lock, so each use is one step.
public struct AnonymousMapping: Sendable {
  let entry: Field<PageNumber?>

  /// - Parameter pages: the pages that may be mapped.
  public init(_ name: String, of pages: [Page], in system: SystemBuilder) {
    entry = system.field(
      "\(name).maps", .optional(PageNumber.self, count: pages.count), initially: nil)
  }

  /// `do_anonymous_page()` (mm/memory.c, v6.12): maps a page that was just allocated.
  public func map(number: Int) -> Step {
    Step("do_anonymous_page", .store(entry)) { PageNumber(index: number) }
  }

  /// The application uses the page: whatever the entry maps by now.
  public func touch(_ page: Page, number: Int, _ content: PageContent) -> Step {
    content.touch(page, in: Step("the application writes", .load(entry))) { s in
      s[entry] == PageNumber(index: number)
    }
  }

  /// `zap_pte_range()` (mm/memory.c, v6.12): unmaps the page and answers whether it was still
  /// there. A page that was migrated meanwhile is somebody else's.
  public func unmap(number: Int) -> Condition {
    Condition("zap_pte_range", .atomic(entry)) { mapped in
      guard mapped == PageNumber(index: number) else { return false }
      mapped = nil
      return true
    }
  }
}

/// `migrate_pages()` (mm/migrate.c, v5.9 to v6.12) for one page: moves what a mapping has in it to
/// a page outside the block, and frees it.
///
/// The move is one step: the page is migrated only while its mapping holds the one reference, whose
/// count is frozen meanwhile. The free that follows is a step of its own.
@StepsBuilder public func migratePage(
  _ page: Page, number: Int, mappings: [AnonymousMapping], _ path: FreePath
) -> Steps {
  Call("migrate_pages") {
    If(
      Condition(
        "migrate_folio",
        .section(
          mappings.map(\.entry) + [page.refcount],
          because: "the page's count is frozen while it is migrated")
      ) { s in
        let mapping = mappings.first { s[$0.entry] == PageNumber(index: number) }
        guard let mapping, s[page.refcount] == 1 else { return false }
        s[mapping.entry] = nil
        s[page.refcount] = 0
        return true
      }.noting { s, isMigrated in if isMigrated { s[page.owner] = .none } }
    ) { freePage(page, path) }
  }
}
