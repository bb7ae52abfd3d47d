/// Cuts a text into tokens. Time is linear in its length.
struct Lexer {
  private let text: SourceText
  private var place = 0
  private var tokens: [Token] = []
  private var isAtLineStart = true
  private var depth = 0
  /// Whether the text is outside every function, where herd has comments in `(* *)`.
  private var isOutsideFunctions = true
  private var diagnostics = Diagnostics()

  /// By first byte: the signs, longest first.
  private static let signs: [UInt8: [(bytes: [UInt8], sign: Sign)]] = Dictionary(
    grouping: Sign.allCases.map { (Array($0.rawValue.utf8), $0) }, by: { $0.0[0] }
  ).mapValues { $0.sorted { $0.0.count > $1.0.count } }

  private init(_ text: SourceText) { self.text = text }

  static func tokens(of text: SourceText, _ diagnostics: inout Diagnostics) -> [Token] {
    var lexer = Lexer(text)
    lexer.run()
    diagnostics.report(contentsOf: lexer.diagnostics)
    return lexer.tokens
  }

  private func byte(_ offset: Int = 0) -> UInt8 {
    place + offset < text.bytes.count ? text.bytes[place + offset] : 0
  }

  private mutating func run() {
    while place < text.bytes.count { step() }
    tokens.append(
      Token(kind: .end, spot: Spot(start: text.bytes.count, end: text.bytes.count), text: ""))
  }

