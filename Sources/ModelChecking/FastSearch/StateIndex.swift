import CPrefetch
import Synchronization

/// The index of the stored states as workers use it: where everything lies, until it next grows.
///
/// An index slot is 32 bits: 0 while it is free, otherwise a position plus 1 in its low bits and a
/// piece of the state's hash in the others, which spares most looks at states that differ. A state
/// is looked for from the slot where its hash belongs, one slot after the other (linear probing).
///
/// Any number of workers insert at the same time. A worker writes a state to a position that it
/// reserved for itself, and then publishes it by one compare-and-swap of a free slot; whoever finds
/// the slot taken compares and, if the state is another one, goes to the next slot.
package struct StateIndex {
  typealias Slot = Atomic<UInt32>

  let wordCount: Int
  let states: UnsafeMutablePointer<UInt64>
  let slots: UnsafeMutablePointer<Slot>
  let slotCount: Int
  /// The bits of a slot that hold a position.
  let positionMask: UInt32
  /// Whether more than one worker inserts.
  let isShared: Bool

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
        entry = claim(slot, for: tag | UInt32(truncatingIfNeeded: position &+ 1))
        if entry == 0 { return .new }
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

  // MARK: Between rounds

  /// Empties some slots. Workers may share them out.
  package func clearSlots(_ range: Range<Int>) {
    UnsafeMutableRawPointer(slots + range.lowerBound)
      .initializeMemory(as: UInt8.self, repeating: 0, count: range.count * 4)
  }

  /// Moves a stored state to an unused position.
  func move(from old: Int, to new: Int) {
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

  /// Puts the states of some positions into a new index. Workers may share the positions out.
  package func add(_ positions: Range<Int>) {
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
    while slots[slot].load(ordering: .relaxed) != 0 || claim(slot, for: entry) != 0 {
      slot = slot + 1 == slotCount ? 0 : slot + 1
    }
  }

  /// Puts an entry into a slot that was free a moment ago. Returns what is there instead, or 0.
  @inline(__always)
  private func claim(_ slot: Int, for entry: UInt32) -> UInt32 {
    // A locked instruction holds up the loads after it, which a lone worker need not suffer.
    if !isShared {
      slots[slot].store(entry, ordering: .relaxed)
      return 0
    }
    return slots[slot].compareExchange(
      expected: 0, desired: entry, successOrdering: .releasing, failureOrdering: .acquiring
    ).original
  }

  /// The hash's high bits choose the slot, in proportion, so any number of slots will do.
  @inline(__always)
  private func home(of hash: UInt64) -> Int {
    Int(
      truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: slotCount)).high)
  }

  /// The piece of the hash that a slot keeps, in place.
  @inline(__always)
  private func tag(of hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) & ~positionMask }

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

  /// The state at a position.
  @inline(__always)
  package func state(at position: Int) -> UnsafePointer<UInt64> {
    UnsafePointer(states + position &* wordCount)
  }
}
