import ModelChecking

/// A page number, as a mapping holds it.
public struct PageNumber: FieldReference {
  public let index: Int
  public init(index: Int) { self.index = index }
  public var description: String { "page\(index)" }
}

/// One page table entry of an application: the page of the block that it maps, if any, or the migration
/// entry in its place. A mapped page is on the LRU, where nobody has isolated it.
///
/// The entry is read and written under the page table lock, so each use is one step.
public struct AnonymousMapping: Sendable {
  let entry: Field<PageNumber?>
  /// The page of a migration entry: whoever meets it waits.
  let migration: Field<PageNumber?>

  private static let lock = "the page table lock is held"

  /// - Parameter pages: the pages that may be mapped.
  public init(_ name: String, of pages: [Page], in system: SystemBuilder) {
    func declare(_ label: String) -> Field<PageNumber?> {
      system.field(
        "\(name).\(label)", .optional(PageNumber.self, count: pages.count), initially: nil)
    }
    entry = declare("maps")
    migration = declare("migrates")
    system.onlySequential(entry, because: "stands for the entry under the page table lock")
    system.onlySequential(migration, because: "stands for the entry under the page table lock")
  }

  private var fields: [any SharedField] { [entry, migration] }

  /// What `migratesOffLRU(_:number:_:)` says, as an invariant.
  public static let migratesOffLRU = "a page with a migration entry is off the LRU"
  /// What is claimed where a page is unmapped from outside, and the mapping's reference dropped without a
  /// look whether it is the last.
  public static let unmapsHeld = "who unmaps a page from outside has a reference of its own"

  /// Whether a page that has a migration entry was isolated from the LRU before.
  public func migratesOffLRU(_ page: Page, number: Int, _ s: State) -> Bool {
    s[migration] != PageNumber(index: number) || !s[page.isOnLRU]
  }

  /// Drops the mapping's reference to a page that was unmapped from outside.
  public static func dropReference(to page: Page) -> Step {
    pageRefDec(page).asserting(unmapsHeld) { s in s[page.refcount] > 1 }
  }

  /// `do_anonymous_page()` (mm/memory.c, v6.12): maps a page that was just allocated and has it on the
  /// LRU. The step that puts it there from the CPU's batch is left out.
  @StepsBuilder public func map(_ page: Page, number: Int) -> Steps {
    Call("do_anonymous_page") {
      Step("folio_add_lru", .store(page.isOnLRU, .relaxed)) { true }
      Step("set_pte_at", .store(entry)) { PageNumber(index: number) }
    }
  }

  /// The application uses the page: whatever the entry maps by now.
  public func touch(_ page: Page, number: Int, _ content: PageContent) -> Step {
    let step = Step(
      "the application writes", .section(fields, because: Self.lock),
      when: { s in s[migration] == nil }
    ) { _ in }
    return content.touch(page, in: step) { s in s[entry] == PageNumber(index: number) }
  }

  /// `zap_pte_range()` (mm/memory.c, v6.12): unmaps the page and answers whether it was still
  /// there. A page that was migrated meanwhile is somebody else's, and a migration entry has no
  /// reference.
  public func unmap(number: Int) -> Condition {
    Condition("zap_pte_range", .section(fields, because: Self.lock)) { s in
      if s[migration] == PageNumber(index: number) { s[migration] = nil }
      guard s[entry] == PageNumber(index: number) else { return false }
      s[entry] = nil
      return true
    }
  }

  /// `try_to_unmap()` (mm/rmap.c, v6.12): unmaps the page from outside, and answers whether it was
  /// mapped. The mapping's reference is the caller's to drop.
  public func tryToUnmap(number: Int) -> Condition {
    Condition("try_to_unmap", .atomic(entry)) { mapped in
      guard mapped == PageNumber(index: number) else { return false }
      mapped = nil
      return true
    }
  }
}

/// `do_migrate_range()` and `migrate_pages()` (mm/memory_hotplug.c, mm/migrate.c, v5.9 to v6.18) for one
/// page: moves what a mapping has in it to a page outside the block, if nobody else holds a reference.
///
/// The page has a migration entry in place of its mapping meanwhile, and the caller's reference. The
/// count of an anonymous page that is in no swap cache is not frozen: `folio_migrate_mapping()` reads it.
/// Who takes a reference after that is the one to free the page.
@StepsBuilder public func migratePage(
  _ page: Page, number: Int, mappings: [AnonymousMapping], _ path: FreePath
) -> Steps {
  let number = PageNumber(index: number)
  let fields = mappings.flatMap { [$0.entry, $0.migration] as [any SharedField] }
  let held: Section = .section(fields, because: "the page table lock is held")
  Call("migrate_pages") {
    If(!pageLRU(page)) { Return() }
    If(!getPageUnlessZero(page)) { Return() }
    If(
      Condition("folio_isolate_lru", .atomic(page.isOnLRU)) { isOnLRU in
        defer { isOnLRU = false }
        return isOnLRU
      }
    ) {
      If(
        Condition("try_to_migrate", held) { s in
          let mapping = mappings.first { s[$0.entry] == number }
          guard let mapping else { return false }
          (s[mapping.entry], s[mapping.migration]) = (nil, number)
          return true
        }
      ) { AnonymousMapping.dropReference(to: page) }
      If(Condition("folio_ref_count(folio) == 1", .load(page.refcount, .relaxed)) { $0 == 1 }) {
        Step("remove_migration_ptes: to the new page", held) { s in
          for mapping in mappings where s[mapping.migration] == number {
            s[mapping.migration] = nil
          }
        }.noting { s in s[page.owner] = .migration }
      } otherwise: {
        Step(
          "remove_migration_ptes: back",
          .section(fields + [page.refcount], because: "the page table lock is held")
        ) { s in
          for mapping in mappings where s[mapping.migration] == number {
            (s[mapping.entry], s[mapping.migration]) = (number, nil)
            s[page.refcount] += 1
          }
        }
        Step("folio_putback_lru", .store(page.isOnLRU, .relaxed)) { true }
      }
    }
    putPage(page, path)
  }
}
