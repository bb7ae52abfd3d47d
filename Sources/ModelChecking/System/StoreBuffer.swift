/// The store buffer of a CPU under total store order: what its actors have stored and nobody else sees yet.
///
/// It is a queue of slots, the oldest first. A slot is 0 where it is empty, and otherwise says which field
/// and which value.
final class StoreBuffer: Sendable {
  /// A field that may wait in the buffer.
  struct Entry: Sendable {
    let field: Field<Int>
    /// The slot's value for the least value of the field.
    let firstCode: Int

    var codes: ClosedRange<Int> {
      firstCode...(firstCode + field.maximum - field.minimum)
    }
  }

  let slots: [Field<Int>]
  let entries: [Entry]
  /// The location of the actor that empties it: 1 while there is something in it.
  let counter: Field<Int>
  /// Each of them counts some of the oldest stores.
  let counts: [Field<Int>]
  private let layout: StateLayout
  private let wordCount: Int

  init(
    slots: [Field<Int>], entries: [Entry], counter: Field<Int>, counts: [Field<Int>],
    layout: StateLayout
  ) {
    self.slots = slots
    self.entries = entries
    self.counter = counter
    self.counts = counts
    self.layout = layout
    wordCount = layout.wordCount
  }

  /// How many stores wait.
  func count(in state: RawState) -> Int {
    var count = 0
    while count < slots.count && state[slots[count]] != 0 { count += 1 }
    return count
  }

  /// The slot's value for a store; nil where the field's stores don't wait.
  func code(of value: Int, in field: Int) -> Int? {
    guard let entry = entries.first(where: { Int($0.field.number) == field }) else { return nil }
    return entry.firstCode + value - entry.field.minimum
  }

  /// Which store a slot's value is.
  func store(of code: Int) -> (field: Field<Int>, value: Int) {
    let entry = entries.last { $0.firstCode <= code }!
    return (entry.field, entry.field.minimum + code - entry.firstCode)
  }

  /// Puts a value into the memory of a field whose stores wait.
  func store(_ field: Int, _ value: Int, in state: RawState) {
    guard let entry = entries.first(where: { Int($0.field.number) == field }) else { return }
    state[entry.field] = value
  }

  /// Adds a store; there must be room.
  func push(_ code: Int, to state: RawState) {
    state[slots[count(in: state)]] = code
    if state[counter] == 0 { state[counter] = 1 }
  }

  /// Lets everybody see the oldest store.
  func flush(_ state: RawState) {
    let (field, value) = store(of: state[slots[0]])
    state[field] = value
    for slot in slots.indices.dropLast() { state[slots[slot]] = state[slots[slot + 1]] }
    state[slots[slots.count - 1]] = 0
    for count in counts where state[count] > 0 { state[count] -= 1 }
  }

  // MARK: What the CPU sees

  /// Puts the stores that wait into the memory of a state.
  private func apply(_ state: RawState) {
    for slot in slots {
      let code = state[slot]
      if code == 0 { return }
      let (field, value) = store(of: code)
      field.store(value, in: state.words)
    }
  }

  /// Lends the state as the CPU's actors see it.
  func withView<Result>(of state: State, _ body: (State) -> Result) -> Result {
    if state.raw[slots[0]] == 0 { return body(state) }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount) { words in
      _ = words.initialize(from: UnsafeBufferPointer(start: state.words, count: wordCount))
      let view = RawState(words: words.baseAddress!, context: state.context)
      apply(view)
      return body(view.readOnly)
    }
  }

  /// Runs something on the state as the CPU's actors see it, and gives back the memory that was there
  /// before. What it does to other fields stays.
  ///
  /// - Returns: what it answers, and the stores that it made to fields whose stores wait, in order.
  func run(
    _ action: (RawState) -> Bool, in state: RawState
  ) -> (answer: Bool, stores: [(field: Int, from: Int, to: Int)]) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount) { memory in
      _ = memory.initialize(from: UnsafeBufferPointer(start: state.words, count: wordCount))
      apply(state)
      let outer = state.context.pointee.log
      let log = AccessLog()
      state.context.pointee.log = .passUnretained(log)
      let answer = withExtendedLifetime(log) { action(state) }
      state.context.pointee.log = outer
      var stores: [(field: Int, from: Int, to: Int)] = []
      for access in log.accesses {
        if case .write(let field, let from, let to) = access, code(of: to, in: field) != nil {
          stores.append((field, from, to))
        } else {
          outer?._withUnsafeGuaranteedRef { $0.accesses.append(access) }
        }
      }
      for entry in entries {
        entry.field.store(entry.field.code(in: memory.baseAddress!), in: state.words)
      }
      return (answer, stores)
    }
  }

  /// Whether an action would leave what the CPU sees as it is. Only asked; nothing is changed.
  func leavesAll(as state: State, _ action: @escaping (RawState) -> Bool) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount) { words in
      _ = words.initialize(from: UnsafeBufferPointer(start: state.words, count: wordCount))
      let copy = RawState(words: words.baseAddress!, context: state.context)
      let known = state.context.pointee.fault
      let outer = state.context.pointee.log
      let log = AccessLog()
      state.context.pointee.log = .passUnretained(log)
      _ = withExtendedLifetime(log) { action(copy) }
      state.context.pointee.log = outer
      let isInOrder = state.context.pointee.fault == nil
      state.context.pointee.fault = known
      var isSame = true
      for access in log.accesses {
        switch access {
        case .read: outer?._withUnsafeGuaranteedRef { $0.accesses.append(access) }
        case .write(let field, let from, let to):
          isSame = isSame && (from == to || layout.fields[field].role != .shared)
        }
      }
      return isInOrder && isSame
    }
  }
}
