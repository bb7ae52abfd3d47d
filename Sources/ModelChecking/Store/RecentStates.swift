#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The states that a worker met a short while ago: a small cache in front of the store.
///
/// Two steps that don't touch each other lead to the same state in either order, and breadth first
/// both ways are taken within a few thousand states. So about half of all successors are found here,
/// in the processor's own cache, and cause no access to memory.
///
/// A state has one place, where the last that was met of those with the same place lies. The cache
/// knows whole states, so it never takes one for another.
package struct RecentStates: ~Copyable {
  /// Small enough for a second-level cache, together with all else that a worker touches.
  private static let byteCount = 1 << 18

  /// The cache as an inner loop uses it; valid as long as this is.
  package let view: View

  package init(wordCount: Int) {
    let mostPlaces = max(2, Self.byteCount / 8 / wordCount)
    let placeBits = Int.bitWidth - 1 - mostPlaces.leadingZeroBitCount
    // Zeroed memory that one search after the other can have again.
    let places = calloc(wordCount << placeBits, 8)!.assumingMemoryBound(to: UInt64.self)
    view = View(
      places: places, shift: UInt64(64 - placeBits), wordCount: wordCount)
    // An empty place must be told from every state that belongs there. It reads as the state of
    // zeros, which belongs to place 0 alone. There stands a state whose hash is its highest bit,
    // whatever odd numbers that is multiplied by; so it belongs halfway up, in any width.
    view.places[0] = 1 << 63
    assert(view.number(of: view.places, wordCount: wordCount) == 1 << (placeBits - 1))
  }

  deinit { free(view.places) }

  package struct View {
    fileprivate let places: UnsafeMutablePointer<UInt64>
    fileprivate let shift: UInt64
    fileprivate let wordCount: Int

    /// The number of the place where a state belongs.
    @inline(__always)
    fileprivate func number(of state: UnsafePointer<UInt64>, wordCount: Int) -> Int {
      var hash: UInt64 = 0
      for word in 0..<wordCount { hash = (hash ^ state[word]) &* 0x9E37_79B9_7F4A_7C15 }
      return Int(truncatingIfNeeded: hash &>> shift)
    }

    /// Notes states, and moves those that were not met a short while ago together. Returns their end.
    ///
    /// Which those are is hard to foresee, so each is moved down and only then counted or not.
    ///
    /// - Parameter wordCount: that of the states, said again where it may be a constant.
    @inline(__always)
    package func keepNews(
      _ states: UnsafeMutablePointer<UInt64>, _ count: Int, wordCount: Int
    ) -> UnsafeMutablePointer<UInt64> {
      assert(wordCount == self.wordCount && count >= 0)
      var kept = states
      for number in 0..<count {
        let state = states + number &* wordCount
        let place = places + self.number(of: state, wordCount: wordCount) &* wordCount
        var difference: UInt64 = 0
        for word in 0..<wordCount {
          let value = state[word]
          difference |= place[word] ^ value
          place[word] = value
          kept[word] = value
        }
        kept += difference == 0 ? 0 : wordCount
      }
      assert(kept <= states + count * wordCount)
      return kept
    }
  }
}
