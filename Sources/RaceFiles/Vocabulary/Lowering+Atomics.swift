import ModelChecking

// Atomic operations (Documentation/atomic_t.txt, Documentation/atomic_bitops.txt, v6.12): each is one step.
extension Lowering {
  /// A name without the suffix that says how it is ordered.
  static func ordering(
    of name: String
  ) -> (base: String, ordering: Operation.Ordering?) {
    for (suffix, ordering) in [
      ("_relaxed", Operation.Ordering.relaxed), ("_acquire", .acquire), ("_release", .release),
    ] where name.hasSuffix(suffix) {
      return (String(name.dropLast(suffix.count)), ordering)
    }
    return (name, nil)
  }

  /// The address and type that a pointer argument is of.
  mutating func pointer(_ argument: Expression, of name: String) -> (address: Term, type: CType)? {
    let value = value(of: argument)
    switch value.type {
    case .pointer(let type):
      if type == .void || !type.isScalar && type != .unknown {
        report("'\(name)' works on a number, not on '\(type.name)'", at: argument.spot)
        return nil
      }
      if localVariable(at: value.term) != nil {
        report("'\(name)' is for shared variables, and this one is local", at: argument.spot)
        return nil
      }
      return (followed(value.term, at: argument.spot), type)
    case .array(let element, _): return (value.term, element)
    case .integer where world.race.final != nil, .sized where world.race.final != nil:
      return (followed(value.term, at: argument.spot), .integer)
    case .unknown: return nil
    default:
      report("'\(name)' wants an address: '&\(shown(argument.spot))'", at: argument.spot)
      return nil
    }
  }

  /// Whether the number of arguments is right; told of if it isn't.
  mutating func want(
    _ count: Int, _ arguments: [Expression], of name: String, at spot: Spot
  ) -> Bool {
    if arguments.count == count { return true }
    report(
      "'\(name)' takes \(count) argument\(count == 1 ? "" : "s"), and here \(arguments.count == 1 ? "is 1" : "are \(arguments.count)")",
      at: spot)
    return false
  }

  /// An operation whose name begins with `atomic_` and the like; nil where there is none of that name.
  mutating func atomic(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    guard
      let prefix = ["atomic_long_", "atomic64_", "atomic_", "refcount_"].first(
        where: name.hasPrefix)
    else { return nil }
    let (operation, ordering) = Self.ordering(of: String(name.dropFirst(prefix.count)))
    let name = shown(spot)
    if prefix == "refcount_",
      let value = refcount(operation, arguments, ordering, named: name, at: spot)
    {
      return value
    }
    switch operation {
    case "read":
      guard want(1, arguments, of: name, at: spot), let x = pointer(arguments[0], of: name) else {
        return .unknown
      }
      return load(x.address, x.type, ordering ?? .relaxed, named: name, at: spot)
    case "set":
      guard want(2, arguments, of: name, at: spot), let x = pointer(arguments[0], of: name) else {
        return .unknown
      }
      let new = converted(value(of: arguments[1]), to: x.type)
      store(
        new, at: x.address, x.type == .atomic ? .integer : x.type, ordering ?? .relaxed,
        named: name, at: spot)
      return Value(term: .zero, type: .void)
    case "xchg", "cmpxchg", "try_cmpxchg":
      return exchange(operation, arguments, ordering, named: name, at: spot)
    case "inc", "dec", "inc_return", "dec_return", "fetch_inc", "fetch_dec", "inc_and_test",
      "dec_and_test":
      guard want(1, arguments, of: name, at: spot) else { return .unknown }
      let by = Term.constant(operation.contains("inc") ? 1 : -1)
      return add(by, arguments[0], operation, ordering, named: name, at: spot)
    case "add", "sub", "add_return", "sub_return", "fetch_add", "fetch_sub", "sub_and_test",
      "add_negative":
      guard want(2, arguments, of: name, at: spot) else { return .unknown }
      let by = value(of: arguments[0]).term
      return add(
        operation.contains("sub") ? .making(.subtract, .zero, by) : by, arguments[1], operation,
        ordering,
        named: name, at: spot)
    case "or", "and", "xor", "andnot", "fetch_or", "fetch_and", "fetch_xor", "fetch_andnot":
      return bitwise(operation, arguments, ordering, named: name, at: spot)
    case "add_unless", "fetch_add_unless":
      guard want(3, arguments, of: name, at: spot), let x = pointer(arguments[0], of: name) else {
        return .unknown
      }
      let by = value(of: arguments[1]).term
      let unless = value(of: arguments[2]).term
      let old = update(x.address, x.type, ordering ?? .full, named: name, at: spot) { old in
        (.making(.add, old, by), .making(.notEqual, old, unless))
      }
      return Value(
        term: operation == "add_unless" ? .making(.notEqual, old, unless) : old, type: .integer)
    case "inc_not_zero", "inc_unless_negative", "dec_unless_positive", "dec_if_positive",
      "add_not_zero",
      "dec_not_one":
      return conditional(operation, arguments, ordering, named: name, at: spot)
    default: return nil
    }
  }

