import ModelChecking

/// What a step of a race file does, as data.
final class StepCode: Sendable {
  enum Branch: Sendable {
    case leaf(Int)
    case branch(Int, yes: Int, no: Int)
    /// The number of an assertion, which fires where a term is true.
    case assertion(Int, Int, next: Int)
  }

  struct Leaf: Sendable {
    /// Which of the ways on it is.
    let way: Int
    /// Each with its field; none where the value need only be one.
    let registers: [(storage: Storage?, value: Int)]
    /// Each with the cell, or the term for its address.
    let writes: [(cell: Storage?, address: Int, value: Int)]
    let dropped: [(field: Field<Int>, code: Int)]
  }

  /// The cell that it accesses: fixed, or at an address.
  enum Place: Sendable {
    case none
    case fixed(Storage)
    case computed(Int)
  }

  let machine: Machine
  let code: Code
  let place: Place
  let enabled: Int?
  let value: Int?
  let isWritten: Int?
  let before: [(cell: Storage?, address: Int, value: Int)]
  let tree: [Branch]
  let leaves: [Leaf]

  init(
    _ machine: Machine, _ code: Code, place: Place, enabled: Int?, value: Int?, isWritten: Int?,
    before: [(cell: Storage?, address: Int, value: Int)], tree: [Branch], leaves: [Leaf]
  ) {
    self.machine = machine
    self.code = code
    self.place = place
    self.enabled = enabled
    self.value = value
    self.isWritten = isWritten
    self.before = before
    self.tree = tree
    self.leaves = leaves
  }

  /// Where the access goes; nil, and told of, where that is nowhere.
  private func storage(_ state: CodedState, tells: Bool) -> Storage? {
    switch place {
    case .none: return nil
    case .fixed(let storage): return storage
    case .computed(let address):
      let value = code.value(address, state, seen: 0)
      if let value, let cell = Address.cell(value), let storage = machine.storage(of: cell) {
        return storage
      }
      if tells { fail(address, state, 0) }
      return nil
    }
  }

  /// Tells of a term that has no value, or is an address where nothing is.
  private func fail(_ position: Int, _ state: CodedState, _ seen: Int) {
    state.raiseUndefined(code.complaint(position, state, seen: seen))
  }

  private func content(of storage: Storage?, _ state: CodedState) -> Int {
    guard let storage else { return 0 }
    let code = state[storage.field]
    return storage.values.map { $0[code] } ?? code
  }

  /// Whether the step need not wait. Where it would go wrong it runs, so that this is found.
  func isEnabled(_ state: CodedState) -> Bool {
    guard let enabled else { return true }
    let seen = content(of: storage(state, tells: false), state)
    return (code.value(enabled, state, seen: seen) ?? 1) != 0
  }

  /// Whether it goes on a way, for steps that have more than two.
  func goes(_ way: Int, _ state: CodedState) -> Bool {
    guard isEnabled(state) else { return false }
    let seen = content(of: storage(state, tells: false), state)
    guard let leaf = leaf(state, seen: seen, tells: false) else { return way == 0 }
    return leaves[leaf].way == way
  }

  /// Does the step.
  ///
  /// - Returns: the way on.
  func run(_ state: CodedState) -> Int {
    let storage = storage(state, tells: true)
    if case .none = place {} else if storage == nil { return 0 }
    let seen = content(of: storage, state)
    if let enabled, code.value(enabled, state, seen: seen) == nil {
      fail(enabled, state, seen)
      return 0
    }
    guard let number = leaf(state, seen: seen, tells: true) else { return 0 }
    let leaf = leaves[number]
    let count = before.count + leaf.writes.count + leaf.registers.count
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: count + 1) { values in
      guard evaluate(leaf, into: values, state, seen) else { return 0 }
      let stored = value.map { code.value($0, state, seen: seen) }
      if let value, stored == .some(nil) {
        fail(value, state, seen)
        return 0
      }
      var isStored = true
      if let isWritten {
        guard let asked = code.value(isWritten, state, seen: seen) else {
          fail(isWritten, state, seen)
          return 0
        }
        isStored = asked != 0
      }
      store(leaf, values, state, seen)
      if let storage, isStored, let stored, let new = stored {
        machine.write(new, to: storage, state)
      }
      for (field, reset) in leaf.dropped { state[field] = reset }
      return leaf.way
    }
  }

  /// Works out everything before anything is stored.
  ///
  /// - Returns: false, and told of, where something has no value.
  private func evaluate(
    _ leaf: Leaf, into values: UnsafeMutableBufferPointer<Int>, _ state: CodedState, _ seen: Int
  ) -> Bool {
    var position = 0
    func add(_ term: Int) -> Bool {
      guard let value = code.value(term, state, seen: seen) else {
        fail(term, state, seen)
        return false
      }
      values.initializeElement(at: position, to: value)
      position += 1
      return true
    }
    for write in before where !add(write.value) { return false }
    for write in leaf.writes where !add(write.value) { return false }
    for register in leaf.registers where !add(register.value) { return false }
    return true
  }

  private func store(
    _ leaf: Leaf, _ values: UnsafeMutableBufferPointer<Int>, _ state: CodedState, _ seen: Int
  ) {
    var position = 0
    func write(_ write: (cell: Storage?, address: Int, value: Int)) {
      let target =
        write.cell
        ?? code.value(write.address, state, seen: seen).flatMap { Address.cell($0) }
        .flatMap { machine.storage(of: $0) }
      if let target {
        machine.write(values[position], to: target, state)
      } else {
        fail(write.address, state, seen)
      }
      position += 1
    }
    for item in before { write(item) }
    for item in leaf.writes { write(item) }
    for register in leaf.registers {
      if let storage = register.storage { machine.write(values[position], to: storage, state) }
      position += 1
    }
  }

  /// Where the step ends; nil, and told of if that is wanted, where a question on the way has no answer.
  private func leaf(_ state: CodedState, seen: Int, tells: Bool) -> Int? {
    var position = 0
    while true {
      switch tree[position] {
      case .leaf(let number): return number
      case .branch(let term, let yes, let no):
        guard let asked = code.value(term, state, seen: seen) else {
          if tells { fail(term, state, seen) }
          return nil
        }
        position = asked != 0 ? yes : no
      case .assertion(_, let term, let next):
        guard code.value(term, state, seen: seen) != nil else {
          if tells { fail(term, state, seen) }
          return nil
        }
        position = next
      }
    }
  }

  /// Whether an assertion is passed, or not come to, if the step is taken now.
  func passes(_ assertion: Int, _ state: CodedState) -> Bool {
    let seen = content(of: storage(state, tells: false), state)
    var position = 0
    while true {
      switch tree[position] {
      case .leaf: return true
      case .branch(let term, let yes, let no):
        guard let asked = code.value(term, state, seen: seen) else { return true }
        position = asked != 0 ? yes : no
      case .assertion(let number, let term, let next):
        if number == assertion { return (code.value(term, state, seen: seen) ?? 0) == 0 }
        position = next
      }
    }
  }
}
