/// Keeps the tokens of one choice of pieces: what `#ifdef` leaves out goes, and what `#define` names is
/// put in.
struct Preprocessor: Diagnosing {
  /// Why a group is left out or kept.
  private struct Group {
    let spot: Spot
    /// Whether what stands around it is kept.
    let isAroundKept: Bool
    var isKept: Bool
    /// Whether a part of it is or was kept, so that no later one is.
    var isSettled: Bool
    var hasElse = false
  }

  private let text: SourceText
  private let pieces: [String]
  private var defined: Set<String>
  private var macros: [String: [Token]] = [:]
  private var groups: [Group] = []
  private(set) var diagnostics = Diagnostics()

  /// The most tokens that names may become.
  private static let mostTokens = 400_000

  /// - Parameter pieces: the names of all pieces; `chosen` are those that are there.
  init(_ text: SourceText, pieces: [String], chosen: Set<String>) {
    self.text = text
    self.pieces = pieces
    defined = chosen
  }

  /// The names of the pieces that a file declares.
  static func pieces(in tokens: [Token]) -> [String] {
    zip(tokens, tokens.dropFirst()).compactMap { word, name in
      let isDeclared = word.text == "piece" || word.text == "switch"
      return word.kind == .name && isDeclared && name.kind == .name ? name.text : nil
    }
  }

  mutating func run(_ tokens: [Token]) -> [Token] {
    var result: [Token] = []
    result.reserveCapacity(tokens.count)
    for token in tokens {
      let isKept = groups.last?.isKept ?? true
      if token.kind == .directive {
        follow(token)
      } else if token.isEnd {
        for group in groups {
          diagnostics.report("this has no '#endif'", at: group.spot)
        }
        result.append(token)
      } else if isKept {
        if token.kind == .name, macros[token.text] != nil {
          expand(token, into: &result, depth: 0)
        } else {
          result.append(token)
        }
      }
    }
    return result
  }

  private mutating func expand(_ token: Token, into result: inout [Token], depth: Int) {
    guard depth < 16, result.count < Self.mostTokens, let body = macros[token.text] else {
      if depth >= 16 {
        diagnostics.report("'\(token.text)' is defined by itself", at: token.spot)
      }
      return
    }
    for part in body {
      if part.kind == .name, macros[part.text] != nil {
        expand(
          Token(kind: .name, spot: token.spot, text: part.text), into: &result, depth: depth + 1)
      } else {
        result.append(Token(kind: part.kind, spot: token.spot, text: part.text))
      }
    }
  }

  private mutating func follow(_ token: Token) {
    let line = token.text.utf8.dropFirst().drop { $0 == 32 || $0 == 9 }
    let wordEnd = line.firstIndex { !($0 >= 97 && $0 <= 122) } ?? line.endIndex
    let word = String(Substring(line[..<wordEnd]))
    let rest = String(Substring(line[wordEnd...])).trimmed
    switch word {
    case "ifdef": open(token, isTrue(rest, token))
    case "ifndef": open(token, !isTrue(rest, token))
    case "if": open(token, condition(rest, token))
    case "else":
      guard let last = groups.indices.last, !groups[last].hasElse else {
        return diagnostics.report("this '#else' belongs to no '#ifdef'", at: token.spot)
      }
      groups[last].hasElse = true
      keep(last, true)
    case "elif":
      guard let last = groups.indices.last, !groups[last].hasElse else {
        return diagnostics.report("this '#elif' belongs to no '#if'", at: token.spot)
      }
      keep(last, !groups[last].isSettled && condition(rest, token))
    case "endif":
      if groups.popLast() == nil {
        diagnostics.report("this '#endif' belongs to no '#ifdef'", at: token.spot)
      }
    case "include", "pragma", "error", "warning", "line", "": break
    case "define": if groups.last?.isKept ?? true { define(rest, token) }
    case "undef": if groups.last?.isKept ?? true { macros[rest] = nil }
    default:
      diagnostics.report(
        "'#\(word)' is not understood: there are #include (ignored), #define NAME VALUE, #ifdef, "
          + "#ifndef, #if, #elif, #else, #endif", at: token.spot)
    }
  }

