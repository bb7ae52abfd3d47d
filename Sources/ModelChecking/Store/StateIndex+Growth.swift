/// What happens to the index between the rounds of a search, when no worker inserts.
extension StateIndex {
  /// Empties some buckets. Workers may share them out.
  func clear(_ buckets: Range<Int>) {
    assert(buckets.lowerBound >= 0 && buckets.upperBound <= size.bucketCount + Self.spread)
    UnsafeMutableRawPointer(slots + buckets.lowerBound * Bucket.size)
      .initializeMemory(as: UInt8.self, repeating: 0, count: buckets.count * Bucket.byteCount)
  }

  /// Moves a stored state to an unused position.
  func move(from old: Int, to new: Int) {
    assert(new < old, "a gap is filled from the end")
    let state = state(at: old)
    if namesPositions, let slot = slot(of: state, place(of: state)) {
      let entry = slots[slot].load(ordering: .relaxed)
      slots[slot].store(
        (entry & ~positionMask) | UInt32(truncatingIfNeeded: new + 1), ordering: .relaxed)
    }
    write(state, at: new, wordCount: wordCount)
  }

  /// Adds the states of some positions that are in no slot yet. Workers may share the positions out.
  ///
  /// - Returns: whether there was room.
  func add(_ positions: Range<Int>) -> Bool {
    // Far enough ahead that the bucket has arrived when its turn comes.
    let distance = 16
    return withUnsafeTemporaryAllocation(of: Place.self, capacity: distance) { places in
      withLastSlots { last in
        for position in positions.lowerBound..<(positions.upperBound + distance) {
          if position - distance >= positions.lowerBound {
            let place = places[position % distance]
            if !add(position - distance, place, after: last) { return false }
          }
          if position < positions.upperBound {
            places[position % distance] = place(of: state(at: position))
            prefetchBucket(of: places[position % distance])
          }
        }
        return true
      }
    }
  }

  /// Takes over what some buckets of the index before hold, and empties them. Both begin at the same
  /// address; no bucket that a state of these belongs in may be one that is still to be taken over.
  ///
  /// - Returns: whether there was room.
  func takeOver(_ buckets: Range<Int>, of old: StateIndex) -> Bool {
    assert(old.slots == slots && old.states == states && old.size <= size)
    let count = buckets.count * Bucket.size
    let distance = 16
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { entries in
      UnsafeMutableRawBufferPointer(entries).copyMemory(
        from: UnsafeRawBufferPointer(
          start: old.slots + buckets.lowerBound * Bucket.size,
          count: buckets.count * Bucket.byteCount))
      old.clear(buckets)
      return withLastSlots { last in
        for number in 0..<count {
          if old.namesPositions && number + distance < count && entries[number + distance] != 0 {
            old.prefetchState(
              at: old.position(in: entries[number + distance]), wordCount: wordCount)
          }
          let entry = entries[number]
          if entry == 0 { continue }
          let hasRoom: Bool
          if old.namesPositions {
            let position = old.position(in: entry)
            let state = state(at: position, wordCount: wordCount)
            hasRoom = add(position, place(of: state, wordCount: wordCount), after: last)
          } else {
            let bucket = buckets.lowerBound &+ number / Bucket.size
            hasRoom = add(0, place(ofHash: old.hash(of: entry, in: bucket)), after: last)
          }
          if !hasRoom { return false }
        }
        return true
      }
    }
  }

  func position(in entry: UInt32) -> Int {
    assert(namesPositions && entry & positionMask != 0)
    return Int(entry & positionMask) - 1
  }

  /// For how many buckets it is remembered which slot was filled last.
  private static let remembered = 16

  private func withLastSlots<Result>(_ body: (UnsafeMutablePointer<Int>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.remembered) { last in
      last.initialize(repeating: -1)
      return body(last.baseAddress!)
    }
  }

  /// Fills a free slot for a state that is known to be in no other.
  ///
  /// - Parameter last: the slots that were filled last, of some buckets. Often the next is free, and
  ///   to load a whole bucket just after a part of it was stored would have to wait for the store.
  @inline(__always)
  private func add(
    _ position: Int, _ place: Place, after last: UnsafeMutablePointer<Int>
  ) -> Bool {
    var bucket = place.bucket
    var entry = place.entry
    if namesPositions { entry |= UInt32(truncatingIfNeeded: position &+ 1) }
    for probe in 1...Int(Self.probeMask) {
      let first = bucket &* Bucket.size
      let last = last + bucket % Self.remembered
      var used = last.pointee &- first
      used = used >= 0 && used < Bucket.size ? used &+ 1 : self.bucket(bucket).used
      while used < Bucket.size {
        if slots[first &+ used].load(ordering: .relaxed) == 0 && claim(first &+ used, for: entry) {
          last.pointee = first &+ used
          return true
        }
        used &+= 1
      }
      bucket &+= probe
      if !namesPositions { entry &+= 1 }
    }
    return false
  }
}
