import CPrefetch
import Synchronization

/// The exact, shared, lock-free set of visited states.
///
/// The states lie one after the other in the order of their discovery, so that the states of one
/// depth are a range of positions: the frontier is part of the store, and a trace needs no parent
/// pointers. Beside them an open-addressed index maps a state's hash to its position. An index slot
/// is 32 bits: 0 while it is free, otherwise a position plus 1 in its low bits and a piece of the
/// hash in the others, which spares most looks at states that differ.
///
/// Any number of workers insert at the same time. A worker writes a state to a position that it
/// reserved for itself, and then publishes it by one compare-and-swap of a free slot; whoever finds
/// the slot taken compares and, if the state is another one, goes to the next slot.
///
/// The index grows between rounds of the search, when no worker inserts. Its address space is there
/// from the start; to grow it is emptied and filled again from the states over a longer stretch, so
/// growth can't fail and has no peak of its own.
///
/// Memory: 8 bytes a word and state, and 4 bytes a slot of an index that is at most 78 % full.
package final class StateStore: @unchecked Sendable {
  // Unchecked: `insert` and `find` synchronise through the slots; all else is called between rounds.

  typealias Slot = Atomic<UInt32>

  /// The states that a worker reserves at a time.
  package static let blockSize = 64

  /// How full the index may be before it grows, in percent.
  private static let mostFull = 78

  /// What a slot can tell apart, with room for a piece of the hash.
  private static let mostStates = Int(UInt32.max) / 2

  let wordCount: Int
  /// The most states that the memory limit leaves room for.
  let capacity: Int

  let states: UnsafeMutablePointer<UInt64>
  let slots: UnsafeMutablePointer<Slot>
  private(set) var slotCount: Int
  private(set) var positionMask: UInt32

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
  /// - Returns: nil where the system refuses the address space.
  package init?(wordCount: Int, bytes: Int, slack: Int) {
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
    self.slotCount = slotCount
    self.stateMemory = stateMemory
    self.slotMemory = slotMemory
    states = stateMemory.base.assumingMemoryBound(to: UInt64.self)
    slots = slotMemory.base.assumingMemoryBound(to: Slot.self)
    positionMask = Self.positionMask(slotCount, slack: slack)
  }

  deinit {
    stateMemory.release()
    slotMemory.release()
  }

  // MARK: Inserting, by any number of workers

  package enum Insertion {
    case new
    case known
  }

  /// A hash of all words; every bit depends on every word.
  @inline(__always)
  package func hash(of state: UnsafePointer<UInt64>) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for word in 0..<wordCount {
      let product = (hash ^ state[word]).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      hash = product.high ^ product.low
    }
    let product = hash.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }

  /// Asks for the slot where a state with this hash belongs.
  @inline(__always)
  func prefetchSlot(for hash: UInt64) { straypage_prefetch(slots + home(of: hash)) }

  /// Asks for the state that the first slot names, if it may be the one that is looked for.
  @inline(__always)
  func prefetchState(for hash: UInt64) {
    let entry = slots[home(of: hash)].load(ordering: .relaxed)
    if entry != 0 && (entry ^ tag(of: hash)) & ~positionMask == 0 {
      straypage_prefetch(states + Int((entry & positionMask) &- 1) &* wordCount)
    }
  }

  /// Adds a state unless it is there.
  ///
  /// - Parameters:
  ///   - position: a reserved, unused position of the caller; used up if the state is new.
  @inline(__always)
  package func insert(
    _ state: UnsafePointer<UInt64>, hash: UInt64, at position: Int
  ) -> Insertion {
    let tag = tag(of: hash)
    var slot = home(of: hash)
    while true {
      var entry = slots[slot].load(ordering: .acquiring)
      if entry == 0 {
        write(state, at: position)
        let (exchanged, original) = slots[slot].compareExchange(
          expected: 0, desired: tag | UInt32(truncatingIfNeeded: position &+ 1),
          successOrdering: .releasing, failureOrdering: .acquiring)
        if exchanged { return .new }
        entry = original
      }
      if (entry ^ tag) & ~positionMask == 0
        && isEqual(state, at: Int((entry & positionMask) &- 1))
      {
        return .known
      }
      slot &+= 1
      if _slowPath(slot == slotCount) { slot = 0 }
    }
  }

  /// The position of a state; nil if it isn't there.
  @inline(__always)
  package func find(_ state: UnsafePointer<UInt64>, hash: UInt64) -> Int? {
    let tag = tag(of: hash)
    var slot = home(of: hash)
    while true {
      let entry = slots[slot].load(ordering: .acquiring)
      if entry == 0 { return nil }
      let position = Int((entry & positionMask) &- 1)
      if (entry ^ tag) & ~positionMask == 0 && isEqual(state, at: position) { return position }
      slot &+= 1
      if _slowPath(slot == slotCount) { slot = 0 }
    }
  }

  /// Hands out the next `blockSize` positions.
  package func reserveBlock() -> Range<Int> {
    let first = reserved.wrappingAdd(Self.blockSize, ordering: .relaxed).oldValue
    return first..<(first + Self.blockSize)
  }

  /// Whether the index must grow before more is inserted. Workers ask before each batch; what they
  /// insert until all have noticed fits in the room that is left.
  package var isCrowded: Bool {
    slotCount < mostSlots
      && reserved.load(ordering: .relaxed) + slack >= slotCount / 100 * Self.mostFull
  }

  /// Whether more states were reserved than the memory limit allows, block remainders apart.
  package var isFull: Bool { reserved.load(ordering: .relaxed) >= capacity + slack }

  /// Whether it is the width of a slot that limits the number of states.
  var isBoundByNumbering: Bool { capacity == Self.mostStates - 2 * slack }

  // MARK: Between rounds

  /// The positions handed out so far.
  package var reservedCount: Int { reserved.load(ordering: .relaxed) }

  /// The bytes of memory in use.
  var bytes: Int { reservedCount * wordCount * 8 + slotCount * 4 }

  /// The state at a position.
  @inline(__always)
  package func state(at position: Int) -> UnsafePointer<UInt64> {
    UnsafePointer(states + position &* wordCount)
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
      move(from: position, to: holes.removeLast())
    }
    reserved.store(count, ordering: .relaxed)
  }

  private func move(from old: Int, to new: Int) {
    let state = state(at: old)
    var slot = home(of: hash(of: state))
    while Int((slots[slot].load(ordering: .relaxed) & positionMask)) != old + 1 {
      slot = slot + 1 == slotCount ? 0 : slot + 1
    }
    let entry = slots[slot].load(ordering: .relaxed)
    write(state, at: new)
    slots[slot].store(
      (entry & ~positionMask) | UInt32(truncatingIfNeeded: new + 1), ordering: .relaxed)
  }

  /// Makes the index larger. It is then to be emptied and filled again.
  ///
  /// - Returns: the slots to be emptied; the others are empty.
  package func enlargeIndex() -> Range<Int> {
    let used = 0..<slotCount
    // While it is small, doubling saves rounds; later, smaller steps save memory.
    let factor = slotCount < 1 << 22 ? 2.0 : 1.5
    slotCount = min(mostSlots, Int(Double(slotCount) * factor))
    positionMask = Self.positionMask(slotCount, slack: slack)
    return used
  }

  /// Empties some slots. Workers may share them out.
  package func clearSlots(_ range: Range<Int>) {
    UnsafeMutableRawPointer(slots + range.lowerBound)
      .initializeMemory(as: UInt8.self, repeating: 0, count: range.count * 4)
  }

  /// Puts the states of some positions into a new index. Workers may share the positions out.
  package func index(_ positions: Range<Int>) {
    // Far enough ahead that the slot has arrived when its turn comes.
    let distance = 16
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: distance) { hashes in
      for position in positions.lowerBound..<(positions.upperBound + distance) {
        if position - distance >= positions.lowerBound {
          publish(position - distance, hash: hashes[position % distance])
        }
        if position < positions.upperBound {
          hashes[position % distance] = hash(of: state(at: position))
          prefetchSlot(for: hashes[position % distance])
        }
      }
    }
  }

  /// Points a free slot at a state that is known to be in no other.
  @inline(__always)
  private func publish(_ position: Int, hash: UInt64) {
    let entry = tag(of: hash) | UInt32(truncatingIfNeeded: position &+ 1)
    var slot = home(of: hash)
    while !slots[slot].compareExchange(
      expected: 0, desired: entry, ordering: .relaxed
    ).exchanged {
      slot = slot + 1 == slotCount ? 0 : slot + 1
    }
  }

  // MARK: Addresses

  /// The hash's high bits choose the slot, in proportion, so any number of slots will do.
  @inline(__always)
  private func home(of hash: UInt64) -> Int {
    Int(
      truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: slotCount)).high)
  }

  /// The piece of the hash that a slot keeps, in place.
  @inline(__always)
  private func tag(of hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) & ~positionMask }

  /// Room for every position that an index of so many slots can name: it is never full.
  private static func positionMask(_ slotCount: Int, slack: Int) -> UInt32 {
    let most = UInt32(clamping: slotCount / 100 * mostFull + 2 * slack + blockSize)
    return UInt32.max >> UInt32(most.leadingZeroBitCount)
  }

  @inline(__always)
  private func write(_ state: UnsafePointer<UInt64>, at position: Int) {
    let target = states + position &* wordCount
    target[0] = state[0]
    for word in 1..<max(1, wordCount) { target[word] = state[word] }
  }

  @inline(__always)
  private func isEqual(_ state: UnsafePointer<UInt64>, at position: Int) -> Bool {
    let other = states + position &* wordCount
    if other[0] != state[0] { return false }
    for word in 1..<max(1, wordCount) where other[word] != state[word] { return false }
    return true
  }
}
