import ModelChecking

extension Term {
  /// REFCOUNT_SATURATED, INT_MIN / 2.
  static let refcountSaturated = -0x4000_0000
}

// refcount_t (include/linux/refcount.h, lib/refcount.c, v5.5 to v6.12). Where the kernel warns and stores
// REFCOUNT_SATURATED in a second access, both are one step with the operation here; it warns once.
extension Lowering {
  /// An operation on a `refcount_t` that may saturate; nil for others.
  mutating func refcount(
    _ operation: String, _ arguments: [Expression], _ ordering: Operation.Ordering?,
    named name: String, at spot: Spot
  ) -> Value? {
    let takesNumber = ["add", "add_not_zero", "sub_and_test"].contains(operation)
    guard takesNumber || Self.refcountOperations.contains(operation) else { return nil }
    guard want(takesNumber ? 2 : 1, arguments, of: name, at: spot) else { return .unknown }
    let by = takesNumber ? value(of: arguments[0]).term : .one
    guard let x = pointer(arguments[takesNumber ? 1 : 0], of: name) else { return .unknown }
    let isAddition = operation.hasPrefix("inc") || operation.hasPrefix("add")
    let old = update(
      x.address, x.type, ordering ?? (operation.contains("_") ? .full : .relaxed), named: name,
      at: spot
    ) { old in
      let sum = Term.making(isAddition ? .add : .subtract, old, by)
      return (
        .making(
          Self.saturates(operation, old, by), then: .constant(Term.refcountSaturated),
          otherwise: sum), Self.isWritten(operation, old)
      )
    }
    warn(operation, old, by, at: spot)
    switch operation {
    case "inc_not_zero", "add_not_zero":
      return Value(term: .making(.notEqual, old, .zero), type: .integer)
    case "dec_and_test", "sub_and_test":
      return Value(
        term: .making(.and, .making(.greater, old, .zero), .making(.equal, old, by)), type: .integer
      )
    case "dec_if_one": return Value(term: .making(.equal, old, .one), type: .integer)
    case "dec_not_one": return Value(term: .making(.notEqual, old, .one), type: .integer)
    default: return Self.nothing
    }
  }

  private static let refcountOperations = [
    "inc", "inc_not_zero", "dec", "dec_and_test", "dec_if_one", "dec_not_one",
  ]

  /// Whether the count is not what it should be, and becomes REFCOUNT_SATURATED.
  private static func saturates(_ operation: String, _ old: Term, _ by: Term) -> Term {
    switch operation {
    case "inc", "add": .making(.lessOrEqual, old, .zero)
    case "inc_not_zero", "add_not_zero": .making(.less, old, .zero)
    case "dec": .making(.lessOrEqual, old, .one)
    case "dec_and_test", "sub_and_test":
      .making(.or, .making(.lessOrEqual, old, .zero), .making(.less, old, by))
    default: .zero
    }
  }

  /// When the operation stores something; always if nil.
  private static func isWritten(_ operation: String, _ old: Term) -> Term? {
    switch operation {
    case "inc_not_zero", "add_not_zero": .making(.notEqual, old, .zero)
    case "dec_if_one": .making(.equal, old, .one)
    case "dec_not_one": .making(.greater, old, .one)
    default: nil
    }
  }

  /// The warning, of a count that was not saturated yet.
  private mutating func warn(_ operation: String, _ old: Term, _ by: Term, at spot: Spot) {
    let text: String
    var fires = Self.saturates(operation, old, by)
    switch operation {
    case "inc", "add": text = "addition on 0; use-after-free"
    case "inc_not_zero", "add_not_zero": text = "saturated; leaking memory"
    case "dec": text = "decrement hit 0; leaking memory"
    case "dec_not_one":
      text = "underflow; use-after-free"
      fires = .making(.equal, old, .zero)
    case "dec_and_test", "sub_and_test": text = "underflow; use-after-free"
    default: return
    }
    let isNew = Term.making(.notEqual, old, .constant(Term.refcountSaturated))
    let statement = Flow.Statement(
      text: "refcount_t: \(text).", isKernels: true, isWarning: true,
      line: world.text.sourceLine(of: callSpot ?? spot))
    if mode != .property {
      emit { next in .assertion(statement, .making(.and, isNew, fires), next: next) }
    }
  }
}
