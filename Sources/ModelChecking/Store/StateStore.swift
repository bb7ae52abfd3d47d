import Synchronization

/// The exact, shared, lock-free set of visited states.
///
/// The states lie one after the other in the order of their discovery, so that the states of one
/// depth are a range of positions: the frontier is part of the store, and a trace needs no parent
/// pointers. Beside them an index (`StateIndex`) tells which states are there.
///
/// The index grows between rounds of the search, when no worker inserts. Its address space is there
/// from the start, and its buckets are in the order of the hashes. So it grows in place: from the
/// last bucket to the first, all goes to where it belongs in the longer stretch, which is further on.
/// That reads and writes memory in order, and has no peak of its own.
///
/// Memory: 8 bytes a word and state, and 4 bytes a slot of an index that is at most 78 % full.
package final class StateStore: @unchecked Sendable {
  // Unchecked: workers synchronise through the slots of the index; all that changes anything else is
  // called between rounds.

  /// Runs a body on all of a range of numbers, piece by piece, on several threads.
  package typealias ForEachChunk = (Range<Int>, _ body: @Sendable (Range<Int>) -> Void) -> Void

  /// The states that a worker reserves at a time.
  package static let blockSize = 64

  /// How full the index may be before it grows.
  private static let mostFullPercent = 78

  /// What a slot can tell apart, with room for a piece of the hash and for the slack of any number of
  /// workers.
  private static let mostStates = Int(UInt32.max) / 2 - (1 << 24)

  /// The most states that the memory limit leaves room for, whatever the number of workers.
  package let capacity: Int

  /// Where everything lies; another one after the index has grown.
  package private(set) var index: StateIndex

  /// The positions that were handed out, including those in blocks that are not yet used up.
  private let reserved = Atomic<Int>(0)

  /// Whether a state found no room in the index, which may happen before the index is crowded.
  private let hasOverflowed = Atomic<Bool>(false)

  private let stateMemory: MappedMemory
  let slotMemory: MappedMemory
  private let mostSize: StateIndex.Size
  private let slack: Int
  private let doubling: Int

  /// - Parameters:
  ///   - wordCount: machine words of a state.
  ///   - bitCount: how many bits of them are in use, which are the first.
  ///   - byteLimit: the memory that states and index may take together; at least
  ///     `leastBytes(wordCount:slack:)`.
  ///   - slack: positions beyond the capacity that workers may still reserve before they notice
  ///     that the store is full. They come on top of the limit.
  ///   - isShared: whether more than one worker inserts.
  ///   - doubling: up to so many slots the index doubles, which saves rounds; later, smaller steps
  ///     save memory.
  /// - Returns: nil where the system refuses the address space.
  package init?(
    wordCount: Int, bitCount: Int, byteLimit: Int, slack: Int, isShared: Bool,
    doubling: Int = 1 << 24
  ) {
    assert(slack >= Self.blockSize && slack < 1 << 23)
    func capacity(_ size: StateIndex.Size) -> Int {
      let affordable = (byteLimit - size.byteCount) / (8 * wordCount)
      return max(1, min(affordable, Self.mostEntries(size), Self.mostStates))
    }
    var first = StateIndex.Size(factor: 2, exponent: 9)
    var most = first
    while capacity(most.next) > capacity(most) { most = most.next }
    while Self.mostEntries(first) < 4 * slack && first < most { first = first.next }
    assert(Self.mostEntries(most) >= 8 * slack, "the slack of all workers fits in what is free")
    guard
      let stateMemory = MappedMemory(byteCount: 8 * wordCount * (capacity(most) + 2 * slack)),
      let slotMemory = MappedMemory(byteCount: most.next.next.byteCount)
    else { return nil }
    self.capacity = capacity(most)
    self.slack = slack
    self.doubling = doubling
    mostSize = most
    index = StateIndex(
      StateHash(wordCount: wordCount, bitCount: bitCount),
      states: stateMemory.elements(of: UInt64.self),
      slots: slotMemory.elements(of: StateIndex.Slot.self), size: first,
      mostPositions: Self.mostPositions(first, slack), isShared: isShared)
    self.stateMemory = stateMemory
    self.slotMemory = slotMemory
  }

  /// The least memory in which so much slack is little.
  package static func leastBytes(wordCount: Int, slack: Int) -> Int {
    max(4 << 20, 12 * slack * (8 * wordCount + 6))
  }

  private static func mostEntries(_ size: StateIndex.Size) -> Int {
    size.slotCount / 100 * mostFullPercent
  }

  /// The positions that may be in use before an index of a size has grown.
  private static func mostPositions(_ size: StateIndex.Size, _ slack: Int) -> Int {
    mostEntries(size) + 2 * slack + blockSize
  }

  /// Hands out the next `blockSize` positions.
  package func reserveBlock() -> Range<Int> {
    let first = reserved.wrappingAdd(Self.blockSize, ordering: .relaxed).oldValue
    assert(first + Self.blockSize <= positionCount, "workers stop soon after the store is full")
    return first..<(first + Self.blockSize)
  }

  /// Whether the index must grow before more is inserted. Workers ask before each batch; what they
  /// insert until all have noticed fits in the room that is left.
  package var isCrowded: Bool {
    index.size < mostSize
      && (reserved.load(ordering: .relaxed) + slack >= Self.mostEntries(index.size)
        || hasOverflowed.load(ordering: .relaxed))
  }

  /// Whether nothing may be added any more.
  package var isFull: Bool {
    reserved.load(ordering: .relaxed) >= capacity + slack
      || (index.size == mostSize && hasOverflowed.load(ordering: .relaxed))
  }

  /// Gives the memory back, where nobody knows who still holds the store. Nothing is in it afterwards.
  func discard() {
    stateMemory.discard()
    slotMemory.discard()
  }

  /// Notes that there was no room for a state in the index.
  package func noteOverflow() { hasOverflowed.store(true, ordering: .relaxed) }

  /// The positions that there is memory for.
  var positionCount: Int { capacity + 2 * slack }

  // MARK: Between rounds

  /// Whether everything fitted: what was reserved is no more than the memory limit allows.
  var isComplete: Bool { reservedCount <= capacity && !hasOverflowed.load(ordering: .relaxed) }

  /// Whether it is the width of a slot that limits the number of states.
  var isBoundByNumbering: Bool { capacity == Self.mostStates }

  /// The positions handed out so far.
  package var reservedCount: Int { reserved.load(ordering: .relaxed) }

  /// The bytes of memory in use.
  var usedBytes: Int { reservedCount * index.wordCount * 8 + index.size.byteCount }

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
    assert(holes.isEmpty)
    reserved.store(count, ordering: .relaxed)
  }

  /// Makes the index larger.
  ///
  /// - Parameter gaps: reserved positions that hold no state.
  package func growIndex(gaps: [Range<Int>], _ forEachChunk: ForEachChunk) {
    let old = index
    let step = old.size.slotCount < doubling ? old.size.next.next : old.size.next
    let size = min(step, mostSize)
    assert(size > old.size && size.byteCount <= slotMemory.byteCount)
    index = old.resized(to: size, mostPositions: Self.mostPositions(size, slack))
    hasOverflowed.store(false, ordering: .relaxed)
    let hasRoom = Atomic<Bool>(true)
    var end = old.size.bucketCount + StateIndex.spread
    while end > 0 {
      // What stands from here on belongs, in the larger index, past the end.
      let begin = end * old.size.bucketCount / size.bucketCount + StateIndex.spread + 2
      let isLast = begin >= end - end / 8
      let buckets = isLast ? 0..<end : begin..<end
      let takeOver: @Sendable (Range<Int>) -> Void = { [index] chunk in
        if !index.takeOver(chunk, of: old) { hasRoom.store(false, ordering: .relaxed) }
      }
      if isLast { takeOver(buckets) } else { forEachChunk(buckets, takeOver) }
      end = buckets.lowerBound
    }
    if !hasRoom.load(ordering: .relaxed) { refill(gaps: gaps, forEachChunk) }
  }

  /// Has the index name the position of each state from now on, so that they can be found.
  package func nameStates(_ forEachChunk: ForEachChunk) {
    if index.namesPositions { return }
    index = index.resized(to: index.size, mostPositions: reservedCount, mustName: true)
    refill(gaps: [], forEachChunk)
  }

  /// Makes the index, of a store that is empty, large enough for so many states.
  ///
  /// - Returns: false where there is no room for them.
  func makeRoom(for count: Int) -> Bool {
    assert(reservedCount == 0)
    guard count <= capacity else { return false }
    var size = index.size
    while size < mostSize && Self.mostEntries(size) < count + 4 * slack { size = size.next }
    index = index.resized(to: size, mostPositions: Self.mostPositions(size, slack))
    return true
  }

  /// Fills the index with the states that lie in its memory now.
  func fillIndex(with count: Int, _ forEachChunk: ForEachChunk) {
    reserved.store(count, ordering: .relaxed)
    refill(gaps: [], forEachChunk)
  }

  /// Empties the index and fills it from the states, in a larger one if there is no room.
  private func refill(gaps: [Range<Int>], _ forEachChunk: ForEachChunk) {
    while true {
      let hasRoom = Atomic<Bool>(true)
      forEachChunk(0..<(index.size.bucketCount + StateIndex.spread)) { [index] in index.clear($0) }
      var first = 0
      for gap in gaps.sorted(by: { $0.lowerBound < $1.lowerBound })
        + [reservedCount..<reservedCount]
      {
        forEachChunk(first..<gap.lowerBound) { [index] chunk in
          if !index.add(chunk) { hasRoom.store(false, ordering: .relaxed) }
        }
        first = gap.upperBound
      }
      if hasRoom.load(ordering: .relaxed) { return }
      let size = index.size.next
      precondition(size <= mostSize.next.next, "the hash of states is no hash")
      index = index.resized(
        to: size, mostPositions: Self.mostPositions(size, slack), mustName: index.namesPositions)
    }
  }
}
