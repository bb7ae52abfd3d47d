import KernelPages
import ModelChecking

extension Model {
  /// May a free go round its CPU's empty lists for ever?
  ///
  /// `free_pcppages_bulk()` is told how many pages to take off a CPU's own lists, and goes round the
  /// lists until it has them. The number is `pcp->batch`, and the reason to call it is that
  /// `pcp->count` is at `pcp->high`. Another CPU writes both limits. A free that sees the old high and
  /// the new batch asks for more pages than there are, and goes round empty lists with interrupts off.
  ///
  /// Seed: commit 88e8ac11d2ea (v5.9), "mm, page_alloc: fix core hung in free_pcppages_bulk()". What
  /// its table calls P1 is `zone_pcp_update()` here. Docs/Models/pcp-bulk-free.md has the rest.
  public static let pcpBulkFree = Model(
    name: "pcp-bulk-free",
    summary:
      "May a free that sees one old and one new limit go round its CPU's empty lists for ever?",
    sources: [
      "commit 88e8ac11d2ea (v5.9) mm, page_alloc: fix core hung in free_pcppages_bulk()",
      "commit 5c3ad2eb7104 (v5.11) mm, page_alloc: simplify pageset_update()",
      "mm/page_alloc.c, v5.9 and v6.19",
    ],
    bounds: [PCPBulkFree.pages, PCPBulkFree.updates],
    variants: PCPBulkFree.variants, fix: "count-clamped", pieces: PCPBulkFree.pieces,
    build: PCPBulkFree.declare)
}

enum PCPBulkFree {
  static let pages = Bound(
    "pages", "pages that the CPU frees, one after the other", default: PCPBulkFree.high, large: 6,
    in: PCPBulkFree.high...8)
  static let updates = Bound(
    "updates", "how often the limits are raised and lowered again", default: 1, large: 2, in: 1...3)

  /// The limits of a zone that has memory; those of one that has none are 0 and 1.
  static let high = 5
  static let batch = 2

  static let ends = "free comes to its end"
  static let inStep = "pcp->count is the number of pages on the lists"
  static let told = "free_pcppages_bulk() frees what it is told to, or all that there is"
  static let atLeastOne = "a list that is full loses a page"
  static let drained = "a drain leaves no page on the lists"
  static let flushed = "pages are flushed because the list is full"
  static let kept = "a page stays on the list"
  static let raised = "both limits are those of a zone with memory"
  static let lowered = "pages are on the lists when both limits are low again"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// The order in which `pageset_update()` writes the limits.
    enum Writes: Sendable {
      /// batch = 1, high, batch, with `smp_wmb()` in between: to v5.10.
      case batchLowMeanwhile
      /// batch, high: since v5.11.
      case batchFirst
    }

    /// Whether no more pages are asked for than there are: the fix.
    var clampsCount = true
    var writes = Writes.batchLowMeanwhile
    /// Whether a free reads batch before it looks at high.
    var readsBatchFirst = false
    /// Whether it is the allocator of today, with pcp->lock in place of interrupts off.
    var isToday = false
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "high is compared, then batch is read, and batch pages are asked for",
      source: "88e8ac11d2ea: its table", expect: .stuck(ends, steps: 7),
      under: [.tso: .stuck(ends, steps: 10)]
    ) { $0.clampsCount = false },
    Variant(
      "count-clamped", "free_pcppages_bulk() takes min(pcp->count, count) pages",
      source: "88e8ac11d2ea (v5.9)", expect: .holds, under: [.tso: .holds]),
    Variant(
      "batch-read-first", "no clamp; batch is read before high, as pageset_update() writes them",
      source: "a half fix: what the smp_wmb() of pageset_update() would need",
      expect: .stuck(ends, steps: 8), under: [.tso: .stuck(ends, steps: 13)]
    ) {
      $0.clampsCount = false
      $0.readsBatchFirst = true
    },
    Variant(
      "plain-writes", "the clamp, and pageset_update() writes batch and high in no special order",
      source: "5c3ad2eb7104 (v5.11)", expect: .holds, under: [.tso: .holds]
    ) { $0.writes = .batchFirst },
    Variant(
      "plain-writes-no-clamp", "the same without the clamp", source: "5c3ad2eb7104, piece removed",
      expect: .stuck(ends, steps: 5), under: [.tso: .stuck(ends, steps: 6)]
    ) {
      $0.clampsCount = false
      $0.writes = .batchFirst
    },
    Variant(
      "today", "pcp->lock, nr_pcp_free(), and the lock is given back between the batches",
      source: "v6.19", expect: .holds, under: [.tso: .holds]
    ) {
      $0.writes = .batchFirst
      $0.isToday = true
    },
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "never-past-count", "free_pcppages_bulk() takes no more pages than pcp->count",
      source: "88e8ac11d2ea"
    ) { $0.clampsCount = false },
    Piece(
      "low-batch-meanwhile", "batch is 1 while pageset_update() writes high",
      source: "pageset_update(), to v5.10"
    ) { $0.writes = .batchFirst },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let pages = bounds[pages]
    let pcp = PCPLists(in: system, pages: pages, design)
    system.actor("free", on: system.cpu()) { actor in
      if design.isToday {
        pcp.freeAllToday(pages, as: actor)
      } else {
        pcp.freeAll(pages, as: actor)
      }
    }
    if design.isToday {
      // With interrupts off in place of pcp->lock, no drain can come in between.
      system.actor("drain", on: system.cpu()) { actor in pcp.drain(pages, as: actor) }
    }
    system.actor("zone_pcp_update", on: system.cpu()) { _ in
      for _ in 0..<bounds[updates] {
        pcp.update(high: high, batch: batch)
        pcp.update(high: 0, batch: 1)
      }
    }
    system.invariant(inStep) { s in
      !pcp.lock.isFree(s) || s[pcp.count] == pcp.lists.fields.reduce(0) { $0 + s[$1] }
    }
    system.goal(flushed) { s in s[pcp.flushedFull] }
    system.goal(kept) { s in pcp.lock.isFree(s) && s[pcp.count] > 0 }
    system.goal(raised) { s in s[pcp.high] == high && s[pcp.batch] == batch }
    system.goal(lowered) { s in
      pcp.lock.isFree(s) && s[pcp.high] == 0 && s[pcp.batch] == 1 && s[pcp.count] > 1
    }
    if !design.isToday {
      system.redundant(
        "interrupts", .unlocked, in: "free_unref_page_commit",
        because:
          "no interrupt handler of this CPU allocates or frees here, and no other CPU uses its list"
      )
    }
    if design.clampsCount {
      system.redundant(
        "pageset_update", .leftOut, .swapped,
        because: "with the clamp a free asks for no more pages than there are, whatever it saw: "
          + "5c3ad2eb7104 gave the order up for that")
    }
  }
}
