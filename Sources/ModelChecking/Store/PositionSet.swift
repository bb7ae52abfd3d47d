import Synchronization

/// A set of positions in the store, one bit each, that threads may add to at the same time.
final class PositionSet: @unchecked Sendable {
  // Unchecked: the words are atomics.

  private let words: OwnedBuffer<Atomic<UInt64>>
  private let count: Int

  /// - Parameter count: how many positions there are.
  init(count: Int) {
    self.count = count
    words = OwnedBuffer(count: count / 64 + 1) { _ in Atomic(0) }
  }

  func contains(_ position: Int) -> Bool {
    assert((0..<count).contains(position))
    return words.base[position / 64].load(ordering: .relaxed) & (1 << UInt64(position % 64)) != 0
  }

  /// Returns whether the position is new.
  @discardableResult
  func insert(_ position: Int) -> Bool {
    assert((0..<count).contains(position))
    let bit: UInt64 = 1 << UInt64(position % 64)
    return words.base[position / 64].bitwiseOr(bit, ordering: .relaxed).oldValue & bit == 0
  }
}
