import KernelPages
import ModelChecking

extension Model {
  /// May a dump tool read a page that has no memory behind it?
  ///
  /// virtio-mem marks pages PageOffline and has the hypervisor take the memory away. /proc/kcore
  /// tests the mark before it copies a page, and a crash dump leaves out what is PageOffline or
  /// free. Both are right only if no page loses its memory without the mark, and none the mark
  /// without getting memory.
  ///
  /// Seed: David Hildenbrand and Michal Hocko, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
  /// PageOffline() pages with a reference count of 0", 18 October 2019: pages that go back to the
  /// buddy in MEM_GOING_OFFLINE are neither PageOffline nor PageBuddy for a time. Kernel functions:
  /// `read_kcore_iter()` (fs/proc/kcore.c), `page_offline_freeze()` and its kin (mm/util.c), v5.14
  /// to v6.12; `virtio_mem_fake_offline()` and `..._fake_online()` (drivers/virtio/virtio_mem.c).
  ///
  /// What is left out: the other tests of kcore (`pfn_to_online_page()`, PageHWPoison,
  /// `pfn_is_ram()`), whose answers don't change here; the thaw between blocks of pages, since a
  /// reader begins anew at any time anyway; the managed pages; what becomes of the memmap once the
  /// section is offline.
  ///
  /// Where a crash dump takes part, all actors share a CPU on which each may be preempted before
  /// any step, so no interleaving is lost, and the panic is an interrupt that never returns: after
  /// it nobody else moves. Reading one page of the dead kernel's image is one step.
  ///
  /// The variants `no-test`, `via-buddy-crash-dump`, `unplug-first-crash-dump` and `clear-before-plug`
  /// go beyond what mail and commits tell. In `via-buddy` the free is two steps, the put and the list, but the harm is done before it.
  public static let dumpReader = Model(
    name: "dump-reader",
    summary: "May /proc/kcore or a crash dump read a page that has no memory behind it?",
    sources: [
      "mail of David Hildenbrand, 18 October 2019, [PATCH RFC v3 6/9] mm: Allow to offline "
        + "PageOffline() pages with a reference count of 0",
      "commit 82840451936f (v5.14) mm: introduce page_offline_(begin|end|freeze|thaw)",
      "commit 6cc26d77613a (v5.14) virtio-mem: use page_offline_(start|end) when setting "
        + "PageOffline()",
      "commits 0daa322b8ff9 and c6d9eee2a686 (v5.14) fs/proc/kcore: don't read offline sections, "
        + "logically offline pages and hwpoisoned pages; use page_offline_(freeze|thaw)",
    ],
    bounds: [DumpReader.pages, DumpReader.readers],
    variants: DumpReader.variants, fix: "freeze-and-begin", pieces: DumpReader.pieces,
    build: DumpReader.declare)
}

enum DumpReader {
  static let pages = Bound(
    "pages", "pages that virtio-mem unplugs at a time", default: 1, large: 2, in: 1...4)
  static let readers = Bound("readers", "readers of /proc/kcore", default: 1, large: 3, in: 1...4)

  static let readsMemory = "nobody reads a page that has no memory behind it"
  static let marked = "a page without memory is PageOffline"
  static let leak = "no page is leaked by bad_page()"
  static let unplugged = "every page is PageOffline and has no memory"
  static let plugged = "every page is free and has memory"
  static let offlined = "the section is offline"

  /// The choices that tell the variants apart.
  struct Design: Hashable, Sendable {
    /// What /proc/kcore does around a page.
    enum Kcore: Sendable {
      /// It copies whatever is there.
      case copies
      /// It tests PageOffline, with no lock.
      case tests
      /// It tests PageOffline with readers' lock held, and gives that back before it copies.
      case thawsBeforeCopy
      /// It holds the lock from the test to the end of the copy.
      case freezes
    }

    /// When the driver has the memory taken away.
    enum Unplug: Sendable { case beforeBegin, beforeEnd, afterEnd }

    /// What the driver does.
    enum Driver: Sendable {
      /// It unplugs the pages and plugs them again, without end.
      case unplugsAndPlugs
      /// In MEM_GOING_OFFLINE it gives unplugged pages to the buddy.
      case freesUnplugged
      /// In MEM_GOING_OFFLINE it lets its references to unplugged pages go, and keeps the mark.
      case dropsReferences
    }

