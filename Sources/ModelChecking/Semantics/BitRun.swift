/// Neighbouring bits of a word of a state, and where they go in a key.
struct BitRun {
  var mask: UInt64 = 0
  var rotation: Int32 = 0
  var word: Int32 = 0

  @inline(__always)
  func part(of word: UInt64) -> Int {
    let rotation = UInt64(truncatingIfNeeded: rotation)
    return Int(truncatingIfNeeded: (word &>> rotation | word &<< (0 &- rotation)) & mask)
  }

  @inline(__always)
  func part(of state: UnsafePointer<UInt64>) -> Int { part(of: state[Int(word)]) }

  var bitCount: Int { mask.nonzeroBitCount }
}

extension BitRun {
  /// Some bits of a state in runs of neighbours.
  ///
  /// - Parameters:
  ///   - masks: the bits, by word.
  ///   - atZero: whether each run is a key of its own; otherwise they go one after the other.
  static func runs(of masks: [UInt64], atZero: Bool = false) -> [BitRun] {
    var runs: [BitRun] = []
    var place = 0
    for (word, bits) in masks.enumerated() {
      var rest = bits
      while rest != 0 {
        let first = rest.trailingZeroBitCount
        let length = (~(rest >> UInt64(first))).trailingZeroBitCount
        let ones: UInt64 = length == 64 ? .max : (1 << UInt64(length)) - 1
        runs.append(
          BitRun(
            mask: ones << UInt64(place), rotation: Int32((64 + first - place) % 64),
            word: Int32(word)))
        rest &= ~(ones << UInt64(first))
        if !atZero { place += length }
      }
    }
    return runs
  }

  /// The widest run of neighbouring bits, or as much of it as fits.
  static func widest(of masks: [UInt64], mostBits: Int) -> BitRun {
    var widest = BitRun()
    for run in runs(of: masks, atZero: true) where run.bitCount > widest.bitCount { widest = run }
    widest.mask &= (1 << UInt64(mostBits)) - 1
    return widest
  }

  /// The one run from the first to the last of some bits of a word, with all that lies between; nil
  /// if there are none or it would be too wide.
  static func span(of mask: UInt64, mostBits: Int) -> BitRun? {
    if mask == 0 { return nil }
    let first = mask.trailingZeroBitCount
    let width = 64 - mask.leadingZeroBitCount - first
    return width > mostBits
      ? nil : BitRun(mask: (1 << UInt64(width)) - 1, rotation: Int32(first))
  }
}
