/// What a value must be, or C leaves undefined what happens: that ends the search.
enum Check: Hashable, Sendable {
  /// A pointer that is followed.
  case pointer
  /// What something is divided by.
  case divisor
  /// An index of an array of so many elements.
  case index(below: Int)
  /// The number of bits by which a number of so many is shifted.
  case shift(below: Int)
  /// A number without a sign that is divided or shifted, of 64 bits: so large a one is not understood.
  case below2To63

  func passes(_ value: Int) -> Bool {
    switch self {
    case .pointer, .divisor: value != 0
    case .index(let count), .shift(let count): value >= 0 && value < count
    case .below2To63: value >= 0
    }
  }

  /// What is said of a value that does not pass.
  var complaint: String {
    switch self {
    case .pointer: "a NULL pointer is followed"
    case .divisor: "something is divided by 0"
    case .index(let count): "an array of \(count) has no such element"
    case .shift(let bits):
      "a number of \(bits) bits is shifted by \(bits) or more, or by less than 0"
    case .below2To63: "a number of 2^63 or more is divided or shifted, which is not understood"
    }
  }
}

/// Where something stands in the file, for the complaint about it. Terms that differ in it alone are equal.
struct Words: Hashable, Sendable {
  let text: String
  let line: Int

  static func == (_: Words, _: Words) -> Bool { true }
  func hash(into _: inout Hasher) {}

  /// "a NULL pointer is followed at line 5: q->n".
  func complaint(_ complaint: String) -> String { "\(complaint) at line \(line): \(text)" }
}

/// Where the elements of a type lie in arrays: how far a pointer to one may be moved.
final class Elements: Hashable, Sendable {
  let type: CType
  /// By cell: the first cell of the array that it is in, and the cell behind the last element.
  let rows: [ClosedRange<Int>?]

  init(_ type: CType, _ rows: [ClosedRange<Int>?]) {
    self.type = type
    self.rows = rows
  }

  static let complaint = "a pointer is moved out of what it points into"

  /// Where a pointer comes to that is moved; nil outside the array and the place behind its last element,
  /// and for what is in no array.
  func address(_ address: Int, _ distance: Int) -> Int? {
    if distance == 0 { return address }
    guard let cell = Address.cell(address), rows.indices.contains(cell), let row = rows[cell],
      row.contains(cell &+ distance)
    else { return nil }
    return address + distance
  }

  static func == (a: Elements, b: Elements) -> Bool { a.type == b.type }
  func hash(into hasher: inout Hasher) { hasher.combine(type) }
}

extension Int {
  /// What a number of so many bits can be.
  static func range(ofBits bits: Int, isSigned: Bool) -> ClosedRange<Int> {
    if bits >= 64 { return .min ... .max }
    return isSigned ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
  }

  /// The value of its lowest bits, as a number with a sign or without. Of 64 bits it is itself.
  func wrapped(to bits: Int, isSigned: Bool) -> Int {
    let unused = 64 - bits
    return isSigned
      ? (self << unused) >> unused : Int(bitPattern: UInt(bitPattern: self << unused) >> unused)
  }
}
