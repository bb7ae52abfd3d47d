import KernelPages
import ModelChecking

extension Model {
  /// What becomes of two pages that were allocated as one, if somebody else drops the last reference?
  ///
  /// The page cache is looked up without a lock: a reference is taken to whatever a slot said a moment
  /// ago, by now perhaps the first of two pages that somebody allocated with order 1. If they are no compound
  /// page, nothing says that there are two, and `put_page()` frees one. So `__free_pages()` must free
  /// the rest where its own put is not the last; and must know what it has after it let go of it.
  ///
  /// Seed: commit e320d3012d25 (v5.10), "mm/page_alloc.c: fix freeing non-compound pages", and commit
  /// 462a8e08e0e6 (v6.2), "Fix page corruption caused by racy check in __free_pages".
  /// Docs/Models/free-pages.md has the rest.
  public static let freePages = Model(
    name: "free-pages",
    summary:
      "Are two pages of one allocation freed once each, if a walker drops the last reference?",
    sources: [
      "commit e320d3012d25 (v5.10) mm/page_alloc.c: fix freeing non-compound pages",
      "commit 462a8e08e0e6 (v6.2) Fix page corruption caused by racy check in __free_pages",
      "mail of Hugh Dickins, 25 March 2021, Re: [PATCH] mm: page_alloc: fix memcg accounting leak in "
        + "speculative cache lookup",
      "mm/page_alloc.c, v5.9, v5.10, v6.2 and v6.19",
    ],
    bounds: [FreePages.walkers],
    variants: FreePages.variants, fix: "head-read-first", pieces: FreePages.pieces,
    build: FreePages.declare)
}

enum FreePages {
  static let walkers = Bound(
    "walkers", "lookups of the page cache, or other owners", default: 1, large: 2, in: 1...3)

  static let once = "a page is freed once, by who has it"
  static let single = "a page in the buddy is no compound page"
  static let allFree = "both pages are free"
  static let lastIsWalker = "a walker drops the last reference to a compound page"
  static let lastIsWalkerOfTwo = "a walker drops the last reference to two single pages"

  /// The choices that tell the variants apart.
  struct Design: SwitchedDesign, Hashable {
    /// What `__free_pages()` does where its put is not the last.
    enum NotLast: Sendable {
      case nothing
      /// Frees all but the first page, unless the page is compound by then.
      case freeTails
      /// The same, by what the page was before the put.
      case freeTailsOfWhatItWas
    }

    var notLast = NotLast.freeTailsOfWhatItWas
    /// Whether the others let go by `__free_pages()` in place of `put_page()`.
    var othersAreOwners = false
  }

  static let variants: [Variant<Design>] = [
    Variant(
      "as-reported", "only who drops the last reference frees anything",
      source: "e320d3012d25: v5.9", expect: .stuck(allFree, steps: 3)
    ) { $0.notLast = .nothing },
    Variant(
      "free-tails", "the rest is freed where the put was not the last and PageHead is not set",
      source: "e320d3012d25 (v5.10): a half fix", expect: .violated(once, steps: 9)
    ) { $0.notLast = .freeTails },
    Variant(
      "head-read-first", "the same, with PageHead read before the put",
      source: "462a8e08e0e6 (v6.2)",
      expect: .holds),
    Variant(
      "two-owners-before", "v5.9, and all who have a reference let go by __free_pages()",
      source: "mail of Hugh Dickins, 25 March 2021: as it was since 2.4", expect: .holds
    ) {
      $0.notLast = .nothing
      $0.othersAreOwners = true
    },
    Variant(
      "two-owners", "the same since v6.2", source: "mail of Hugh Dickins, 25 March 2021",
      expect: .violated(once, steps: 9)
    ) { $0.othersAreOwners = true },
    Variant(
      "today", "___free_pages(): the same as head-read-first", source: "v6.19", expect: .holds),
  ]

  static let pieces: [Piece<Design>] = [
    Piece(
      "free-tails", "the rest is freed where the put was not the last", source: "e320d3012d25"
    ) { $0.notLast = .nothing },
    Piece("head-first", "PageHead is read before the put", source: "462a8e08e0e6") {
      if $0.notLast == .freeTailsOfWhatItWas { $0.notLast = .freeTails }
    },
  ]

  static func declare(in system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let pages = TwoPages(in: system, design, holders: 1 + bounds[walkers])
    system.actor("app", on: system.cpu(), duty: .mayRunForever) { actor in
      let wasHead = actor.register("head", .flag, initially: false)
      Loop {
        pages.allocate()
        pages.freePages(wasHead)
      }
    }
    for number in 0..<bounds[walkers] {
      let role = design.othersAreOwners ? "other owner" : "walker"
      let name = number == 0 ? role : "\(role) \(number + 1)"
      system.actor(name, on: system.cpu(), duty: .mayRunForever) { actor in
        if design.othersAreOwners {
          let wasHead = actor.register("head", .flag, initially: false)
          Loop { If(pages.getUnlessZero) { pages.freePages(wasHead, isOther: true) } }
        } else {
          Loop { If(pages.getUnlessZero) { pages.put() } }
        }
      }
    }
    system.actor("skb", on: system.cpu(), duty: .mayRunForever) { _ in pages.useSecond() }

    system.invariant(single, when: { s in s[pages.isFree[0]] }) { s in !s[pages.isHead] }
    system.invariant(ReferenceLedger.balances) { s in pages.ledger.balances(s) }
    system.goal(allFree, .alwaysReachable) { s in pages.isFree.allSatisfy { s[$0] } }
    if !design.othersAreOwners {
      system.goal(lastIsWalker) { s in s[pages.walkerFreed] == .compound }
      system.goal(lastIsWalkerOfTwo) { s in s[pages.walkerFreed] == .single }
    }
  }
}

