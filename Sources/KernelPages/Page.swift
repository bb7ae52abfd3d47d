import ModelChecking

/// A page frame as the races see it: `struct page` (include/linux/mm_types.h, v6.12) and what has
/// to be known about it from outside.
///
/// A model says which parts it uses; the others stay at their one value and take no room in the
/// state.
public struct Page: Sendable {
  /// `page->page_type`: what a page that is not mapped is used for. One value, as since v6.12.
  public enum PageType: UInt8, FieldEnumeration { case none, offline, buddy }

  /// Who may use the content. No field of the kernel's.
  public enum Owner: UInt8, FieldEnumeration { case none, driver, app, migration, hugepool }

  /// The parts of a page that a model may leave out.
  public struct Parts: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// `PG_lru`.
    public static let lru = Parts(rawValue: 1)
    /// An owner that changes.
    public static let owner = Parts(rawValue: 2)
    /// Whether `bad_page()` took the page out of use.
    public static let leak = Parts(rawValue: 4)
    /// `PG_hwpoison`.
    public static let hwpoison = Parts(rawValue: 8)
    /// `PG_reserved`.
    public static let reserved = Parts(rawValue: 16)
    /// `PG_dirty`, which virtio-mem uses for pages that were never onlined.
    public static let dirty = Parts(rawValue: 32)
    /// Whether there is memory behind the page.
    public static let backing = Parts(rawValue: 64)
    /// A reference count that changes.
    public static let refcount = Parts(rawValue: 128)
    /// A type that changes.
    public static let type = Parts(rawValue: 256)
    /// `PageCompound()`: the page may be part of a larger one.
    public static let compound = Parts(rawValue: 1024)
    /// `page->mapping`: the page may leave the page cache.
    public static let mapping = Parts(rawValue: 2048)
    /// `zone->trylock_free_pages` as a list that the page may be on.
    public static let trylockList = Parts(rawValue: 512)

    /// What nearly every race is about.
    public static let usual: Parts = [.refcount, .type]

    private static let names: [(part: Parts, name: String)] = [
      (.lru, "lru"), (.owner, "owner"), (.leak, "leak"), (.hwpoison, "hwpoison"),
      (.reserved, "reserved"), (.dirty, "dirty"), (.backing, "backing"), (.refcount, "refcount"),
      (.type, "type"), (.trylockList, "trylockList"), (.compound, "compound"),
      (.mapping, "mapping"),
    ]

    /// What a model has to do that lacks the part.
    fileprivate var remedy: String {
      let name = Self.names.first { $0.part == self }?.name ?? ""
      return "the model leaves that out: add .\(name) to the parts of the page"
    }
  }

  /// The values that a page starts with.
  public struct Start: Sendable {
    public var refcount = 1
    public var type = PageType.none
    public var freeList = FreeList.none
    public var owner = Owner.driver
    public var isOnLRU = false
    public var isReserved = false
    public var isDirty = false
    public var isBacked = true
    public var isCompound = false
    public var hasMapping = true

    /// A page that its owner, a driver, holds by its one reference.
    public init() {}
  }

  public let name: String
  /// `page->_refcount`: from -1, which is an underflow, to 1 more than the possible holders.
  public let refcount: Field<Int>
  public let type: Field<PageType>
  public let freeList: Field<FreeList>
  public let isOnLRU: Field<Bool>
  public let isPoisoned: Field<Bool>
  /// Ghost: `PG_hwpoison` was set while somebody else used the page.
  public let wasPoisonedInUse: Ghost<Bool>
  public let isReserved: Field<Bool>
  public let isDirty: Field<Bool>
  public let isCompound: Field<Bool>
  public let hasMapping: Field<Bool>
  /// Ghost: who owns the page.
  public let owner: Ghost<Owner>
  /// Ghost: the page is neither free nor anybody's.
  public let isLeaked: Ghost<Bool>
  /// Ghost: the hypervisor backs the page with memory; touching it otherwise is an error.
  public let isBacked: Ghost<Bool>

  /// Declares the fields of a page.
  ///
  /// - Parameters:
  ///   - holders: the most actors that may hold a reference besides the owner.
  ///   - cpus: the CPUs that have a per-CPU list in this model.
  ///   - parts: what the model uses.
  ///   - start: the values to start with.
  public init(
    _ name: String, in system: SystemBuilder, holders: Int, cpus: Int = 1,
    parts: Parts = .usual, start: Start = Start()
  ) {
    self.name = name
    func domain(_ part: Parts, _ initial: Bool) -> FieldDomain<Bool> {
      parts.contains(part) ? .flag : .only(initial, otherwise: part.remedy)
    }
    func flag(_ part: Parts, _ label: String, _ initial: Bool) -> Field<Bool> {
      system.field("\(name).\(label)", domain(part, initial), initially: initial)
    }
    func ghost(_ part: Parts, _ label: String, _ initial: Bool) -> Ghost<Bool> {
      system.ghost("\(name).\(label)", domain(part, initial), initially: initial)
    }
    refcount = system.field(
      "\(name).refcount",
      parts.contains(.refcount)
        ? .range(-1...(holders + 1)) : .only(start.refcount, otherwise: Parts.refcount.remedy),
      initially: start.refcount)
    type = system.field(
      "\(name).type",
      parts.contains(.type) ? .cases : .only(start.type, otherwise: Parts.type.remedy),
      initially: start.type)
    freeList = system.field(
      "\(name).free_list", .freeLists(cpus: cpus, trylock: parts.contains(.trylockList)),
      initially: start.freeList)
    isOnLRU = flag(.lru, "lru", start.isOnLRU)
    isPoisoned = flag(.hwpoison, "hwpoison", false)
    wasPoisonedInUse = ghost(.hwpoison, "poisoned_in_use", false)
    isReserved = flag(.reserved, "reserved", start.isReserved)
    isDirty = flag(.dirty, "dirty", start.isDirty)
    isCompound = flag(.compound, "compound", start.isCompound)
    hasMapping = flag(.mapping, "mapping", start.hasMapping)
    owner = system.ghost(
      "\(name).owner",
      parts.contains(.owner) ? .cases : .only(start.owner, otherwise: Parts.owner.remedy),
      initially: start.owner)
    isLeaked = ghost(.leak, "leaked", false)
    isBacked = ghost(.backing, "backed", start.isBacked)
  }
}
