import CCacheLine
import Synchronization

/// A cache line of the index: 16 slots, filled in order, that are compared all at once.
///
/// A slot is 0 while it is free.
struct Bucket {
  typealias Slot = Atomic<UInt32>

  /// How many slots it has.
  static let size = 16
  static let byteCount = size * 4

  let slots: UnsafeMutablePointer<Slot>

  /// Whether an entry is in a slot, and how many slots are used.
  @inline(__always)
  func lookForEntry(_ entry: UInt32) -> (isThere: Bool, used: Int) {
    let entry = SIMD4(repeating: entry)
    // A bit for each slot that is free, and a higher one where one is the entry.
    @inline(__always) func found(_ number: Int, _ bits: SIMD4<UInt32>) -> SIMD4<UInt32> {
      let slots = quarter(number)
      let isFree = unsafeBitCast(slots .== SIMD4(repeating: 0), to: SIMD4<UInt32>.self)
      let isEntry = unsafeBitCast(slots .== entry, to: SIMD4<UInt32>.self)
      return isFree & bits | isEntry & SIMD4(repeating: 1 << 16)
    }
    let all = Self.anyLane(
      found(0, SIMD4(1, 2, 4, 8)) | found(1, SIMD4(16, 32, 64, 128))
        | found(2, SIMD4(256, 512, 1024, 2048)) | found(3, SIMD4(4096, 8192, 16384, 32768)))
    return (all >= 1 << 16, (all | 1 << 16).trailingZeroBitCount)
  }

  /// Looks for used slots that agree with an entry in the bits of a mask.
  ///
  /// - Returns: those slots, a bit each, and how many slots are used.
  @inline(__always)
  func lookForEntries(
    like entry: UInt32, mask: UInt32
  ) -> (matches: UInt32, used: Int) {
    let entry = SIMD4(repeating: entry)
    let mask = SIMD4(repeating: mask)
    // A bit for each slot that matches, and one far above it for each that is used.
    @inline(__always) func found(_ number: Int, _ bits: SIMD4<UInt32>) -> SIMD4<UInt32> {
      let slots = quarter(number)
      let isFree = unsafeBitCast(slots .== SIMD4(repeating: 0), to: SIMD4<UInt32>.self)
      let isMatch = unsafeBitCast(
        (slots ^ entry) & mask .== SIMD4(repeating: 0), to: SIMD4<UInt32>.self)
      return (isMatch & bits | bits &<< 16) & ~isFree
    }
    let all = Self.anyLane(
      found(0, SIMD4(1, 2, 4, 8)) | found(1, SIMD4(16, 32, 64, 128))
        | found(2, SIMD4(256, 512, 1024, 2048)) | found(3, SIMD4(4096, 8192, 16384, 32768)))
    return (all & 0xFFFF, (~(all &>> 16)).trailingZeroBitCount)
  }

  /// How many slots are used.
  @inline(__always)
  var used: Int { lookForEntry(0).used }

  /// Four slots, which others may be filling.
  @inline(__always)
  private func quarter(_ number: Int) -> SIMD4<UInt32> {
    assert(UInt(bitPattern: slots) % UInt(Self.byteCount) == 0, "a bucket is a cache line")
    return straypage_load_four(slots + 4 &* number)
  }

  /// The bits that are set in any lane.
  @inline(__always)
  private static func anyLane(_ lanes: SIMD4<UInt32>) -> UInt32 {
    let halves = unsafeBitCast(lanes, to: SIMD2<UInt64>.self)
    let half = halves[0] | halves[1]
    return UInt32(truncatingIfNeeded: half | half &>> 32)
  }
}
