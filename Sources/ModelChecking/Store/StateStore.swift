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
/// Memory: 8 bytes a word and state, and 4 bytes a slot of an index that is at most 78 % full. Where the index
/// holds the states themselves, those behind the frontier can be forgotten but for that: a search then still
/// knows which states it has met, and in which order no more.
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

  /// The most states that the memory limit leaves room for, whatever the number of workers. Grows as states are
  /// forgotten.
  package private(set) var capacity: Int

  /// The states before this position are in the index alone.
  package private(set) var forgotten = 0

  /// Whether entries of the index were lost, so that it is of no use.
  private(set) var isBroken = false

  /// Where everything lies; another one after the index has grown.
  package private(set) var index: StateIndex

  /// The positions that were handed out, including those in blocks that are not yet used up.
  private let reserved = Atomic<Int>(0)

  /// Whether a state found no room in the index, which may happen before the index is crowded.
  private let hasOverflowed = Atomic<Bool>(false)

  private let stateMemory: MappedMemory
  let slotMemory: MappedMemory
  /// The size to which the index may grow, and that for which there is address space.
  private var mostSize: StateIndex.Size
  private let largestSize: StateIndex.Size
  private let byteLimit: Int
  private let isForgetful: Bool
  private let slack: Int
  private let doubling: Int

  /// The positions that there is address space for.
  let positionCount: Int

  /// - Parameters:
  ///   - wordCount: machine words of a state.
  ///   - bitCount: how many bits of them are in use, which are the first.
  ///   - byteLimit: the memory that states and index may take together; at least
  ///     `leastBytes(wordCount:slack:)`.
  ///   - slack: positions beyond the capacity that workers may still reserve before they notice
  ///     that the store is full. They come on top of the limit.
  ///   - isShared: whether more than one worker inserts.
  ///   - mayForget: whether states may be forgotten, where their hashes can be turned back into them.
  ///   - doubling: up to so many slots the index doubles, which saves rounds; later, smaller steps
  ///     save memory.
  /// - Returns: nil where the system refuses the address space.
  package init?(
    wordCount: Int, bitCount: Int, byteLimit: Int, slack: Int, isShared: Bool,
    mayForget: Bool = false,
    doubling: Int = 1 << 24
  ) {
    assert(slack >= Self.blockSize && slack < 1 << 23)
    let hash = StateHash(wordCount: wordCount, bitCount: bitCount)
    var first = StateIndex.Size(factor: 2, exponent: 9)
    let most = Self.mostSize(
      from: first, wordCount: wordCount, byteLimit: byteLimit, forgotten: 0)
    let capacity = Self.capacity(
      of: most, wordCount: wordCount, byteLimit: byteLimit, forgotten: 0)
    while Self.mostEntries(first) < 4 * slack && first < most { first = first.next }
    assert(Self.mostEntries(most) >= 8 * slack, "the slack of all workers fits in what is free")
    isForgetful = mayForget && hash.isReversible
    var largest = most
    while isForgetful && largest.next.byteCount < byteLimit { largest = largest.next }
    positionCount = (isForgetful ? Self.mostEntries(largest) : capacity) + 2 * slack
    guard
      let stateMemory = MappedMemory(byteCount: 8 * wordCount * positionCount),
      let slotMemory = MappedMemory(byteCount: max(most.next.next, largest).byteCount)
    else { return nil }
    self.capacity = capacity
    self.byteLimit = byteLimit
    self.slack = slack
    self.doubling = doubling
    mostSize = most
    largestSize = largest
    index = StateIndex(
      hash, states: stateMemory.elements(of: UInt64.self),
      slots: slotMemory.elements(of: StateIndex.Slot.self), size: first,
      mostPositions: Self.mostPositions(first, slack), isShared: isShared)
    self.stateMemory = stateMemory
    self.slotMemory = slotMemory
  }

  /// The least memory in which so much slack is little.
  package static func leastBytes(wordCount: Int, slack: Int) -> Int {
    max(4 << 20, 12 * slack * (8 * wordCount + 6))
  }

  /// The states that there is room for beside an index of a size.
  private static func capacity(
    of size: StateIndex.Size, wordCount: Int, byteLimit: Int, forgotten: Int
  ) -> Int {
    let affordable = forgotten + (byteLimit - size.byteCount) / (8 * wordCount)
    // Positions that nobody needs to name any more may be any number.
    return max(1, min(affordable, mostEntries(size), forgotten > 0 ? .max : mostStates))
  }

  /// The size of the index beside which there is room for the most states.
  private static func mostSize(
    from size: StateIndex.Size, wordCount: Int, byteLimit: Int, forgotten: Int
  ) -> StateIndex.Size {
    func capacity(_ size: StateIndex.Size) -> Int {
      Self.capacity(of: size, wordCount: wordCount, byteLimit: byteLimit, forgotten: forgotten)
    }
    var most = size
    while capacity(most.next) > capacity(most) { most = most.next }
    return most
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
    forgotten = reservedCount
    stateMemory.discard()
    slotMemory.discard()
  }

  /// Notes that there was no room for a state in the index.
  package func noteOverflow() { hasOverflowed.store(true, ordering: .relaxed) }

  // MARK: Between rounds

  /// Whether everything fitted: what was reserved is no more than the memory limit allows.
  var isComplete: Bool { reservedCount <= capacity && !hasOverflowed.load(ordering: .relaxed) }

  /// Whether it is the width of a slot that limits the number of states.
  var isBoundByNumbering: Bool { capacity == Self.mostStates }

  /// The positions handed out so far.
  package var reservedCount: Int { reserved.load(ordering: .relaxed) }

  /// The bytes of memory in use.
  package var usedBytes: Int {
    (reservedCount - forgotten) * index.wordCount * 8 + index.size.byteCount
  }

  /// Whether states before a position can be forgotten that are not yet. That needs a form of the index that
  /// tells them apart without their memory.
  package func canForget(before position: Int) -> Bool {
    isForgetful && !index.namesPositions && position > forgotten
  }

  /// Forgets the states before a position but for their being known, which makes room for others.
  package func forget(before position: Int) {
    assert(canForget(before: position) && position <= reservedCount)
    stateMemory.discard((8 * index.wordCount * forgotten)..<(8 * index.wordCount * position))
    forgotten = position
    mostSize = min(
      largestSize,
      Self.mostSize(
        from: mostSize, wordCount: index.wordCount, byteLimit: byteLimit, forgotten: forgotten))
    capacity = Self.capacity(
      of: mostSize, wordCount: index.wordCount, byteLimit: byteLimit, forgotten: forgotten)
  }

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
  /// Where states were forgotten that then find no room, it is broken (`isBroken`): hashes that are spread so
  /// badly were never met.
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
    if hasRoom.load(ordering: .relaxed) { return }
    if forgotten > 0 { isBroken = true } else { refill(gaps: gaps, forEachChunk) }
  }

  /// Has the index name the position of each state from now on, so that they can be found.
  package func nameStates(_ forEachChunk: ForEachChunk) {
    if index.namesPositions { return }
    precondition(forgotten == 0, "what was forgotten has no position")
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