/// Two pages that are allocated together, with order 1, or the second by itself (mm/page_alloc.c,
/// mm/swap.c, mm/filemap.c).
private struct TwoPages {
  enum User: UInt8, FieldEnumeration { case none, app, skb }
  enum Freed: UInt8, FieldEnumeration { case nothing, compound, single }

  let design: FreePages.Design
  let zoneLock: Lock
  /// The count of the first page. The second has none, or skb's own.
  let refcount: Field<Int>
  /// Whose the references of the first page are: the application's, or those of others.
  let ledger: ReferenceLedger
  /// `PageHead()` of the first page: the two are a compound page.
  let isHead: Field<Bool>
  /// Whether each is in the buddy, or on its way there from a per-CPU list.
  let isFree: [Field<Bool>]
  /// Ghost: whose each is.
  let users: [Ghost<User>]
  /// Ghost: what a walker's last put was of.
  let walkerFreed: Ghost<Freed>

  init(in system: SystemBuilder, _ design: FreePages.Design, holders: Int) {
    self.design = design
    zoneLock = system.lock("zone->lock", .irqSpinlock)
    refcount = system.field("page0.refcount", .range(0...holders), initially: 0)
    ledger = ReferenceLedger(
      of: refcount, "page0", in: system, others: holders - 1, ownerHas: false)
    isHead = system.field("PageHead", .flag, initially: false)
    isFree = (0..<2).map { system.field("page\($0).free", .flag, initially: true) }
    users = (0..<2).map { system.ghost("page\($0).user", .cases, initially: .none) }
    walkerFreed = system.ghost(
      "walker_freed", design.othersAreOwners ? .only(.nothing) : .cases, initially: .nothing)
  }

  /// `alloc_pages()` with order 1, with or without __GFP_COMP.
  func allocate() -> Steps {
    let section = Section.section(
      isFree + [refcount, isHead] as [any SharedField], taking: zoneLock)
    return Steps {
      Choose([true, false]) { isCompound in
        Step(
          isCompound ? "alloc_pages(__GFP_COMP, 1)" : "alloc_pages(0, 1)", section,
          when: { s in isFree.allSatisfy { s[$0] } }
        ) { s in
          for page in isFree { s[page] = false }
          s[refcount] = 1
          s[isHead] = isCompound
        }.noting { s in
          for user in users { s[user] = .app }
          ledger.noteOwner(has: true, &s)
        }.mayRest()
      }
    }
  }

  /// `__free_pages()` with order 1 (v5.9, v5.10, v6.2), `___free_pages()` (v6.19).
  ///
  /// - Parameter isOther: whether it is not the one who allocated the pages.
  @StepsBuilder func freePages(_ wasHead: Register<Bool>, isOther: Bool = false) -> Steps {
    Call("__free_pages") {
      if design.notLast == .freeTailsOfWhatItWas {
        Step("head = PageHead", .load(isHead)) { value, my in my[wasHead] = value }
      }
      If(putTestzero(isOther: isOther)) {
        freeBoth()
      } otherwise: {
        switch design.notLast {
        case .nothing: Step("return")
        case .freeTails: If(!pageHead) { free(1) }
        case .freeTailsOfWhatItWas: If(Condition(register: { my in !my[wasHead] })) { free(1) }
        }
      }
    }
  }

  /// `find_get_entry()` (mm/filemap.c) with a page that it saw in a slot before.
  var getUnlessZero: Condition {
    ledger.getting(
      Condition("get_page_unless_zero", .atomic(refcount)) { count in
        guard count > 0 else { return false }
        count += 1
        return true
      })
  }

  /// `put_page()`, when the slot says something else by now.
  @StepsBuilder func put() -> Steps {
    Call("put_page") {
      If(putTestzero(isOther: true)) {
        If(
          pageHead.noting { s, isHead in s[walkerFreed] = isHead ? .compound : .single }
        ) {
          freeBoth()
        } otherwise: {
          free(0)
        }
      }
    }
  }

  private func putTestzero(isOther: Bool) -> Condition {
    Condition("put_page_testzero", .atomic(refcount)) { count in
      count -= 1
      return count == 0
    }.noting { s, _ in
      if isOther { ledger.noteDropped(&s) } else { ledger.noteOwner(has: false, &s) }
    }
  }

  private var pageHead: Condition { Condition("PageHead", .load(isHead)) { $0 } }

  /// `__free_pages_ok()` with order 1, or `free_compound_page()`.
  @StepsBuilder private func freeBoth() -> Steps {
    Call("free_the_page(page, 1)") {
      Step("free_pages_prepare", .store(isHead)) { false }
      Step("__free_one_page", .section(isFree, taking: zoneLock)) { s in
        for page in isFree { s[page] = true }
      }
      .asserting(FreePages.once) { s in users.allSatisfy { s[$0] == .app } }
      .noting { s in
        for user in users { s[user] = .none }
      }
    }
  }

  private func free(_ number: Int) -> Step {
    Step("free_the_page(page\(number), 0)", .store(isFree[number])) { true }
      .asserting(FreePages.once) { s in s[users[number]] == .app }
      .noting { s in s[users[number]] = .none }
  }

  /// Somebody who allocates the second page alone while it is free, uses it and frees it.
  @StepsBuilder func useSecond() -> Steps {
    Loop {
      Step("alloc_pages(0, 0)", .atomic(isFree[1]), when: { $0 }) { isFree in isFree = false }
        .noting { s in s[users[1]] = .skb }
        .mayRest()
      Step("free_the_page(page1, 0)", .store(isFree[1])) { true }
        .asserting(FreePages.once) { s in s[users[1]] == .skb }
        .noting { s in s[users[1]] = .none }
    }
  }
}
