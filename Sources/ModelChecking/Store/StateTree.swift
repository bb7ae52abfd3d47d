/// What wide states are made of, each part stored once.
///
/// The bits of a state are cut into leaves of the same width. A value that a leaf has in some state is stored
/// once, and its position is its name; two names side by side are a value again, and so on up a binary tree,
/// until the names of two halves are left. These two are the state, in one word. States that follow one another
/// differ in few leaves, so there are far fewer halves than states. Nothing is lost: the names lead back to
/// the bits. (Blom, Lisser, van de Pol and Weber, "A database approach to distributed state space generation",
/// 2007; Laarman, van de Pol and Weber, "Parallel recursive state compression for free", SPIN 2011.)
///
/// Leaves and pairs of names can share one store: the highest bit is set in pairs only. So how many values there
/// are follows from the states alone, whatever the order in which threads meet them.
package final class StateTree: Sendable {
  /// A value of less than 63 bits leaves room for the mark of a pair.
  private static let mostLeafBits = 62
  static let pairMark: UInt64 = 1 << 63
  /// Two of them fit beside the mark.
  private static let nameBits: UInt64 = 31
  static let mostHalfBits = Int(nameBits)

  /// The values of leaves and of pairs.
  package let values: StateStore

  let wordCount: Int
  /// An even number, so that a half has as many as the other.
  let leafCount: Int
  let leafBits: Int
  /// The nodes of a pair, by its own number less `leafCount`: leaves come first, a pair behind its two, and the two
  /// halves of the state are in the last.
  let pairs: [(left: Int, right: Int)]
  /// How many bits name a half.
  let halfBits: UInt64

  /// Leaves, and pairs but for the one that is the state.
  var nodeCount: Int { leafCount + pairs.count - 1 }

  /// - Parameters:
  ///   - wordCount: machine words of a state, 2 or more.
  ///   - span: how many bits of them may be in use, from the first.
  ///   - byteLimit: the memory that values may take.
  ///   - coders: how many coders may add values at the same time.
  ///   - mostHalfBits: how many bits may name a half.
  /// - Returns: nil where the limit is too small, or the system refuses the address space.
  init?(
    wordCount: Int, span: Int, byteLimit: Int, coders: Int, mostHalfBits: Int, isShared: Bool
  ) {
    assert(wordCount >= 2 && span > 64 * (wordCount - 1) && span <= 64 * wordCount)
    self.wordCount = wordCount
    leafCount = ((span + Self.mostLeafBits - 1) / Self.mostLeafBits + 1) / 2 * 2
    leafBits = (span + leafCount - 1) / leafCount
    var pairs: [(left: Int, right: Int)] = []
    let leafCount = leafCount
    /// The node that stands for some leaves.
    func node(_ leaves: Range<Int>) -> Int {
      if leaves.count == 1 { return leaves.lowerBound }
      let middle = leaves.lowerBound + leaves.count / 2
      pairs.append((node(leaves.lowerBound..<middle), node(middle..<leaves.upperBound)))
      return leafCount + pairs.count - 1
    }
    _ = node(0..<leafCount)
    self.pairs = pairs
    // A coder asks before each state.
    let slack = coders * (leafCount + pairs.count + StateStore.blockSize)
    guard slack < 1 << 23, 1 << mostHalfBits > 8 * slack,
      byteLimit >= 16 * StateStore.bytesOfWord * slack,
      let values = StateStore(
        wordCount: 1, bitCount: 64, byteLimit: byteLimit, slack: slack, isShared: isShared,
        mostPositions: 1 << mostHalfBits - 1)
    else { return nil }
    self.values = values
    halfBits = UInt64(Int.bitWidth - values.positionCount.leadingZeroBitCount)
    assert(halfBits <= Self.nameBits)
  }

  /// The value of a pair.
  @inline(__always)
  static func pair(_ left: UInt64, _ right: UInt64) -> UInt64 {
    pairMark | left &<< nameBits | right
  }

  @inline(__always)
  static func left(of pair: UInt64) -> UInt64 { (pair & ~pairMark) &>> nameBits }

  @inline(__always)
  static func right(of pair: UInt64) -> UInt64 { pair & (1 &<< nameBits &- 1) }

  /// The bits of a state that are a leaf.
  @inline(__always)
  func value(ofLeaf leaf: Int, in state: UnsafePointer<UInt64>) -> UInt64 {
    let (word, shift) = place(ofLeaf: leaf)
    if word >= wordCount { return 0 }
    var bits = state[word] &>> shift
    if shift != 0 && word &+ 1 < wordCount { bits |= state[word &+ 1] &<< (64 &- shift) }
    return bits & leafMask
  }

  /// Writes them.
  @inline(__always)
  func set(leaf: Int, to value: UInt64, in state: UnsafeMutablePointer<UInt64>) {
    let (word, shift) = place(ofLeaf: leaf)
    if word >= wordCount { return }
    state[word] = state[word] & ~(leafMask &<< shift) | value &<< shift
    if shift != 0 && word &+ 1 < wordCount {
      let rest = 64 &- shift
      state[word &+ 1] = state[word &+ 1] & ~(leafMask &>> rest) | value &>> rest
    }
  }

  private var leafMask: UInt64 { 1 &<< UInt64(truncatingIfNeeded: leafBits) &- 1 }

  /// The first word that has bits of a leaf, and where they begin in it. The last leaf may have none.
  @inline(__always)
  private func place(ofLeaf leaf: Int) -> (word: Int, shift: UInt64) {
    let bit = leaf &* leafBits
    return (bit &>> 6, UInt64(truncatingIfNeeded: bit & 63))
  }
}
