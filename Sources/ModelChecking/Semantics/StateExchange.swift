/// What an exchange of two members does to the words of a state.
struct StateExchange: ~Copyable {
  /// Bits that go from one place to another; neighbours that go together are one.
  struct Part {
    let fromWord: Int32
    let fromShift: UInt8
    let toShift: UInt8
    let toWord: Int32
    let mask: UInt64
    /// Where the codes that take the place of others begin; -1 where they stay.
    let codes: Int32
  }

  private let parts: OwnedBuffer<Part>
  private let codes: OwnedBuffer<UInt32>
  /// By word: the bits that stay.
  private let kept: OwnedBuffer<UInt64>

  init(_ action: Exchange.Action, in layout: StateLayout) {
    var parts: [Part] = []
    var codes: [UInt32] = []
    var kept = [UInt64](repeating: .max, count: layout.wordCount)
    let moved = layout.fields.indices.filter {
      (action.fields[$0] != $0 || action.codes[$0] != nil) && layout.fields[$0].slot.width > 0
    }.sorted {
      let (one, two) = (layout.fields[$0].slot, layout.fields[$1].slot)
      return (one.word, one.shift) < (two.word, two.shift)
    }
    for field in moved {
      let (from, to) = (layout.fields[field].slot, layout.fields[action.fields[field]].slot)
      kept[to.word] &= ~(to.mask << UInt64(to.shift))
      let part = Part(
        fromWord: Int32(from.word), fromShift: UInt8(from.shift), toShift: UInt8(to.shift),
        toWord: Int32(to.word), mask: from.mask,
        codes: action.codes[field] == nil ? -1 : Int32(codes.count))
      if let table = action.codes[field] { codes += table.map(UInt32.init) }
      if let last = parts.last, let both = Self.joined(last, part) {
        parts[parts.count - 1] = both
      } else {
        parts.append(part)
      }
    }
    self.parts = OwnedBuffer(parts)
    self.codes = OwnedBuffer(codes)
    self.kept = OwnedBuffer(kept)
  }

  /// Two parts as one, where the second follows the first before and after.
  private static func joined(_ one: Part, _ two: Part) -> Part? {
    let width = UInt8(one.mask.nonzeroBitCount)
    guard one.codes < 0, two.codes < 0, one.fromWord == two.fromWord, one.toWord == two.toWord,
      two.fromShift == one.fromShift + width, two.toShift == one.toShift + width
    else { return nil }
    return Part(
      fromWord: one.fromWord, fromShift: one.fromShift, toShift: one.toShift, toWord: one.toWord,
      mask: one.mask | two.mask << UInt64(width), codes: -1)
  }

  /// Makes a state with the members exchanged.
  ///
  /// - Parameter target: room for it, elsewhere.
  @inline(__always)
  func apply(
    to state: UnsafePointer<UInt64>, into target: UnsafeMutablePointer<UInt64>, wordCount: Int
  ) {
    for word in 0..<wordCount { target[word] = state[word] & kept.base[word] }
    let parts = parts.elements
    for number in 0..<parts.count {
      let part = parts.baseAddress.unsafelyUnwrapped + number
      var bits =
        state[Int(part.pointee.fromWord)] &>> UInt64(part.pointee.fromShift) & part.pointee.mask
      if part.pointee.codes >= 0 {
        bits = UInt64(codes.base[Int(part.pointee.codes) &+ Int(truncatingIfNeeded: bits)])
      }
      target[Int(part.pointee.toWord)] |= bits &<< UInt64(part.pointee.toShift)
    }
  }
}
