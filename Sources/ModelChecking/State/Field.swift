/// A named, typed, ranged part of the state: some bits of one machine word.
///
/// A model gets its fields from `SystemBuilder.field` and uses them through a state:
///
///     let refcount = system.field("page0.refcount", .range(-1...3), initially: 1)
///     Step("get_page", .atomic(refcount)) { count in count += 1 }
///
/// It is memory that all actors share: a step accesses one, and a section those that it lists. What
/// belongs to one actor is a `Register`, and what only keeps books a `Ghost`.
///
/// A field is a handful of constants, so capturing one in a step costs nothing to share between
/// threads.
@frozen public struct Field<Value: FieldValue>: Hashable, Sendable {
  @usableFromInline let word: Int
  @usableFromInline let shift: UInt64
  @usableFromInline let mask: UInt64
  @usableFromInline let minimum: Int
  @usableFromInline let maximum: Int

  /// The position of the field's declaration, which names it in reports.
  @usableFromInline let number: Int32

  init(_ slot: FieldSlot, number: Int) {
    word = slot.word
    shift = UInt64(slot.shift)
    mask = slot.mask
    minimum = slot.codes.lowerBound
    maximum = slot.codes.upperBound
    self.number = Int32(number)
  }

  /// The same bits as another field, of which only the codes are asked.
  @inlinable
  init<Other>(sharing other: Field<Other>) where Value == Int {
    word = other.word
    shift = other.shift
    mask = other.mask
    minimum = other.minimum
    maximum = other.maximum
    number = other.number
  }

  @inlinable @inline(__always)
  func code(in words: UnsafePointer<UInt64>) -> Int {
    Int(truncatingIfNeeded: (words[word] &>> shift) & mask) &+ minimum
  }

  @inlinable @inline(__always)
  func store(_ code: Int, in words: UnsafeMutablePointer<UInt64>) {
    let bits = UInt64(truncatingIfNeeded: code &- minimum)
    words[word] = (words[word] & ~(mask &<< shift)) | (bits &<< shift)
  }
}

/// Where a field lies: its word, the bits of that word, and the codes it may hold.
struct FieldSlot: Sendable, Equatable {
  var word = 0
  var shift = 0
  var codes: ClosedRange<Int>

  /// The bits the field needs: 0 for a domain of one value.
  var width: Int { UInt64.bitWidth - codes.spread.leadingZeroBitCount }
  var mask: UInt64 { width == 64 ? .max : (1 << UInt64(width)) - 1 }
}

extension ClosedRange<Int> {
  /// The distance between the bounds, right for every pair of bounds.
  fileprivate var spread: UInt64 {
    UInt64(bitPattern: Int64(upperBound)) &- UInt64(bitPattern: Int64(lowerBound))
  }
}