    /// What /proc/kcore does; nil where nobody reads it.
    var kcore: Kcore? = .freezes
    /// Whether the kernel may panic, and a dump tool reads what it leaves.
    var crashes = false
    var driver = Driver.unplugsAndPlugs
    /// Whether the driver holds off readers while it sets the mark.
    var driverBegins = true
    var unplug = Unplug.afterEnd
    /// Whether the mark is cleared only when there is memory again.
    var plugsBeforeClear = true
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "no-locks", "kcore tests PageOffline and the driver sets it, both without a lock",
      source: "kcore and virtio-mem before the lock",
      expect: .violated(readsMemory, steps: 4),
      under: [.tso: .violated(readsMemory, steps: 4), .lkmm: .violated(readsMemory, steps: 4)],
      design: Design(kcore: .tests, crashes: true, driverBegins: false)),
    Variant(
      "no-test", "kcore doesn't look at PageOffline at all",
      source: "kcore before v5.14", expect: .violated(readsMemory, steps: 3),
      under: [.tso: .violated(readsMemory, steps: 3), .lkmm: .violated(readsMemory, steps: 3)],
      design: Design(kcore: .copies, driverBegins: false)),
    Variant(
      "freeze-and-begin",
      "kcore freezes around test and copy, the driver unplugs after page_offline_end()",
      source: "v5.14 (82840451936f, 6cc26d77613a, c6d9eee2a686)", expect: .holds,
      under: [.tso: .holds, .lkmm: .holds],
      design: Design(crashes: true)),
    Variant(
      "today", "virtio-mem and /proc/kcore as they are", source: "v6.18", expect: .holds,
      under: [.tso: .holds, .lkmm: .holds],
      design: Design(crashes: true)),
    Variant(
      "unplug-before-end", "the same, and the memory is taken before page_offline_end()",
      source: "unplug inside the write section", expect: .holds,
      under: [.tso: .holds, .lkmm: .holds],
      design: Design(crashes: true, unplug: .beforeEnd)),
    Variant(
      "thaw-before-copy", "kcore thaws between the test and the copy",
      source: "a lock around the test alone", expect: .violated(readsMemory, steps: 8),
      under: [.tso: .violated(readsMemory, steps: 8), .lkmm: .violated(readsMemory, steps: 8)],
      design: Design(kcore: .thawsBeforeCopy, crashes: true)),
    Variant(
      "unplug-first", "the memory is taken before page_offline_begin()",
      source: "the wrong order in the driver",
      expect: .violated(readsMemory, steps: 4, warnings: [marked: 1]),
      under: [
        .tso: .violated(readsMemory, steps: 4, warnings: [marked: 1]),
        .lkmm: .violated(readsMemory, steps: 4, warnings: [marked: 1]),
      ],
      design: Design(unplug: .beforeBegin)),
    Variant(
      "unplug-first-crash-dump", "the same, and the kernel panics before the pages are marked",
      source: "seen by a crash dump",
      expect: .violated(readsMemory, steps: 2, warnings: [marked: 1]),
      under: [
        .tso: .violated(readsMemory, steps: 2, warnings: [marked: 1]),
        .lkmm: .violated(readsMemory, steps: 2, warnings: [marked: 1]),
      ],
      design: Design(kcore: nil, crashes: true, unplug: .beforeBegin)),
    Variant(
      "reader-locks-only", "kcore freezes, but the driver sets PageOffline without begin and end",
      source: "Hyper-V, Xen and balloon compaction today",
      expect: .violated(readsMemory, steps: 5),
      under: [.tso: .violated(readsMemory, steps: 5), .lkmm: .violated(readsMemory, steps: 5)],
      design: Design(crashes: true, driverBegins: false)),
    Variant(
      "writer-locks-only", "the driver begins and ends, but kcore doesn't freeze",
      source: "the other half alone", expect: .violated(readsMemory, steps: 6),
      under: [.tso: .violated(readsMemory, steps: 6), .lkmm: .violated(readsMemory, steps: 6)],
      design: Design(kcore: .tests, crashes: true)),
    Variant(
      "clear-before-plug", "PageOffline is cleared before the memory is back",
      source: "6cc26d77613a (v5.14) without \"plug first\"",
      expect: .violated(readsMemory, steps: 8, warnings: [marked: 5]),
      under: [
        .tso: .violated(readsMemory, steps: 10, warnings: [marked: 7]),
        .lkmm: .violated(readsMemory, steps: 8, warnings: [marked: 5]),
      ],
      design: Design(plugsBeforeClear: false)),
    Variant(
      "via-buddy", "unplugged pages are given to the buddy in MEM_GOING_OFFLINE; no locks",
      source: "mail of David Hildenbrand, 18 October 2019: the window",
      expect: .violated(readsMemory, steps: 3, warnings: [marked: 1]),
      under: [
        .tso: .violated(readsMemory, steps: 4, warnings: [marked: 2]),
        .lkmm: .violated(readsMemory, steps: 3, warnings: [marked: 1]),
      ],
      design: Design(kcore: .tests, driver: .freesUnplugged)),
    Variant(
      "via-buddy-freeze", "the same, and kcore freezes",
      source: "with the readers' lock",
      expect: .violated(readsMemory, steps: 4, warnings: [marked: 1]),
      under: [
        .tso: .violated(readsMemory, steps: 5, warnings: [marked: 2]),
        .lkmm: .violated(readsMemory, steps: 4, warnings: [marked: 1]),
      ],
      design: Design(driver: .freesUnplugged)),
    Variant(
      "via-buddy-crash-dump",
      "the same, and the kernel panics while the page is neither PageOffline nor PageBuddy",
      source: "mail of David Hildenbrand, 18 October 2019: dump tools",
      expect: .violated(readsMemory, steps: 2, warnings: [marked: 1]),
      under: [
        .tso: .violated(readsMemory, steps: 2, warnings: [marked: 1]),
        .lkmm: .violated(readsMemory, steps: 2, warnings: [marked: 1]),
      ],
      design: Design(kcore: nil, crashes: true, driver: .freesUnplugged)),
    Variant(
      "keep-offline", "MEM_GOING_OFFLINE drops references only; PageOffline stays set",
      source: "aa218795cb5f (v5.8), \"PG_offline has to remain set\"", expect: .holds,
      under: [.tso: .holds, .lkmm: .holds],
      design: Design(kcore: .tests, crashes: true, driver: .dropsReferences)),
  ]

  static let pieces: [Piece<Design>] = [
    Piece("reader-test", "kcore tests PageOffline before it copies", source: "0daa322b8ff9 (v5.14)")
    {
      if $0.kcore != nil { $0.kcore = .copies }
    },
    Piece(
      "reader-lock", "kcore holds the readers' lock for the test",
      source: "c6d9eee2a686 (v5.14)"
    ) { if $0.kcore == .freezes { $0.kcore = .tests } },
    Piece(
      "lock-spans-copy", "kcore holds the lock until the copy is done",
      source: "c6d9eee2a686 (v5.14)"
    ) { if $0.kcore == .freezes { $0.kcore = .thawsBeforeCopy } },
    Piece(
      "driver-lock", "the driver holds off readers while it sets PageOffline",
      source: "6cc26d77613a (v5.14)"
    ) { $0.driverBegins = false },
    Piece(
      "unplug-after-begin", "the memory is taken after page_offline_begin()",
      source: "6cc26d77613a (v5.14)"
    ) { $0.unplug = .beforeBegin },
    Piece(
      "unplug-after-end", "the memory is taken after page_offline_end()",
      source: "6cc26d77613a (v5.14)"
    ) {
      if $0.unplug == .afterEnd { $0.unplug = .beforeEnd }
    },
    Piece(
      "plug-before-clear", "there is memory before PageOffline is cleared",
      source: "6cc26d77613a (v5.14)"
    ) { $0.plugsBeforeClear = false },
    Piece(
      "keep-offline", "PageOffline stays set until the section is offline",
      source: "aa218795cb5f (v5.8)"
    ) { if $0.driver == .dropsReferences { $0.driver = .freesUnplugged } },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let startsUnplugged = design.driver != .unplugsAndPlugs
    var start = Page.Start()
    if startsUnplugged { (start.type, start.isBacked) = (.offline, false) }
    let pages = (0..<bounds[pages]).map { number in
      Page(
        "page\(number)", in: system, holders: 0, parts: [.usual, .owner, .backing, .leak],
        start: start)
    }
    let block = PageBlock("block", of: pages, in: system)
    let content = PageContent(claim: readsMemory)
    let reader = KcoreReader(pages: pages, content: content, lock: PageOfflineLock(in: system))
    let ledgers = pages.map { ReferenceLedger(of: $0.refcount, $0.name, in: system, others: 0) }
    let driver = DumpedDriver(
      block: block, ledgers: ledgers, lock: design.driverBegins ? reader.lock : nil,
      isOffline: system.field(
        "section.offline", startsUnplugged ? .flag : .only(false), initially: false))

    let shared = design.crashes ? system.cpu() : nil
    // panic() stops all others.
    let duty: ActorDuty = design.crashes ? .mayBeStopped : .end
    if let kcore = design.kcore {
      let count = bounds[readers]
      for number in 0..<count {
        system.actor(
          count == 1 ? "kcore" : "kcore \(number)", on: shared ?? system.cpu(), duty: duty
        ) { _ in
          Loop { Call("read_kcore_iter") { reader.read(kcore) } }
        }
      }
    }
    system.actor("virtio-mem", on: shared ?? system.cpu(), duty: duty) { _ in driver.run(design) }
    if let shared {
      system.actor("crash", on: shared, .interrupt) { _ in
        Call("panic") { Loop { Choose(pages) { page in reader.dump(page) } } }
      }
    }

    system.invariant(marked, severity: .warning) { s in
      pages.allSatisfy { s[$0.isBacked] || s[$0.type] == .offline }
    }
    system.invariant(Page.listsAgree) { s in pages.allSatisfy { $0.listsAgree(s) } }
    system.invariant(leak) { s in pages.allSatisfy { !s[$0.isLeaked] } }
    system.invariant(ReferenceLedger.balances) { s in ledgers.allSatisfy { $0.balances(s) } }
    system.unreachable(
      "free_pages_check", answer: false,
      because: "the driver clears PageOffline before it puts the page")
    system.unreachable(
      "page_ref_dec_and_test", answer: false, of: "virtio-mem",
      because: "readers of content take no references, so the driver's is the only one")
    system.redundant(
      "page_offline_begin", .swapped,
      because:
        "page_offline_begin() waits for those who read before the mark, wherever that is set "
        + "before the memory goes")
    if design.unplug == .beforeEnd {
      system.redundant(
        "page_offline_end", .swapped,
        because: "nobody reads any more who began before page_offline_begin() returned")
    }
    if startsUnplugged {
      system.goal(offlined) { s in s[driver.isOffline] }
    } else {
      system.goal(unplugged) { s in
        pages.allSatisfy { s[$0.type] == .offline && !s[$0.isBacked] }
      }
      system.goal(plugged) { s in pages.allSatisfy { s[$0.freeList].isBuddy && s[$0.isBacked] } }
    }
  }
}

