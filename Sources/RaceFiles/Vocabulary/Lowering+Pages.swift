import KernelPages
import ModelChecking

// What must be so of a page that gets to a free list: free_pages_prepare(), page_expected_state() and page_bad_reason()
// (mm/page_alloc.c, v4.7 to v6.12), and list_add() (lib/list_debug.c).
//
// A page with PG_hwpoison ends before these checks, since v5.10. That its type is one, as of a page that is PageOffline,
// is looked at to v6.16, and forgiven since: a race file asks for itself.
extension Lowering {
  private static let badFlags = Page.badState + ": PAGE_FLAGS_CHECK_AT_FREE flag(s) set"

  /// `__free_pages_prepare(page)`, in the vocabulary alone: claims of the next step what the allocator looks at before it
  /// takes a page back. Members that the file's own `struct page` lacks are left out.
  mutating func prepareToFree(_ arguments: [Expression], at spot: Spot) -> Value {
    guard arguments.count == 1 else { return .unknown }
    let page = value(of: arguments[0])
    if page.type == .unknown { return .unknown }
    let members = world.memory.structures["page"] ?? []
    func content(_ name: String) -> Term? {
      members.first { $0.name == name }.map {
        .cell(.making(.add, page.term.unchecked, .constant($0.offset)))
      }
    }
    func isEqual(_ name: String, to value: Int) -> Term {
      content(name).map { .making(.equal, $0, .constant(value)) } ?? .one
    }
    var isFree = Term.making(not: isEqual("list", to: 0))
    // Who doesn't store that type itself has pages of it on lists alone.
    if world.race.mentions(["__SetPageBuddy", "PGTY_buddy"]), let type = content("page_type"),
      let buddy = world.constants["PGTY_buddy"]?.value
    {
      isFree = .making(.or, isFree, .making(.equal, type, .constant(buddy)))
    }
    let isPoisoned = content("hwpoison")?.asTruth ?? .zero
    let isUnused = Term.making(.or, isEqual("_refcount", to: 0), isPoisoned)
    let flags = Term.making(.and, isEqual("locked", to: 0), isEqual("reserved", to: 0))
    complain(Page.badState, unless: .making(not: isFree), at: spot)
    complain(Page.badCount, unless: isUnused, at: spot)
    complain(Self.badFlags, unless: .making(.or, flags, isPoisoned), at: spot)
    return Self.nothing
  }

  // MARK: Lists that a file stores itself

  /// Whether what is accessed is the `list` of a page, by code of the file's own.
  func isOwnList(_ type: CType) -> Bool {
    type == .enumeration("page_list") && frames.last?.isVocabulary == false
      && world.pageLists != nil
  }

  /// Notes that the file looks where a page is before it decides what to do with it.
  mutating func noteList(_ type: CType) {
    guard isOwnList(type), mode != .property || isAwaited else { return }
    for number in frames.indices { frames[number].hasSeenList = true }
  }

  /// Claims of a store to `list` what must be so of a page that is put on a list: nobody has a reference, and it is on
  /// none yet. A function that has looked at `list` before may move the page from one to another.
  ///
  /// - Parameter isStored: when it is stored; always if nil.
  mutating func checkList(
    of address: Term, gets value: Term, if isStored: Term? = nil, _ type: CType, at spot: Spot
  ) {
    guard isOwnList(type), let lists = world.pageLists else { return }
    let address = address.unchecked
    let old = Term.cell(address)
    let count = Term.cell(.making(.add, address, .constant(lists.distance)))
    let moves = isStored != nil || frames.contains(where: \.hasSeenList)
    /// Whether the page goes to a list that it was not on.
    func isAdded(_ value: Term) -> Term {
      switch value {
      case .constant(let list): list == 0 ? .zero : .one
      case .conditional(let asked, let yes, let no):
        .making(asked, then: isAdded(yes), otherwise: isAdded(no))
      case old: .zero
      default:
        .making(.and, .making(.notEqual, value, .zero), .making(.notEqual, value, old))
      }
    }
    let isPages =
      lists.areAll
      ? Term.one
      : lists.cells.reduce(.zero) {
        .making(.or, $0, .making(.equal, address, .constant(Address.of(cell: $1))))
      }
    let isAdded = Term.making(
      .and, isPages, .making(.and, isStored?.asTruth ?? .one, isAdded(value)))
    let isFree =
      moves
      ? Term.making(.notEqual, old, value) : .making(.equal, old, .zero)
    func unlessAdded(_ term: Term) -> Term { .making(.or, .making(not: isAdded), term) }
    complain(Page.badState, unless: unlessAdded(isFree), at: spot)
    complain(Page.badCount, unless: unlessAdded(.making(.equal, count, .zero)), at: spot)
  }
}
