/// Which fields invariants and goals were seen to look at, and some of the values of those of which they were
/// asked under watch: a property that finds the same values in what it looks at looks at the same again.
final class AskedProperties {
  let questions: [StepTable.Question]
  private let descriptions: [String]
  private let layout: StateLayout
  private let wordCount: Int
  /// By property and word: the bits that it was seen to look at.
  private let masks: OwnedBuffer<UInt64>
  /// By property and place: values that were noted, and 1 before them.
  private let recent: OwnedBuffer<UInt64>
  private static let placeBits = 9

  /// How many properties there are.
  let count: Int

  init(_ system: System, _ table: StepTable) {
    questions = Array(table.invariants.elements) + Array(table.goals.elements)
    descriptions =
      system.invariants.map { "the invariant '\($0.name)'" }
      + system.goals.map { "the goal '\($0.name)'" }
    layout = table.layout
    wordCount = table.wordCount
    count = questions.count
    masks = OwnedBuffer(repeating: 0, count: count * wordCount)
    recent = OwnedBuffer(repeating: 0, count: (count << Self.placeBits) * (1 + wordCount))
  }

  func description(of number: Int) -> String { descriptions[number] }

  /// The values of what a property looks at, word by word.
  func values(_ number: Int, in state: UnsafePointer<UInt64>) -> [UInt64] {
    (0..<wordCount).map { state[$0] & masks[number * wordCount + $0] }
  }

  func values(_ number: Int, in state: [UInt64]) -> [UInt64] {
    state.withUnsafeBufferPointer { values(number, in: $0.baseAddress!) }
  }

  /// How many bits a property looks at.
  func width(_ number: Int) -> Int {
    (0..<wordCount).reduce(0) { $0 + masks[number * wordCount + $1].nonzeroBitCount }
  }

  /// All fields that some property looks at.
  var fields: [Int] {
    layout.fields.indices.filter { field in
      let slot = layout.fields[field].slot
      let bits = slot.mask << UInt64(slot.shift)
      return (0..<count).contains { masks[$0 * wordCount + slot.word] & bits != 0 }
    }
  }

  /// Notes that a property looks at some fields.
  func noteFields(_ fields: some Sequence<Int>, of number: Int) {
    var isNew = false
    for field in fields {
      let slot = layout.fields[field].slot
      let bits = slot.mask << UInt64(slot.shift)
      if masks[number * wordCount + slot.word] & bits == bits { continue }
      masks[number * wordCount + slot.word] |= bits
      isNew = true
    }
    if !isNew { return }
    // What was noted by fewer fields is not known by these.
    for place in (number << Self.placeBits)..<((number + 1) << Self.placeBits) {
      recent[place * (1 + wordCount)] = 0
    }
  }

  /// Whether the values of what a property looks at were noted, and not forgotten since.
  @inline(__always)
  func isKnown(_ number: Int, in state: UnsafePointer<UInt64>) -> Bool {
    let (mask, known) = (masks.base + number &* wordCount, place(number, in: state))
    var difference = known[0] ^ 1
    for word in 0..<wordCount { difference |= known[1 &+ word] ^ (state[word] & mask[word]) }
    return difference == 0
  }

  /// Notes the values of what a property looks at.
  func note(_ number: Int, in state: UnsafePointer<UInt64>) {
    let (mask, known) = (masks.base + number &* wordCount, place(number, in: state))
    known[0] = 1
    for word in 0..<wordCount { known[1 &+ word] = state[word] & mask[word] }
  }

  @inline(__always)
  private func place(
    _ number: Int, in state: UnsafePointer<UInt64>
  ) -> UnsafeMutablePointer<UInt64> {
    let mask = masks.base + number &* wordCount
    var hash: UInt64 = 0
    for word in 0..<wordCount {
      hash = (hash ^ state[word] & mask[word]) &* 0x9E37_79B9_7F4A_7C15
    }
    let place = number << Self.placeBits | Int(hash &>> UInt64(64 - Self.placeBits))
    return recent.base + place &* (1 &+ wordCount)
  }
}
