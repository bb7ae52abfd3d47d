// C's statements, and the few that races have besides.
extension Parser {
  mutating func parseStatement() -> Statement {
    let start = token.spot
    return nested(otherwise: { Statement(kind: .empty, spot: $0) }) { parser in
      let kind = parser.statement()
      return Statement(kind: kind, spot: start.to(parser.lastSpot))
    }
  }

  private mutating func statement() -> Statement.Kind {
    switch token.kind {
    case .sign(.semicolon):
      advance()
      return .empty
    case .sign(.braceOpen): return .block(parseBlock())
    case .name: return wordStatement()
    default: return expressionStatement()
    }
  }

  /// `{ ... }`.
  mutating func parseBlock() -> [Statement] {
    let start = token.spot
    guard want(.braceOpen, "before the statements") else {
      skipStatement()
      return []
    }
    var statements: [Statement] = []
    while !isAt(.braceClose) && !token.isEnd {
      let before = position
      statements.append(parseStatement())
      if position == before { advance() }
    }
    if !take(.braceClose) { report("this '{' has no '}'", at: start) }
    return statements
  }

  private mutating func expressionStatement() -> Statement.Kind {
    let before = diagnostics.found.count
    let expression = parseExpression()
    if isAt(.braceOpen), diagnostics.found.count == before,
      case .call(let name, _) = expression.kind
    {
      report(
        "'\(name)' takes no block: there are 'atomic(...) { }', 'for', 'while' and 'if'",
        at: expression.spot)
      return .block(
        [Statement(kind: .expression(expression), spot: expression.spot)] + [parseStatement()])
    }
    if diagnostics.found.count > before || !want(.semicolon, "after the statement") {
      skipToEndOfStatement()
    }
    return .expression(expression)
  }

  /// After a mistake within a statement: behind its `;`, unless the next line begins something else.
  private mutating func skipToEndOfStatement() {
    if take(.semicolon) || isAt(.braceClose) { return }
    let line = text.line(of: lastSpot.start)
    var look = position
    while look < tokens.count - 1, text.line(of: tokens[look].spot.start) == line {
      if tokens[look].kind == .sign(.semicolon) {
        position = look + 1
        return
      }
      if tokens[look].kind == .sign(.braceClose) || tokens[look].kind == .sign(.braceOpen) { break }
      look += 1
    }
    position = look
  }

  private mutating func wordStatement() -> Statement.Kind {
    let word = token.text
    switch word {
    case "if":
      advance()
      let condition = parseParenthesized("if")
      let yes = parseStatement()
      let no = take(word: "else") ? parseStatement() : nil
      return .if(condition, yes, no)
    case "else":
      report("this 'else' belongs to no 'if'", at: token.spot)
      advance()
      _ = parseStatement()
      return .empty
    case "while":
      advance()
      let condition = parseParenthesized("while")
      return .while(condition, parseStatement())
    case "do":
      advance()
      let body = parseStatement()
      if !take(word: "while") {
        report("'while' is missing after 'do { ... }'", at: token.spot)
        return .block([body])
      }
      let condition = parseParenthesized("while")
      want(.semicolon, "after 'do { ... } while (...)'")
      return .doWhile(body, condition)
    case "for": return parseFor()
    case "switch":
      advance()
      let value = parseParenthesized("switch")
      return .switch(value, parseStatement())
    case "case":
      advance()
      let value = parseConditionalOfCase()
      if isAt(.ellipsis) {
        report("'case a ... b' is not understood: write a case for each value", at: token.spot)
        advance()
        _ = parseConditionalOfCase()
      }
      want(.colon, "after 'case'")
      return .case(value)
    case "default":
      advance()
      want(.colon, "after 'default'")
      return .default
    case "goto":
      advance()
      let name = wantName("the label after 'goto'")?.name ?? ""
      want(.semicolon, "after 'goto \(name)'")
      return .goto(name)
    case "break":
      advance()
      want(.semicolon, "after 'break'")
      return .break
    case "continue":
      advance()
      want(.semicolon, "after 'continue'")
      return .continue
    case "return":
      advance()
      let value = isAt(.semicolon) ? nil : parseExpression()
      want(.semicolon, "after 'return'")
      return .return(value)
    case "asm", "__asm__":
      report("assembler is not understood: write what it does in C", at: token.spot)
      skipStatement()
      return .empty
    case "typedef":
      report("a 'typedef' must stand outside functions", at: token.spot)
      skipStatement()
      return .empty
    case "either":
      advance()
      var ways = [Statement(kind: .block(parseBlock()), spot: lastSpot)]
      while take(word: "or") { ways.append(Statement(kind: .block(parseBlock()), spot: lastSpot)) }
      if ways.count == 1 {
        report("'either { }' has no 'or { }'", at: lastSpot)
      }
      return .either(ways)
    case "guard" where isAt(.open, ahead: 1) && isAt(.close, ahead: 3): return parseGuard()
    case "scoped_guard": return parseScopedGuard()
    case "scoped_cond_guard":
      report(
        "'scoped_cond_guard' is not understood: ask the lock's own function, 'if (mutex_trylock(&lock))'",
        at: token.spot)
      skipStatement()
      return .empty
    case "atomic": if isAt(.open, ahead: 1) || isAt(.braceOpen, ahead: 1) { return parseAtomic() }
    default: break
    }
    if isAt(.colon, ahead: 1) {
      advance()
      advance()
      return .label(word)
    }
    if isType(at: position) {
      if isStatic {
        report(
          "a 'static' variable of a function is one for all who call it: declare it outside the functions",
          at: token.spot)
      }
      return .declaration(parseDeclarators())
    }
    // `foo bar;` and `foo *bar;`: a type that is not known.
    let next = token(ahead: 1)
    if next.kind == .name
      || next.kind == .sign(.star) && token(ahead: 2).kind == .name
        && [.semicolon, .assign, .comma].contains(where: { isAt($0, ahead: 3) })
        && !isAt(.assign, ahead: 1)
    {
      report(
        "there is no type '\(word)'"
          + hint(
            word,
            Self.kernelTypes.sorted() + race.typedefs.keys.sorted() + ["int", "bool", "struct"]),
        at: token.spot)
      skipStatement()
      return .empty
    }
    return expressionStatement()
  }

