/// Makes keys of the bytes that a terminal sends: UTF-8, control characters, and sequences of ECMA-48.
package struct KeyReader {
  /// What a byte may end.
  package enum Event: Equatable, Sendable {
    case key(EditedLine.Key)
    /// The line is done.
    case line
    /// Ctrl-D in an empty line; elsewhere it deletes.
    case endOfInput
    case interrupt
  }

  private var pending: [UInt8] = []

  package init() {}

  /// The event that a byte ends; nil where more is to come, or it is no key that is known.
  package mutating func take(_ byte: UInt8) -> Event? {
    pending.append(byte)
    if pending[0] == 0x1B { return endOfSequence() }
    if pending.count == 1 && byte < 0x20 || byte == 0x7F {
      pending = []
      return Self.control[byte]
    }
    guard let text = String(validating: pending, as: UTF8.self) else {
      // No character has more bytes.
      if pending.count >= 4 { pending = [] }
      return nil
    }
    pending = []
    return text.first.map { .key(.character($0)) }
  }

  /// `ESC [ ... X`, `ESC O X`.
  private mutating func endOfSequence() -> Event? {
    if pending.count == 1 { return nil }
    if pending.count == 2 && (pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O")) {
      return nil
    }
    let last = pending[pending.count - 1]
    let isOver = pending.count == 2 || (0x40...0x7E).contains(last) || pending.count > 8
    if !isOver { return nil }
    defer { pending = [] }
    return Self.sequences[String(decoding: pending.dropFirst(2), as: UTF8.self)].map { .key($0) }
  }

  private static let control: [UInt8: Event] = [
    0x01: .key(.start), 0x02: .key(.left), 0x03: .interrupt, 0x04: .endOfInput, 0x05: .key(.end),
    0x06: .key(.right), 0x08: .key(.backspace), 0x0A: .line, 0x0B: .key(.eraseBehind), 0x0D: .line,
    0x0E: .key(.down), 0x10: .key(.up), 0x15: .key(.eraseBefore), 0x17: .key(.eraseWord),
    0x7F: .key(.backspace),
  ]

  private static let sequences: [String: EditedLine.Key] = [
    "A": .up, "B": .down, "C": .right, "D": .left, "H": .start, "F": .end, "1~": .start,
    "4~": .end, "7~": .start, "8~": .end, "3~": .delete,
  ]
}