/// Those who read the content of pages that aren't theirs.
private struct KcoreReader {
  let pages: [Page]
  let content: PageContent
  let lock: PageOfflineLock

  /// `read_kcore_iter()` (fs/proc/kcore.c, v5.14 to v6.12) over the pages. A page that is not
  /// copied is given out as zeros.
  @StepsBuilder func read(_ kcore: DumpReader.Design.Kcore) -> Steps {
    switch kcore {
    case .copies:
      for page in pages { copy(page) }
    case .tests:
      for page in pages {
        If(!pageOffline(page)) { copy(page) }
      }
    case .thawsBeforeCopy:
      for page in pages {
        lock.freeze()
        If(pageOffline(page)) {
          lock.thaw()
        } otherwise: {
          lock.thaw()
          copy(page)
        }
      }
    case .freezes:
      readKcore(pages, lock, content)
    }
  }

  private func copy(_ page: Page) -> Step { content.touch(page, by: "copy_page_to_iter") }

  /// What makedumpfile does with a page of a dead kernel: it leaves out what is PageOffline or free.
  func dump(_ page: Page) -> Step {
    content.touch(page, in: Step("makedumpfile reads \(page.name)", .load(page.type))) { s in
      s[page.type] == .none
    }
  }
}

/// What the driver does with the pages.
private struct DumpedDriver {
  let block: PageBlock
  /// Whose the references of each page are: nobody but the driver takes any.
  let ledgers: [ReferenceLedger]
  /// What holds off readers; nil where the driver doesn't.
  let lock: PageOfflineLock?
  /// Whether the section went offline.
  let isOffline: Field<Bool>