  private mutating func step() {
    let byte = byte()
    switch byte {
    case UInt8(ascii: "\n"):
      place += 1
      isAtLineStart = true
    case 32, 9, 13, 12, 11: place += 1
    case UInt8(ascii: "\\") where self.byte(1) == UInt8(ascii: "\n"): place += 2
    case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "/"): skipLine()
    case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "*"): skipComment(ending: "*/")
    case UInt8(ascii: "(")
    where self.byte(1) == UInt8(ascii: "*") && isOutsideFunctions && !isDeclarator:
      skipComment(ending: "*)")
    case UInt8(ascii: "#") where isAtLineStart: directive()
    case UInt8(ascii: "\""): string()
    case UInt8(ascii: "'"): character()
    case _ where byte.isDigit: number()
    case _ where byte.isNameStart: name()
    default: sign()
    }
  }

  private mutating func add(_ kind: Token.Kind, from start: Int, _ text: String) {
    isAtLineStart = false
    tokens.append(Token(kind: kind, spot: Spot(start: start, end: place), text: text))
  }

  private mutating func report(_ message: String, from start: Int, to end: Int) {
    diagnostics.report(message, at: Spot(start: start, end: end))
  }

  private mutating func skipLine() {
    while place < text.bytes.count && byte() != UInt8(ascii: "\n") { place += 1 }
  }

  private mutating func skipComment(ending end: StaticString) {
    let start = place
    place += 2
    while place < text.bytes.count {
      if byte() == end.utf8Start[0] && byte(1) == end.utf8Start[1] {
        place += 2
        return
      }
      place += 1
    }
    report("this comment has no end: '\(end)' is missing", from: start, to: start + 2)
  }

  private mutating func directive() {
    let start = place
    var line: [UInt8] = []
    while place < text.bytes.count && byte() != UInt8(ascii: "\n") {
      if byte() == UInt8(ascii: "\\") && byte(1) == UInt8(ascii: "\n") {
        line.append(32)
        place += 2
      } else if byte() == UInt8(ascii: "/") && byte(1) == UInt8(ascii: "/") {
        skipLine()
      } else if byte() == UInt8(ascii: "/") && byte(1) == UInt8(ascii: "*") {
        skipComment(ending: "*/")
      } else {
        line.append(byte())
        place += 1
      }
    }
    add(.directive, from: start, String(decoding: line, as: UTF8.self))
  }

  private mutating func string() {
    let start = place
    var content: [UInt8] = []
    place += 1
    while byte() != UInt8(ascii: "\"") {
      if place >= text.bytes.count || byte() == UInt8(ascii: "\n") {
        report("this text has no end: '\"' is missing", from: start, to: place)
        return add(.broken, from: start, "")
      }
      if byte() == UInt8(ascii: "\\") && place + 1 < text.bytes.count {
        place += 1
        content.append(byte() == UInt8(ascii: "n") ? 32 : byte())
      } else {
        content.append(byte())
      }
      place += 1
    }
    place += 1
    add(.string, from: start, String(decoding: content, as: UTF8.self))
  }

  private mutating func character() {
    let start = place
    let isEscaped = byte(1) == UInt8(ascii: "\\")
    let length = isEscaped ? 4 : 3
    guard byte(length - 1) == UInt8(ascii: "'") else {
      place += 1
      report("this is no character: write 'x', or \"...\" for a text", from: start, to: place)
      return add(.broken, from: start, "")
    }
    let value = byte(isEscaped ? 2 : 1)
    place += length
    add(.number(isEscaped && value == UInt8(ascii: "0") ? 0 : Int(value)), from: start, "")
  }

  private mutating func number() {
    let start = place
    while byte().isNamePart { place += 1 }
    var digits = String(decoding: text.bytes[start..<place], as: UTF8.self).lowercased()
    // C's suffixes; those of hexadecimal numbers are no digits.
    var suffix = ""
    while let last = digits.last, last == "u" || last == "l" {
      digits.removeLast()
      suffix.append(last)
    }
    var base = 10
    if digits.hasPrefix("0x") {
      base = 16
      digits.removeFirst(2)
    } else if digits.hasPrefix("0b") {
      base = 2
      digits.removeFirst(2)
    } else if digits.count > 1 && digits.hasPrefix("0") {
      base = 8
    }
    guard let value = Int(digits, radix: base), value < 1 << 31 else {
      report("this is no number up to 2147483647", from: start, to: place)
      return add(.broken, from: start, "")
    }
    add(.number(value), from: start, suffix)
  }

  private mutating func name() {
    let start = place
    while byte().isNamePart { place += 1 }
    let word = String(decoding: text.bytes[start..<place], as: UTF8.self)
    if isMetadata(word) { return skipLine() }
    let isFirst = tokens.allSatisfy { $0.kind == .directive }
    if isFirst && ["C", "LISA", "X86", "AArch64", "PPC", "RISCV", "ARM"].contains(word) {
      let isC = word == "C"
      if !isC {
        report(
          "a race is written in C: its first line is 'C NAME', not '\(word)'", from: start,
          to: place)
      }
      let nameStart = place
      skipLine()
      let title =
        String(decoding: text.bytes[nameStart..<place], as: UTF8.self)
        .split(separator: "//", maxSplits: 1).first.map(String.init) ?? ""
      return add(.title, from: start, title.trimmed)
    }
    add(.name, from: start, word)
  }

  /// Whether a line is one of herd's, "Cycle=Rfe PodRR", between the title and the initial block.
  private func isMetadata(_ word: String) -> Bool {
    let before = tokens.filter { $0.kind != .directive }
    let isBeforeBlock = before.allSatisfy { $0.kind == .title || $0.kind == .string }
    return isAtLineStart && isBeforeBlock && !before.isEmpty
      && (byte() == UInt8(ascii: "=") && word.first?.isUppercase == true || word == "C")
  }

  /// Whether `(*` begins the name of a pointer to a function, behind its type, and no comment.
  private var isDeclarator: Bool { tokens.last?.kind == .name && byte(2).isNamePart }

  private mutating func sign() {
    let start = place
    for (bytes, sign) in Self.signs[byte()] ?? []
    where text.bytes[place...].starts(with: bytes) {
      place += bytes.count
      track(sign)
      return add(.sign(sign), from: start, sign.rawValue)
    }
    // One message for a run of what is no sign.
    while place < text.bytes.count {
      let next = byte()
      let isKnown =
        next.isNamePart || next <= 32 || next == UInt8(ascii: "\"") || next == UInt8(ascii: "'")
        || Self.signs[next] != nil
      if isKnown && place > start { break }
      place += 1
    }
    let run = String(decoding: text.bytes[start..<place], as: UTF8.self).abridgedForMessage
    report("'\(run)' is no part of C", from: start, to: place)
    add(.broken, from: start, "")
  }

  /// Follows the braces, to know where a function's body is: it begins after `)`.
  private mutating func track(_ sign: Sign) {
    switch sign {
    case .braceOpen:
      if depth == 0, case .sign(.close) = tokens.last?.kind { isOutsideFunctions = false }
      depth += 1
    case .braceClose:
      depth = max(0, depth - 1)
      if depth == 0 { isOutsideFunctions = true }
    default: break
    }
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= 48 && self <= 57 }
  fileprivate var isNameStart: Bool {
    self >= 97 && self <= 122 || self >= 65 && self <= 90 || self == 95
  }
  var isNamePart: Bool { isNameStart || isDigit }
}

extension String {
  /// Without the blanks at both ends.
  var trimmed: String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
    guard let first = utf8.firstIndex(where: { !isBlank($0) }),
      let last = utf8.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(self[first...last])
  }

  fileprivate var abridgedForMessage: String { count > 20 ? prefix(20) + ".." : self }
}
