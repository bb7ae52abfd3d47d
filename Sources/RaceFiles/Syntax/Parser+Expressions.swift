// C's expressions, and herd's words for conditions.
extension Parser {
  /// The most operands in a row: each stands within the next.
  private static let mostOperands = 1000

  /// Counts one more, and ends the reading where they are too many.
  private mutating func isTooLong(_ operands: inout Int) -> Bool {
    operands += 1
    if operands <= Self.mostOperands { return false }
    report("an expression has more than \(Self.mostOperands) operands", at: token.spot)
    position = tokens.count - 1
    return true
  }

  /// An expression, with commas.
  mutating func parseExpression() -> Expression {
    var result = parseAssignment()
    var operands = 1
    while isAt(.comma) {
      advance()
      if isTooLong(&operands) { return .broken(at: token.spot) }
      let next = parseAssignment()
      result = Expression(kind: .comma(result, next), spot: result.spot.to(next.spot))
    }
    return result
  }

  /// An expression without commas outside parentheses.
  mutating func parseAssignment() -> Expression {
    nested(otherwise: { .broken(at: $0) }) { parser in parser.assignment() }
  }

  private mutating func assignment() -> Expression {
    let left = parseConditional()
    let operation: BinaryOperator?
    switch token.kind {
    case .sign(.assign): operation = nil
    case .sign(.addAssign): operation = .add
    case .sign(.subtractAssign): operation = .subtract
    case .sign(.multiplyAssign): operation = .multiply
    case .sign(.divideAssign): operation = .divide
    case .sign(.remainderAssign): operation = .remainder
    case .sign(.andAssign): operation = .bitAnd
    case .sign(.orAssign): operation = .bitOr
    case .sign(.exclusiveOrAssign): operation = .bitXor
    case .sign(.shiftLeftAssign): operation = .shiftLeft
    case .sign(.shiftRightAssign): operation = .shiftRight
    default: return left
    }
    advance()
    let right = parseAssignment()
    return Expression(kind: .assign(operation, left, right), spot: left.spot.to(right.spot))
  }

  private mutating func parseConditional() -> Expression {
    let condition = parseBinary(above: 0)
    guard take(.question) else { return condition }
    let yes = isAt(.colon) ? condition : parseAssignment()
    want(.colon, "in 'a ? b : c'")
    let no = parseAssignment()
    return Expression(kind: .conditional(condition, yes, no), spot: condition.spot.to(no.spot))
  }

  private mutating func parseBinary(above least: Int) -> Expression {
    var left = parseUnary()
    var operands = 1
    while let operation = binaryOperator, operation.precedence > least {
      if isTooLong(&operands) { return .broken(at: token.spot) }
      let isHerds = isAt(.assign)
      advance()
      var right = nested(otherwise: { .broken(at: $0) }) { parser in
        parser.parseBinary(above: operation.precedence)
      }
      if isHerds { right = asValue(right) }
      left = Expression(kind: .binary(operation, left, right), spot: left.spot.to(right.spot))
    }
    return left
  }

  private var binaryOperator: BinaryOperator? {
    guard case .sign(let sign) = token.kind else { return nil }
    switch sign {
    case .wedge: return .and
    case .vee: return .or
    case .assign: return isInCondition ? .equal : nil
    default: return BinaryOperator(rawValue: sign.rawValue)
    }
  }

  private mutating func parseUnary() -> Expression {
    nested(otherwise: { .broken(at: $0) }) { parser in parser.unary() }
  }

  private mutating func unary() -> Expression {
    let start = token.spot
    func made(_ operation: UnaryOperator, _ operand: Expression) -> Expression {
      Expression(kind: .unary(operation, operand), spot: start.to(operand.spot))
    }
    guard case .sign(let sign) = token.kind else {
      if isAt(word: "sizeof") {
        report("'sizeof' is not understood: a race has no bytes, write the number", at: start)
        advance()
        if isAt(.open) { skipParentheses() } else { _ = parseUnary() }
        return .broken(at: start)
      }
      return parsePostfix()
    }
    switch sign {
    case .exclamation: advance(); return made(.not, parseUnary())
    case .tilde: advance(); return made(isInCondition ? .not : .complement, parseUnary())
    case .minus: advance(); return made(.minus, parseUnary())
    case .plus: advance(); return made(.plus, parseUnary())
    case .ampersand: advance(); return made(.address, parseUnary())
    case .star: advance(); return made(.dereference, parseUnary())
    case .increment, .decrement:
      advance()
      let operand = parseUnary()
      return Expression(
        kind: .increment(operand, by: sign == .increment ? 1 : -1, isPrefix: true),
        spot: start.to(operand.spot))
    case .open where isType(at: position + 1):
      advance()
      let type = parseTypeName() ?? TypeName(base: .integer, spot: start)
      want(.close, "after the type")
      let operand = parseUnary()
      return Expression(kind: .cast(type, operand), spot: start.to(operand.spot))
    default: return parsePostfix()
    }
  }

