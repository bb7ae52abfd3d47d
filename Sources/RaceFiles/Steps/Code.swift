import ModelChecking
import Synchronization

/// Terms as flat data that is evaluated on a state: nothing is allocated or retained.
struct Code: Sendable {
  enum Node: Sendable {
    case constant(Int)
    case seen
    case field(Field<Int>)
    /// A field whose codes are positions in a table.
    case mapped(Field<Int>, table: Int)
    /// What is at an address.
    case cell(Int)
    case not(Int)
    case complement(Int)
    case binary(BinaryOperator, Int, Int)
    case conditional(Int, Int, Int)
    /// - Parameter words: the number of what is said of a value that does not pass.
    case checked(Int, Check, words: Int)
    case moved(Int, Int, table: Int, words: Int)
    case wrapped(Int, bits: Int, isSigned: Bool)
  }

  private(set) var nodes: [Node] = []
  private let machine: Machine
  /// By variable: where it lies.
  private let registers: [Int: Register]

  /// A local variable: a register, or a value that it always has.
  enum Register: Sendable {
    case storage(Storage)
    case constant(Int)
  }

  init(_ machine: Machine, registers: [Int: Register]) {
    self.machine = machine
    self.registers = registers
  }

  /// Adds a term.
  ///
  /// - Returns: the position by which it is evaluated.
  mutating func add(_ term: Term) -> Int {
    let node: Node
    switch term {
    case .constant(let value): node = .constant(value)
    case .seen: node = .seen
    case .variable(let number):
      switch registers[number] {
      case .storage(let storage): node = self.node(of: storage)
      case .constant(let value): node = .constant(value)
      case nil: node = .constant(0)
      }
    case .cell(let address):
      if let value = address.value, let cell = Address.cell(value),
        let storage = machine.storage(of: cell)
      {
        node = self.node(of: storage)
      } else {
        node = .cell(add(address))
      }
    case .not(let inner): node = .not(add(inner))
    case .complement(let inner): node = .complement(add(inner))
    case .binary(let operation, let a, let b): node = .binary(operation, add(a), add(b))
    case .conditional(let a, let b, let c): node = .conditional(add(a), add(b), add(c))
    case .checked(let inner, let check, let words):
      node = .checked(
        add(inner), check, words: machine.number(of: words.complaint(check.complaint)))
    case .moved(let pointer, let by, let elements, let words):
      node = .moved(
        add(pointer), add(by), table: machine.table(of: elements),
        words: machine.number(of: words.complaint(Elements.complaint)))
    case .wrapped(let inner, let bits, let isSigned):
      let held = Int.range(ofBits: bits, isSigned: isSigned)
      if let range = range(of: inner), held.contains(range.lowerBound),
        held.contains(range.upperBound)
      {
        return add(inner)
      }
      node = .wrapped(add(inner), bits: bits, isSigned: isSigned)
    }
    nodes.append(node)
    return nodes.count - 1
  }