  /// Whether `static` is among the words that a declaration begins with.
  private var isStatic: Bool {
    tokens[position...].prefix(while: isQualifier).contains { $0.text == "static" }
  }

  private mutating func parseConditionalOfCase() -> Expression {
    let start = token.spot
    if take(.minus), case .number(let value) = token.kind {
      advance()
      return Expression(kind: .number(-value), spot: start.to(lastSpot))
    }
    if case .number(let value) = token.kind {
      advance()
      return Expression(kind: .number(value), spot: start)
    }
    if let (name, spot) = wantName("a constant after 'case'") {
      return Expression(kind: .name(name), spot: spot)
    }
    return .broken(at: start)
  }

  private mutating func parseParenthesized(_ word: String) -> Expression {
    guard want(.open, "after '\(word)'") else { return .broken(at: token.spot) }
    let condition = parseExpression()
    want(.close, "after the condition of '\(word)'")
    return condition
  }

  private mutating func parseFor() -> Statement.Kind {
    advance()
    want(.open, "after 'for'")
    var before: [Statement] = []
    if isType(at: position) {
      let start = token.spot
      before = [Statement(kind: .declaration(parseDeclarators()), spot: start.to(lastSpot))]
    } else {
      if !isAt(.semicolon) {
        let first = parseExpression()
        before = [Statement(kind: .expression(first), spot: first.spot)]
      }
      want(.semicolon, "in 'for (;;)'")
    }
    let condition = isAt(.semicolon) ? nil : parseExpression()
    want(.semicolon, "in 'for (;;)'")
    let after = isAt(.close) ? nil : parseExpression()
    want(.close, "after 'for (;;'")
    return .for(before, condition, after, parseStatement())
  }

  /// `guard(mutex)(&lock);`
  private mutating func parseGuard() -> Statement.Kind {
    let start = token.spot
    advance()
    advance()
    let name = wantName("the kind of lock")?.name ?? ""
    want(.close, "after the kind of lock")
    want(.open, "before the lock")
    let arguments = isAt(.close) ? [] : parseArguments()
    want(.close, "after the lock")
    let spot = start.to(lastSpot)
    want(.semicolon, "after 'guard(\(name))(...)'")
    race.guards.insert(name)
    return .held(GuardSyntax(name: name, arguments: arguments, spot: spot))
  }

  /// `scoped_guard(mutex, &lock) { }`.
  private mutating func parseScopedGuard() -> Statement.Kind {
    let start = token.spot
    advance()
    want(.open, "after 'scoped_guard'")
    let name = wantName("the kind of lock")?.name ?? ""
    let arguments = take(.comma) ? parseArguments() : []
    want(.close, "after the lock")
    race.guards.insert(name)
    let held = GuardSyntax(name: name, arguments: arguments, spot: start.to(lastSpot))
    return .heldWithin(held, parseStatement())
  }

  private mutating func parseArguments() -> [Expression] {
    var arguments: [Expression] = []
    repeat { arguments.append(parseAssignment()) } while take(.comma)
    return arguments
  }

  private mutating func parseAtomic() -> Statement.Kind {
    let word = token.spot
    advance()
    if isAt(.braceOpen) {
      report(
        "why nobody sees the middle is missing: 'atomic(\"a reason\")', 'atomic(holding &lock)' or "
          + "'atomic(taking &lock)'", at: word)
      return .atomic([], parseStatement())
    }
    want(.open, "after 'atomic'")
    var grounds: [AtomicGround] = []
    repeat {
      let start = token.spot
      if token.kind == .string {
        let reason = wantString("a reason") ?? ""
        grounds.append(AtomicGround(kind: .reason(reason), spot: start.to(lastSpot)))
      } else if take(word: "taking") {
        let lock = parseAssignment()
        grounds.append(AtomicGround(kind: .taking(lock), spot: start.to(lock.spot)))
      } else if take(word: "holding") {
        let lock = parseAssignment()
        grounds.append(AtomicGround(kind: .holding(lock), spot: start.to(lock.spot)))
      } else {
        report(
          "why nobody sees the middle is missing: 'atomic(\"a reason\")', 'atomic(holding &lock)' or "
            + "'atomic(taking &lock)'", at: start)
        while !isAt(.close) && !isAt(.braceOpen) && !token.isEnd { advance() }
      }
    } while take(.comma)
    want(.close, "after the reason")
    return .atomic(grounds, parseStatement())
  }
}
