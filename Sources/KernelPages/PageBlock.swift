import ModelChecking

/// A pageblock: the unit of isolation, with the pages that a model has in it.
public struct PageBlock: Sendable {
  public let name: String
  public let pages: [Page]
  /// `get_pageblock_migratetype()`: written under zone->lock (one old exception, the "dance" of
  /// soft offline), read without it.
  public let migratetype: Field<MigrateType>
  /// `zone->lock`, under which the buddy's lists and PageBuddy are changed.
  public let zoneLock: Lock
  /// NR_FREE_PAGES of the zone, of which only this block's share is counted: the pages on the buddy's lists
  /// but the isolate list; nil where the model doesn't ask.
  public let nrFreePages: Field<Int>?
  /// `zone->nr_isolate_pageblock`, of which only this block is counted; nil where the model doesn't ask.
  public let nrIsolatePageblock: Field<Int>?
  /// Ghost: somebody relies on the isolation.
  public let isReliedOn: Ghost<Bool>
  /// What is claimed where a page of the block is handed out, if anything.
  private let handOutClaim: String?
  /// Whether pages of the block may be on `zone->trylock_free_pages`.
  private let hasTrylockList: Bool

  /// Declares the block's fields, and the zone's lock.
  ///
  /// - Parameters:
  ///   - tracksReliance: whether the model uses the ghost field.
  ///   - claim: says, where the model wants that, that no page of the block is handed out while
  ///     somebody relies on its isolation; in a sentence.
  ///   - hasTrylockList: whether `zone->trylock_free_pages` is there (since v6.15); its pages need the
  ///     part of that name.
  ///   - countsFree: whether NR_FREE_PAGES is there.
  ///   - countsIsolated: whether `zone->nr_isolate_pageblock` is there.
  ///   - other: a block of the same zone, whose lock it has.
  ///   - free: how many pages are in the buddy at first, where that is counted.
  public init(
    _ name: String, of pages: [Page], in system: SystemBuilder, tracksReliance: Bool = false,
    handingOutAsserts claim: String? = nil, hasTrylockList: Bool = false,
    countsFree: Bool = false, countsIsolated: Bool = false,
    initially migratetype: MigrateType = .movable, inZoneOf other: PageBlock? = nil,
    initiallyFree free: Int = 0
  ) {
    self.name = name
    self.pages = pages
    self.migratetype = system.field("\(name).migratetype", .cases, initially: migratetype)
    zoneLock = other?.zoneLock ?? system.lock("zone->lock", .irqSpinlock)
    nrFreePages =
      countsFree
      ? system.field("NR_FREE_PAGES", .range(-pages.count...2 * pages.count), initially: free) : nil
    nrIsolatePageblock =
      countsIsolated
      ? system.field(
        "zone->nr_isolate_pageblock", .range(-1...2), initially: 0) : nil
    isReliedOn = system.ghost(
      "\(name).relied_on",
      tracksReliance
        ? .flag
        : .only(
          false, otherwise: "the model leaves that out: declare the block with tracksReliance"),
      initially: false)
    handOutClaim = claim
    self.hasTrylockList = hasTrylockList
  }

  /// A page's number in the block.
  func number(of page: Page) -> Int {
    guard let number = pages.firstIndex(where: { $0.name == page.name }) else {
      preconditionFailure("\(page.name) is no page of \(name)")
    }
    return number
  }

  /// What a section that moves pages of the block between the buddy's lists uses.
  var buddyFields: [any SharedField] {
    buddyFields(of: pages) + [migratetype] + [nrIsolatePageblock].compactMap { $0 }
  }

  /// What a section that puts some of the pages on a list of the buddy, or takes them off, uses.
  public func buddyFields(of pages: [Page]) -> [any SharedField] {
    pages.flatMap { [$0.type, $0.freeList] as [any SharedField] } + [nrFreePages].compactMap { $0 }
  }

  /// `add_to_free_list()`: puts a page of the block on the buddy's list for a migratetype. Part of a section
  /// under zone->lock.
  func addToBuddy(_ page: Page, _ type: MigrateType, _ s: inout SectionState) {
    s[page.type] = .buddy
    s[page.freeList] = .buddy(type)
    countFree(1, from: s[page.freeList], &s)
  }

  /// `del_page_from_free_list()`: takes a page off the buddy's list that it is on. Part of a section under
  /// zone->lock.
  public func removeFromBuddy(_ page: Page, _ s: inout SectionState) {
    countFree(-1, from: s[page.freeList], &s)
    s[page.type] = .none
    s[page.freeList] = .none
  }

  /// `move_freepages_block()`, and what its caller counts of it. Part of a section under zone->lock.
  func moveFreePages(to type: MigrateType, _ s: inout SectionState) {
    for page in pages where s[page.freeList].isBuddy {
      s[page.freeList] = .buddy(type)
      countMoved(to: type, &s)
    }
  }

  /// What a section uses that empties `zone->trylock_free_pages`.
  var trylockListFields: [any SharedField] { hasTrylockList ? buddyFields : [] }

  /// Puts what is on `zone->trylock_free_pages` into the buddy. Part of a section under zone->lock.
  func emptyTrylockList(_ s: inout SectionState) {
    guard hasTrylockList else { return }
    for page in pages where s[page.freeList] == .trylock {
      addToBuddy(page, s[migratetype], &s)
    }
  }

  /// The step gives a page of the block to somebody.
  func handingOut(_ page: Page, to owner: Page.Owner, by step: Step) -> Step {
    let step = step.noting { s in s[page.owner] = owner }
    guard let handOutClaim else { return step }
    return step.asserting(handOutClaim) { s in !isReliedUpon(s) }
  }

  /// Where the answer is yes, a page of the block is given to somebody.
  func handingOut(_ page: Page, to owner: Page.Owner, by condition: Condition) -> Condition {
    let condition = condition.noting { s, answer in if answer { s[page.owner] = owner } }
    guard let handOutClaim else { return condition }
    return condition.asserting(handOutClaim) { s, answer in !answer || !isReliedUpon(s) }
  }

  /// The step takes pages off the lists of the buddy that `takes` says. That is where an allocation
  /// takes them from the block, whoever gets them in the end.
  func takingFromBuddy(
    by step: Step, _ takes: @escaping @Sendable (FreeList) -> Bool
  ) -> Step {
    guard let handOutClaim else { return step }
    return step.asserting(handOutClaim) { s in
      !isReliedUpon(s) || !pages.contains { takes(s[$0.freeList]) }
    }
  }

  private func isReliedUpon(_ s: State) -> Bool { s[isReliedOn] && s[migratetype] == .isolate }
}