  /// What a term's values lie in; nil where that is not known.
  private func range(of term: Term) -> ClosedRange<Int>? {
    switch term {
    case .constant(let value): return value...value
    case .variable(let number):
      switch registers[number] {
      case .storage(let storage): return storage.range
      case .constant(let value): return value...value
      case nil: return 0...0
      }
    case .cell(let address):
      return address.value.flatMap { Address.cell($0) }.flatMap { machine.storage(of: $0)?.range }
    case .not: return 0...1
    case .checked(let inner, _, _): return range(of: inner)
    case .wrapped(_, let bits, let isSigned): return Int.range(ofBits: bits, isSigned: isSigned)
    case .conditional(_, let yes, let no):
      guard let a = range(of: yes), let b = range(of: no) else { return nil }
      return min(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
    case .binary(let operation, let a, let b):
      if operation.isQuestion { return 0...1 }
      guard [.add, .subtract, .multiply].contains(operation), let left = range(of: a),
        let right = range(of: b)
      else { return nil }
      let ends = [left.lowerBound, left.upperBound].flatMap { end in
        [right.lowerBound, right.upperBound].compactMap { operation.apply(end, $0) }
      }
      guard let least = ends.min(), let greatest = ends.max() else { return nil }
      return least...greatest
    case .seen, .complement, .moved: return nil
    }
  }

  private func node(of storage: Storage) -> Node {
    guard let values = storage.values else { return .field(storage.field) }
    return .mapped(storage.field, table: machine.table(of: values))
  }

  /// The value of a term; nil where it has none.
  func value(_ position: Int, _ state: CodedState, seen: Int) -> Int? {
    nodes.withUnsafeBufferPointer { evaluate($0, position, state, seen) }
  }

  private func evaluate(
    _ nodes: UnsafeBufferPointer<Node>, _ position: Int, _ state: CodedState, _ seen: Int
  ) -> Int? {
    switch nodes[position] {
    case .constant(let value): return value
    case .seen: return seen
    case .field(let field): return state[field]
    case .mapped(let field, let table): return machine.value(of: state[field], in: table)
    case .cell(let address):
      guard let address = evaluate(nodes, address, state, seen), let cell = Address.cell(address)
      else { return nil }
      return machine.read(cell, state)
    case .not(let inner):
      return evaluate(nodes, inner, state, seen).map { $0 == 0 ? 1 : 0 }
    case .complement(let inner): return evaluate(nodes, inner, state, seen).map { ~$0 }
    case .binary(let operation, let a, let b):
      guard let left = evaluate(nodes, a, state, seen) else { return nil }
      if operation == .and && left == 0 { return 0 }
      if operation == .or && left != 0 { return 1 }
      guard let right = evaluate(nodes, b, state, seen) else { return nil }
      return operation.apply(left, right)
    case .conditional(let a, let b, let c):
      guard let asked = evaluate(nodes, a, state, seen) else { return nil }
      return evaluate(nodes, asked != 0 ? b : c, state, seen)
    case .checked(let inner, let check, _):
      guard let value = evaluate(nodes, inner, state, seen), check.passes(value) else {
        return nil
      }
      return value
    case .moved(let pointer, let by, let table, _):
      guard let from = evaluate(nodes, pointer, state, seen),
        let distance = evaluate(nodes, by, state, seen)
      else { return nil }
      return machine.address(from, movedBy: distance, in: table)
    case .wrapped(let inner, let bits, let isSigned):
      return evaluate(nodes, inner, state, seen)?.wrapped(to: bits, isSigned: isSigned)
    }
  }

  /// What is said of a term that has no value: the number of its words.
  func complaint(_ position: Int, _ state: CodedState, seen: Int) -> Int {
    func inner(_ positions: Int...) -> Int? {
      positions.first { value($0, state, seen: seen) == nil }
        .map { complaint($0, state, seen: seen) }
    }
    switch nodes[position] {
    case .constant, .seen, .field, .mapped: return 0
    case .cell(let address): return inner(address) ?? 0
    case .not(let a), .complement(let a), .wrapped(let a, _, _): return inner(a) ?? 0
    case .binary(_, let a, let b): return inner(a, b) ?? 0
    case .conditional(let a, let b, let c):
      if let first = inner(a) { return first }
      return inner(value(a, state, seen: seen) != 0 ? b : c) ?? 0
    case .checked(let a, _, let words): return inner(a) ?? words
    case .moved(let a, let b, _, let words): return inner(a, b) ?? words
    }
  }
}

/// The cells of a system, with their places in its states.
final class Machine: Sendable {
  private let cells: [Storage?]
  private let tables: [[Int]]
  /// The first is of types of which there is no array.
  private let elements: [Elements]
  /// What is said of what has no value. The first is of an address that is nobody's.
  private let known = Mutex([
    "a pointer is followed to where nothing is, as behind the last element of an array"
  ])

  init(cells: [Storage?], tables: [[Int]], elements: [Elements]) {
    self.cells = cells
    self.tables = tables
    self.elements = elements
  }

  /// The number of words that are said of something.
  func number(of text: String) -> Int {
    known.withLock { words in
      if let known = words.firstIndex(of: text) { return known }
      words.append(text)
      return words.count - 1
    }
  }

  func words(_ number: Int) -> String {
    known.withLock { $0.indices.contains(number) ? $0[number] : $0[0] }
  }

  func table(of wanted: Elements) -> Int { elements.firstIndex(of: wanted) ?? 0 }

  func address(_ address: Int, movedBy distance: Int, in table: Int) -> Int? {
    elements[table].address(address, distance)
  }

  func storage(of cell: Int) -> Storage? { cells.indices.contains(cell) ? cells[cell] : nil }

  func table(of values: [Int]) -> Int { tables.firstIndex(of: values) ?? 0 }

  func value(of code: Int, in table: Int) -> Int { tables[table][code] }

  /// The value of a cell; nil where there is none that has one.
  func read(_ cell: Int, _ state: CodedState) -> Int? {
    guard cell < cells.count, let storage = cells[cell] else { return nil }
    let code = state[storage.field]
    return storage.values.map { $0[code] } ?? code
  }

  /// Stores a value. One outside the domain is a fault of the step.
  func write(_ value: Int, to storage: Storage, _ state: CodedState) {
    if let values = storage.values {
      state[storage.field] = values.firstIndex(of: value) ?? values.count
    } else {
      state[storage.field] = value
    }
  }
}
