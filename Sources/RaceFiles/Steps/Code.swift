import ModelChecking

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
    case checked(Int)
    case bounded(Int, Int)
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
    case .checked(let inner): node = .checked(add(inner))
    case .bounded(let inner, let count): node = .bounded(add(inner), count)
    }
    nodes.append(node)
    return nodes.count - 1
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
    case .checked(let inner):
      guard let value = evaluate(nodes, inner, state, seen), value != 0 else { return nil }
      return value
    case .bounded(let inner, let count):
      guard let value = evaluate(nodes, inner, state, seen), value >= 0 && value < count else {
        return nil
      }
      return value
    }
  }
}

/// The cells of a system, with their places in its states.
final class Machine: Sendable {
  private let cells: [Storage?]
  private let tables: [[Int]]

  init(cells: [Storage?], tables: [[Int]]) {
    self.cells = cells
    self.tables = tables
  }

  func storage(of cell: Int) -> Storage? { cells.indices.contains(cell) ? cells[cell] : nil }

  /// Some field, for faults that have nothing to name.
  var firstField: Field<Int>? { cells.lazy.compactMap { $0?.field }.first }

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
