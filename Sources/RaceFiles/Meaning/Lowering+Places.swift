import ModelChecking

// Where things are, and single accesses to them.
extension Lowering {
  /// Where an expression's value is kept.
  mutating func place(of expression: Expression) -> Place {
    switch expression.kind {
    case .name(let name): return place(named: name, at: expression.spot)
    case .unary(.dereference, let inner): return dereferenced(value(of: inner), at: inner.spot)
    case .member(let whole, let name, let isArrow):
      return member(name, of: whole, isArrow: isArrow, at: expression.spot)
    case .index(let whole, let index): return element(index, of: whole, at: expression.spot)
    case .cast(_, let inner): return place(of: inner)
    case .local(let actor, let name):
      _ = observed(name, of: actor, at: expression.spot)
      return .unknown
    case .broken: return .unknown
    default:
      report("nothing can be stored here, nor its address taken", at: expression.spot)
      return .unknown
    }
  }

  private mutating func place(named name: String, at spot: Spot) -> Place {
    if let variable = local(name) {
      return flow.variables[variable].type == .unknown ? .unknown : .local(variable)
    }
    if let variable = world.memory.variables[name] {
      if variable.type == .unknown { return .unknown }
      if variable.isPerCPU && mode == .code {
        report(
          "'\(name)' is per CPU: 'this_cpu_read(\(name))', 'per_cpu(\(name), cpu)'", at: spot)
        return .unknown
      }
      let isGhost =
        world.memory.cells.indices.contains(variable.firstCell)
        && world.memory.cells[variable.firstCell].role == .ghost && variable.type.isScalar
      return .memory(
        .constant(Address.of(cell: variable.firstCell)), variable.type, isGhost: isGhost)
    }
    if world.constants[name] != nil {
      report("'\(name)' is a constant", at: spot)
      return .unknown
    }
    if let variable = implicitRegister(name, at: spot) { return .local(variable) }
    if world.functions[name] != nil || Vocabulary.names.contains(name) {
      report("'\(name)' is a function: call it by '\(name)(...)'", at: spot)
      return .unknown
    }
    reportUnknown(name, at: spot)
    return .unknown
  }

  /// herd's registers `r0`, `r1` ... need no declaration in a litmus test.
  private mutating func implicitRegister(_ name: String, at spot: Spot) -> Int? {
    guard world.race.final != nil, frames.count == 1, mode == .code, name.first == "r",
      name.dropFirst().allSatisfy(\.isNumber), name.count > 1
    else { return nil }
    let variable = newVariable(name, .integer, at: spot)
    frames[0].scopes[0][name] = variable
    return variable
  }

  mutating func reportUnknown(_ name: String, at spot: Spot) {
    var known = world.memory.order + world.constants.keys.sorted()
    if let frame = frames.last { known += frame.scopes.flatMap { $0.keys.sorted() } }
    let isElsewhere =
      frames.count > 1
      && world.race.actors.contains {
        $0.function.parameters.contains { $0.name == name }
      }
    report(
      "there is no variable '\(name)'" + hint(name, known)
        + (isElsewhere ? "; pass it to the function" : ""), at: spot)
  }

  private mutating func dereferenced(_ pointer: Value, at spot: Spot) -> Place {
    switch pointer.type {
    case .pointer(let pointee):
      if let variable = localVariable(at: pointer.term) { return .local(variable) }
      if pointsToLocal(pointer.term) {
        report(
          "this may point to a local variable: a pointer to one is followed as it was taken, '*p'",
          at: spot)
        return .unknown
      }
      if pointee == .void {
        report("a 'void *' points to nothing that has a type: cast it", at: spot)
        return .unknown
      }
      return .memory(followed(pointer.term, at: spot), pointee, isGhost: false)
    case .unknown: return .unknown
    case .array(let element, _): return .memory(pointer.term, element, isGhost: false)
    case .integer where world.race.final != nil, .sized where world.race.final != nil:
      // herd keeps addresses in integers.
      return .memory(followed(pointer.term, at: spot), .integer, isGhost: false)
    default:
      report("this is no pointer but '\(pointer.type.name)'", at: spot)
      return .unknown
    }
  }

