import KernelPages
import ModelChecking

extension Model {
  /// May the page cache show a huge page that khugepaged is still putting together?
  ///
  /// khugepaged replaces the pages of a file by one huge page, slot by slot, and sleeps in between. Up to
  /// v4.19 the huge page's count was frozen meanwhile: a lookup that meets it tries again until it is not,
  /// without letting khugepaged run. Since v4.20 a lookup gets it, and waits for its lock. If
  /// khugepaged gives up then and uses the huge page for another offset, the lookup has that.
  ///
  /// Seed: commit 87c460a0bded (v4.20), "mm/khugepaged: collapse_shmem() without freezing new_page", and
  /// commit 033b5d775511 (v5.9), "mm/khugepaged: fix filemap page_to_pgoff(page) != offset".
  /// Docs/Models/khugepaged-collapse.md has the rest.
  public static let khugepagedCollapse = Model(
    name: "khugepaged-collapse",
    summary:
      "May a lookup hang on the huge page that khugepaged fills, or get it at another offset?",
    sources: [
      "commit 87c460a0bded (v4.20) mm/khugepaged: collapse_shmem() without freezing new_page",
      "commit 033b5d775511 (v5.9) mm/khugepaged: fix filemap page_to_pgoff(page) != offset",
      "mm/khugepaged.c, v4.19, v4.20 and v6.19; mm/filemap.c, v6.19",
    ],
    bounds: [KhugepagedCollapse.lookups],
    variants: KhugepagedCollapse.variants, fix: "release-if-referenced",
    pieces: KhugepagedCollapse.pieces, build: KhugepagedCollapse.declare)
}

enum KhugepagedCollapse {
  static let lookups = Bound(
    "lookups", "CPUs that look the first offset up; the first is khugepaged's", default: 2,
    large: 3, in: 1...3)

  static let rightOffset = "VM_BUG_ON_PAGE(page_to_pgoff(page) != offset, page)"
  static let rightPage = "what a lookup uses with its lock held is the page in the slot"
  static let notLocked = "VM_BUG_ON_PAGE(!PageLocked(page), page)"
  static let unused = "what khugepaged fills is a page that it has a reference to, and no file's"
  static let freed = "a page is freed when it has no mapping and is not locked"
  static let next = "the page of the next range is the file's, at its own offset"
  static let uptodate = "what a lookup uses is up to date"
  static let allUnlocked = "no page is locked"
  static let allPut = "no lookup has a reference"
  static let used = "a lookup uses the huge page"
  static let hugeFreed = "a huge page that was given up is freed"
  static let collapsed = "the huge page is in the page cache, up to date and unlocked"
  static let waited = "a lookup has waited for a huge page that was given up"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// What becomes of a huge page after khugepaged gave up.
    enum Reuse: Sendable {
      /// It is used for the next range: without NUMA.
      case always
      /// The same, and it is locked by `lock_page()`, which waits.
      case afterLocking
      /// Only if nobody else has a reference.
      case ifUnreferenced
      /// It is put, and the next is a new one: with NUMA.
      case never
    }

