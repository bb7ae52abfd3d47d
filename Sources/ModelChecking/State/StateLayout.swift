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
    /// Bookkeeping for properties that no actor can branch on.
    case ghost
    /// The engine's own: program counters and CPU contexts.
    case control
  }

  /// A declared field.
  public struct Declaration: Sendable {
    public let name: String
    public let role: Role
    fileprivate(set) var slot: FieldSlot
    /// The codes that the field may have at first, ascending, each once.
    let initialCodes: [Int]
    let label: @Sendable (Int) -> String
    /// What a model has to do for the field to have other values.
    var remedy: String?
    /// Whether it is a place in a store buffer, empty at first, and no memory that anybody reads.
    var isBufferSlot = false

    /// The codes of the field's values.
    package var codes: ClosedRange<Int> { slot.codes }
  }

  /// The fields in the order of their declaration.
  public let fields: [Declaration]

  /// The machine words of one state, at least 1.
  public let wordCount: Int

  /// The most bits that fields may take. No two words are both less than half full, so a state has at
  /// most 4,096 of them.
  static let mostBits = 1 << 17

  /// The bits in use.
  public var bitCount: Int { fields.reduce(0) { $0 + $1.slot.width } }

  /// How many bits of the words may be in use, from the first on.
  package var span: Int {
    let last = fields.lazy.map(\.slot).filter { $0.word == wordCount - 1 }
    return 64 * (wordCount - 1) + (last.map { $0.shift + $0.width }.max() ?? 0)
  }

  /// The bits of an actor's program counter, and those of its registers that lie in the same word.
  func ownBits(of actor: Int, besides counter: Field<Int>) -> UInt64 {
    fields.reduce(counter.mask << counter.shift) { bits, field in
      field.role == .register(actor: actor) && field.slot.word == counter.word
        ? bits | field.slot.mask << UInt64(field.slot.shift) : bits
    }
  }

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
      var declaration = declaration
      declaration.slot = slot
      return declaration
    }
  }

  /// How many states there are in which every field has one of its initial values; `Int.max` where
  /// they can't be counted.
  var initialStateCount: Int {
    fields.reduce(1) { count, field in
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: field.initialCodes.count)
      return isTooLarge ? .max : product
    }
  }

  /// The first of these states: every field has the first of its initial values.
  package var firstInitialState: [UInt64] {
    var words = [UInt64](repeating: 0, count: wordCount)
    for field in fields.indices { set(field, to: fields[field].initialCodes[0], in: &words) }
    return words
  }

  /// Shows the words of each of these states; the fields declared last vary fastest.
  ///
  /// - Parameter visit: answers whether to go on.
  func forEachInitialState(_ visit: ([UInt64]) -> Bool) {
    let varying = fields.indices.filter { fields[$0].initialCodes.count > 1 }
    var chosen = [Int](repeating: 0, count: varying.count)
    var words = firstInitialState
    while visit(words) {
      var place = varying.count - 1
      while place >= 0 {
        let codes = fields[varying[place]].initialCodes
        chosen[place] = (chosen[place] + 1) % codes.count
        set(varying[place], to: codes[chosen[place]], in: &words)
        if chosen[place] != 0 { break }
        place -= 1
      }
      if place < 0 { return }
    }
  }

  /// The code that the field numbered `field` has in a state.
  package func code(of field: Int, in words: [UInt64]) -> Int {
    let slot = fields[field].slot
    return Int(truncatingIfNeeded: (words[slot.word] >> UInt64(slot.shift)) & slot.mask)
      &+ slot.codes.lowerBound
  }

  /// The state with another code in the field numbered `field`, one of its domain.
  package func setting(_ field: Int, to code: Int, in words: [UInt64]) -> [UInt64] {
    var words = words
    set(field, to: code, in: &words)
    return words
  }

  private func set(_ field: Int, to code: Int, in words: inout [UInt64]) {
    let slot = fields[field].slot
    let bits = UInt64(truncatingIfNeeded: code &- slot.codes.lowerBound)
    words[slot.word] &= ~(slot.mask << UInt64(slot.shift))
    words[slot.word] |= bits << UInt64(slot.shift)
  }
}