  /// The local variable that a term is the address of.
  func localVariable(at term: Term) -> Int? {
    switch term {
    case .constant(let value): Address.variable(value)
    case .variable(let variable): pointerTargets[variable] ?? nil
    default: nil
    }
  }

  /// Whether the address of a local variable is in a term.
  private func pointsToLocal(_ term: Term) -> Bool {
    var isLocal = false
    term.forEachPart { part in if localVariable(at: part) != nil { isLocal = true } }
    return isLocal
  }

  private mutating func member(
    _ name: String, of whole: Expression, isArrow: Bool, at spot: Spot
  ) -> Place {
    let base: Place
    if isArrow {
      let pointer = value(of: whole)
      if case .structure = pointer.type {
        report("this is a structure and no pointer: '.\(name)'", at: spot)
        return .unknown
      }
      base = dereferenced(pointer, at: whole.spot)
    } else {
      base = place(of: whole)
      if case .memory(_, .pointer(.structure), _) = base {
        report("this is a pointer: '->\(name)'", at: spot)
        return .unknown
      }
      if case .local(let variable) = base, flow.variables[variable].type.pointee != nil {
        report("this is a pointer: '->\(name)'", at: spot)
        return .unknown
      }
    }
    guard case .memory(let address, let type, _) = base else { return .unknown }
    if type == .atomic && (name == "counter" || name == "refs") { return base }
    guard case .structure(let tag) = type else {
      if type != .unknown {
        report("'\(type.name)' has no members", at: spot)
      }
      return .unknown
    }
    let members = world.memory.structures[tag] ?? []
    guard let member = members.first(where: { $0.name == name }) else {
      report(
        "'struct \(tag)' has no member '\(name)'"
          + memberHint(name, members.map(\.name)), at: spot)
      return .unknown
    }
    return .memory(
      .making(.add, address, .constant(member.offset)), member.type, isGhost: member.isGhost)
  }

  /// The nearest member, or those that there are.
  private func memberHint(_ name: String, _ members: [String]) -> String {
    let nearest = hint(name, members)
    if !nearest.isEmpty { return nearest }
    let more = members.count > 12 ? " ..." : ""
    return "; it has: \(members.prefix(12).joined(separator: ", "))\(more)"
  }

  /// - Parameter mayBeEnd: whether only the address is wanted, which the place behind the last element has as well.
  private mutating func element(
    _ index: Expression, of whole: Expression, mayBeEnd: Bool = false, at spot: Spot
  ) -> Place {
    let base = value(of: whole)
    let number = value(of: index)
    switch base.type {
    case .array(let element, let count):
      return self.element(
        number.term, of: base.term, element, count, mayBeEnd: mayBeEnd, at: spot)
    case .pointer(let element):
      if case .variable(let variable) = base.term, let count = arrayCounts[variable],
        !isInside(number.term, count, mayBeEnd: mayBeEnd, at: spot)
      {
        return .unknown
      }
      let pointer = followed(base.term, at: spot)
      return .memory(
        moved(pointer, by: number.term, of: element, at: spot), element, isGhost: false)
    case .unknown: return .unknown
    default:
      report("this is no array but '\(base.type.name)'", at: whole.spot)
      return .unknown
    }
  }

  /// An element of an array of known length.
  private mutating func element(
    _ index: Term, of base: Term, _ element: CType, _ count: Int, mayBeEnd: Bool, at spot: Spot
  ) -> Place {
    if !isInside(index, count, mayBeEnd: mayBeEnd, at: spot) { return .unknown }
    let index = Term.making(
      index, checked: .index(below: mayBeEnd ? count + 1 : count), words(spot))
    let offset = Term.making(.multiply, index, .constant(world.memory.size(of: element)))
    return .memory(.making(.add, base, offset), element, isGhost: false)
  }

