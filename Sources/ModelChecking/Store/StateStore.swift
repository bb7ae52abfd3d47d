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
/// Memory: 8 bytes a word and state, and 4 bytes a slot of an index that is at most 78 % full. Where it gets short,
/// states of more than one word become one word each (`StateTree`), which a `StateCoder` turns into states again.
/// Where the index holds the states themselves, those behind the frontier can be forgotten but for that: a search
/// then still knows which states it has met, and in which order no more. Or they go on a disk (`StateFile`), from
/// where they are read as if they lay in memory.
package final class StateStore: @unchecked Sendable {
  // Unchecked: workers synchronise through the slots of the index; all that changes anything else is
  // called between rounds.

  /// Runs a body on all of a range of numbers, piece by piece, on several threads.
  package typealias ForEachChunk = (Range<Int>, _ body: @Sendable (Range<Int>) -> Void) -> Void

  /// The states that a worker reserves at a time.
  package static let blockSize = 64

  /// The most states that the memory limit leaves room for, whatever the number of workers. Grows as room is made.
  package private(set) var capacity: Int

  /// The states before this position are in the index alone.
  package private(set) var forgotten = 0

  /// The states before this position lie on the disk.
  package internal(set) var onDisk = 0

  /// Why no more of them find room there.
  package internal(set) var diskTrouble: DiskTrouble?

  /// Whether entries of the index were lost, so that it is of no use.
  private(set) var isBroken = false

  /// Where everything lies; another one after the index has grown.
  package private(set) var index: StateIndex

  /// What states are made of, where each is one word that names that.
  package private(set) var tree: StateTree?

  /// The positions that were handed out, including those in blocks that are not yet used up.
  private let reserved = Atomic<Int>(0)

  /// Whether a state found no room in the index, which may happen before the index is crowded.
  private let hasOverflowed = Atomic<Bool>(false)

  let stateMemory: MappedMemory
  let slotMemory: MappedMemory
  /// The size to which the index may grow, and that for which there is address space.
  private(set) var mostSize: StateIndex.Size
  let largestSize: StateIndex.Size
  var budget: StoreBudget
  private let mayForget: Bool
  let disk: DiskSpace?
  /// Made when the first states go there.
  var file: StateFile?
  /// The memory that is left for what states are made of; 0 where they stay as they are.
  private var treeBytes: Int
  private let coders: Int
  private let bitCount: Int
  private let isShared: Bool
  let slack: Int
  private let doubling: Int

  /// The positions that there is address space for.
  private(set) var positionCount: Int

  /// - Parameters:
  ///   - wordCount: machine words of a state.
  ///   - bitCount: how many bits of them may be in use, from the first.
  ///   - byteLimit: the memory that states and index may take together; at least
  ///     `leastBytes(wordCount:slack:)`.
  ///   - slack: positions beyond the capacity that workers may still reserve before they notice
  ///     that the store is full. They come on top of the limit.
  ///   - isShared: whether more than one worker inserts.
  ///   - mayForget: whether states may be forgotten, where their hashes can be turned back into them.
  ///   - disk: where states may lie that are not to be forgotten.
  ///   - mostPositions: how many positions there are to be at most, whatever the memory.
  ///   - coders: how many coders may add parts of states at the same time; nil where states of several words stay
  ///     as they are.
  ///   - doubling: up to so many slots the index doubles, and while it has less than an eighth of them it becomes
  ///     four times as large, which saves rounds; later, smaller steps save memory.
  /// - Returns: nil where the system refuses the address space.
  package init?(
    wordCount: Int, bitCount: Int, byteLimit: Int, slack: Int, isShared: Bool,
    mayForget: Bool = false, disk: DiskSpace? = nil, coders: Int? = nil,
    mostPositions: Int = .max, doubling: Int = 1 << 24
  ) {
    assert(slack >= Self.blockSize && slack < 1 << 23)
    let hash = StateHash(wordCount: wordCount, bitCount: bitCount)
    var first = StateIndex.Size(factor: 2, exponent: 9)
    let whole = StoreBudget(wordCount: wordCount, byteLimit: byteLimit)
    treeBytes = wordCount > 1 && coders != nil ? byteLimit / Self.treeShare : 0
    budget = StoreBudget(
      wordCount: wordCount, byteLimit: byteLimit - treeBytes,
      leastExponentOfRests: StateIndex.leastExponentOfRests(hash))
    let most = whole.mostSize(from: first)
    mostSize = budget.mostSize(from: first)
    while StoreBudget.mostEntries(first) < 4 * slack && first < mostSize { first = first.next }
    assert(
      StoreBudget.mostEntries(most) >= 8 * slack, "the slack of all workers fits in what is free")
    var largest = most
    let mayHaveMore = mayForget && hash.isReversible || treeBytes > 0 || disk != nil
    // With a disk all states but those of a round may be elsewhere, and a round is to be worth its while.
    let mostSlotBytes = disk == nil ? byteLimit : byteLimit / 16 * 15
    while mayHaveMore && largest.next.byteCount < mostSlotBytes { largest = largest.next }
    let mostStored = mayHaveMore ? StoreBudget.mostEntries(largest) : whole.capacity(beside: most)
    var mostPlain = treeBytes > 0 ? whole.capacity(beside: most) : mostStored
    if let disk {
      mostPlain = min(mostStored, mostPlain + min(disk.byteLimit, 1 << 44) / (8 * wordCount))
    }
    positionCount = min(mostPlain + 2 * slack, mostPositions)
    capacity = min(budget.capacity(beside: mostSize), positionCount - 2 * slack)
    guard
      let stateMemory = MappedMemory(
        byteCount: 8 * max(wordCount * positionCount, mostStored + 2 * slack)),
      // An index that is filled anew may have to be larger.
      let slotMemory = MappedMemory(
        byteCount: max(most.next.next, disk == nil ? largest : largest.next.next).byteCount)
    else { return nil }
    self.slack = slack
    self.coders = coders ?? 0
    self.isShared = isShared
    self.mayForget = mayForget && disk == nil
    self.disk = disk
    self.doubling = doubling
    self.bitCount = bitCount
    largestSize = largest
    index = StateIndex(
      hash, states: stateMemory.elements(of: UInt64.self),
      slots: slotMemory.elements(of: StateIndex.Slot.self), size: first,
      mostPositions: Self.mostPositions(first, slack), isShared: isShared)
    self.stateMemory = stateMemory
    self.slotMemory = slotMemory
  }

  /// One part in so many of the memory is for what states are made of, if they are wide.
  private static let treeShare = 4

  /// The least memory in which so much slack is little.
  package static func leastBytes(wordCount: Int, slack: Int) -> Int {
    max(4 << 20, 12 * slack * (8 * wordCount + 6))
  }

  /// About what a state of one word takes.
  static let bytesOfWord = 14

  /// The positions that may be in use before an index of a size has grown.
  private static func mostPositions(_ size: StateIndex.Size, _ slack: Int) -> Int {
    StoreBudget.mostEntries(size) + 2 * slack + blockSize
  }

  /// Hands out the next `blockSize` positions.
  package func reserveBlock() -> Range<Int> {
    let first = reserved.wrappingAdd(Self.blockSize, ordering: .relaxed).oldValue
    assert(first + Self.blockSize <= positionCount, "workers stop soon after the store is full")
    return first..<(first + Self.blockSize)
  }

  /// Whether the index must grow before more is inserted. Workers ask before each batch; what they
  /// insert until all have noticed fits in the room that is left.
  package var isCrowded: Bool { isIndexCrowded || tree?.values.isCrowded ?? false }

  private var isIndexCrowded: Bool {
    index.size < mostSize
      && (reserved.load(ordering: .relaxed) + slack >= StoreBudget.mostEntries(index.size)
        || hasOverflowed.load(ordering: .relaxed))
  }

  /// Whether nothing may be added any more.
  package var isFull: Bool {
    reserved.load(ordering: .relaxed) >= capacity + slack
      || (index.size == mostSize && hasOverflowed.load(ordering: .relaxed))
      || tree?.values.isFull ?? false
  }

  /// Gives the memory back, where nobody knows who still holds the store. Nothing is in it afterwards.
  func discard() {
    forgotten = reservedCount
    discardFile()
    stateMemory.discard()
    slotMemory.discard()
    tree?.values.discard()
  }

  /// Notes that there was no room for a state in the index.
  package func noteOverflow() { hasOverflowed.store(true, ordering: .relaxed) }

  // MARK: Between rounds

  /// Whether everything fitted: what was reserved is no more than the memory limit allows.
  ///
  /// - Parameter unusedNames: names that were reserved for the parts of states and not given.
  package func isComplete(unusedNames: Int = 0) -> Bool {
    fits(reservedCount)
      && tree.map { $0.values.fits($0.values.reservedCount - unusedNames) } ?? true
  }

  private func fits(_ count: Int) -> Bool {
    count <= capacity && !hasOverflowed.load(ordering: .relaxed)
  }

  /// The memory that what states are made of may take; 0 where they are as they are.
  var bytesForParts: Int { tree?.values.budget.byteLimit ?? 0 }

  /// Whether it is the width of a slot that limits the number of states.
  var isBoundByNumbering: Bool { capacity == StoreBudget.mostStates }

  /// The positions handed out so far.
  package var reservedCount: Int { reserved.load(ordering: .relaxed) }

  /// The bytes of memory in use.
  package var usedBytes: Int {
    (reservedCount - max(forgotten, onDisk)) * index.wordCount * 8 + index.size.byteCount
      + (tree?.values.usedBytes ?? 0)
  }

  /// Whether states before a position can be forgotten that are not yet. That needs a form of the index that
  /// tells them apart without their memory.
  package func canForget(before position: Int) -> Bool {
    mayForget && !index.namesPositions && position > forgotten
  }

  /// Whether states can take less memory than they do, or none, while a level is expanded.
  func canMakeRoom(expanding level: Range<Int>) -> Bool {
    canEncode
      || tree?.values.isFull != true
        && (canForget(before: level.lowerBound) || canMoveToDisk(expanding: level))
  }

  /// Forgets the states before a position but for their being known, which makes room for others.
  package func forget(before position: Int) {
    assert(canForget(before: position) && position <= reservedCount)
    stateMemory.discard((8 * index.wordCount * forgotten)..<(8 * index.wordCount * position))
    forgotten = position
    budget.away = position
    useBudget()
  }

  /// Works out how large the store may become.
  func useBudget() {
    mostSize = min(largestSize, budget.mostSize(from: mostSize))
    capacity = min(budget.capacity(beside: mostSize), positionCount - 2 * slack)
  }

  /// Whether states of several words can become one word each that have not.
  package var canEncode: Bool { treeBytes > 0 }

  /// Stores each state as one word from now on, unless what states are made of takes too much memory. If that is so of
  /// the first ones, the memory that was left for it is free for states; if only of the others, the store stays full.
  ///
  /// - Parameters:
  ///   - settled: how many states are the first, which lie without gaps. They alone decide whether it is done,
  ///     by taking at most half of that memory.
  ///   - gaps: reserved positions that hold no state.
  /// - Complexity: proportional to the words of all states, on one thread.
  package func encode(settled: Int, gaps: [Range<Int>], _ forEachChunk: ForEachChunk) {
    assert(canEncode && onDisk == 0)
    let wordCount = index.wordCount
    var bytes = treeBytes
    treeBytes = 0
    let mostHalfBits = disk == nil ? StateTree.mostHalfBits : halfBitsForRests
    if disk != nil {
      // What so many names don't need is for states.
      budget.byteLimit += max(0, bytes - Self.bytesOfWord << mostHalfBits)
      bytes = min(bytes, Self.bytesOfWord << mostHalfBits)
    }
    let tree = StateTree(
      wordCount: wordCount, span: bitCount, byteLimit: bytes, coders: coders,
      mostHalfBits: mostHalfBits, isShared: isShared)
    let runs = [0..<settled] + runs(between: [0..<settled] + gaps)
    let encoding =
      tree?.encode(runs, of: index.states, forEachChunk) ?? .tooManyParts
    guard let tree, encoding == .done else {
      if encoding == .tooManyParts {
        budget.byteLimit += bytes
        useBudget()
      }
      return
    }
    self.tree = tree
    let hash = StateHash(wordCount: 1, bitCount: 2 * Int(tree.halfBits))
    budget.wordCount = 1
    budget.leastExponentOfRests = StateIndex.leastExponentOfRests(hash)
    positionCount = stateMemory.byteCount / 8
    stateMemory.discard((8 * reservedCount)..<(8 * wordCount * reservedCount))
    index = StateIndex(
      hash, states: index.states, slots: index.slots, size: index.size,
      mostPositions: Self.mostPositions(index.size, slack), isShared: isShared)
    useBudget()
    refill(gaps: gaps, forEachChunk)
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

  /// Makes the index larger, and that of the parts of states, if they are crowded.
  ///
  /// Where states were forgotten that then find no room, it is broken (`isBroken`): hashes that are spread so
  /// badly were never met.
  ///
  /// - Parameters:
  ///   - gaps: reserved positions that hold no state.
  ///   - treeGaps: reserved names that no part of a state has.
  package func growIndex(
    gaps: [Range<Int>], treeGaps: [Range<Int>] = [], _ forEachChunk: ForEachChunk
  ) {
    if let tree, tree.values.isCrowded { tree.values.growIndex(gaps: treeGaps, forEachChunk) }
    if isIndexCrowded { growOwnIndex(gaps: gaps, forEachChunk) }
  }

  /// The size after the present one. To take over what is there costs less the fewer times it is done.
  private var nextSize: StateIndex.Size {
    let size = index.size
    if size.slotCount >= doubling { return size.next }
    return size.slotCount < doubling / 8 ? size.next.next.next.next : size.next.next
  }

  private func growOwnIndex(gaps: [Range<Int>], _ forEachChunk: ForEachChunk) {
    let old = index
    let size = min(nextSize, mostSize)
    // To read states at random takes a disk longer than all of them in their order.
    if old.namesPositions && onDisk > 0 { return refill(size, gaps: gaps, forEachChunk) }
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

  /// Whether states have positions that slots can name.
  var canNameStates: Bool { forgotten == 0 && reservedCount <= StoreBudget.mostStates }

  /// Has the index name the position of each state from now on, so that they can be found.
  package func nameStates(_ forEachChunk: ForEachChunk) {
    if index.namesPositions { return }
    precondition(canNameStates, "what was forgotten has no position")
    // Of several ranks one may have no state.
    index = index.resized(to: index.size, mostPositions: max(1, reservedCount), mustName: true)
    refill(gaps: [], forEachChunk)
  }

  /// Makes the index, of a store that is empty, large enough for so many states.
  ///
  /// - Returns: false where there is no room for them.
  func makeRoom(for count: Int) -> Bool {
    assert(reservedCount == 0)
    guard count <= capacity else { return false }
    var size = index.size
    while size < mostSize && StoreBudget.mostEntries(size) < count + 4 * slack { size = size.next }
    index = index.resized(to: size, mostPositions: Self.mostPositions(size, slack))
    return true
  }

  /// Fills the index with the states that lie in its memory now.
  func fillIndex(with count: Int, _ forEachChunk: ForEachChunk) {
    reserved.store(count, ordering: .relaxed)
    refill(gaps: [], forEachChunk)
  }

  /// Fills an index of another size from the states.
  func refill(_ size: StateIndex.Size, gaps: [Range<Int>], _ forEachChunk: ForEachChunk) {
    assert(size >= index.size && size.byteCount <= slotMemory.byteCount)
    mostSize = max(mostSize, size)
    index = index.resized(to: size, mostPositions: Self.mostPositions(size, slack))
    hasOverflowed.store(false, ordering: .relaxed)
    refill(gaps: gaps, forEachChunk)
  }

  /// Empties the index and fills it from the states, in a larger one if there is no room.
  private func refill(gaps: [Range<Int>], _ forEachChunk: ForEachChunk) {
    while true {
      let hasRoom = Atomic<Bool>(true)
      forEachChunk(0..<(index.size.bucketCount + StateIndex.spread)) { [index] in index.clear($0) }
      for run in runs(between: gaps) {
        forEachChunk(run) { [index] chunk in
          if !index.add(chunk) { hasRoom.store(false, ordering: .relaxed) }
        }
      }
      if hasRoom.load(ordering: .relaxed) { return }
      let size = index.size.next
      precondition(size <= mostSize.next.next, "the hash of states is no hash")
      index = index.resized(
        to: size, mostPositions: Self.mostPositions(size, slack), mustName: index.namesPositions)
    }
  }

  /// The positions that hold a state.
  private func runs(between gaps: [Range<Int>]) -> [Range<Int>] {
    var first = 0
    var runs: [Range<Int>] = []
    for gap in gaps.sorted(by: { $0.lowerBound < $1.lowerBound }) where !gap.isEmpty {
      runs.append(first..<gap.lowerBound)
      first = gap.upperBound
    }
    return runs + [first..<reservedCount]
  }
}
