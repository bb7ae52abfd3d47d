/// The hash of a state: some bits of which each depends on every bit of the state.
///
/// For a state of one word it is a permutation, so no two states have the same.
struct StateHash {
  let wordCount: Int
  /// How many bits a hash has: 36 to 62. Three times a hash is to fit into a word.
  let bits: UInt64
  /// Whether different states always have different hashes.
  let isReversible: Bool

  private let mask: UInt64
  private let fold: UInt64

  init(wordCount: Int, bitCount: Int) {
    self.wordCount = wordCount
    isReversible = wordCount == 1 && bitCount <= 62
    assert(wordCount >= 1 && bitCount <= 64 * wordCount)
    bits = isReversible ? UInt64(max(bitCount, 36)) : 62
    mask = (1 << bits) - 1
    fold = bits / 2 + 1
  }

  /// - Parameter wordCount: that of the states, said again where it may be a constant.
  @inline(__always)
  func hash(of state: UnsafePointer<UInt64>, wordCount: Int) -> UInt64 {
    assert(wordCount == self.wordCount)
    if wordCount == 1 && isReversible {
      assert(state[0] & ~mask == 0, "only these bits are in use")
      // Each line can be undone: odd factors, and bits that stay where they are.
      var hash = state[0]
      hash ^= hash &>> fold
      hash = hash &* 0x9E37_79B9_7F4A_7C15 & mask
      hash ^= hash &>> fold
      hash = hash &* 0xD6E8_FEB8_6659_FD93 & mask
      return hash ^ hash &>> fold
    }
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for word in 0..<wordCount {
      let product = (hash ^ state[word]).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      hash = product.high ^ product.low
    }
    let product = hash.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return (product.high ^ product.low) & mask
  }
}