  private mutating func add(
    _ by: Term, _ argument: Expression, _ operation: String, _ ordering: Operation.Ordering?,
    named name: String, at spot: Spot
  ) -> Value {
    guard let x = pointer(argument, of: name) else { return .unknown }
    let hasResult = operation.contains("_")
    let old = update(
      x.address, x.type, ordering ?? (hasResult ? .full : .relaxed), named: name, at: spot
    ) {
      (.making(.add, $0, by), nil)
    }
    let new = Term.making(.add, old, by)
    if operation.hasPrefix("fetch") { return Value(term: old, type: .integer) }
    if operation.hasSuffix("return") { return Value(term: new, type: .integer) }
    if operation.hasSuffix("test") {
      return Value(term: .making(.equal, new, .zero), type: .integer)
    }
    if operation.hasSuffix("negative") {
      return Value(term: .making(.less, new, .zero), type: .integer)
    }
    return Value(term: .zero, type: .void)
  }

  private mutating func bitwise(
    _ operation: String, _ arguments: [Expression], _ ordering: Operation.Ordering?,
    named name: String, at spot: Spot
  ) -> Value {
    guard want(2, arguments, of: name, at: spot) else { return .unknown }
    let bits = value(of: arguments[0]).term
    guard let x = pointer(arguments[1], of: name) else { return .unknown }
    let isFetch = operation.hasPrefix("fetch_")
    let kind = isFetch ? String(operation.dropFirst(6)) : operation
    let old = update(
      x.address, x.type, ordering ?? (isFetch ? .full : .relaxed), named: name, at: spot
    ) { old in
      switch kind {
      case "or": (.making(.bitOr, old, bits), nil)
      case "xor": (.making(.bitXor, old, bits), nil)
      case "and": (.making(.bitAnd, old, bits), nil)
      default: (.making(.bitAnd, old, bits.value.map { .constant(~$0) } ?? .complement(bits)), nil)
      }
    }
    return isFetch ? Value(term: old, type: .integer) : Value(term: .zero, type: .void)
  }

  private mutating func conditional(
    _ operation: String, _ arguments: [Expression], _ ordering: Operation.Ordering?,
    named name: String, at spot: Spot
  ) -> Value {
    let addsFirst = operation == "add_not_zero"
    guard want(addsFirst ? 2 : 1, arguments, of: name, at: spot) else { return .unknown }
    let by =
      addsFirst ? value(of: arguments[0]).term : .constant(operation.hasPrefix("inc") ? 1 : -1)
    guard let x = pointer(arguments[addsFirst ? 1 : 0], of: name) else { return .unknown }
    func isWritten(_ old: Term) -> Term {
      switch operation {
      case "inc_unless_negative": .making(.greaterOrEqual, old, .zero)
      case "dec_unless_positive": .making(.lessOrEqual, old, .zero)
      case "dec_if_positive": .making(.greater, old, .zero)
      case "dec_not_one": .making(.notEqual, old, .one)
      default: .making(.notEqual, old, .zero)
      }
    }
    let old = update(x.address, x.type, ordering ?? .full, named: name, at: spot) { old in
      (.making(.add, old, by), isWritten(old))
    }
    // dec_if_positive answers with what would have become of it.
    return Value(
      term: operation == "dec_if_positive" ? .making(.add, old, by) : isWritten(old), type: .integer
    )
  }

