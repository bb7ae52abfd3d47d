import CCacheLine
import Synchronization

/// The index of the stored states as workers use it: where everything lies, until it next grows.
///
/// A bucket is a cache line of 16 slots of 32 bits, filled in order; a slot is 0 while it is free.
/// A state belongs in the bucket that the first bits of its hash name; if that is full, in one 1, 3,
/// 6 ... buckets further on. A whole bucket is compared at once.
///
/// What a slot holds depends on how much the number of the bucket leaves to be said. The hash of a
/// state of one word can be turned back into the state. As soon as all that the bucket does not say
/// of it fits into a slot, beside the number of buckets that were full before, a slot holds just
/// that: the index alone tells whether a state is known, exactly, with one access to memory.
/// (Quotienting: Cleary, "Compact hash tables using bidirectional linear probing", IEEE Trans.
/// Computers 1984.) Otherwise a slot holds a position plus 1 in its low bits and in the others a piece
/// of the hash, which spares most looks at states that differ.
///
/// Any number of workers insert at the same time, by a compare-and-swap of a bucket's first free
/// slot. A state is written to a position that a worker reserved for itself before a slot names it.
package struct StateIndex: @unchecked Sendable {
  // Unchecked: it points to memory that workers share; what they do with it is as said above.

  typealias Slot = Bucket.Slot

  /// The bits of a slot that say, beside the rest of a state, which of the buckets where it may
  /// stand this is, from 1 on.
  static let probeBits: UInt64 = 5
  static let probeMask: UInt32 = (1 << UInt32(probeBits)) - 1

  /// The buckets past the last one that a state belongs in, so that looking further never wraps.
  static let spread = Int(probeMask) * Int(probeMask + 1) / 2

  let states: UnsafeMutablePointer<UInt64>
  let slots: UnsafeMutablePointer<Slot>
  let stateHash: StateHash
  package let size: Size
  /// The bits of a slot that hold a position; 0 where slots hold the rest of the state.
  let positionMask: UInt32
  /// How many positions may be in use until the index grows.
  let mostPositions: Int
  /// Whether more than one worker inserts.
  let isShared: Bool

  /// How many bits there are below the bucket, in a hash times the factor of the size.
  private let restShift: UInt64

  package var wordCount: Int { stateHash.wordCount }

  /// Where a state belongs, and what its slot there holds apart from its position.
  package struct Place {
    package var bucket = 0
    var entry: UInt32 = 0
    /// The position, plus 1, of a state that may be the one; 0 if there is none.
    var candidate: UInt32 = 0
    /// The slots of the bucket that were used when there was none; all of them if nobody has looked.
    var used = UInt32(Bucket.size)
  }

  package enum Insertion {
    case new
    case known
    /// Too many buckets are full: the index must grow first.
    case noRoom
  }

  /// - Parameters:
  ///   - mostPositions: how many positions a slot must be able to name, and states may have.
  ///   - mustName: whether slots must name positions, even if they could do without.
  init(
    _ stateHash: StateHash, states: UnsafeMutablePointer<UInt64>,
    slots: UnsafeMutablePointer<Slot>, size: Size, mostPositions: Int, mustName: Bool = false,
    isShared: Bool
  ) {
    self.stateHash = stateHash
    self.states = states
    self.slots = slots
    self.size = size
    self.mostPositions = mostPositions
    self.isShared = isShared
    assert(UInt64(size.exponent) < stateHash.bits, "a bucket is named by bits of the hash")
    let rest = stateHash.bits - UInt64(size.exponent)
    restShift = rest
    let holdsRest =
      !mustName && Self.leastExponentOfRests(stateHash).map { size.exponent >= $0 } ?? false
    positionMask =
      holdsRest ? 0 : .max >> UInt32(UInt32(clamping: mostPositions).leadingZeroBitCount)
  }

  /// An index of another size in the same place, with nothing moved yet.
  func resized(to size: Size, mostPositions: Int, mustName: Bool = false) -> StateIndex {
    StateIndex(
      stateHash, states: states, slots: slots, size: size, mostPositions: mostPositions,
      mustName: mustName, isShared: isShared)
  }

  /// Whether slots name the positions of states.
  @inline(__always)
  package var namesPositions: Bool { positionMask != 0 }

  /// Where a state belongs.
  package func place(of state: UnsafePointer<UInt64>) -> Place {
    place(of: state, wordCount: wordCount)
  }

  /// - Parameter wordCount: the index's, said again where it may be a constant; as in what follows.
  @inline(__always)
  func place(of state: UnsafePointer<UInt64>, wordCount: Int) -> Place {
    place(ofHash: stateHash.hash(of: state, wordCount: wordCount))
  }

  /// The hash times the factor: the bucket, and below it what the bucket doesn't say.
  @inline(__always)
  func place(ofHash hash: UInt64) -> Place {
    assert(hash >> stateHash.bits == 0)
    let product = hash &* UInt64(truncatingIfNeeded: size.factor)
    let rest = UInt32(truncatingIfNeeded: (product &<< (64 &- restShift)) &>> 32)
    return Place(
      bucket: Int(truncatingIfNeeded: product &>> restShift),
      entry: namesPositions ? rest & ~positionMask : rest | 1)
  }

  /// Turns a slot that holds the rest of a state back into the state's hash.
  @inline(__always)
  func hash(of entry: UInt32, in bucket: Int) -> UInt64 {
    assert(!namesPositions && entry & Self.probeMask != 0)
    let probe = Int(entry & Self.probeMask)
    let home = bucket &- probe &* (probe &- 1) / 2
    let rest = (UInt64(entry & ~Self.probeMask) << 32) >> (64 - restShift)
    let product = UInt64(home) << restShift | rest
    // The inverse of 3, modulo 2^64.
    return size.factor == 2 ? product >> 1 : product &* 0xAAAA_AAAA_AAAA_AAAB
  }

  /// Asks for the bucket where a state belongs.
  @inline(__always)
  func prefetchBucket(of place: Place) {
    assert((0..<size.bucketCount).contains(place.bucket))
    straypage_prefetch(slots + place.bucket &* Bucket.size)
  }

  /// Finds out whether a state may be there, and asks for its memory. Only where slots name positions.
  @inline(__always)
  func prefetchCandidate(of place: inout Place, wordCount: Int) {
    assert(namesPositions)
    let (matches, used) = look(place.bucket, for: place.entry)
    if matches == 0 {
      place.candidate = 0
      place.used = UInt32(truncatingIfNeeded: used)
    } else {
      place.used = UInt32(Bucket.size)
      let slot = place.bucket &* Bucket.size &+ matches.trailingZeroBitCount
      // Acquired: what the slot names was written before.
      place.candidate = slots[slot].load(ordering: .acquiring) & positionMask
      prefetchState(at: Int(place.candidate) &- 1, wordCount: wordCount)
    }
  }

  /// Asks for a state, which may lie in two cache lines.
  @inline(__always)
  func prefetchState(at position: Int, wordCount: Int) {
    let state = state(at: position, wordCount: wordCount)
    straypage_prefetch(state)
    if wordCount > 1 { straypage_prefetch(state + (wordCount &- 1)) }
  }

  /// Whether a state is the one that was found then.
  @inline(__always)
  func isCandidate(_ state: UnsafePointer<UInt64>, of place: Place, wordCount: Int) -> Bool {
    assert(namesPositions)
    return place.candidate != 0
      && isEqual(state, at: Int(place.candidate) &- 1, wordCount: wordCount)
  }

  /// Adds a state unless it is there. Only where slots name positions.
  ///
  /// - Parameters:
  ///   - position: a reserved, unused position of the caller; used up if the state is new.
  func insert<Words: WordCount>(
    _ state: UnsafePointer<UInt64>, _ place: Place, at position: Int, _: Words.Type
  ) -> Insertion {
    assert(namesPositions && place.entry & positionMask == 0)
    let wordCount = Words.count(wordCount)
    let entry = place.entry | UInt32(truncatingIfNeeded: position &+ 1)
    var bucket = place.bucket
    // Slots are filled in order: where the first that was free still is, nothing has come to the bucket.
    let free = bucket &* Bucket.size &+ Int(place.used)
    if _fastPath(place.used < Bucket.size && slots[free].load(ordering: .relaxed) == 0) {
      write(state, at: position, wordCount: wordCount)
      if claim(free, for: entry) { return .new }
    }
    var probe = 1
    while true {
      let (matches, used) = look(bucket, for: place.entry)
      if isThere(state, among: matches, in: bucket, wordCount: wordCount) { return .known }
      if _fastPath(used < Bucket.size) {
        write(state, at: position, wordCount: wordCount)
        if claim(bucket &* Bucket.size &+ used, for: entry) { return .new }
        // Another worker was quicker. What it added may be this state.
        continue
      }
      if _slowPath(probe == Int(Self.probeMask)) { return .noRoom }
      bucket &+= probe
      probe &+= 1
    }
  }

  /// Adds a state unless it is there. Only where slots hold the rest of the state.
  @inline(__always)
  func insertRest(_ place: Place) -> Insertion {
    assert(!namesPositions && place.entry & Self.probeMask == 1)
    var bucket = place.bucket
    var entry = place.entry
    while true {
      let (isThere, used) = self.bucket(bucket).lookForEntry(entry)
      if isThere { return .known }
      if _fastPath(used < Bucket.size) {
        if claim(bucket &* Bucket.size &+ used, for: entry) { return .new }
        continue
      }
      let probe = entry & Self.probeMask
      if _slowPath(probe == Self.probeMask) { return .noRoom }
      bucket &+= Int(probe)
      entry &+= 1
    }
  }

  /// Adds a state unless it is there, whatever slots hold.
  package func insert(_ state: UnsafePointer<UInt64>, at position: Int) -> Insertion {
    let place = place(of: state)
    if namesPositions { return insert(state, place, at: position, ManyWords.self) }
    let insertion = insertRest(place)
    if insertion == .new { write(state, at: position, wordCount: wordCount) }
    return insertion
  }

  /// The position of a state; nil if it isn't there. Only where slots name positions.
  @inline(__always)
  package func find(_ state: UnsafePointer<UInt64>, _ place: Place) -> Int? {
    assert(namesPositions)
    return slot(of: state, place).map { Int(slots[$0].load(ordering: .relaxed) & positionMask) - 1 }
  }

  /// The same after its memory was asked for.
  @inline(__always)
  func position(of state: UnsafePointer<UInt64>, _ place: Place, wordCount: Int) -> Int? {
    isCandidate(state, of: place, wordCount: wordCount)
      ? Int(place.candidate) &- 1 : find(state, place)
  }

  /// Whether a state is there.
  func contains(_ state: UnsafePointer<UInt64>, _ place: Place) -> Bool {
    slot(of: state, place) != nil
  }

  @inline(__always)
  func slot(of state: UnsafePointer<UInt64>, _ place: Place) -> Int? {
    var bucket = place.bucket
    var entry = place.entry
    for probe in 1...Int(Self.probeMask) {
      var (matches, used) = look(bucket, for: entry)
      while matches != 0 {
        let slot = bucket &* Bucket.size &+ matches.trailingZeroBitCount
        if !namesPositions || isEqual(state, toThatOf: slot, wordCount: wordCount) { return slot }
        matches &= matches &- 1
      }
      if used < Bucket.size { return nil }
      bucket &+= probe
      if !namesPositions { entry &+= 1 }
    }
    return nil
  }

  // MARK: Buckets and slots

  @inline(__always)
  func bucket(_ number: Int) -> Bucket {
    assert((0..<(size.bucketCount + Self.spread)).contains(number))
    return Bucket(slots: slots + number &* Bucket.size)
  }

  /// The slots of a bucket that may name a state, a bit each, and how many slots are used.
  @inline(__always)
  private func look(_ number: Int, for entry: UInt32) -> (matches: UInt32, used: Int) {
    bucket(number).lookForEntries(like: entry, mask: ~positionMask)
  }

  /// Puts an entry into a free slot. Returns false if another worker was quicker.
  @inline(__always)
  func claim(_ slot: Int, for entry: UInt32) -> Bool {
    assert(entry != 0 && slot < (size.bucketCount + Self.spread) * Bucket.size)
    assert(
      slot % Bucket.size == 0 || slots[slot - 1].load(ordering: .relaxed) != 0,
      "the slots of a bucket are filled in order")
    // A locked instruction holds up the loads after it, which a lone worker need not suffer.
    if !isShared {
      slots[slot].store(entry, ordering: .relaxed)
      return true
    }
    return slots[slot].compareExchange(
      expected: 0, desired: entry, successOrdering: .releasing, failureOrdering: .relaxed
    ).exchanged
  }

  /// Whether one of the slots of a bucket names a state.
  @inline(__always)
  private func isThere(
    _ state: UnsafePointer<UInt64>, among matches: UInt32, in bucket: Int, wordCount: Int
  ) -> Bool {
    var matches = matches
    while matches != 0 {
      let slot = bucket &* Bucket.size &+ matches.trailingZeroBitCount
      if isEqual(state, toThatOf: slot, wordCount: wordCount) { return true }
      matches &= matches &- 1
    }
    return false
  }

  @inline(__always)
  private func isEqual(
    _ state: UnsafePointer<UInt64>, toThatOf slot: Int, wordCount: Int
  ) -> Bool {
    // Acquired: what the slot names was written before.
    let entry = slots[slot].load(ordering: .acquiring)
    return isEqual(state, at: Int(entry & positionMask) &- 1, wordCount: wordCount)
  }

  @inline(__always)
  private func isEqual(
    _ state: UnsafePointer<UInt64>, at position: Int, wordCount: Int
  ) -> Bool {
    let other = self.state(at: position, wordCount: wordCount)
    var difference: UInt64 = 0
    for word in 0..<wordCount { difference |= other[word] ^ state[word] }
    return difference == 0
  }

  @inline(__always)
  func write(_ state: UnsafePointer<UInt64>, at position: Int, wordCount: Int) {
    assert(wordCount == self.wordCount && (0..<mostPositions).contains(position))
    let target = states + position &* wordCount
    for word in 0..<wordCount { target[word] = state[word] }
  }

  /// The state at a position.
  package func state(at position: Int) -> UnsafePointer<UInt64> {
    state(at: position, wordCount: wordCount)
  }

  @inline(__always)
  func state(at position: Int, wordCount: Int) -> UnsafePointer<UInt64> {
    assert(wordCount == self.wordCount && (0..<mostPositions).contains(position))
    return UnsafePointer(states + position &* wordCount)
  }
}
