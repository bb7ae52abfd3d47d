/// The fields of a state and the machine words they are packed into.
///
/// A layout is made at run time from the declarations of a model, so a model may have any number
/// of pages, CPUs and actors. A state takes the fewest words that first-fit packing finds; no field
/// straddles two words.
public struct StateLayout: Sendable {
  /// What a field is for.
  public enum Role: Sendable, Equatable {
    /// Memory that any actor may access: one access a step.
    case shared
    /// Private to one actor, whose number it is; free to use within its steps.
    case register(actor: Int)
    /// Bookkeeping for properties that no actor may branch on.
    case ghost
    /// The engine's own: program counters and CPU contexts.
    case control
  }

  /// A declared field.
  public struct Declaration: Sendable {
    public let name: String
    public let role: Role
    let slot: FieldSlot
    let initialCode: Int
    let label: @Sendable (Int) -> String
  }

  /// The fields in the order of their declaration.
  public let fields: [Declaration]

  /// The machine words of one state, at least 1.
  public let wordCount: Int

  /// The bits in use.
  public var bitCount: Int { fields.reduce(0) { $0 + $1.slot.width } }

  /// Packs the declared fields: in the order of declaration where one word is enough, otherwise
  /// widest first, each into the first word with room.
  init(packing declarations: [Declaration]) {
    var slots = declarations.map(\.slot)
    var order = Array(slots.indices)
    if slots.reduce(0, { $0 + $1.width }) > UInt64.bitWidth {
      order.sort { (slots[$0].width, $1) > (slots[$1].width, $0) }
    }
    var used: [Int] = [0]
    for field in order {
      let width = slots[field].width
      let word = used.firstIndex { $0 + width <= UInt64.bitWidth } ?? used.count
      if word == used.count { used.append(0) }
      // A field of no bits reads as its one value from anywhere.
      slots[field].word = word
      slots[field].shift = width == 0 ? 0 : used[word]
      used[word] += width
    }
    wordCount = used.count
    fields = zip(declarations, slots).map { declaration, slot in
      Declaration(
        name: declaration.name, role: declaration.role, slot: slot,
        initialCode: declaration.initialCode, label: declaration.label)
    }
  }

  /// The words of the state in which every field has its initial value.
  var initialWords: [UInt64] {
    var words = [UInt64](repeating: 0, count: wordCount)
    for field in fields {
      words[field.slot.word] |=
        UInt64(truncatingIfNeeded: field.initialCode &- field.slot.codes.lowerBound)
        << UInt64(field.slot.shift)
    }
    return words
  }

  /// The code that the field numbered `field` has in a state.
  func code(of field: Int, in words: [UInt64]) -> Int {
    let slot = fields[field].slot
    return Int(truncatingIfNeeded: (words[slot.word] >> UInt64(slot.shift)) & slot.mask)
      &+ slot.codes.lowerBound
  }
}
