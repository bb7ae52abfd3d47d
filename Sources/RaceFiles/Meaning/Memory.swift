/// The shared memory of a race: a row of cells, each a variable that a step can access. Structures and arrays
/// are stretches of it, as in C.
struct Memory: Sendable {
  struct Cell: Sendable {
    let name: String
    let type: CType
    let role: Role
    /// The values that its author allows; nil where they are to be derived.
    var range: ClosedRange<Int>?
    /// The values that it has where they can't be derived.
    var fallback: ClosedRange<Int>?
    var initial = 0
    /// The structure of which it is a part, where that stands for more than one variable of the kernel's, so that
    /// stores to it can't be late.
    var abstraction: String?
    /// Whether accesses to it are marked, whatever they look like.
    var isVolatile = false
    let spot: Spot
  }

  enum Role: Hashable, Sendable {
    case shared, ghost
    /// Nothing: a part of the place behind an array's last element, to which pointers may be moved.
    case end
    case lock(CType.LockType)
  }

  struct Variable: Sendable {
    let type: CType
    let firstCell: Int
    let isPerCPU: Bool
    let spot: Spot
  }

  struct Member: Sendable {
    let name: String
    let type: CType
    let offset: Int
    var range: ClosedRange<Int>?
    /// The values that it has where they can't be derived.
    var fallback: ClosedRange<Int>?
    let isGhost: Bool
    var isVolatile = false
  }

  /// What can be freed as a whole: a variable, or an element of one.
  struct Object: Sendable {
    let type: CType
    let cells: Range<Int>
    /// The ghost that says what became of it: an `enum memory_state` of kernel.race.
    let state: Int
    /// By actor: the ghost that says whether it is freed only when the actor has left its read section.
    let waitsFor: [Int]
  }

  /// The `list` of each page.
  struct PageLists: Sendable {
    let cells: [Int]
    /// How many cells behind it the page's `_refcount` lies.
    let distance: Int
    /// Whether no other variable is of its type.
    let areAll: Bool
  }

  /// More cells are refused.
  static let mostCells = 4_096

  var cells: [Cell] = []
  var variables: [String: Variable] = [:]
  /// The names of variables, in the order of their declaration.
  var order: [String] = []
  /// By cell: the structures and elements that begin there, outermost first.
  private(set) var wholes: [Int: [(type: CType, name: String)]] = [:]
  /// The arrays, each with its first cell and the number of its elements.
  private var arrays: [(first: Int, count: Int, element: CType)] = []
  /// Where something is freed: all that can be.
  private(set) var objects: [Object] = []
  /// Where kfree_rcu() is called, by actor: the ghost that says whether it is in a read section.
  private(set) var readers: [Int] = []
  /// The structures of the vocabulary whose members stand for what the kernel keeps under a lock.
  var abstractions: Set<String> = []
  var structures: [String: [Member]] = [:]
  var sizes: [String: Int] = [:]

  /// The first cells of all that is a `struct page`.
  var pages: [Int] {
    wholes.filter { $0.value.contains { $0.type == .structure("page") } }.keys.sorted()
  }

  /// Where pages say on which list they are; nil where they don't.
  var pageLists: PageLists? {
    let members = structures["page"] ?? []
    guard let list = members.first(where: { $0.name == "list" }),
      let count = members.first(where: { $0.name == "_refcount" })
    else { return nil }
    let lists = pages.map { $0 + list.offset }
    let all = cells.count { $0.type == .enumeration("page_list") }
    return PageLists(
      cells: lists, distance: count.offset - list.offset, areAll: lists.count == all)
  }

  /// By cell: the sections of which it counts how deep an actor is in them, by what enters them: of an
  /// `srcu_struct` or a `seqcount_t`.
  func sections(of actor: Int) -> [Int: String] {
    let kinds = [
      ("srcu_struct", "readers", "srcu_read_lock"), ("seqcount", "writes", "write_seqcount_begin"),
    ]
    var sections: [Int: String] = [:]
    for (first, all) in wholes {
      for whole in all {
        for (tag, member, function) in kinds where whole.type == .structure(tag) {
          let counter = "\(whole.name).\(member)[\(actor)]"
          let end = first + size(of: whole.type)
          for cell in first..<end where cells[cell].name == counter {
            sections[cell] = "\(function)(&\(whole.name))"
          }
        }
      }
    }
    return sections
  }