  /// Whether an index is that of an element, as far as it is known; told of if it isn't.
  private mutating func isInside(
    _ index: Term, _ count: Int, mayBeEnd: Bool, at spot: Spot
  ) -> Bool {
    guard let value = index.value, value < 0 || value >= count else { return true }
    if mayBeEnd && value == count { return true }
    report("the array has \(count) elements, 0 to \(count - 1), and no \(value)", at: spot)
    return false
  }

  /// `&x`.
  mutating func address(of operand: Expression, at spot: Spot) -> Value {
    if case .name(let name) = operand.kind, local(name) == nil, world.functions[name] != nil {
      report("a pointer to a function is not understood", at: spot)
      return .unknown
    }
    let place: Place
    if case .index(let whole, let index) = operand.kind {
      place = element(index, of: whole, mayBeEnd: true, at: operand.spot)
    } else {
      place = self.place(of: operand)
    }
    switch place {
    case .local(let variable):
      return Value(
        term: .constant(Address.of(variable: variable)),
        type: .pointer(flow.variables[variable].type))
    case .memory(let address, let type, let isGhost):
      if isGhost { report("a ghost only keeps books, and has no address", at: spot) }
      return Value(term: address, type: .pointer(type.elementOrSelf))
    case .unknown: return .unknown
    }
  }

  /// `x` on the right of herd's `=`.
  mutating func addressOrConstant(_ name: String, at spot: Spot) -> Value {
    if let constant = world.constants[name] {
      return Value(term: .constant(constant.value), type: .integer)
    }
    if let variable = world.memory.variables[name] {
      return Value(
        term: .constant(Address.of(cell: variable.firstCell)),
        type: .pointer(variable.type.elementOrSelf))
    }
    reportUnknown(name, at: spot)
    return .unknown
  }

  /// A local variable of an actor, which a property looks at.
  mutating func observed(_ name: String, of actor: Int, at spot: Spot) -> Value {
    guard let names = observable[actor] else {
      report(
        "there is no actor P\(actor)", at: spot)
      return .unknown
    }
    guard let (variable, type) = names[name] else {
      report(
        "P\(actor) has no variable '\(name)'" + hint(name, names.keys.sorted()), at: spot)
      return .unknown
    }
    observed[actor, default: []].insert(variable)
    return Value(term: .variable(Observed.number(actor: actor, variable: variable)), type: type)
  }

  // MARK: Accesses

  /// The value at a place: an access where that is shared memory.
  mutating func loaded(_ place: Place, of expression: Expression) -> Value {
    switch place {
    case .local(let variable):
      return Value(term: .variable(variable), type: flow.variables[variable].type)
    case .memory(let address, let type, let isGhost):
      switch type {
      case .array: return Value(term: address, type: type)
      case .structure, .lock, .void, .unknown:
        return Value(term: address, type: type)
      default: break
      }
      if isGhost && mode != .property {
        report(
          "'\(shown( expression.spot))' only keeps books: properties, claims and what is stored "
            + "in ghosts can look at it", at: expression.spot)
      }
      if type == .atomic && mode == .code {
        report(
          "this is an atomic_t: 'atomic_read(&\(shown( expression.spot)))'",
          at: expression.spot)
      }
      return load(
        address, type, ordering(of: expression), named: shown(expression.spot),
        at: expression.spot)
    case .unknown: return .unknown
    }
  }

  /// What an access is without an operation of the kernel's: marked through a pointer to what is volatile, as
  /// `READ_ONCE()` does it. That a variable is volatile itself its cells know.
  func ordering(of place: Expression) -> Operation.Ordering {
    switch place.kind {
    case .unary(.dereference, let pointer), .index(let pointer, _), .member(let pointer, _, true):
      pointsToVolatile(pointer) ? .relaxed : .plain
    case .member(let whole, _, false), .cast(_, let whole): ordering(of: whole)
    default: .plain
    }
  }

  private func pointsToVolatile(_ pointer: Expression) -> Bool {
    switch pointer.kind {
    case .cast(let type, _): type.pointsToVolatile
    case .name(let name): local(name).map(volatilePointers.contains) ?? false
    case .increment(let inner, _, _), .binary(_, let inner, _): pointsToVolatile(inner)
    default: false
    }
  }

