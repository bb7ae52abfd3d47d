/// Which values fields have in the states of a search.
///
/// Asked for by `SearchOptions.looksAtValues`, for it looks at every state once more. A field of more than
/// 64 values is left out, and so is what the engine keeps for itself.
struct ValueSurvey {
  /// The fields, by their numbers.
  let fields: [Int]
  private let slots: [FieldSlot]

  static let mostValues = 64

  init(_ layout: StateLayout) {
    fields = layout.fields.indices.filter {
      layout.fields[$0].role != .control && layout.fields[$0].codes.count <= Self.mostValues
    }
    slots = fields.map { layout.fields[$0].slot }
  }

  /// By field: nothing was seen yet.
  var none: [UInt64] { Array(repeating: 0, count: fields.count) }

  /// By field: every value.
  private var all: [UInt64] {
    slots.map { $0.codes.count == 64 ? .max : (1 << UInt64($0.codes.count)) - 1 }
  }

  /// Notes the values of some states. Once a field was seen with all of them it is not looked at again.
  func note(
    _ states: Range<Int>, in seen: inout [UInt64], state: (Int) -> UnsafePointer<UInt64>
  ) {
    let all = all
    var open = slots.indices.filter { seen[$0] != all[$0] }
    for number in states {
      if open.isEmpty { return }
      let words = state(number)
      for field in open {
        let slot = slots[field]
        seen[field] |= 1 << ((words[slot.word] >> UInt64(slot.shift)) & slot.mask)
      }
      if number % 64 == 0 { open = open.filter { seen[$0] != all[$0] } }
    }
  }

  /// The values that were not seen.
  func unreached(_ seen: [UInt64], in layout: StateLayout) -> [Coverage.UnreachedValues] {
    fields.indices.compactMap { index in
      let field = layout.fields[fields[index]]
      let missing = (~seen[index] & all[index]).setBits
      if missing.isEmpty { return nil }
      let values = missing.map { field.label(slots[index].codes.lowerBound + $0) }
      return Coverage.UnreachedValues(field: field.name, values: values)
    }
  }
}
