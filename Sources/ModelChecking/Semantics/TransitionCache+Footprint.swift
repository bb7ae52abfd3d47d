extension TransitionCache {
  /// Some bits of the state, as a mask for each word.
  struct Footprint: Equatable {
    var reads: [UInt64] = []
    var writes: [UInt64] = []

    func union(_ other: Footprint) -> Footprint {
      if other.reads.isEmpty { return self }
      return Footprint(
        reads: zip(reads, other.reads).map { $0 | $1 },
        writes: zip(writes, other.writes).map { $0 | $1 })
    }
  }
}
