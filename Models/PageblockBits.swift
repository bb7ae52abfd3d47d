import KernelPages
import ModelChecking

extension Model {
  /// May the migratetype of a pageblock be read as one that there is not, or be lost?
  ///
  /// A pageblock has four bits in a bitmap: three for its migratetype, and one that tells compaction to skip
  /// it. Up to v3.15 they were read and written one by one, and written without an atomic operation. A free
  /// reads them without zone->lock while the migratetype is changed, and compaction sets its bit without
  /// it.
  ///
  /// Seed: commit e58469bafd05 (v3.16), "mm: page_alloc: use word-based accesses for get/set pageblock
  /// bitmaps". Docs/Models/pageblock-bits.md has the rest.
  public static let pageblockBits = Model(
    name: "pageblock-bits",
    summary:
      "May a pageblock's migratetype be read half old and half new, or be lost to the skip bit?",
    sources: [
      "commit e58469bafd05 (v3.16) mm: page_alloc: use word-based accesses for get/set pageblock "
        + "bitmaps",
      "mail of Vlastimil Babka, 5 May 2014, Re: [PATCH 08/17] of the same title",
      "mm/page_alloc.c and include/linux/pageblock-flags.h, v3.15, v3.16, v5.9 and v6.19",
    ],
    bounds: [PageblockBits.readers],
    variants: PageblockBits.variants, fix: "word-cmpxchg", pieces: PageblockBits.pieces,
    build: PageblockBits.declare)
}

enum PageblockBits {
  static let readers = Bound(
    "readers", "CPUs that free a page of the block", default: 1, large: 2, in: 1...3)

  static let exists = "the migratetype that is read exists: free_list[migratetype]"
  static let wasSet = "the migratetype that is read is one that was set"
  static let kept = "the block has the migratetype that was set last"
  static let skipKept = "the block has the skip bit that was set last"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// How bits of the word are changed.
    enum Writes: Sendable {
      /// `__set_bit()`, `__clear_bit()`: read, then write.
      case bits
      /// `set_bit()`, `clear_bit()`.
      case atomicBits
      /// The whole word is read, changed and written.
      case word
      /// The same by cmpxchg(), again if it has changed.
      case cmpxchg
    }

    var writes = Writes.cmpxchg
    var skipWrites = Writes.cmpxchg
    /// Whether the migratetype is read bit by bit.
    var readsBits = false
    /// Whether isolation has a bit of its own, and leaves the migratetype alone.
    var hasIsolateBit = false
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "bits are read and written one by one", source: "e58469bafd05: v3.15",
      expect: .violated(kept, steps: 10, warnings: [skipKept: 5, wasSet: 7]),
      under: [.lkmm: .violated(kept, steps: 10, warnings: [skipKept: 5, wasSet: 7])]
    ) {
      $0.writes = .bits
      $0.skipWrites = .bits
      $0.readsBits = true
    },
    Variant(
      "atomic-bits", "the same with atomic bit operations: a half fix",
      source: "e58469bafd05: its case b) without its case a)",
      expect: .violated(exists, steps: 8, warnings: [wasSet: 6]),
      under: [
        .tso: .violated(exists, steps: 8, warnings: [wasSet: 6]),
        .lkmm: .violated(exists, steps: 8, warnings: [wasSet: 6]),
      ]
    ) {
      $0.writes = .atomicBits
      $0.skipWrites = .atomicBits
      $0.readsBits = true
    },
    Variant(
      "whole-word", "the word is read and written at once, but not by cmpxchg(): a half fix",
      source: "e58469bafd05: its case a) without its case b)",
      expect: .violated(kept, steps: 6, warnings: [skipKept: 5]),
      under: [.lkmm: .violated(kept, steps: 6, warnings: [skipKept: 5])]
    ) {
      $0.writes = .word
      $0.skipWrites = .word
    },
    Variant(
      "skip-by-set-bit", "cmpxchg() for the migratetype, __set_bit() for the skip bit",
      source: "e58469bafd05, piece removed", expect: .violated(kept, steps: 6),
      under: [.lkmm: .violated(kept, steps: 6)]
    ) { $0.skipWrites = .bits },
    Variant(
      "word-cmpxchg", "the word is read at once and written by cmpxchg()",
      source: "e58469bafd05 (v3.16)", expect: .holds, under: [.tso: .holds]),
    Variant(
      "today", "isolation and skip have bits of their own, set by set_bit()", source: "v6.19",
      expect: .holds, under: [.tso: .holds]
    ) {
      $0.skipWrites = .atomicBits
      $0.hasIsolateBit = true
    },
  ]

  static let pieces: [Piece<Design>] = [
    Piece("word-read", "the migratetype is read in one access", source: "e58469bafd05") {
      $0.readsBits = true
    },
    Piece("cmpxchg", "the migratetype is written by cmpxchg()", source: "e58469bafd05") {
      $0.writes = .word
    },
    Piece("skip-cmpxchg", "the skip bit is written by cmpxchg()", source: "e58469bafd05") {
      $0.skipWrites = .bits
    },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let block = PageblockWord(in: system, design)
    for number in 0..<bounds[readers] {
      let name = number == 0 ? "free" : "free \(number + 1)"
      system.actor(name, on: system.cpu(), duty: .mayRunForever) { actor in block.read(as: actor) }
    }
    system.actor("isolation", on: system.cpu(), duty: .mayRunForever) { actor in
      block.change(as: actor)
    }
    system.actor("compaction", on: system.cpu(), duty: .mayRunForever) { actor in
      block.skip(as: actor)
    }
    system.invariant(kept) { s in
      !block.lock.isFree(s) || block.migratetype(s[block.word]) == s[block.setLast]
    }
    system.invariant(skipKept, severity: .warning) { s in
      s[block.word].contains(.skip) == s[block.skipSetLast]
    }
  }
}
