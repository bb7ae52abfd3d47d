import ModelChecking

/// A page frame as the races see it: `struct page` (include/linux/mm_types.h, v6.12) and what has
/// to be known about it from outside.
///
/// A model says which parts it uses; the others stay at their one value and take no room in the
/// state.
public struct Page: Sendable {
  /// `page->page_type`: what a page that is not mapped is used for.
  public enum PageType: UInt8, FieldEnumeration { case none, offline, buddy }

  /// The free list the page is on. It may disagree with `PageType`: several races are just that.
  public enum FreeList: UInt8, FieldEnumeration { case none, pcp, buddy }

  /// Who may use the content. No field of the kernel's.
  public enum Owner: UInt8, FieldEnumeration { case driver, app }

  /// The parts of a page that a model may leave out.
  public struct Parts: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `PG_lru`.
    public static let lru = Parts(rawValue: 1)
    /// An owner that changes.
    public static let owner = Parts(rawValue: 2)
    /// Whether `bad_page()` took the page out of use.
    public static let leak = Parts(rawValue: 4)
  }

  public let name: String
  /// `page->_refcount`: from -1, which is an underflow, to 1 more than the possible holders.
  public let refcount: Field<Int>
  public let type: Field<PageType>
  public let freeList: Field<FreeList>
  public let isOnLRU: Field<Bool>
  /// Ghost: who owns the page.
  public let owner: Field<Owner>
  /// Ghost: the page is neither free nor anybody's.
  public let isLeaked: Field<Bool>

  /// Declares the fields of a page that has one reference, its owner's.
  ///
  /// - Parameters:
  ///   - holders: the most actors that may hold a reference besides the owner.
  ///   - parts: what the model uses beyond count, type and free list.
  public init(
    _ name: String, in system: SystemBuilder, holders: Int, parts: Parts = [],
    owner: Owner = .driver, isOnLRU: Bool = false
  ) {
    self.name = name
    refcount = system.field("\(name).refcount", .range(-1...(holders + 1)), initially: 1)
    type = system.field("\(name).type", .cases, initially: .none)
    freeList = system.field("\(name).free_list", .cases, initially: .none)
    self.isOnLRU = system.field(
      "\(name).lru", parts.contains(.lru) ? .flag : .only(isOnLRU), initially: isOnLRU)
    self.owner = system.field(
      "\(name).owner", parts.contains(.owner) ? .cases : .only(owner), initially: owner,
      role: .ghost)
    isLeaked = system.field(
      "\(name).leaked", parts.contains(.leak) ? .flag : .only(false), initially: false,
      role: .ghost)
  }
}
