import ModelChecking

/// Where a cell or register lies in the state, and which value each code of its field stands for.
struct Storage: Sendable {
  let field: Field<Int>
  /// The values, ascending, where codes are their positions; nil where codes are the values themselves.
  let values: [Int]?
  /// What its values lie in; nil where that is not known.
  var range: ClosedRange<Int>?

  /// The values that it can have.
  ///
  /// Numbers are kept as they are, in the range that they span; addresses, and what lies far apart, by
  /// position.
  struct Domain: Sendable {
    let codes: ClosedRange<Int>
    let values: [Int]?
    let type: CType

    init(_ found: some Sequence<Int>, range: ClosedRange<Int>?, type: CType) {
      self.type = type
      let sorted = Set(found).sorted()
      if let range {
        codes = range
        values = nil
        return
      }
      guard let least = sorted.first, let greatest = sorted.last else {
        codes = 0...0
        values = nil
        return
      }
      if greatest - least < max(4, 4 * sorted.count) {
        codes = least...greatest
        values = nil
      } else {
        codes = 0...(sorted.count - 1)
        values = sorted
      }
    }

    /// What the values lie in.
    var range: ClosedRange<Int> { value(of: codes.lowerBound)...value(of: codes.upperBound) }

    /// The code of a value.
    func code(of value: Int) -> Int {
      guard let values else { return value }
      return values.firstIndex(of: value) ?? -1
    }

    func value(of code: Int) -> Int {
      guard let values else { return code }
      return values.indices.contains(code) ? values[code] : 0
    }
  }
}

/// How values are shown in traces.
struct ValueLabels: Sendable {
  private let memory: Memory
  private let enumerations: [String: [Int: String]]

  init(_ world: World) {
    memory = world.memory
    enumerations = world.enumerations.mapValues {
      Dictionary($0.map { ($0.value, $0.name) }) { first, _ in first }
    }
  }

  func label(_ value: Int, _ type: CType) -> String {
    if let cell = Address.cell(value) {
      guard memory.cells.indices.contains(cell) else { return "nowhere" }
      if memory.cells[cell].role == .end { return memory.cells[cell].name }
      // A structure has the address of its first member.
      let whole = memory.wholes[cell]?.first { $0.type == type.pointee }
      return "&\(whole?.name ?? memory.cells[cell].name)"
    }
    switch type {
    case .pointer where value == 0: return "NULL"
    case .boolean: return value == 0 ? "false" : "true"
    case .atomic where value == Term.refcountSaturated: return "REFCOUNT_SATURATED"
    case .sized(64, isSigned: false): return String(UInt(bitPattern: value))
    case .enumeration(let name): return enumerations[name]?[value] ?? String(value)
    default: return String(value)
    }
  }
}
