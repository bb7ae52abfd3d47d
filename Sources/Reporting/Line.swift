/// A line of text whose pieces may be coloured; columns are counted without the colours.
struct Line {
  /// What a piece of text is, by which it is coloured.
  enum Ink: String {
    case plain = ""
    case heading = "1"
    case remark = "2"
    case alarm = "1;31"
    case good = "1;32"
    case caution = "1;33"
  }

  private var pieces: [(text: String, ink: Ink)] = []
  private(set) var columns = 0

  init(_ text: String = "", _ ink: Ink = .plain) { add(text, ink) }

  mutating func add(_ text: String, _ ink: Ink = .plain) {
    if text.isEmpty { return }
    let text = text.shown()
    pieces.append((text, ink))
    columns += text.columns
  }

  /// Goes on at a column, counted from 0; stays where that is behind already.
  mutating func move(to column: Int) {
    if columns < column { add(String(repeating: " ", count: column - columns)) }
  }

  func text(_ style: TextStyle) -> String {
    pieces.map { piece in
      let text = style.charset == .ascii ? piece.text.inASCII : piece.text
      return style.hasColor && piece.ink != .plain
        ? "\u{1B}[\(piece.ink.rawValue)m\(text)\u{1B}[0m" : text
    }.joined()
  }
}

extension TextStyle {
  var arrow: String { charset == .ascii ? "->" : "\u{2192}" }
  var rule: String { charset == .ascii ? "-" : "\u{2500}" }
  var bar: String { charset == .ascii ? "|" : "\u{2502}" }
}

extension String {
  /// The columns that a terminal gives the text.
  var columns: Int {
    utf8.allSatisfy { $0 < 128 } ? utf8.count : shown().reduce(0) { $0 + ($1.isWide ? 2 : 1) }
  }

  /// The text with question marks for what is not ASCII, in as many columns.
  var inASCII: String {
    utf8.allSatisfy { $0 < 128 }
      ? self : map { $0.isASCII ? String($0) : $0.isWide ? "??" : "?" }.joined()
  }

  /// The text in lines of at most `width` columns, broken between words.
  package func wrapped(to width: Int, indent: Int = 0) -> [String] {
    split(separator: " ").map(String.init).wrapped(to: width, indent: indent)
  }
}

extension [String] {
  /// The phrases with blanks between them, in lines of at most `width` columns, ready to be shown. A line breaks
  /// between phrases; within one, and then within a word, only where that is longer than a line.
  ///
  /// - Parameter indent: by how many blanks all lines but the first are indented.
  func wrapped(to width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let room = width - indent
    let phrases: [String] = map { $0.shown() }
    let words: [String] = phrases.flatMap { phrase -> [String] in
      phrase.columns <= room ? [phrase] : phrase.split(separator: " ").map(String.init)
    }
    let pieces: [String] = words.flatMap { word -> [String] in
      word.columns <= room ? [word] : word.chunks(of: room)
    }
    var lines: [String] = []
    for piece in pieces {
      if let line = lines.last, line.columns + 1 + piece.columns <= width {
        lines[lines.count - 1] = "\(line) \(piece)"
      } else {
        lines.append(lines.isEmpty ? piece : margin + piece)
      }
    }
    return lines
  }
}

extension String {
  /// The text in pieces of at most `width` columns.
  fileprivate func chunks(of width: Int) -> [String] {
    reduce(into: [""]) { chunks, character in
      let next = chunks[chunks.count - 1] + String(character)
      if next.columns <= width || next.count == 1 {
        chunks[chunks.count - 1] = next
      } else {
        chunks.append(String(character))
      }
    }
  }
}

extension Character {
  /// Whether terminals give the character two columns: the scripts of East Asia, and pictures.
  fileprivate var isWide: Bool {
    guard let scalar = unicodeScalars.first else { return false }
    return switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: scalar.properties.isEmojiPresentation
    }
  }
}
