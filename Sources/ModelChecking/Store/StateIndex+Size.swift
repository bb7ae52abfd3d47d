extension StateIndex {
  /// From which exponent of its size on a slot has room for the rest of a state; nil if never.
  static func leastExponentOfRests(_ hash: StateHash) -> Int? {
    hash.isReversible ? max(0, Int(hash.bits) - (32 - Int(probeBits))) : nil
  }

  /// A number of buckets: 2 or 3 times a power of two.
  package struct Size: Comparable {
    /// 2 or 3.
    let factor: Int
    let exponent: Int

    var bucketCount: Int { factor << exponent }
    package var slotCount: Int { bucketCount * Bucket.size }
    /// With the buckets that are looked into past the last.
    var byteCount: Int { (bucketCount + StateIndex.spread) * Bucket.byteCount }

    var next: Size {
      factor == 2
        ? Size(factor: 3, exponent: exponent) : Size(factor: 2, exponent: exponent + 1)
    }

    package static func < (a: Size, b: Size) -> Bool { a.bucketCount < b.bucketCount }
  }
}