  func size(of type: CType) -> Int {
    switch type {
    case .structure(let name): return sizes[name] ?? 0
    case .array(let element, let count):
      // One more, for the place behind the last.
      let (size, isTooLarge) = size(of: element).multipliedReportingOverflow(by: count + 1)
      return isTooLarge ? Self.mostCells + 1 : size
    case .void, .unknown: return 0
    default: return 1
    }
  }

  /// By type: where its elements lie.
  var elements: [CType: Elements] {
    Dictionary(uniqueKeysWithValues: Set(arrays.map(\.element)).map { ($0, elements(of: $0)) })
  }

  private func elements(of type: CType) -> Elements {
    var rows = [ClosedRange<Int>?](repeating: nil, count: cells.count)
    let size = size(of: type)
    for (first, count, element) in arrays where element == type && size > 0 {
      let row = first...first + count * size
      for number in 0...count { rows[first + number * size] = row }
    }
    return Elements(type, rows)
  }

  /// Adds the cells of a variable.
  ///
  /// - Returns: false where there are too many.
  mutating func declare(
    _ name: String, _ type: CType, range: ClosedRange<Int>?, isGhost: Bool, isPerCPU: Bool = false,
    isVolatile: Bool = false, at spot: Spot
  ) -> Bool {
    if size(of: type) + cells.count > Self.mostCells { return false }
    variables[name] = Variable(
      type: type, firstCell: cells.count, isPerCPU: isPerCPU, spot: spot)
    order.append(name)
    let first = cells.count
    addCells(name, type, range, nil, isGhost, spot)
    if isVolatile { for cell in first..<cells.count { cells[cell].isVolatile = true } }
    return true
  }

  /// Adds what is kept of objects that can be freed.
  ///
  /// - Parameter actors: how many may be in a read section when one is; 0 where nobody calls kfree_rcu().
  mutating func declareObjects(actors: Int) {
    func ghost(_ name: String, _ type: CType) -> Int {
      cells.append(Cell(name: name, type: type, role: .ghost, spot: .nowhere))
      return cells.count - 1
    }
    readers = (0..<actors).map { ghost("actor \($0) reads", .boolean) }
    for name in order {
      guard let variable = variables[name], !variable.isPerCPU else { continue }
      var (element, count) = (variable.type, 1)
      if case .array(let inner, let own) = variable.type { (element, count) = (inner, own) }
      if case .lock = element { continue }
      let size = size(of: element)
      for number in 0..<count where size > 0 && cells.count < Self.mostCells {
        let first = variable.firstCell + number * size
        let own = element == variable.type ? name : "\(name)[\(number)]"
        objects.append(
          Object(
            type: element, cells: first..<first + size,
            state: ghost("memory of \(own)", .enumeration("memory_state")),
            waitsFor: (0..<actors).map { ghost("\(own) waits for actor \($0)", .boolean) }))
      }
    }
  }

  private mutating func addCells(
    _ name: String, _ type: CType, _ range: ClosedRange<Int>?, _ fallback: ClosedRange<Int>?,
    _ isGhost: Bool, _ spot: Spot
  ) {
    switch type {
    case .void, .unknown: return
    case .structure(let structure):
      let first = cells.count
      wholes[first, default: []].append((type, name))
      for member in structures[structure] ?? [] {
        let own = cells.count
        addCells(
          "\(name).\(member.name)", member.type, member.range ?? range, member.fallback,
          isGhost || member.isGhost,
          spot)
        if member.isVolatile { for cell in own..<cells.count { cells[cell].isVolatile = true } }
      }
      if abstractions.contains(structure) {
        for number in first..<cells.count where cells[number].role == .shared {
          cells[number].abstraction = structure
        }
      }
    case .array(let element, let count):
      arrays.append((cells.count, count, element))
      for number in 0..<count {
        addCells("\(name)[\(number)]", element, range, fallback, isGhost, spot)
      }
      for _ in 0..<size(of: element) {
        cells.append(Cell(name: "the end of \(name)", type: .unknown, role: .end, spot: spot))
      }
    case .lock(let lock):
      cells.append(Cell(name: name, type: type, role: .lock(lock), spot: spot))
    default:
      cells.append(
        Cell(
          name: name, type: type, role: isGhost ? .ghost : .shared,
          range: range ?? type.ownRange, fallback: fallback, spot: spot))
    }
  }
}

extension CType {
  /// The range that follows from the type alone.
  fileprivate var ownRange: ClosedRange<Int>? { self == .boolean ? 0...1 : nil }
}
