import ModelChecking

extension Lowering {
  /// The value of a constant expression; nil where it is none.
  func constant(_ expression: Expression) -> Int? {
    switch expression.kind {
    case .number(let value): return value
    case .name(let name):
      return bound[name] ?? (local(name) == nil ? world.constants[name]?.value : nil)
    case .unary(.minus, let inner): return constant(inner).map { 0 &- $0 }
    case .unary(.plus, let inner): return constant(inner)
    case .cast(let type, let inner): return constant(inner).map { type.holding($0) }
    case .unary(.complement, let inner): return constant(inner).map { ~$0 }
    case .unary(.not, let inner): return constant(inner).map { $0 == 0 ? 1 : 0 }
    case .binary(let operation, let a, let b):
      guard let left = constant(a), let right = constant(b) else { return nil }
      return operation.apply(left, right)
    default: return nil
    }
  }

  mutating func wantConstant(_ expression: Expression) -> Int? {
    if let value = constant(expression) { return value }
    if case .broken = expression.kind { return nil }
    report("a number that is known beforehand is missing here", at: expression.spot)
    return nil
  }

  /// An expression whose value nobody wants.
  mutating func lowerForEffect(_ expression: Expression) {
    switch expression.kind {
    case .assign, .increment, .call, .broken: _ = value(of: expression, isWanted: false)
    case .comma(let first, let second):
      lowerForEffect(first)
      lowerForEffect(second)
    case .cast(let type, let inner) where type.base == .void: lowerForEffect(inner)
    case .conditional(let condition, let yes, let no):
      lower(
        Statement(
          kind: .if(
            condition, Statement(kind: .expression(yes), spot: yes.spot),
            Statement(kind: .expression(no), spot: no.spot)), spot: expression.spot))
    case .binary(.and, let a, let b) where mayAct(b):
      lower(
        Statement(
          kind: .if(a, Statement(kind: .expression(b), spot: b.spot), nil), spot: expression.spot))
    case .binary(let operation, _, _) where operation != .and && operation != .or:
      _ = value(of: expression)
      report(
        "this statement does nothing" + (operation == .equal ? ": '=' stores, '==' compares" : ""),
        at: expression.spot)
    case .name(let name) where local(name) == nil && world.functions[name] != nil:
      report("'\(name)' is a function: call it by '\(name)(...)'", at: expression.spot)
    default:
      if case .unary(.dereference, let inner) = expression.kind,
        case .increment(let pointer, _, _) = inner.kind
      {
        let name = sourceText.text(of: pointer.spot)
        report("only the pointer moves: '(*\(name))' is the value", at: expression.spot)
      }
      let before = flow.nodes.count
      _ = value(of: expression)
      if flow.nodes.count == before && mode == .code {
        report("this statement does nothing", at: expression.spot)
      }
    }
  }

  // MARK: Questions

  /// Goes on at one node or another.
  mutating func lower(_ condition: Expression, yes: Int, no: Int) {
    switch condition.kind {
    case .unary(.not, let inner): return lower(inner, yes: no, no: yes)
    case .binary(.and, let a, let b):
      let middle = newNode()
      lower(a, yes: middle, no: no)
      here = middle
      return lower(b, yes: yes, no: no)
    case .binary(.or, let a, let b):
      let middle = newNode()
      lower(a, yes: yes, no: middle)
      here = middle
      return lower(b, yes: yes, no: no)
    case .call(let name, let arguments)
    where ["likely", "unlikely"].contains(name) && arguments.count == 1:
      return lower(arguments[0], yes: yes, no: no)
    case .assign(nil, _, _):
      // Double parentheses say that it is meant.
      if !sourceText.text(of: condition.spot).hasPrefix("(") {
        report(
          "'=' stores a value; '==' compares: to store all the same, write '((a = b))'",
          at: condition.spot)
      }
    case .name(let name):
      if let variable = local(name), parameters.contains(variable),
        flow.variables[variable].type.pointee?.isScalar ?? false
      {
        report(
          "'\(name)' is the address of a shared variable, and never NULL: '*\(name)' is its value",
          at: condition.spot)
      }
    default: break
    }
    let asked = value(of: condition)
    if asked.type == .void { report("this has no value", at: condition.spot) }
    settleClaims()
    branch(asked.term.asTruth, asked: condition.spot, of: condition, yes: yes, no: no)
  }

