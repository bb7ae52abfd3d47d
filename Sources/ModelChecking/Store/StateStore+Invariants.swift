/// What is wrong with the memory of a store: a mistake of the engine.
package struct BrokenInvariant: Error, CustomStringConvertible {
  package let description: String

  fileprivate static func check(
    _ isTrue: Bool, _ description: @autoclosure () -> String
  ) throws(BrokenInvariant) {
    if !isTrue { throw BrokenInvariant(description: description()) }
  }
}

extension StateStore {
  /// Checks that states and index fit each other: every state that is stored is found, and nothing
  /// else. Between rounds only.
  ///
  /// - Parameter gaps: reserved positions that hold no state.
  /// - Throws: the first thing that is wrong.
  /// - Complexity: proportional to the number of slots and of states.
  package func checkInvariants(gaps: [Range<Int>] = []) throws(BrokenInvariant) {
    try BrokenInvariant.check(
      reservedCount <= positionCount,
      "\(reservedCount) positions are reserved, and there is memory for \(positionCount)")
    try BrokenInvariant.check(
      index.size.byteCount <= slotMemory.byteCount, "the index has outgrown its memory")
    let unused = PositionSet(count: reservedCount)
    for position in gaps.joined() {
      try BrokenInvariant.check(position < reservedCount, "the gap \(position) is not reserved")
      try BrokenInvariant.check(unused.insert(position), "position \(position) is in two gaps")
    }
    let entryCount = try checkBuckets(unused)
    let stateCount = reservedCount - gaps.reduce(0) { $0 + $1.count }
    try BrokenInvariant.check(
      entryCount == stateCount, "\(entryCount) slots are used for \(stateCount) states")
    try checkStates(unused)
  }

  /// Checks each bucket by itself. Returns how many slots are used.
  private func checkBuckets(_ unused: PositionSet) throws(BrokenInvariant) -> Int {
    var entryCount = 0
    for bucket in 0..<(index.size.bucketCount + StateIndex.spread) {
      var hasFreeSlot = false
      for slot in (bucket * Bucket.size)..<((bucket + 1) * Bucket.size) {
        let entry = index.slots[slot].load(ordering: .relaxed)
        if entry == 0 {
          hasFreeSlot = true
          continue
        }
        try BrokenInvariant.check(
          !hasFreeSlot, "slot \(slot) is used after a free one of the same bucket")
        if index.namesPositions {
          try checkName(entry, in: slot, unused)
        } else {
          try BrokenInvariant.check(
            entry & StateIndex.probeMask != 0, "slot \(slot) says of no bucket that it was full")
        }
        entryCount += 1
      }
    }
    return entryCount
  }

  /// Checks that a slot names a stored state.
  private func checkName(
    _ entry: UInt32, in slot: Int, _ unused: PositionSet
  ) throws(BrokenInvariant) {
    let position = Int(entry & index.positionMask) - 1
    try BrokenInvariant.check(
      position >= 0 && position < reservedCount,
      "slot \(slot) names position \(position), of \(reservedCount)")
    try BrokenInvariant.check(
      !unused.contains(position), "slot \(slot) names position \(position), which is unused")
  }

  /// Checks that each state is found in a slot of its own, past full buckets only.
  private func checkStates(_ unused: PositionSet) throws(BrokenInvariant) {
    let taken = PositionSet(count: (index.size.bucketCount + StateIndex.spread) * Bucket.size)
    for position in forgotten..<reservedCount where !unused.contains(position) {
      let state = index.state(at: position)
      guard let slot = index.slot(of: state, index.place(of: state)) else {
        throw BrokenInvariant(description: "the state at position \(position) is not in the index")
      }
      try BrokenInvariant.check(
        taken.insert(slot), "the state at position \(position) is stored twice")
      if index.namesPositions {
        let named = index.position(in: index.slots[slot].load(ordering: .relaxed))
        try BrokenInvariant.check(
          named == position, "the state at position \(position) is named as \(named)")
      }
    }
  }
}
