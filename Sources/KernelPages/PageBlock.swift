import ModelChecking

/// A pageblock: the unit of isolation, with the pages that a model has in it.
public struct PageBlock: Sendable {
  public let name: String
  public let pages: [Page]
  /// `get_pageblock_migratetype()`: written under zone->lock (one old exception, the "dance" of
  /// soft offline), read without it.
  public let migratetype: Field<MigrateType>
  /// Ghost: somebody relies on the isolation.
  public let isReliedOn: Field<Bool>
  /// Ghost: a page of the block was handed out while somebody relied on its isolation.
  public let wasHandedOut: Field<Bool>

  /// Declares the block's fields.
  ///
  /// - Parameter tracksReliance: whether the model uses the two ghost fields.
  public init(
    _ name: String, of pages: [Page], in system: SystemBuilder, tracksReliance: Bool = false,
    initially migratetype: MigrateType = .movable
  ) {
    self.name = name
    self.pages = pages
    self.migratetype = system.field("\(name).migratetype", .cases, initially: migratetype)
    let ghost: FieldDomain<Bool> = tracksReliance ? .flag : .only(false)
    isReliedOn = system.field("\(name).relied_on", ghost, initially: false, role: .ghost)
    wasHandedOut = system.field("\(name).handed_out", ghost, initially: false, role: .ghost)
  }

  /// Puts a page of the block on the buddy's list for a migratetype. Part of a step under
  /// zone->lock.
  func addToBuddy(_ page: Page, _ type: MigrateType, _ s: StepState) {
    s[page.type] = .buddy
    s[page.freeList] = .buddy(type)
  }

  /// Notes that a page of the block is given to somebody. Part of a step's bookkeeping.
  func noteHandedOut(_ page: Page, to owner: Page.Owner, _ s: StepState) {
    s[page.owner] = owner
    if s[isReliedOn] && s[migratetype] == .isolate { s[wasHandedOut] = true }
  }
}

extension Collapse {
  /// All accesses to the free lists are made under zone->lock, so nobody sees the middle.
  public static let zoneLock = Collapse.criticalSection("zone->lock")
}
