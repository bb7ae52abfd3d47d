import Synchronization

/// The exact, shared, lock-free set of visited states.
///
/// The states lie one after the other in the order of their discovery, so that the states of one
/// depth are a range of positions: the frontier is part of the store, and a trace needs no parent
/// pointers. Beside them an open-addressed index (`StateIndex`) maps a state's hash to its position.
///
/// The index grows between rounds of the search, when no worker inserts. Its address space is there
/// from the start; to grow it is emptied and filled again from the states over a longer stretch, so
/// growth can't fail and has no peak of its own.
///
/// Memory: 8 bytes a word and state, and 4 bytes a slot of an index that is at most 78 % full.
package final class StateStore: @unchecked Sendable {
  // Unchecked: workers synchronise through the slots of the index; all that changes anything else is
  // called between rounds.

  /// The states that a worker reserves at a time.
  package static let blockSize = 64

  /// How full the index may be before it grows, in percent.
  private static let mostFull = 78

  /// What a slot can tell apart, with room for a piece of the hash.
  private static let mostStates = Int(UInt32.max) / 2

  let wordCount: Int
  /// The most states that the memory limit leaves room for.
  let capacity: Int

  /// Where everything lies; another one after the index has grown.
  package private(set) var index: StateIndex

  /// The positions that were handed out, including those in blocks that are not yet used up.
  private let reserved = Atomic<Int>(0)

  private let stateMemory: MappedMemory
  private let slotMemory: MappedMemory
  private let mostSlots: Int
  private let slack: Int

  /// - Parameters:
  ///   - wordCount: machine words of a state.
  ///   - bytes: the memory that states and index may take together.
  ///   - slack: positions beyond the capacity that workers may still reserve before they notice
  ///     that the store is full.
  ///   - isShared: whether more than one worker inserts.
  /// - Returns: nil where the system refuses the address space.
  package init?(wordCount: Int, bytes: Int, slack: Int, isShared: Bool) {
    let slotsPerState = 100.0 / Double(Self.mostFull)
    let bytesPerState = Double(8 * wordCount) + 4 * slotsPerState
    let affordable = Int(Double(max(bytes, 0)) / bytesPerState)
    let capacity = max(1, min(affordable, Self.mostStates - 2 * slack))
    let mostSlots = Int(Double(capacity + 2 * slack) * slotsPerState) + 1
    let slotCount = min(mostSlots, max(1 << 14, 2 * slack))
    guard
      let stateMemory = MappedMemory(byteCount: (capacity + 2 * slack) * wordCount * 8),
      let slotMemory = MappedMemory(byteCount: mostSlots * 4)
    else { return nil }
    self.wordCount = wordCount
    self.capacity = capacity
    self.slack = slack
    self.mostSlots = mostSlots
    self.stateMemory = stateMemory
    self.slotMemory = slotMemory
    index = StateIndex(
      wordCount: wordCount, states: stateMemory.base.assumingMemoryBound(to: UInt64.self),
      slots: slotMemory.base.assumingMemoryBound(to: StateIndex.Slot.self), slotCount: slotCount,
      positionMask: Self.positionMask(slotCount, slack: slack), isShared: isShared)
  }

  deinit {
    stateMemory.release()
    slotMemory.release()
  }

  /// Hands out the next `blockSize` positions.
  package func reserveBlock() -> Range<Int> {
    let first = reserved.wrappingAdd(Self.blockSize, ordering: .relaxed).oldValue
    return first..<(first + Self.blockSize)
  }

  /// Whether the index must grow before more is inserted. Workers ask before each batch; what they
  /// insert until all have noticed fits in the room that is left.
  package var isCrowded: Bool {
    index.slotCount < mostSlots
      && reserved.load(ordering: .relaxed) + slack >= index.slotCount / 100 * Self.mostFull
  }

  /// Whether more states were reserved than the memory limit allows, block remainders apart.
  package var isFull: Bool { reserved.load(ordering: .relaxed) >= capacity + slack }

  /// Whether it is the width of a slot that limits the number of states.
  var isBoundByNumbering: Bool { capacity == Self.mostStates - 2 * slack }

  // MARK: Between rounds

  /// The positions handed out so far.
  package var reservedCount: Int { reserved.load(ordering: .relaxed) }

  /// The bytes of memory in use.
  var bytes: Int { reservedCount * wordCount * 8 + index.slotCount * 4 }

  /// The states of unused positions that are handed back at the end of a level are filled from the
  /// end, so that positions stay without gaps.
  ///
  /// - Parameter gaps: unused positions, all of those that were handed out.
  /// - Complexity: proportional to the number of gaps, which is less than a block a worker.
  package func close(gaps: [Range<Int>]) {
    let unused = Set(gaps.joined())
    let count = reservedCount - unused.count
    var holes = unused.filter { $0 < count }.sorted()
    for position in (count..<reservedCount).reversed() where !unused.contains(position) {
      index.move(from: position, to: holes.removeLast())
    }
    reserved.store(count, ordering: .relaxed)
  }

  /// Makes the index larger. It is then to be emptied and filled again.
  ///
  /// - Returns: the slots to be emptied; the others are empty.
  package func enlargeIndex() -> Range<Int> {
    let old = index
    // While it is small, doubling saves rounds; later, smaller steps save memory.
    let factor = old.slotCount < 1 << 22 ? 2.0 : 1.5
    let slotCount = min(mostSlots, Int(Double(old.slotCount) * factor))
    index = StateIndex(
      wordCount: wordCount, states: old.states, slots: old.slots, slotCount: slotCount,
      positionMask: Self.positionMask(slotCount, slack: slack), isShared: old.isShared)
    return 0..<old.slotCount
  }

  /// Room for every position that an index of so many slots can name: it is never full.
  private static func positionMask(_ slotCount: Int, slack: Int) -> UInt32 {
    let most = UInt32(clamping: slotCount / 100 * mostFull + 2 * slack + blockSize)
    return UInt32.max >> UInt32(most.leadingZeroBitCount)
  }
}
