import ModelChecking

// What C does with numbers of different types, and what it leaves undefined.
extension Lowering {
  /// What is said of an expression that has no value.
  func words(_ spot: Spot) -> Words {
    Words(text: shown(spot), line: world.text.line(of: (callSpot ?? spot).start))
  }

  /// A pointer that is followed.
  func followed(_ pointer: Term, at spot: Spot) -> Term {
    .making(pointer, checked: .pointer, words(spot))
  }

  /// A pointer that is moved by a number of elements.
  func moved(_ pointer: Term, by count: Term, of type: CType, at spot: Spot) -> Term {
    let size = max(1, world.memory.size(of: type))
    return .making(
      pointer, movedBy: .making(.multiply, count, .constant(size)),
      world.elements[type] ?? Elements(type, []), words(spot))
  }

  /// A value as a type holds it: C's conversion.
  func converted(_ value: Value, to type: CType) -> Term {
    if value.type == type { return value.term }
    switch (type, value.type) {
    case (.boolean, _): return value.term.asTruth
    case (.sized(64, _), _), (.sized, .boolean): return value.term
    case (.sized(let bits, isSigned: false), .sized(let others, isSigned: false))
    where others <= bits:
      return value.term
    case (.sized(let bits, isSigned: true), .sized(let others, _)) where others < bits:
      return value.term
    case (.sized(let bits, let isSigned), _):
      return .making(value.term, wrappedTo: bits, isSigned: isSigned)
    case (.integer, .sized(32, isSigned: false)):
      return .making(value.term, wrappedTo: 32, isSigned: true)
    // herd keeps addresses in an int.
    case (.integer, .sized(64, _)) where world.race.final == nil:
      return .making(value.term, wrappedTo: 32, isSigned: true)
    default: return value.term
    }
  }

  /// The type in which C works on a number: at least an `int`.
  private func promoted(_ type: CType) -> CType {
    if case .sized(let bits, _) = type, bits >= 32 { return type }
    return .integer
  }

  /// The type in which C works on two numbers.
  func common(_ a: CType, _ b: CType) -> CType {
    let (a, b) = (promoted(a), promoted(b))
    for type in [
      CType.sized(64, isSigned: false), .sized(64, isSigned: true), .sized(32, isSigned: false),
    ] where a == type || b == type {
      return type
    }
    return .integer
  }

  /// `-a`, `~a`.
  func negated(_ operation: UnaryOperator, _ operand: Value) -> Value {
    let type = promoted(operand.type)
    let term = operand.term
    let result: Term =
      operation == .minus
      ? .making(.subtract, .zero, term)
      : term.value.map { .constant(~$0) } ?? .complement(term)
    return Value(term: fitted(result, type), type: type)
  }

  /// What is left of a result that has too many bits. An `int` wraps, too: the kernel is built with
  /// -fno-strict-overflow (its Makefile, v2.6.31 to v6.12).
  private func fitted(_ term: Term, _ type: CType) -> Term {
    switch type {
    case .integer, .sized(32, _): .making(term, wrappedTo: 32, isSigned: type == .integer)
    default: term
    }
  }

  /// `a operation b` of two numbers.
  func arithmetic(
    _ operation: BinaryOperator, _ left: Value, _ right: Value, at spot: Spot
  ) -> Value {
    switch operation {
    case .shiftLeft, .shiftRight: return shifted(operation, left, right, at: spot)
    case .and, .or:
      return Value(term: .making(operation, left.term, right.term), type: .integer)
    default: break
    }
    guard left.type.isNumber && right.type.isNumber else {
      return Value(term: .making(operation, left.term, right.term), type: .integer)
    }
    let type = common(left.type, right.type)
    var (a, b) = (converted(left, to: type), converted(right, to: type))
    let isWide = type == .sized(64, isSigned: false)
    if operation.isQuestion {
      let isOrder = operation != .equal && operation != .notEqual
      if isWide && isOrder && !(isPositive(left) && isPositive(right)) {
        // The order of numbers without a sign is that of those with one whose first bits are changed.
        a = .making(.bitXor, a, .constant(.min))
        b = .making(.bitXor, b, .constant(.min))
      }
      return Value(term: .making(operation, a, b), type: .integer)
    }
    if operation == .divide || operation == .remainder {
      if isWide && !isPositive(left) { a = .making(a, checked: .below2To63, words(spot)) }
      if isWide && !isPositive(right) { b = .making(b, checked: .below2To63, words(spot)) }
      b = .making(b, checked: .divisor, words(spot))
    }
    return Value(term: fitted(.making(operation, a, b), type), type: type)
  }

  private func shifted(
    _ operation: BinaryOperator, _ left: Value, _ right: Value, at spot: Spot
  ) -> Value {
    let type = promoted(left.type)
    var bits = 32
    if case .sized(let own, _) = type { bits = own }
    var term = converted(left, to: type)
    if operation == .shiftRight && type == .sized(64, isSigned: false) && !isPositive(left) {
      term = .making(term, checked: .below2To63, words(spot))
    }
    let count = Term.making(right.term, checked: .shift(below: bits), words(spot))
    return Value(term: fitted(.making(operation, term, count), type), type: type)
  }

  /// Whether a value is surely below 2^63 and not below 0.
  private func isPositive(_ value: Value) -> Bool {
    if let number = value.term.value { return number >= 0 }
    switch value.type {
    case .sized(let bits, isSigned: false): return bits < 64
    case .boolean: return true
    default: return value.term.isTruth
    }
  }
}

extension CType {
  /// Whether C does arithmetic on it, pointers left out.
  var isNumber: Bool {
    switch self {
    case .integer, .sized, .boolean, .atomic, .enumeration: true
    default: false
    }
  }

  /// What is left of a constant that it gets.
  func holding(_ value: Int) -> Int {
    switch self {
    case .boolean: value != 0 ? 1 : 0
    case .sized(let bits, let isSigned): value.wrapped(to: bits, isSigned: isSigned)
    default: value
    }
  }
}

extension TypeName {
  /// What is left of a constant that is cast to it.
  func holding(_ value: Int) -> Int {
    switch base {
    case .bool where pointerDepth == 0: CType.boolean.holding(value)
    case .sized(let bits, let isSigned) where pointerDepth == 0:
      CType.sized(bits, isSigned: isSigned).holding(value)
    default: value
    }
  }
}