    /// Whether the huge page's count is frozen while it is put together.
    var freezes = false
    var reuse = Reuse.ifUnreferenced
    /// Whether the huge page gets into the page cache when it is complete.
    var storesAtEnd = false
    /// Whether it is asked that a lookup may have to wait; not where the kernel has nothing to wait for.
    var asksForWaiting = true
    /// Whether it is asked that a huge page may be freed; not where each is used again.
    var asksForFreeing = true
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "the huge page is frozen while khugepaged fills it", source: "v4.8 to v4.19",
      expect: .deadlock(steps: 10)
    ) {
      ($0.freezes, $0.asksForWaiting) = (true, false)
      ($0.reuse, $0.asksForFreeing) = (.always, false)
    },
    Variant(
      "without-freeze", "the huge page is locked only, and used again for the next range",
      source: "87c460a0bded (v4.20), without NUMA", expect: .assertionFailed(rightOffset, steps: 27)
    ) { $0.reuse = .always },
    Variant(
      "with-numa", "the same where each range has a new huge page",
      source: "87c460a0bded (v4.20), with NUMA", expect: .holds
    ) { $0.reuse = .never },
    Variant(
      "lock-page", "lock_page() in place of __SetPageLocked() before it is used again",
      source: "033b5d775511: an initial patch", expect: .assertionFailed(rightOffset, steps: 29)
    ) { $0.reuse = .afterLocking },
    Variant(
      "release-if-referenced", "it is used again only if nobody else has a reference",
      source: "033b5d775511 (v5.9)", expect: .holds),
    Variant(
      "today", "the page cache gets the huge page when it is complete; nothing is frozen",
      source: "v6.19", expect: .holds
    ) {
      $0.reuse = .never
      ($0.storesAtEnd, $0.asksForWaiting) = (true, false)
    },
  ]

  static let pieces: [Piece<Design>] = [
    Piece("no-freeze", "the huge page's count is not frozen", source: "87c460a0bded") {
      $0.freezes = true
    },
    Piece(
      "release", "a huge page that somebody has a reference to is not used again",
      source: "033b5d775511"
    ) { if $0.reuse == .ifUnreferenced { $0.reuse = .always } },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let cache = CollapsedRange(in: system, design, lookups: bounds[lookups])
    let cpu = system.cpu()
    system.actor("khugepaged", on: cpu) { actor in cache.collapse(as: actor) }
    for number in 0..<bounds[lookups] {
      let name = number == 0 ? "lookup" : "lookup \(number + 1)"
      system.actor(name, on: number == 0 ? cpu : system.cpu(), duty: .mayRunForever) { actor in
        Loop { cache.lookUp(as: actor) }
      }
    }
    system.goal(collapsed) { s in
      s[cache.slot] == .huge && s[cache.isUptodate] && !s[cache.isLocked[1]]
    }
    system.goal(used) { s in s[cache.hasUsed] }
    system.goal(allUnlocked, .alwaysReachable) { s in
      cache.isLocked.fields.allSatisfy { !s[$0] }
    }
    system.goal(allPut, .alwaysReachable) { s in
      s[cache.refcounts[0]] == (s[cache.slot] == .old ? 1 : 0)
        && cache.refcounts.fields.allSatisfy { s[$0] <= 1 }
    }
    if design.asksForWaiting { system.goal(waited) { s in s[cache.hasWaited] } }
    if design.asksForFreeing { system.goal(hugeFreed) { s in s[cache.refcounts[1]] == 0 } }
    account(in: system, design)
  }

  /// What never happens, or changes nothing, and why.
  private static func account(in system: SystemBuilder, _ design: Design) {
    for question in ["page_cache_get_speculative", "page == xas_reload"]
    where !design.freezes || question == "page == xas_reload" {
      system.unreachable(
        question, answer: false, of: "lookup",
        because: "it has khugepaged's CPU from the first look at the slot to the last, and only "
          + "khugepaged changes the slot or freezes a count")
    }
    for name in ["", "spin_lock_irqsave", "spin_unlock_irqrestore"] {
      let lock = "i_pages->xa_lock"
      system.redundant(
        name.isEmpty ? lock : "\(name)(\(lock))", .unlocked, .swapped,
        because: "nobody else stores to the slots here, and lookups take no lock")
    }
    system.redundant(
      "page_ref_unfreeze(page)", .swapped,
      because: "a lookup that finds the old page frozen tries again, whatever the order")
    system.redundant(
      "unlock_page(page)", .swapped,
      because: "the old page's lock covers its slot and its count, and both are settled before")
    for step in ["new_page->index = next start", "__SetPageLocked(new_page)"] {
      system.redundant(
        step, .swapped,
        because: "nobody else has a reference to a page that is set up, and no slot has it")
    }
    if design.storesAtEnd {
      system.redundant(
        "folio_ref_count", .alwaysNo,
        because: "it asks for those who write to the page without its lock, and here nobody does")
      system.redundant(
        "folio_mark_uptodate", .swapped,
        because: "a lookup waits for the huge page's lock, which is given back later")
      system.redundant(
        "new_page->mapping = NULL", .swapped,
        because: "nobody has met a huge page that is given up: it has been in no slot")
    }
  }
}