  /// `xchg`, `cmpxchg`, `try_cmpxchg`, on any type.
  mutating func exchange(
    _ operation: String, _ arguments: [Expression], _ ordering: Operation.Ordering?,
    named name: String, at spot: Spot
  ) -> Value {
    guard want(operation == "xchg" ? 2 : 3, arguments, of: operation, at: spot),
      let x = pointer(arguments[0], of: operation)
    else { return .unknown }
    let type: CType = x.type == .atomic ? .integer : x.type
    if operation == "xchg" {
      let new = converted(value(of: arguments[1]), to: type)
      let old = update(x.address, x.type, ordering ?? .full, named: name, at: spot) { _ in
        (new, nil)
      }
      return Value(term: old, type: type)
    }
    if operation == "cmpxchg" {
      let wanted = converted(value(of: arguments[1]), to: type)
      let new = converted(value(of: arguments[2]), to: type)
      let old = update(x.address, x.type, ordering ?? .full, named: name, at: spot) { old in
        (new, .making(.equal, old, wanted))
      }
      return Value(term: old, type: type)
    }
    let expected = value(of: arguments[1])
    guard let variable = localVariable(at: expected.term) else {
      if expected.type != .unknown {
        report(
          "'\(operation)' wants the address of a local variable: '&old'", at: arguments[1].spot)
      }
      return .unknown
    }
    let new = converted(value(of: arguments[2]), to: type)
    let wanted = Term.variable(variable)
    let old = update(x.address, x.type, ordering ?? .full, named: name, at: spot) { old in
      (new, .making(.equal, old, wanted))
    }
    let succeeded = newVariable("\(operation)()", .boolean, at: spot)
    assign(succeeded, .making(.equal, old, wanted))
    assign(variable, old)
    return Value(term: .variable(succeeded), type: .integer)
  }

  /// `set_bit(nr, &word)` and its like; nil where there is none of that name.
  mutating func bit(_ name: String, _ arguments: [Expression], at spot: Spot) -> Value? {
    let (base, ordering) = Self.ordering(
      of: name.replacing("_lock", with: "_acquire").replacing("_unlock", with: "_release"))
    let isPlain = base.hasPrefix("__")
    let operation = isPlain ? String(base.dropFirst(2)) : base
    guard
      ["set_bit", "clear_bit", "change_bit", "test_bit", "test_and_set_bit", "test_and_clear_bit"]
        .contains(operation)
    else { return nil }
    guard want(2, arguments, of: name, at: spot) else { return .unknown }
    let one = Value(term: .one, type: .sized(64, isSigned: false))
    let mask = arithmetic(.shiftLeft, one, value(of: arguments[0]), at: spot).term
    guard let x = pointer(arguments[1], of: name) else { return .unknown }
    let text = shown(spot)
    func isSet(_ old: Term) -> Term { .making(.notEqual, .making(.bitAnd, old, mask), .zero) }
    func changed(_ old: Term) -> Term {
      if operation.hasSuffix("set_bit") { return .making(.bitOr, old, mask) }
      if operation == "change_bit" { return .making(.bitXor, old, mask) }
      return .making(.bitAnd, old, mask.value.map { .constant(~$0) } ?? .complement(mask))
    }
    if operation == "test_bit" {
      let old = load(x.address, x.type, ordering ?? .relaxed, named: text, at: spot)
      return Value(term: isSet(old.term), type: .integer)
    }
    let hasResult = operation.hasPrefix("test_and")
    if isPlain {
      let old = load(x.address, x.type, .plain, named: text, at: spot)
      store(changed(old.term), at: x.address, x.type, .plain, named: text, at: spot)
      return Value(term: isSet(old.term), type: hasResult ? .integer : .void)
    }
    let old = update(
      x.address, x.type, ordering ?? (hasResult ? .full : .relaxed), named: text, at: spot
    ) { (changed($0), nil) }
    return hasResult ? Value(term: isSet(old), type: .integer) : Value(term: .zero, type: .void)
  }
}
