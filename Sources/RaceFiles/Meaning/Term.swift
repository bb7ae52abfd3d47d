/// An expression of which all shared accesses are taken out: what a step works out from the value that it
/// saw and from the local variables.
indirect enum Term: Hashable, Sendable {
  case constant(Int)
  case variable(Int)
  /// The value that the step saw.
  case seen
  /// What is at an address: for properties, claims, ghosts and atomic blocks.
  case cell(Term)
  case not(Term)
  case complement(Term)
  case binary(BinaryOperator, Term, Term)
  case conditional(Term, Term, Term)
  /// A pointer that must not be NULL.
  case checked(Term)
  /// An index, which must be less than a number of elements.
  case bounded(Term, Int)

  static let zero = Term.constant(0)
  static let one = Term.constant(1)

  var value: Int? { if case .constant(let value) = self { value } else { nil } }

  /// Whether it is only handed on: no new value comes of it.
  var isCopy: Bool {
    switch self {
    case .constant, .variable, .seen, .cell: true
    case .conditional(_, let yes, let no): yes.isCopy && no.isCopy
    case .checked(let inner): inner.isCopy
    case .binary(let operation, _, _): operation.isQuestion
    case .not: true
    case .complement, .bounded: false
    }
  }

  /// Whether its value is 0 or 1.
  var isTruth: Bool {
    switch self {
    case .not: true
    case .binary(let operation, _, _): operation.isQuestion
    case .constant(let value): value == 0 || value == 1
    default: false
    }
  }
}

extension BinaryOperator {
  var isQuestion: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and, .or: true
    default: false
    }
  }

  /// The value; nil for a division by 0. Nothing traps.
  func apply(_ a: Int, _ b: Int) -> Int? {
    switch self {
    case .multiply: Self.held(a.multipliedReportingOverflow(by: b), (a < 0) == (b < 0))
    case .divide: b == 0 ? nil : b == -1 ? 0 &- a : a / b
    case .remainder: b == 0 ? nil : b == -1 ? 0 : a % b
    case .add: Self.held(a.addingReportingOverflow(b), b > 0)
    case .subtract: Self.held(a.subtractingReportingOverflow(b), b < 0)
    case .shiftLeft: b < 0 || b > 62 ? 0 : a << b
    case .shiftRight: b < 0 || b > 62 ? (a < 0 ? -1 : 0) : a >> b
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .greater: a > b ? 1 : 0
    case .greaterOrEqual: a >= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .notEqual: a != b ? 1 : 0
    case .bitAnd: a & b
    case .bitXor: a ^ b
    case .bitOr: a | b
    case .and: a != 0 && b != 0 ? 1 : 0
    case .or: a != 0 || b != 0 ? 1 : 0
    }
  }

  /// The result, or the farthest number there is.
  private static func held(_ result: (partialValue: Int, overflow: Bool), _ isUp: Bool) -> Int {
    result.overflow ? (isUp ? .max : .min) : result.partialValue
  }
}

extension Term {
  // MARK: Made with what is known worked out

  static func making(_ operation: BinaryOperator, _ a: Term, _ b: Term) -> Term {
    if let left = a.value, let right = b.value, let value = operation.apply(left, right) {
      return .constant(value)
    }
    switch (operation, a.value, b.value) {
    case (.and, 0, _), (.and, _, 0): return .zero
    case (.or, let left?, _) where left != 0: return .one
    case (.or, _, let right?) where right != 0: return .one
    case (.and, _?, _): return b.asTruth
    case (.and, _, _?): return a.asTruth
    case (.or, _?, _): return b.asTruth
    case (.or, _, _?): return a.asTruth
    case (.add, 0, _): return b
    case (.add, _, 0), (.subtract, _, 0): return a
    case (.notEqual, _, 0) where a.isTruth: return a
    case (.equal, _, 0) where a.isTruth: return making(not: a)
    default: break
    }
    // An element's offset behind an address.
    if operation == .add, let right = b.value,
      case .binary(.add, let inner, .constant(let left)) = a
    {
      return .binary(.add, inner, .constant(left &+ right))
    }
    return .binary(operation, a, b)
  }