  private mutating func parsePostfix() -> Expression {
    var result = parsePrimary()
    var operands = 1
    while case .sign(let sign) = token.kind {
      if isTooLong(&operands) { return .broken(at: token.spot) }
      switch sign {
      case .bracketOpen:
        advance()
        let index = parseExpression()
        want(.bracketClose, "after the index")
        result = Expression(kind: .index(result, index), spot: result.spot.to(lastSpot))
      case .dot, .arrow:
        advance()
        guard let (name, spot) = wantName("the name of a member") else { return result }
        result = Expression(
          kind: .member(result, name, isArrow: sign == .arrow), spot: result.spot.to(spot))
      case .increment, .decrement:
        advance()
        result = Expression(
          kind: .increment(result, by: sign == .increment ? 1 : -1, isPrefix: false),
          spot: result.spot.to(lastSpot))
      default: return result
      }
    }
    return result
  }

  private mutating func parsePrimary() -> Expression {
    let start = token.spot
    switch token.kind {
    case .number(let value):
      let suffix = token.text
      advance()
      if isAt(.colon), isAtName(ahead: 1), isAt(.colon, ahead: 0), isInCondition {
        advance()
        return local(ofActor: value, from: start)
      }
      let number = Expression(kind: .number(value), spot: start)
      if suffix.isEmpty { return number }
      let base = TypeName.Base.sized(
        suffix.contains("l") ? 64 : 32, isSigned: !suffix.contains("u"))
      return Expression(kind: .cast(TypeName(base: base, spot: start), number), spot: start)
    case .string:
      let content = wantString("a text") ?? ""
      return Expression(kind: .string(content), spot: start.to(lastSpot))
    case .name:
      let name = token.text
      advance()
      if isInCondition, isAt(.colon), isAtName(ahead: 1), name.first == "P",
        let number = Int(name.dropFirst())
      {
        advance()
        return local(ofActor: number, from: start)
      }
      if isInCondition && name == "not" {
        let operand = parseUnary()
        return Expression(kind: .unary(.not, operand), spot: start.to(operand.spot))
      }
      if isAt(.open) { return parseCall(name, from: start) }
      return Expression(kind: .name(name), spot: start)
    case .sign(.open):
      advance()
      if isAt(.braceOpen) {
        report("'({ ... })' is not understood: write a 'static inline' function", at: start)
        skipStatement()
        return .broken(at: start)
      }
      let inner = parseExpression()
      want(.close, "after the expression")
      return Expression(kind: inner.kind, spot: start.to(lastSpot))
    case .sign(.braceOpen): return parseInitializer()
    case .sign(.bracketOpen) where isInCondition:
      // `[x]`: what is in x.
      advance()
      let inner = parseExpression()
      want(.bracketClose, "after the name")
      return Expression(kind: inner.kind, spot: start.to(lastSpot))
    default:
      report("an expression is missing before \(shown(token))", at: start)
      return .broken(at: start)
    }
  }

  private func isAtName(ahead count: Int) -> Bool { token(ahead: count).kind == .name }

  private mutating func local(ofActor number: Int, from start: Spot) -> Expression {
    let (name, spot) = (token.text, token.spot)
    advance()
    return Expression(kind: .local(actor: number, name: name), spot: start.to(spot))
  }

  private mutating func parseCall(_ name: String, from start: Spot) -> Expression {
    advance()
    var arguments: [Expression] = []
    if !isAt(.close) {
      repeat {
        if isType(at: position), let type = parseTypeName() {
          arguments.append(Expression(kind: .type(type), spot: type.spot))
        } else {
          arguments.append(parseAssignment())
        }
      } while take(.comma)
    }
    want(.close, "after the arguments of '\(name)'")
    return Expression(kind: .call(name, arguments), spot: start.to(lastSpot))
  }

  private mutating func parseInitializer() -> Expression {
    let start = token.spot
    advance()
    var parts: [Initializer] = []
    while !isAt(.braceClose) && !token.isEnd {
      var target = Initializer.Target.next
      if take(.dot) {
        target = .member(wantName("the name of a member")?.name ?? "")
        want(.assign, "after the member")
      } else if isAt(.bracketOpen) {
        advance()
        let first = parseConditional()
        target = take(.ellipsis) ? .range(first, parseConditional()) : .index(first)
        want(.bracketClose, "after the index")
        want(.assign, "after the index")
      }
      parts.append(Initializer(target: target, value: parseAssignment()))
      if !take(.comma) { break }
    }
    want(.braceClose, "after the values")
    return Expression(kind: .initializer(parts), spot: start.to(lastSpot))
  }

  /// A condition of herd's: `x=1 /\ 0:r1=0`, where `=` asks, `~` and `not` deny; or C's.
  mutating func parseCondition() -> Expression {
    let was = isInCondition
    isInCondition = true
    defer { isInCondition = was }
    return parseExpression()
  }

  /// On the right of herd's `=` a variable's name is its address.
  private func asValue(_ expression: Expression) -> Expression {
    guard case .name(let name) = expression.kind else { return expression }
    return Expression(kind: .addressOrConstant(name), spot: expression.spot)
  }
}
