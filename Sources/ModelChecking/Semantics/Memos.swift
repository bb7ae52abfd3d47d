/// What is remembered of one alternative: a memo for each value of some bits.
struct Memos: ~Copyable {
  let selector: BitRun
  let bySelector: OwnedBuffer<Memo>

  /// Knows nothing.
  ///
  /// - Parameter nothing: a table that knows nothing, which must outlive them.
  init(selector: BitRun = BitRun(), nothing: PairTable) {
    self.selector = selector
    bySelector = OwnedBuffer(count: Int(selector.mask) + 1) { _ in Memo(nothing: nothing) }
  }

  /// What the tables take.
  var byteCount: Int { bySelector.indices.reduce(0) { $0 + bySelector[$1].byteCount } }

  /// Makes the successor of a state from what is known.
  ///
  /// - Returns: whether the step is enabled; nil where that is not known.
  @inline(__always)
  func makeSuccessor(
    of state: UnsafePointer<UInt64>, into target: UnsafeMutablePointer<UInt64>, wordCount: Int
  ) -> Bool? {
    let number = selector.part(of: state)
    assert(bySelector.indices.contains(number))
    let memo = bySelector.base + number
    if wordCount == 1 {
      let pair = memo.pointee.pairTable.pair(for: state[0])
      if pair[1] != WordChange.unknown {
        target[0] = state[0] & pair[0] | pair[1]
        return pair[1] != WordChange.disabled
      }
    }
    guard let hashed = memo.pointee.hashedTable else { return nil }
    return hashed.pointee.makeSuccessor(of: state, into: target, wordCount: wordCount)
  }
}

/// What is remembered of an alternative in the states that its selector leads here: a table of one
/// kind or the other, or none.
struct Memo: ~Copyable {
  /// For states of one word and short keys; where there is no such table, one that knows nothing.
  let pairTable: PairTable
  /// For all other states.
  let hashedTable: UnsafeMutablePointer<HashedTable>?

  private let pairs: OwnedBuffer<UInt64>?

  init(nothing: PairTable) {
    pairTable = nothing
    hashedTable = nil
    pairs = nil
  }

  init(pairsBy first: BitRun, _ second: BitRun) {
    let keyBits = first.bitCount + second.bitCount
    assert(first.mask | second.mask == (1 << UInt64(keyBits)) - 1)
    let pairs = OwnedBuffer(
      repeating: WordChange.unknown, count: PairTable.byteCount(keyBits: keyBits) / 8)
    assert(pairs.count == 2 * Int((first.mask | second.mask) + 1), "the last key has a pair")
    pairTable = PairTable(pairs: pairs.base, first: first, second: second)
    hashedTable = nil
    self.pairs = .some(pairs)
  }

  init(_ table: consuming HashedTable, nothing: PairTable) {
    pairTable = nothing
    hashedTable = .allocate(capacity: 1)
    hashedTable!.initialize(to: table)
    pairs = nil
  }

  deinit {
    hashedTable?.deinitialize(count: 1)
    hashedTable?.deallocate()
  }

  /// Whether the table of pairs is the memo's own.
  var hasPairs: Bool {
    switch pairs {
    case .some: true
    case .none: false
    }
  }

  /// What the tables take.
  var byteCount: Int {
    hasPairs
      ? PairTable.byteCount(keyBits: pairTable.first.bitCount + pairTable.second.bitCount)
      : hashedTable?.pointee.byteCount ?? 0
  }
}