  private var pages: [Page] { block.pages }
  private var held: [(Page, ReferenceLedger)] { Array(zip(pages, ledgers)) }
  private var path: FreePath { FreePath(typeCheck: true, target: .buddy(block)) }

  @StepsBuilder func run(_ design: DumpReader.Design) -> Steps {
    switch design.driver {
    case .unplugsAndPlugs:
      // The pages were just taken by alloc_contig_range().
      Loop {
        unplugAndPlug(design)
        allocContigRange(pages, of: block).noting { [ledgers] s, isTaken in
          if isTaken { for ledger in ledgers { ledger.noteOwner(has: true, &s) } }
        }
      }
    case .freesUnplugged:
      Call("MEM_GOING_OFFLINE") {
        for (page, ledger) in held {
          clearPageOffline(page)
          putPage(page, path) { s, _ in ledger.noteOwner(has: false, &s) }
        }
      }
      Choose {
        Way { goOffline() }
        // The pages are the buddy's by now, whatever comes of the offlining.
        Way { signalPending() }
      }
    case .dropsReferences:
      Loop {
        Choose {
          Way {
            Call("MEM_GOING_OFFLINE") {
              for (page, ledger) in held {
                pageRefDecAndTest(page).noting { s, _ in ledger.noteOwner(has: false, &s) }
              }
            }
            Choose {
              Way {
                goOffline()
                Break()
              }
              Way {
                signalPending()
                Call("MEM_CANCEL_OFFLINE") {
                  for (page, ledger) in held {
                    pageRefInc(page).noting { s in ledger.noteOwner(has: true, &s) }
                  }
                }
              }
            }
          }
          // The device asks for the pages to be plugged.
          Way {
            setBacking(of: pages, to: true)
            clearFakeOffline(pages)
            freePages()
            Break()
          }
        }
      }
    }
  }

