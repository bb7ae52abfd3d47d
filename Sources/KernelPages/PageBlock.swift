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
  /// Ghost: somebody relies on the isolation.
  public let isReliedOn: Ghost<Bool>
  /// What is claimed where a page of the block is handed out, if anything.
  private let handOutClaim: String?

  /// Declares the block's fields, and the zone's lock.
  ///
  /// - Parameters:
  ///   - tracksReliance: whether the model uses the ghost field.
  ///   - claim: says, where the model wants that, that no page of the block is handed out while
  ///     somebody relies on its isolation; in a sentence.
  public init(
    _ name: String, of pages: [Page], in system: SystemBuilder, tracksReliance: Bool = false,
    handingOutAsserts claim: String? = nil, initially migratetype: MigrateType = .movable
  ) {
    self.name = name
    self.pages = pages
    self.migratetype = system.field("\(name).migratetype", .cases, initially: migratetype)
    zoneLock = system.lock("zone->lock", .irqSpinlock)
    isReliedOn = system.ghost(
      "\(name).relied_on", tracksReliance ? .flag : .only(false), initially: false)
    handOutClaim = claim
  }

  /// What a section that moves pages of the block between the buddy's lists uses.
  var buddyFields: [any SharedField] { pages.flatMap(\.buddyFields) + [migratetype] }

  /// Puts a page of the block on the buddy's list for a migratetype. Part of a section under
  /// zone->lock.
  func addToBuddy(_ page: Page, _ type: MigrateType, _ s: inout SectionState) {
    s[page.type] = .buddy
    s[page.freeList] = .buddy(type)
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

  private func isReliedUpon(_ s: State) -> Bool { s[isReliedOn] && s[migratetype] == .isolate }
}

extension Page {
  /// What a section that puts the page on a list of the buddy, or takes it off, uses.
  var buddyFields: [any SharedField] { [type, freeList] }
}
