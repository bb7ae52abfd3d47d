/// Turns states into the word that a `StateTree` has for them, and back: one worker's part of it.
///
/// States that follow one another have most of their parts in common. So the coder remembers the last one, and looks
/// up only what differs.
package struct StateCoder: ~Copyable {
  private let tree: StateTree
  /// The index of the tree's values, until it next grows.
  private var index: StateIndex

  /// Reserved names not yet used.
  package private(set) var block = 0..<0

  /// By pair: its two nodes.
  private let pairs: OwnedBuffer<(left: Int32, right: Int32)>
  /// By node: what the state has there that was last encoded, and the name of that.
  private let values: OwnedBuffer<UInt64>
  private let names: OwnedBuffer<UInt64>
  /// By node: the name in the state that was last decoded; and that state.
  private let decodedNames: OwnedBuffer<UInt64>
  private let decoded: OwnedBuffer<UInt64>

  package init(_ tree: StateTree) {
    self.tree = tree
    index = tree.values.index
    pairs = OwnedBuffer(tree.pairs.map { (Int32($0.left), Int32($0.right)) })
    // No leaf has all bits set, and no pair.
    values = OwnedBuffer(repeating: .max, count: tree.nodeCount)
    names = OwnedBuffer(repeating: 0, count: tree.nodeCount)
    decodedNames = OwnedBuffer(repeating: .max, count: tree.nodeCount)
    decoded = OwnedBuffer(repeating: 0, count: tree.wordCount)
  }

  /// Goes over to the index that the tree's values have now.
  package mutating func adopt() { index = tree.values.index }

  /// The word for a state, whose parts are added unless they are there.
  ///
  /// - Returns: nil if the index of the values must grow first, or they have no room.
  @inline(__always)
  package mutating func encode(_ state: UnsafePointer<UInt64>) -> UInt64? {
    if tree.values.isCrowded || tree.values.isFull { return nil }
    return word(for: state, isAdding: true)
  }

  /// The word for a state; nil where a part of it was never met, and so the state neither.
  mutating func find(_ state: UnsafePointer<UInt64>) -> UInt64? {
    word(for: state, isAdding: false)
  }

  @inline(__always)
  private mutating func word(for state: UnsafePointer<UInt64>, isAdding: Bool) -> UInt64? {
    let leafCount = tree.leafCount
    for leaf in 0..<leafCount {
      let value = tree.value(ofLeaf: leaf, in: state)
      if !note(value, at: leaf, isAdding: isAdding) { return nil }
    }
    for pair in 0..<(pairs.count &- 1) {
      let value = value(ofPair: pair)
      if !note(value, at: leafCount &+ pair, isAdding: isAdding) { return nil }
    }
    return root
  }

  /// Notes what a node has in the state, and the name of that. False where it has none.
  @inline(__always)
  private mutating func note(_ value: UInt64, at node: Int, isAdding: Bool) -> Bool {
    if value == values.base[node] { return true }
    guard let name = isAdding ? name(adding: value) : name(of: value) else { return false }
    (values.base[node], names.base[node]) = (value, name)
    return true
  }

  /// The state of a word, valid until the next is decoded.
  @inline(__always)
  package func decode(_ root: UInt64) -> UnsafePointer<UInt64> {
    let halves = pairs.base[pairs.count &- 1]
    set(Int(halves.left), to: root &>> tree.halfBits)
    set(Int(halves.right), to: root & (1 &<< tree.halfBits &- 1))
    return UnsafePointer(decoded.base)
  }

  /// Has a node of the decoded state name something, and all below it.
  private func set(_ node: Int, to name: UInt64) {
    if decodedNames.base[node] == name { return }
    decodedNames.base[node] = name
    let value = index.states[Int(truncatingIfNeeded: name)]
    if node < tree.leafCount {
      tree.set(leaf: node, to: value, in: decoded.base)
    } else {
      let pair = pairs.base[node &- tree.leafCount]
      set(Int(pair.left), to: StateTree.left(of: value))
      set(Int(pair.right), to: StateTree.right(of: value))
    }
  }

  /// The names of the two halves of the state that was last encoded.
  @inline(__always)
  private var root: UInt64 {
    let halves = pairs.base[pairs.count &- 1]
    return names.base[Int(halves.left)] &<< tree.halfBits | names.base[Int(halves.right)]
  }

  @inline(__always)
  private func value(ofPair pair: Int) -> UInt64 {
    let pair = pairs.base[pair]
    return StateTree.pair(names.base[Int(pair.left)], names.base[Int(pair.right)])
  }

  /// The name of a value; nil if it has none.
  private func name(of value: UInt64) -> UInt64? {
    withUnsafePointer(to: value) { index.find($0, index.place(of: $0, wordCount: 1)) }
      .map { UInt64(truncatingIfNeeded: $0) }
  }

  /// The name of a value, which gets one unless it has; nil if it finds no room.
  private mutating func name(adding value: UInt64) -> UInt64? {
    if let known = name(of: value) { return known }
    if block.isEmpty { block = tree.values.reserveBlock() }
    let insertion = withUnsafePointer(to: value) {
      index.insert($0, index.place(of: $0, wordCount: 1), at: block.lowerBound, OneWord.self)
    }
    switch insertion {
    case .known: return name(of: value)
    case .new:
      defer { block = (block.lowerBound &+ 1)..<block.upperBound }
      return UInt64(truncatingIfNeeded: block.lowerBound)
    case .noRoom:
      tree.values.noteOverflow()
      return nil
    }
  }
}