  @StepsBuilder private func unplugAndPlug(_ design: DumpReader.Design) -> Steps {
    let unplug = setBacking(of: pages, to: false)
    let plug = setBacking(of: pages, to: true)
    switch design.unplug {
    case .beforeBegin:
      unplug
      setFakeOffline(pages, lock)
    case .beforeEnd:
      setFakeOffline(pages, lock, beforeEnd: unplug.steps)
    case .afterEnd:
      setFakeOffline(pages, lock)
      Choose {
        Way { unplug }
        // virtio_mem_fake_online() undoes it.
        Way { Step("the device refuses to unplug") }
      }
    }
    if design.plugsBeforeClear { plug }
    clearFakeOffline(pages)
    if !design.plugsBeforeClear { plug }
    freePages()
  }

  private func freePages() -> Steps {
    freeContigRange(pages, path) { [held] page, s in
      held.first { $0.0.name == page.name }?.1.noteOwner(has: false, &s)
    }
  }

  /// `test_pages_isolated()` and `__offline_isolated_pages()` (v5.8 to v6.12): every page is free,
  /// or PageOffline without references.
  private func goOffline() -> Step {
    Step(
      "__offline_isolated_pages",
      .section(
        pages.flatMap { [$0.type, $0.refcount] as [any SharedField] } + [isOffline],
        taking: block.zoneLock),
      when: { [pages] s in
        pages.allSatisfy { s[$0.type] == .buddy || (s[$0.type] == .offline && s[$0.refcount] == 0) }
      }
    ) { [isOffline] s in s[isOffline] = true }
  }

  private func signalPending() -> Step { Step("signal_pending") }
}