  /// A load, as a step or part of one.
  mutating func load(
    _ address: Term, _ type: CType, _ ordering: Operation.Ordering, named name: String,
    at spot: Spot
  ) -> Value {
    let shown: CType = type == .atomic ? .integer : type
    noteList(type)
    checkUse(of: address, at: spot)
    if mode != .code { return Value(term: .cell(address), type: shown) }
    let result = newVariable(name, shown, at: spot)
    emit(
      access(.load, name: name, at: spot) {
        $0.address = address
        $0.ordering = ordering
        $0.result = result
      })
    return Value(term: .variable(result), type: shown)
  }

  mutating func store(
    _ term: Term, in place: Place, _ ordering: Operation.Ordering, named name: String,
    at spot: Spot
  ) {
    switch place {
    case .local(let variable):
      arrayCounts[variable] = nil
      assign(variable, term)
    case .memory(let address, let type, let isGhost):
      if type == .atomic && mode == .code {
        report("this is an atomic_t: 'atomic_set(&x, value)'", at: spot)
      }
      store(term, at: address, type, isGhost: isGhost, ordering, named: name, at: spot)
    case .unknown: return
    }
  }

  mutating func store(
    _ term: Term, at address: Term, _ type: CType, isGhost: Bool = false,
    _ ordering: Operation.Ordering, named name: String, at spot: Spot
  ) {
    switch type {
    case .structure, .array, .lock:
      return report("a whole '\(type.name)' can't be stored: store its members", at: spot)
    default: break
    }
    if pointsToLocal(term) {
      report(
        "the address of a local variable is no value for a shared one: declare it outside the functions",
        at: spot)
    }
    let value = type == .boolean ? term.asTruth : term
    if !isGhost { checkUse(of: address, at: spot) }
    if mode != .property { checkList(of: address, gets: value, type, at: spot) }
    switch mode {
    case .property: report("a property changes nothing", at: spot)
    case .section: emit { next in .write(address, value, next: next) }
    case .code where isGhost: emit { next in .write(address, value, next: next) }
    case .code:
      emit(
        access(.store, name: name, at: spot) {
          $0.address = address
          $0.value = value
          $0.ordering = ordering
        })
    }
  }

  /// An atomic read-modify-write.
  ///
  /// - Parameter change: the value it leaves, and when; from the value it saw.
  /// - Returns: the value it saw.
  mutating func update(
    _ address: Term, _ type: CType, _ ordering: Operation.Ordering, named name: String,
    at spot: Spot,
    _ change: (Term) -> (value: Term, isWritten: Term?)
  ) -> Term {
    checkUse(of: address, at: spot)
    if isOwnList(type) && mode != .property {
      let (value, isWritten) = change(.cell(address.unchecked))
      checkList(of: address, gets: value, if: isWritten, type, at: spot)
    }
    switch mode {
    case .property:
      report("a property changes nothing", at: spot)
      return .zero
    case .section:
      let old = newVariable("old", type == .atomic ? .integer : type, at: spot)
      assign(old, .cell(address))
      let (changed, isWritten) = change(.variable(old))
      let value = converted(Value(term: changed, type: .atomic), to: type)
      let left = isWritten.map { .making($0, then: value, otherwise: .variable(old)) } ?? value
      emit { next in .write(address, left, next: next) }
      return .variable(old)
    case .code:
      let result = newVariable(name, type == .atomic ? .integer : type, at: spot)
      let (changed, isWritten) = change(.seen)
      let value = converted(Value(term: changed, type: .atomic), to: type)
      emit(
        access(.update, name: name, at: spot) {
          $0.address = address
          $0.value = value
          $0.isWritten = isWritten
          $0.ordering = ordering
          $0.result = result
        })
      return .variable(result)
    }
  }
}

/// How terms of properties name the local variables of actors.
enum Observed {
  static func number(actor: Int, variable: Int) -> Int { actor << 32 | variable }
  static func actor(_ number: Int) -> Int { number >> 32 }
  static func variable(_ number: Int) -> Int { number & 0xFFFF_FFFF }
}