  private mutating func open(_ token: Token, _ isTrue: Bool) {
    let isAroundKept = groups.last?.isKept ?? true
    groups.append(
      Group(
        spot: token.spot, isAroundKept: isAroundKept, isKept: isAroundKept && isTrue,
        isSettled: isTrue))
    if groups.count == 64 {
      diagnostics.report("'#ifdef' stands more than 64 deep", at: token.spot)
    }
  }

  /// Begins another part of a group.
  private mutating func keep(_ group: Int, _ isTrue: Bool) {
    groups[group].isKept = groups[group].isAroundKept && !groups[group].isSettled && isTrue
    if isTrue { groups[group].isSettled = true }
  }

  /// What `#if` can ask: numbers and `defined(NAME)`, with `!`, `&&` and `||`.
  private mutating func condition(_ text: String, _ token: Token) -> Bool {
    Self.parts(of: text, at: UInt8(ascii: "|")).map { way in
      Self.parts(of: way, at: UInt8(ascii: "&")).map { asked($0.trimmed, token) }.allSatisfy(\.self)
    }.contains(true)
  }

  /// The parts of a text between signs that stand twice: `||`, `&&`.
  private static func parts(of text: String, at sign: UInt8) -> [String] {
    var parts: [String] = []
    var part: [UInt8] = []
    var last: UInt8 = 0
    for byte in text.utf8 {
      if byte == sign && last == sign {
        part.removeLast()
        parts.append(String(decoding: part, as: UTF8.self))
        part = []
        last = 0
        continue
      }
      part.append(byte)
      last = byte
    }
    return parts + [String(decoding: part, as: UTF8.self)]
  }

  /// One question of `#if`.
  private mutating func asked(_ text: String, _ token: Token) -> Bool {
    if let number = Int(text) { return number != 0 }
    let isNegated = text.hasPrefix("!")
    var asked = (isNegated ? String(text.dropFirst()) : text).trimmed
    if asked.hasPrefix("defined") || asked.hasPrefix("IS_ENABLED") {
      let argument = asked.utf8.drop { $0 != UInt8(ascii: "(") && $0 != 32 }
        .filter { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") && $0 != 32 }
      asked = String(decoding: argument, as: UTF8.self)
      if !argument.isEmpty && argument.allSatisfy(\.isNamePart) {
        return isTrue(asked, token) != isNegated
      }
    }
    diagnostics.report(
      "'#if' can ask 'defined(NAME)', 0 or 1, with '!', '&&' and '||'; for pieces write '#ifdef PIECE'",
      at: token.spot)
    return false
  }

  private mutating func isTrue(_ name: String, _ token: Token) -> Bool {
    let name = String(decoding: name.utf8.prefix(while: \.isNamePart), as: UTF8.self)
    if name.isEmpty {
      diagnostics.report("the name is missing here: '#ifdef PIECE'", at: token.spot)
      return false
    }
    if defined.contains(name) { return true }
    let isConfiguration = name.hasPrefix("CONFIG_") || name.hasPrefix("_")
    if !isConfiguration && !pieces.contains(name) {
      diagnostics.report(
        "there is no piece '\(name)'" + (pieces.isEmpty ? "" : hint(name, pieces))
          + "; declare it: piece \(name) \"what it does\";", at: token.spot)
    }
    return false
  }

  private mutating func define(_ text: String, _ token: Token) {
    let name = String(decoding: text.utf8.prefix(while: \.isNamePart), as: UTF8.self)
    if name.isEmpty {
      return diagnostics.report("the name is missing here: '#define NAME VALUE'", at: token.spot)
    }
    if text.dropFirst(name.count).first == "(" {
      return diagnostics.report(
        "'\(name)' is a macro with arguments: write a 'static inline' function", at: token.spot)
    }
    let body = String(text.dropFirst(name.count)).trimmed
    var problems = Diagnostics()
    let tokens = Lexer.tokens(
      of: SourceText(path: self.text.path, bytes: Array(" \(body)".utf8)), &problems)
    if !problems.isEmpty {
      diagnostics.report("the value of '\(name)' is not understood", at: token.spot)
    }
    if pieces.contains(name) {
      diagnostics.report(
        "'\(name)' is a piece, which a variant has or has not: don't define it", at: token.spot)
    }
    defined.insert(name)
    macros[name] = tokens.filter { !$0.isEnd }
  }
}
