import ModelChecking

// The end of an object's life: kfree() (mm/slab_common.c), kfree_rcu() (kernel/rcu/tree.c, v4.20 to v6.12). What
// uses it afterwards is found as KASAN finds it (mm/kasan/report.c).
//
// Whether an object was freed is a ghost beside it, which each access claims something of.
extension Lowering {
  /// - Returns: nil where there is no function of that name.
  mutating func heap(_ name: String, _ arguments: [Expression], at spot: Spot) -> Value? {
    switch name {
    case "kfree", "kvfree", "vfree", "kfree_sensitive":
      guard want(1, arguments, of: name, at: spot) else { return .unknown }
      return free(arguments[0], by: name, afterGracePeriod: false, at: spot)
    case "kmem_cache_free":
      guard want(2, arguments, of: name, at: spot) else { return .unknown }
      return free(arguments[1], by: name, afterGracePeriod: false, at: spot)
    case "kfree_rcu", "kvfree_rcu", "kfree_rcu_mightsleep":
      guard (1...2).contains(arguments.count) else {
        report("'\(name)' takes a pointer and the name of its rcu_head", at: spot)
        return .unknown
      }
      return free(arguments[0], by: name, afterGracePeriod: true, at: spot)
    default: return nil
    }
  }

  private mutating func free(
    _ argument: Expression, by name: String, afterGracePeriod: Bool, at spot: Spot
  ) -> Value {
    if mode != .code {
      report("'\(name)' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    let pointer = value(of: argument)
    if pointer.type == .unknown { return .unknown }
    guard let type = pointer.type.pointee else {
      report(
        "'\(name)' wants a pointer, and this is '\(pointer.type.name)'", at: argument.spot)
      return .unknown
    }
    let objects = world.memory.objects.filter { type == .void || $0.type == type }
    if objects.isEmpty {
      report(
        "nothing that can be freed is a '\(type.name)': what is freed is declared outside functions",
        at: argument.spot)
      return .unknown
    }
    end(objects, at: pointer.term.unchecked, afterGracePeriod, spot)
    return Self.nothing
  }

  private mutating func end(
    _ objects: [Memory.Object], at pointer: Term, _ isAfterGracePeriod: Bool, _ spot: Spot
  ) {
    func begins(_ object: Memory.Object) -> Term {
      .making(.equal, pointer, .constant(Address.of(cell: object.cells.lowerBound)))
    }
    // Nothing happens to NULL.
    let isObject = objects.reduce(Term.making(.equal, pointer, .zero)) {
      .making(.or, $0, begins($1))
    }
    let isAlive = objects.reduce(Term.one) { all, object in
      let isFirst = Term.making(.equal, .content(of: object.state), .zero)
      return .making(.and, all, .making(.or, .making(not: begins(object)), isFirst))
    }
    claim(statement("KASAN: invalid-free", at: spot), isObject, at: spot)
    claim(statement("KASAN: double-free", at: spot), isAlive, at: spot)
    emit(access(.pause, name: shown(spot), at: spot))
    for object in objects {
      let isIt = begins(object)
      if isIt.value == 0 { continue }
      let left = Term.constant(isAfterGracePeriod ? 2 : 1)
      write(left, to: object.state, where: isIt)
      guard isAfterGracePeriod else { continue }
      for (waits, reader) in zip(object.waitsFor, world.memory.readers) {
        write(.content(of: reader), to: waits, where: isIt)
      }
    }
  }

  private mutating func write(_ term: Term, to cell: Int, where isSo: Term = .one) {
    let new = Term.making(isSo, then: term, otherwise: .content(of: cell))
    emit { next in .write(.constant(Address.of(cell: cell)), new, next: next) }
  }

  private func statement(
    _ text: String, isWarning: Bool = false, at spot: Spot
  ) -> Flow.Statement {
    Flow.Statement(
      text: text, isKernels: true, isWarning: isWarning,
      line: world.text.sourceLine(of: callSpot ?? spot), isImplied: true)
  }

  /// Claims that what is accessed next was not freed.
  mutating func checkUse(of address: Term, at spot: Spot) {
    if world.memory.objects.isEmpty || !checksUse || mode == .property { return }
    let address = address.unchecked
    let isAlive = world.memory.objects.reduce(Term.one) { all, object in
      let (first, end) = (object.cells.lowerBound, object.cells.upperBound)
      let isOutside = Term.making(
        .or, .making(.less, address, .constant(Address.of(cell: first))),
        .making(.greaterOrEqual, address, .constant(Address.of(cell: end))))
      return .making(.and, all, .making(.or, isOutside, isAllocated(object)))
    }
    complain("KASAN: use-after-free", unless: isAlive, at: spot)
  }

  /// Has the kernel say something where the next step finds that a term is false; in an atomic block at once.
  mutating func complain(
    _ text: String, isWarning: Bool = false, unless holds: Term, at spot: Spot
  ) {
    let statement = statement(text, isWarning: isWarning, at: spot)
    if mode == .code {
      claim(statement, holds, at: spot)
    } else {
      emit { next in .assertion(statement, .making(not: holds), next: next) }
    }
  }

  /// Whether an object may still be used: it was not freed, or readers who were inside when it was given to
  /// kfree_rcu() are still inside.
  private func isAllocated(_ object: Memory.Object) -> Term {
    let state = Term.content(of: object.state)
    let isWaitedFor = object.waitsFor.reduce(Term.zero) { .making(.or, $0, .content(of: $1)) }
    return .making(
      .or, .making(.equal, state, .zero),
      .making(.and, .making(.equal, state, .constant(2)), isWaitedFor))
  }

  /// Notes for kfree_rcu() whether grace periods wait for the actor from here on.
  mutating func noteReader() {
    guard mode == .code, world.memory.readers.indices.contains(actor) else { return }
    dependsOnCopy = true
    write(isReader, to: world.memory.readers[actor])
    for object in world.memory.objects {
      write(.zero, to: object.waitsFor[actor], where: .making(not: isReader))
    }
  }
}

extension Term {
  /// What is in a cell.
  fileprivate static func content(of cell: Int) -> Term {
    .cell(.constant(Address.of(cell: cell)))
  }

  /// The same, and nothing is checked of it.
  var unchecked: Term {
    switch self {
    case .checked(let inner, _, _): inner.unchecked
    case .binary(let operation, let a, let b): .making(operation, a.unchecked, b.unchecked)
    default: self
    }
  }
}
