/// The value of a term, where something says what variables and cells hold; nil where it has none: a check
/// fails, an address is nobody's.
protocol TermSource {
  mutating func variable(_ number: Int) -> Int
  mutating func seen() -> Int
  /// nil where there is no such cell.
  mutating func cell(at address: Int) -> Int?
}

extension Term {
  func evaluated<Source: TermSource>(in source: inout Source) -> Int? {
    switch self {
    case .constant(let value): return value
    case .variable(let number): return source.variable(number)
    case .seen: return source.seen()
    case .cell(let address):
      guard let address = address.evaluated(in: &source) else { return nil }
      return source.cell(at: address)
    case .not(let inner): return inner.evaluated(in: &source).map { $0 == 0 ? 1 : 0 }
    case .complement(let inner): return inner.evaluated(in: &source).map { ~$0 }
    case .binary(let operation, let a, let b):
      guard let left = a.evaluated(in: &source) else { return nil }
      if operation == .and && left == 0 { return 0 }
      if operation == .or && left != 0 { return 1 }
      guard let right = b.evaluated(in: &source) else { return nil }
      return operation.apply(left, right)
    case .conditional(let condition, let yes, let no):
      guard let asked = condition.evaluated(in: &source) else { return nil }
      return asked != 0 ? yes.evaluated(in: &source) : no.evaluated(in: &source)
    case .checked(let inner, let check, _):
      guard let value = inner.evaluated(in: &source), check.passes(value) else { return nil }
      return value
    case .moved(let pointer, let by, let elements, _):
      guard let from = pointer.evaluated(in: &source), let distance = by.evaluated(in: &source)
      else { return nil }
      return elements.address(from, distance)
    case .wrapped(let inner, let bits, let isSigned):
      return inner.evaluated(in: &source)?.wrapped(to: bits, isSigned: isSigned)
    }
  }
}