  /// Whether a local variable stands in an expression.
  func namesVariable(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .name(let name): local(name) != nil
    case .unary(_, let inner), .cast(_, let inner), .increment(let inner, _, _),
      .member(let inner, _, _):
      namesVariable(inner)
    case .binary(_, let a, let b), .assign(_, let a, let b), .comma(let a, let b),
      .index(let a, let b):
      namesVariable(a) || namesVariable(b)
    case .conditional(let a, let b, let c): [a, b, c].contains(where: namesVariable)
    case .call(_, let arguments): arguments.contains(where: namesVariable)
    case .number, .string, .local, .addressOrConstant, .initializer, .type, .broken: false
    }
  }

  /// Whether evaluating an expression may take a step or change something.
  func mayAct(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .number, .string, .broken, .local, .addressOrConstant, .type: return false
    case .name(let name):
      return mode == .code && local(name) == nil && world.constants[name] == nil
        && name != "THIS_ACTOR"
    case .unary(.dereference, _): return mode == .code
    case .unary(.address, let inner): return mayActInAddress(inner)
    case .unary(_, let inner), .cast(_, let inner): return mayAct(inner)
    case .binary(_, let a, let b), .comma(let a, let b): return mayAct(a) || mayAct(b)
    case .conditional(let a, let b, let c): return mayAct(a) || mayAct(b) || mayAct(c)
    case .call(let name, let arguments):
      let asks = ["likely", "unlikely", "all", "any", "count", "page_at"].contains(name)
      if asks || mode == .section && ["atomic_read", "READ_ONCE", "spin_is_locked"].contains(name) {
        return arguments.contains(where: mayAct)
      }
      return mode != .property
    case .index(let a, let b): return mode == .code || mayAct(a) || mayAct(b)
    case .member(let whole, _, _): return mode == .code || mayAct(whole)
    case .assign, .increment: return true
    case .initializer: return false
    }
  }

  /// A number other than 0 is no address.
  private mutating func checkAddress(of target: Expression, _ source: Expression) {
    if case .name(let name) = target.kind, let variable = local(name),
      flow.variables[variable].type.pointee != nil, let number = constant(source), number != 0
    {
      report(
        "'\(name)' is a pointer, and \(number) no address: '*\(name)' is what it points to",
        at: target.spot)
    }
  }

  private func mayActInAddress(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .name: false
    case .member(let whole, _, isArrow: false): mayActInAddress(whole)
    case .member(let whole, _, isArrow: true): mayAct(whole)
    case .index(let whole, let index): mayActInAddress(whole) || mayAct(index)
    case .unary(.dereference, let inner): mayAct(inner)
    default: true
    }
  }

  // MARK: Values

  mutating func value(of expression: Expression, isWanted: Bool = true) -> Value {
    switch expression.kind {
    case .number(let number): return Value(term: .constant(number), type: .integer)
    case .string:
      report("a text is no value", at: expression.spot)
      return .unknown
    case .type:
      report("a type is no value", at: expression.spot)
      return .unknown
    case .broken: return .unknown
    case .name(let name):
      if let number = bound[name] { return Value(term: .constant(number), type: .integer) }
      if name == "THIS_ACTOR", frames.first?.name.isEmpty == false {
        dependsOnCopy = true
        return Value(term: .constant(actor), type: .integer)
      }
      if local(name) == nil, let constant = world.constants[name] {
        return Value(
          term: .constant(constant.value),
          type: constant.enumeration.map { .enumeration($0) }
            ?? (name == "NULL" ? .pointer(.void) : .integer))
      }
      return loaded(place(of: expression), of: expression)
    case .addressOrConstant(let name): return addressOrConstant(name, at: expression.spot)
    case .local(let actor, let name): return observed(name, of: actor, at: expression.spot)
    case .unary(let operation, let operand): return unary(operation, operand, of: expression)
    case .binary(let operation, let a, let b): return binary(operation, a, b, at: expression.spot)
    case .assign(let operation, let target, let source):
      if operation == nil { checkAddress(of: target, source) }
      return assign(operation, target, source, of: expression)
    case .conditional(let condition, let yes, let no):
      return conditional(condition, yes, no, at: expression.spot)
    case .call(let name, let arguments):
      return call(name, arguments, of: expression, isWanted: isWanted)
    case .index, .member: return loaded(place(of: expression), of: expression)
    case .increment(let target, let by, let isPrefix):
      return increment(target, by: by, isPrefix: isPrefix, of: expression)
    case .cast(let type, let inner):
      let inner = value(of: inner)
      let target = self.type(of: type)
      // herd keeps addresses in an int; elsewhere what is done with its bits would mean nothing.
      if inner.type.pointee != nil, target.isNumber, target != .boolean, world.race.final == nil {
        report(
          "an address is no number here, and has no bits for a mark: keep the mark in a variable beside the "
            + "pointer, or let it point to an object that stands for the marked one",
          at: expression.spot)
      }
      return Value(term: converted(inner, to: target), type: target)
    case .comma(let first, let second):
      lowerForEffect(first)
      return value(of: second, isWanted: isWanted)
    case .initializer:
      report(
        "'{ ... }' is only for variables that are declared outside functions", at: expression.spot)
      return .unknown
    }
  }

  private mutating func unary(
    _ operation: UnaryOperator, _ operand: Expression, of expression: Expression
  ) -> Value {
    switch operation {
    case .address: return address(of: operand, at: expression.spot)
    case .dereference: return loaded(place(of: expression), of: expression)
    case .not:
      return Value(term: .making(not: value(of: operand).term), type: .integer)
    case .plus: return value(of: operand)
    case .minus, .complement: return negated(operation, value(of: operand))
    }
  }

  private mutating func binary(
    _ operation: BinaryOperator, _ a: Expression, _ b: Expression, at spot: Spot
  ) -> Value {
    if operation == .and || operation == .or, mayAct(b) {
      return shortCircuit(Expression(kind: .binary(operation, a, b), spot: spot))
    }
    let left = value(of: a)
    let right = value(of: b)
    for (value, operand) in [(left, a), (right, b)] where value.type == .void {
      report("this has no value", at: operand.spot)
    }
    if operation == .divide || operation == .remainder, right.term.value == 0 {
      report("this divides by 0", at: spot)
      return Value(term: .zero, type: .integer)
    }
    // Pointers count in elements.
    if operation == .add || operation == .subtract, let pointee = left.type.pointee {
      let size = max(1, world.memory.size(of: pointee))
      if right.type.pointee != nil && operation == .subtract {
        let distance = Term.making(.subtract, left.term, right.term)
        return Value(term: .making(.divide, distance, .constant(size)), type: .integer)
      }
      return Value(
        term: moved(operation, left.term, by: right.term, of: pointee, at: spot), type: left.type)
    }
    if operation == .add, let pointee = right.type.pointee {
      return Value(
        term: moved(.add, right.term, by: left.term, of: pointee, at: spot), type: right.type)
    }
    if operation == .equal || operation == .notEqual { checkComparable(left, right, at: spot) }
    if operation.compares {
      for value in [left, right] { checkIsNoStart(value, at: spot) }
    }
    return arithmetic(operation, left, right, at: spot)
  }

  /// A pointer that `+` or `-` moves.
  private func moved(
    _ operation: BinaryOperator, _ pointer: Term, by count: Term, of type: CType, at spot: Spot
  ) -> Term {
    moved(
      followed(pointer, at: spot),
      by: operation == .subtract ? .making(.subtract, .zero, count) : count, of: type, at: spot)
  }

  private mutating func checkComparable(_ left: Value, _ right: Value, at spot: Spot) {
    if case .enumeration(let one) = left.type, case .enumeration(let other) = right.type,
      one != other
    {
      report("an 'enum \(one)' is compared with an 'enum \(other)'", at: spot)
    }
    if case .structure = left.type { report("structures can't be compared", at: spot) }
  }

  /// `a && b` and `a || b` where evaluating b takes a step.
  private mutating func shortCircuit(_ expression: Expression) -> Value {
    let result = newVariable("condition", .boolean, at: expression.spot)
    let (yes, no, end) = (newNode(), newNode(), newNode())
    lower(expression, yes: yes, no: no)
    here = yes
    assign(result, .one)
    jump(to: end)
    here = no
    assign(result, .zero)
    flow.nodes[here] = .jump(end)
    here = end
    return Value(term: .variable(result), type: .integer)
  }

  private mutating func conditional(
    _ condition: Expression, _ yes: Expression, _ no: Expression, at spot: Spot
  ) -> Value {
    if !mayAct(yes) && !mayAct(no) {
      let asked = value(of: condition)
      let (first, second) = (value(of: yes), value(of: no))
      if first.type.isNumber && second.type.isNumber && first.type != second.type {
        let type = common(first.type, second.type)
        return Value(
          term: .making(
            asked.term.asTruth, then: converted(first, to: type),
            otherwise: converted(second, to: type)), type: type)
      }
      return Value(
        term: .making(asked.term.asTruth, then: first.term, otherwise: second.term),
        type: first.type == .unknown ? second.type : first.type)
    }
    let (yesNode, noNode, end) = (newNode(), newNode(), newNode())
    lower(condition, yes: yesNode, no: noNode)
    here = yesNode
    let first = value(of: yes)
    let result = newVariable("chosen", first.type.isScalar ? first.type : .integer, at: spot)
    if first.type != .void { assign(result, first.term) }
    jump(to: end)
    here = noNode
    let second = value(of: no)
    if second.type != .void { assign(result, second.term) }
    flow.nodes[here] = .jump(end)
    here = end
    return Value(term: .variable(result), type: first.type)
  }

  // MARK: Stores

  private mutating func assign(
    _ operation: BinaryOperator?, _ target: Expression, _ source: Expression,
    of expression: Expression
  ) -> Value {
    guard let operation else {
      let place = place(of: target)
      let isGhost = isGhost(place)
      let was = mode
      if isGhost { mode = .property }
      let value = valueGot(by: declaration(of: place) ?? target.spot, source)
      mode = was
      let type = type(of: place)
      check(value, fits: type, at: source.spot)
      let new = Value(
        term: converted(value, to: type), type: type.isNumber && type != .atomic ? type : value.type
      )
      store(
        new.term, in: place, ordering(of: target), named: shown(expression.spot),
        at: expression.spot)
      return new
    }
    let place = place(of: target)
    let was = mode
    if isGhost(place) { mode = .property }
    let old = loaded(place, of: target)
    let operand = value(of: source)
    mode = was
    let new = changed(operation, old, operand, at: expression.spot)
    store(
      new, in: place, ordering(of: target), named: shown(expression.spot), at: expression.spot)
    return Value(term: new, type: old.type)
  }

  /// Where a local variable is declared.
  private func declaration(of place: Place) -> Spot? {
    if case .local(let variable) = place { flow.variables[variable].spot } else { nil }
  }

  /// What `place operation= operand` stores.
  private func changed(
    _ operation: BinaryOperator, _ old: Value, _ operand: Value, at spot: Spot
  ) -> Term {
    if let pointee = old.type.pointee {
      return moved(operation, old.term, by: operand.term, of: pointee, at: spot)
    }
    return converted(arithmetic(operation, old, operand, at: spot), to: old.type)
  }

  private mutating func increment(
    _ target: Expression, by step: Int, isPrefix: Bool, of expression: Expression
  ) -> Value {
    let place = place(of: target)
    let was = mode
    if isGhost(place) { mode = .property }
    let old = loaded(place, of: target)
    mode = was
    let by = Value(term: .constant(step), type: .integer)
    let new = changed(.add, old, by, at: expression.spot)
    var result = isPrefix ? new : old.term
    if !isPrefix, case .local = place {
      // The old value, which the variable loses now.
      let kept = newVariable("before", old.type, at: expression.spot)
      assign(kept, old.term)
      result = .variable(kept)
    }
    store(
      new, in: place, ordering(of: target), named: shown(expression.spot), at: expression.spot)
    if isPrefix, case .local(let variable) = place { result = .variable(variable) }
    return Value(term: result, type: old.type)
  }

  func isGhost(_ place: Place) -> Bool {
    if case .memory(_, _, let isGhost) = place { isGhost } else { false }
  }

  func type(of place: Place) -> CType {
    switch place {
    case .local(let variable): flow.variables[variable].type
    case .memory(_, let type, _): type
    case .unknown: .unknown
    }
  }

  /// Whether a value may be stored where a type is; told of if it is surely a slip.
  mutating func check(_ value: Value, fits type: CType, at spot: Spot) {
    switch (value.type, type) {
    case (.void, _) where type != .unknown && type != .void:
      report("this has no value", at: spot)
    case (.structure(let tag), _):
      report("a 'struct \(tag)' can't be copied: copy the members that matter", at: spot)
    case (.pointer(let one), .pointer(let other))
    where one != other && one != .void && other != .void && one != .unknown && other != .unknown
      && one.isApart(from: other):
      report("a '\(value.type.name)' is stored where '\(type.name)' is declared", at: spot)
    case (.enumeration(let one), .enumeration(let other)) where one != other:
      report("an 'enum \(one)' is stored where 'enum \(other)' is declared", at: spot)
    default: return
    }
  }
}

extension CType {
  /// Whether two types have nothing to do with each other: a structure and a number, two structures.
  func isApart(from other: CType) -> Bool {
    switch (self, other) {
    case (.structure, _), (_, .structure), (.lock, _), (_, .lock): true
    default: false
    }
  }
}
