import KernelPages
import ModelChecking

extension Model {
  /// May a fault map a page of the swap cache whose swap entry has been given to another page?
  ///
  /// A fault finds a page in the swap cache by the entry in the page table, and waits for its lock. Before it
  /// gets that the entry may be freed, and given to another page: then the page table has the same entry as
  /// before, and the page that the fault waits for is somebody else's.
  ///
  /// Seed: commit 31c4a3d3a0f8 (v2.6.36), "mm: further fix swapin race condition", with A, B, C and kswapd of
  /// its message. Docs/Models/swap-entry-reuse.md has the rest.
  public static let swapEntryReuse = Model(
    name: "swap-entry-reuse",
    summary: "May a fault map a page whose swap entry was given to another page while it waited?",
    sources: [
      "commit 31c4a3d3a0f8 (v2.6.36) mm: further fix swapin race condition",
      "commit 4969c1192d15 (v2.6.36) mm: fix swapin race condition",
      "mm/memory.c, v2.6.36 and v6.19; mm/swap.h, v6.19",
    ],
    bounds: [SwapEntryReuse.swapOuts],
    variants: SwapEntryReuse.variants, fix: "entry-test", pieces: SwapEntryReuse.pieces,
    build: SwapEntryReuse.declare)
}

enum SwapEntryReuse {
  static let swapOuts = Bound(
    "swap-outs", "how often kswapd swaps a page out", default: 2, large: 3, in: 2...4)

  static let ownContent = "what a fault maps has what was written there last"
  static let counted = "a swap entry is counted as often as it is in page tables"
  static let notLocked = "VM_BUG_ON(!PageLocked(page))"
  static let known = "a page of the swap cache is in a page table, or its entry is"
  static let allUnlocked = "no page is locked"
  static let written = "A has written, and B has mapped what A wrote"
  static let swappedOut = "what A wrote is in the entry that was shared before"
  static let otherSwappedOut = "what C wrote is in the other entry"

  /// What do_swap_page() tests with the page's lock held.
  enum Test: Hashable, Sendable {
    case nothing
    /// `PageSwapCache()`.
    case swapCache
    /// The same, and `page_private(page) == entry.val`.
    case entry
  }

  static let variants: [Variant<Test>] = [
    Variant(
      "as-reported", "only the page table is looked at again", source: "4969c1192d15: to v2.6.35",
      expect: .violated(ownContent, steps: 28), design: .nothing),
    Variant(
      "swap-cache-test", "the page must still be in the swap cache",
      source: "4969c1192d15 (v2.6.36-rc5): a half fix", expect: .violated(ownContent, steps: 38),
      design: .swapCache),
    Variant(
      "entry-test", "it must be there with the same entry", source: "31c4a3d3a0f8 (v2.6.36)",
      expect: .holds, design: .entry),
    Variant(
      "today", "folio_matches_swap_entry(): the same", source: "v6.19", expect: .holds,
      design: .entry),
  ]

  static let pieces: [Piece<Test>] = [
    Piece(
      "same-entry", "the page must have the entry that is in the page table",
      source: "31c4a3d3a0f8"
    ) { if $0 == .entry { $0 = .swapCache } }
  ]

  static func declare(in system: SystemBuilder, _ test: Test, _ bounds: Bounds) {
    let swap = SharedSwapEntry(in: system, test)
    system.actor("A", on: system.cpu()) { actor in swap.write(as: actor, in: .child) }
    system.actor("B", on: system.cpu()) { actor in swap.read(as: actor, in: .child) }
    system.actor("C", on: system.cpu()) { actor in swap.write(as: actor, in: .parent) }
    system.actor("kswapd", on: system.cpu()) { actor in
      let entry = actor.register("entry", .range(0...1), initially: 0)
      let left = actor.register(
        "swap-outs left", .range(0...bounds[swapOuts]), initially: bounds[swapOuts])
      While(Condition(register: { my in my[left] > 0 })) { swap.swapOut(entry, left) }
    }
    system.invariant(counted) { s in
      swap.entries.allSatisfy { entry in
        s[swap.counts[entry.index]]
          == swap.ptes.count { s[$0] == entry.pte }
      }
    }
    system.goal(written) { s in s[swap.content[1]] == .child && s[swap.readBy[1]] }
    system.invariant(known) { s in
      swap.caches.indices.allSatisfy { page in
        guard let entry = swap.entries.first(where: { $0.cache == s[swap.caches[page]] }) else {
          return true
        }
        return s[swap.mapcounts[page]] + s[swap.counts[entry.index]] > 0
      }
    }
    system.goal(swappedOut) { s in
      s[swap.caches[1]] == .first && s[swap.ptes[0]] == .swap1 && s[swap.content[1]] == .child
    }
    system.goal(otherSwappedOut) { s in
      s[swap.caches[0]] == .second && s[swap.ptes[1]] == .swap2 && s[swap.content[0]] == .parent
    }
    system.goal(allUnlocked, .alwaysReachable) { s in swap.isLocked.fields.allSatisfy { !s[$0] } }
    account(in: system)
  }

  /// What never happens, or changes nothing, and why.
  private static func account(in system: SystemBuilder) {
    let test = "page_private(page) != entry.val"
    for (question, answer) in [("lookup_swap_cache", false), (test, true)] {
      system.unreachable(
        question, answer: answer, of: "A",
        because: "page1 leaves the swap cache by A itself, or when the child has A's copy")
      system.unreachable(
        question, answer: answer, of: "C",
        because: "page1 keeps its entry while C's page table has that, and only C takes it out")
    }
    system.unreachable(
      "pte_same", answer: false, of: "C",
      because: "C is the parent's only thread, and kswapd leaves a page table with an entry alone")
    system.unreachable(
      "do_swap_page", answer: true, of: "C",
      because: "C's page table has the entry when its fault begins, and until C replaces it")
    system.unreachable(
      "page_mapped", answer: false, of: "kswapd",
      because: "page1 leaves the swap cache mapped, and stays so until kswapd gives it an entry")
    for step in ["try_to_unmap_one(child)", "try_to_unmap_one(parent)", "do_wp_page"] {
      system.redundant(
        step, .unlocked,
        because: "who has the lock meanwhile found a swap entry there, and this changes only one "
          + "that has a page")
    }
    for table in ["child ptl", "parent ptl"] {
      system.redundant(
        table, .unlocked, in: "do_swap_page",
        because: "who replaces a swap entry in a page table has locked the page that it is of, and "
          + "kswapd replaces only what has a page")
    }
    system.redundant(
      "unlock_page", .swapped,
      because: "the page's lock is for its swap entry, which is settled when a table has the page")
  }
}
