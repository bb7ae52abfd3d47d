import ModelChecking

/// Reads the tokens of a race file into a tree, by recursive descent. What can't be read is told of, and
/// reading goes on behind it.
///
/// This file has what the others share: looking at tokens, wanting one, going on after a mistake.
struct Parser: Diagnosing {
  let text: SourceText
  private(set) var tokens: [Token]
  var position = 0
  var diagnostics = Diagnostics()
  /// How deep what is being read stands within other things.
  var depth = 0
  /// Whether it is a condition of herd's, where `=` asks.
  var isInCondition = false
  var race = RaceSyntax()
  /// The functions and structures so far.
  var functionNames: Set<String> = []
  var structureNames: Set<String> = []

  /// What stands deeper is refused, so that no stack is filled by a file.
  static let mostDepth = 120

  init(_ text: SourceText, _ tokens: [Token]) {
    self.text = text
    self.tokens = tokens
  }

  static func race(
    of text: SourceText, _ tokens: [Token], _ diagnostics: inout Diagnostics
  ) -> RaceSyntax {
    var parser = Parser(text, tokens)
    parser.race.names = UnreachableNames.names(in: tokens)
    parser.race.exclusiveAccess =
      tokens.first { $0.kind == .name && $0.text.hasPrefix("ASSERT_EXCLUSIVE_") }?.spot
    parser.parseFile()
    diagnostics.report(contentsOf: parser.diagnostics)
    return parser.race
  }

  // MARK: Looking

  var token: Token { tokens[position] }

  func token(ahead count: Int) -> Token { tokens[min(position + count, tokens.count - 1)] }

  /// Where the token before this one ends.
  var lastSpot: Spot { position > 0 ? tokens[position - 1].spot : tokens[0].spot }

  func isAt(_ sign: Sign) -> Bool { token.kind == .sign(sign) }

  func isAt(_ sign: Sign, ahead count: Int) -> Bool { token(ahead: count).kind == .sign(sign) }

  func isAt(word: String) -> Bool { token.kind == .name && token.text == word }

  var isAtName: Bool { token.kind == .name }

  // MARK: Misspelt words

  /// Tells of a word before a name that is nearly one of C's, as "strct foo", and reads it as what was meant.
  mutating func mendKeyword() {
    let next = token(ahead: 1)
    let (after, words) = (token(ahead: 2).kind, ["struct", "enum", "static", "const", "unsigned"])
    guard isAtName, next.kind == .name,
      after == .name || after == .sign(.braceOpen)
        || after == .sign(.star),
      !isType(at: position), let meant = nearestName(to: token.text, among: words)
    else { return }
    report("there is no '\(token.text)'; did you mean '\(meant)'?", at: token.spot)
    tokens[position] = Token(kind: .name, spot: token.spot, text: meant)
  }

  // MARK: Taking

  mutating func advance() { if position < tokens.count - 1 { position += 1 } }

  mutating func take(_ sign: Sign) -> Bool {
    if !isAt(sign) { return false }
    advance()
    return true
  }

  mutating func take(word: String) -> Bool {
    if !isAt(word: word) { return false }
    advance()
    return true
  }

  /// Takes a sign that must come.
  @discardableResult mutating func want(_ sign: Sign, _ place: String) -> Bool {
    if take(sign) { return true }
    // A `;` is missed where the line ends, not where the next begins.
    let spot = sign == .semicolon || sign == .close ? after(lastSpot) : token.spot
    report("'\(sign.rawValue)' is missing \(place), before \(shown(token))", at: spot)
    return false
  }

  mutating func wantName(_ what: String) -> (name: String, spot: Spot)? {
    if isAtName {
      defer { advance() }
      return (token.text, token.spot)
    }
    report("\(what) is missing before \(shown(token))", at: token.spot)
    return nil
  }

  mutating func wantString(_ what: String) -> String? {
    guard token.kind == .string else {
      report("\(what) is missing before \(shown(token)): write it between quotes", at: token.spot)
      return nil
    }
    // Texts side by side are one, as in C.
    var result = ""
    while token.kind == .string {
      result += token.text
      advance()
    }
    return result
  }

  /// `as-reported`: names and numbers with hyphens between them.
  mutating func wantHyphenated(_ what: String) -> (name: String, spot: Spot)? {
    guard var (name, spot) = wantName(what) else { return nil }
    while isAt(.minus), token.spot.start == spot.end,
      token(ahead: 1).spot.start == token.spot.end
    {
      let next = token(ahead: 1)
      guard next.kind == .name || next.kind.isNumber else { break }
      advance()
      name += "-" + text.text(of: next.spot)
      spot = spot.to(next.spot)
      advance()
    }
    return (name, spot)
  }

  // MARK: Mistakes

  mutating func report(_ message: String, at spot: Spot) {
    // What is no sign was told of by the lexer.
    if token.kind == .broken && spot == token.spot { return }
    diagnostics.report(message, at: spot)
  }

  func after(_ spot: Spot) -> Spot { Spot(start: spot.end, end: spot.end) }

  func shown(_ token: Token) -> String {
    switch token.kind {
    case .end: "the end of the file"
    case .string: "\"\(token.text.prefix(30))\""
    case .title, .directive: "a new line"
    default: "'\(text.text(of: token.spot))'"
    }
  }

  /// Goes on behind the statement or declaration that could not be read: behind its `;`, or before the `}`
  /// that ends what it is in.
  mutating func skipStatement() {
    var braces = 0
    while !token.isEnd {
      switch token.kind {
      case .sign(.braceOpen): braces += 1
      case .sign(.braceClose):
        if braces == 0 { return }
        braces -= 1
        if braces == 0 {
          advance()
          return
        }
      case .sign(.semicolon):
        if braces == 0 {
          advance()
          return
        }
      default: break
      }
      advance()
    }
  }

  /// Reads something that may stand within itself.
  mutating func nested<Result>(
    otherwise: (Spot) -> Result, _ body: (inout Parser) -> Result
  ) -> Result {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.mostDepth {
      let spot = token.spot
      report("this stands more than \(Self.mostDepth) deep within other things", at: spot)
      // Nothing more can be read of what is around it.
      position = tokens.count - 1
      return otherwise(spot)
    }
    return body(&self)
  }
}

extension Token.Kind {
  var isNumber: Bool { if case .number = self { true } else { false } }
}
