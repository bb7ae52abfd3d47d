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
  /// A value that must pass a check, or the step does what C leaves undefined.
  case checked(Term, Check, Words)
  /// A pointer that is moved, by a number of cells, along the array that it points into.
  case moved(Term, by: Term, Elements, Words)
  /// The value that a type of fewer bits holds.
  case wrapped(Term, bits: Int, isSigned: Bool)

  static let zero = Term.constant(0)
  static let one = Term.constant(1)

  var value: Int? { if case .constant(let value) = self { value } else { nil } }

  /// Whether it is only handed on: no new value comes of it.
  var isCopy: Bool {
    switch self {
    case .constant, .variable, .seen, .cell: true
    case .conditional(_, let yes, let no): yes.isCopy && no.isCopy
    // What is wrapped twice is as what is wrapped once, so that nothing grows by it.
    case .checked(let inner, _, _), .wrapped(let inner, _, _): inner.isCopy
    case .binary(let operation, _, _): operation.isQuestion
    case .not: true
    case .complement, .moved: false
    }
  }

  /// Whether it may have no value.
  var mayBeUndefined: Bool {
    switch self {
    case .constant, .variable, .seen: false
    case .cell, .checked, .moved: true
    case .not(let inner), .complement(let inner), .wrapped(let inner, _, _): inner.mayBeUndefined
    case .binary(_, let a, let b): a.mayBeUndefined || b.mayBeUndefined
    case .conditional(let a, let b, let c):
      a.mayBeUndefined || b.mayBeUndefined || c.mayBeUndefined
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

  /// The value, which wraps at 64 bits as the kernel has it; nil for a division by 0 and a shift by what is no number
  /// of bits. Nothing traps.
  func apply(_ a: Int, _ b: Int) -> Int? {
    switch self {
    case .multiply: a &* b
    case .divide: b == 0 ? nil : b == -1 ? 0 &- a : a / b
    case .remainder: b == 0 ? nil : b == -1 ? 0 : a % b
    case .add: a &+ b
    case .subtract: a &- b
    case .shiftLeft: b < 0 || b > 63 ? nil : a << b
    case .shiftRight: b < 0 || b > 63 ? nil : a >> b
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

  static func making(_ term: Term, checked check: Check, _ words: Words) -> Term {
    if let value = term.value, check.passes(value) { return term }
    if case .checked(_, check, _) = term { return term }
    return .checked(term, check, words)
  }

  static func making(
    _ pointer: Term, movedBy distance: Term, _ elements: Elements, _ words: Words
  ) -> Term {
    if distance.value == 0 { return pointer }
    if let from = pointer.value, let by = distance.value, let to = elements.address(from, by) {
      return .constant(to)
    }
    return .moved(pointer, by: distance, elements, words)
  }

  static func making(_ term: Term, wrappedTo bits: Int, isSigned: Bool) -> Term {
    if let value = term.value { return .constant(value.wrapped(to: bits, isSigned: isSigned)) }
    if term.isTruth { return term }
    // The lowest bits of what was wrapped to more are the same.
    if case .wrapped(let inner, let others, _) = term, others >= bits {
      return making(inner, wrappedTo: bits, isSigned: isSigned)
    }
    return .wrapped(term, bits: bits, isSigned: isSigned)
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
    case .checked(let inner, let check, let words):
      return .making(again(inner), checked: check, words)
    case .moved(let pointer, let by, let elements, let words):
      return .making(again(pointer), movedBy: again(by), elements, words)
    case .wrapped(let inner, let bits, let isSigned):
      return .making(again(inner), wrappedTo: bits, isSigned: isSigned)
    }
  }

  /// Shows it and each term in it, but no address of which the content is meant.
  func forEachPart(_ body: (Term) -> Void) {
    body(self)
    switch self {
    case .constant, .seen, .variable, .cell: return
    case .not(let inner), .complement(let inner), .checked(let inner, _, _),
      .wrapped(let inner, _, _):
      inner.forEachPart(body)
    case .moved(let pointer, _, _, _): pointer.forEachPart(body)
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
    case .cell(let inner), .not(let inner), .complement(let inner), .checked(let inner, _, _),
      .wrapped(let inner, _, _):
      inner.forEachVariable(body)
    case .binary(_, let a, let b), .moved(let a, let b, _, _):
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
    case .not(let inner), .complement(let inner), .checked(let inner, _, _),
      .wrapped(let inner, _, _):
      inner.forEachCell(body)
    case .binary(_, let a, let b), .moved(let a, let b, _, _):
      a.forEachCell(body)
      b.forEachCell(body)
    case .conditional(let a, let b, let c):
      a.forEachCell(body)
      b.forEachCell(body)
      c.forEachCell(body)
    }
  }
}