  static func making(not term: Term) -> Term {
    if let value = term.value { return value == 0 ? .one : .zero }
    switch term {
    case .not(let inner) where inner.isTruth: return inner
    case .binary(.equal, let a, let b): return .binary(.notEqual, a, b)
    case .binary(.notEqual, let a, let b): return .binary(.equal, a, b)
    default: return .not(term)
    }
  }

  static func making(_ condition: Term, then yes: Term, otherwise no: Term) -> Term {
    if let value = condition.value { return value != 0 ? yes : no }
    return yes == no ? yes : .conditional(condition, yes, no)
  }

  static func making(checked term: Term) -> Term {
    if let value = term.value, value != 0 { return term }
    if case .checked = term { return term }
    return .checked(term)
  }

  static func making(_ index: Term, below count: Int) -> Term {
    if let value = index.value, value >= 0 && value < count { return index }
    return .bounded(index, count)
  }

  var asTruth: Term { isTruth ? self : .making(.notEqual, self, .zero) }

  /// The same with other terms for variables and cells.
  func substituting(
    _ variable: (Int) -> Term?, cell: (Term) -> Term = { .cell($0) }
  ) -> Term {
    func again(_ term: Term) -> Term { term.substituting(variable, cell: cell) }
    switch self {
    case .constant, .seen: return self
    case .variable(let number): return variable(number) ?? self
    case .cell(let address): return cell(again(address))
    case .not(let inner): return .making(not: again(inner))
    case .complement(let inner):
      let inner = again(inner)
      return inner.value.map { .constant(~$0) } ?? .complement(inner)
    case .binary(let operation, let a, let b): return .making(operation, again(a), again(b))
    case .conditional(let condition, let yes, let no):
      return .making(again(condition), then: again(yes), otherwise: again(no))
    case .checked(let inner): return .making(checked: again(inner))
    case .bounded(let inner, let count): return .making(again(inner), below: count)
    }
  }

  /// Shows it and each term in it, but no address of which the content is meant.
  func forEachPart(_ body: (Term) -> Void) {
    body(self)
    switch self {
    case .constant, .seen, .variable, .cell: return
    case .not(let inner), .complement(let inner), .checked(let inner), .bounded(let inner, _):
      inner.forEachPart(body)
    case .binary(let operation, let a, let b):
      // What a comparison says is no address.
      if operation.isQuestion { return }
      a.forEachPart(body)
      b.forEachPart(body)
    case .conditional(_, let b, let c):
      b.forEachPart(body)
      c.forEachPart(body)
    }
  }

  /// Shows each variable in it.
  func forEachVariable(_ body: (Int) -> Void) {
    switch self {
    case .constant, .seen: return
    case .variable(let number): body(number)
    case .cell(let inner), .not(let inner), .complement(let inner), .checked(let inner),
      .bounded(let inner, _):
      inner.forEachVariable(body)
    case .binary(_, let a, let b):
      a.forEachVariable(body)
      b.forEachVariable(body)
    case .conditional(let a, let b, let c):
      a.forEachVariable(body)
      b.forEachVariable(body)
      c.forEachVariable(body)
    }
  }

  /// Shows each address of which the content is in it.
  func forEachCell(_ body: (Term) -> Void) {
    switch self {
    case .constant, .seen, .variable: return
    case .cell(let address):
      body(address)
      address.forEachCell(body)
    case .not(let inner), .complement(let inner), .checked(let inner), .bounded(let inner, _):
      inner.forEachCell(body)
    case .binary(_, let a, let b):
      a.forEachCell(body)
      b.forEachCell(body)
    case .conditional(let a, let b, let c):
      a.forEachCell(body)
      b.forEachCell(body)
      c.forEachCell(body)
    }
  }
}
