import ModelChecking

// Functions that are understood by themselves. The names are the kernel's; what they do is said where they
// are declared: include/linux/compiler.h, asm-generic/barrier.h, rcupdate.h, spinlock.h, mutex.h, rwsem.h,
// bug.h, irqflags.h, preempt.h, percpu-defs.h (v5.4 to v6.12).
extension Lowering {
  /// The value of such a function's call; nil where there is none of that name.
  mutating func builtIn(
    _ name: String, _ arguments: [Expression], of expression: Expression, isWanted: Bool
  ) -> Value? {
    let spot = expression.spot
    let access = single(name, arguments, at: spot) ?? atomic(name, arguments, at: spot)
    if let value = access ?? bit(name, arguments, at: spot) { return value }
    let step = fence(name, arguments, at: spot) ?? lock(name, arguments, at: spot)
    if let value = step ?? context(name, arguments, at: spot) { return value }
    let other = assertion(name, arguments, at: spot) ?? perCPU(name, arguments, at: spot)
    if let value = other ?? heap(name, arguments, at: spot) { return value }
    return macro(name, arguments, at: spot) ?? own(name, arguments, at: spot)
  }

  static let nothing = Value(term: .zero, type: .void)

  // MARK: Single accesses

  mutating func single(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    switch name {
    case "READ_ONCE", "ACCESS_ONCE", "data_race", "rcu_dereference", "rcu_dereference_raw",
      "rcu_dereference_bh", "rcu_dereference_sched", "rcu_access_pointer", "lockless_dereference",
      "READ_ONCE_NOCHECK", "rcu_dereference_check", "rcu_dereference_protected":
      let takesReason = name.hasSuffix("_check") || name.hasSuffix("_protected")
      guard want(takesReason ? 2 : 1, arguments, of: name, at: spot) else { return .unknown }
      if name == "data_race" {
        let wasInDataRace = isInDataRace
        isInDataRace = true
        defer { isInDataRace = wasInDataRace }
        return value(of: arguments[0])
      }
      guard case .memory(let address, let type, let isGhost) = place(of: arguments[0]) else {
        return sharedWanted(arguments[0], by: name)
      }
      if isGhost { report("a ghost only keeps books: no step can look at it", at: spot) }
      if !type.isScalar { return notANumber(type, name, at: spot) }
      return load(address, type, .relaxed, named: shown(spot), at: spot)
    case "WRITE_ONCE", "rcu_assign_pointer", "RCU_INIT_POINTER", "smp_store_mb":
      guard want(2, arguments, of: name, at: spot) else { return .unknown }
      guard case .memory(let address, let type, let isGhost) = place(of: arguments[0]) else {
        return sharedWanted(arguments[0], by: name)
      }
      if isGhost { report("a ghost is stored plainly: 'g = value'", at: spot) }
      if !type.isScalar { return notANumber(type, name, at: spot) }
      let new = value(of: arguments[1])
      check(new, fits: type, at: arguments[1].spot)
      store(
        converted(new, to: type), at: address, type == .atomic ? .integer : type,
        name == "rcu_assign_pointer" ? .release : .relaxed, named: shown(spot), at: spot)
      if name == "smp_store_mb" && mode == .code {
        emit(access(.fence(.fullFence), name: "smp_mb()", at: spot))
      }
      return new
    case "ASSERT_EXCLUSIVE_WRITER", "ASSERT_EXCLUSIVE_ACCESS":
      guard want(1, arguments, of: name, at: spot) else { return .unknown }
      if mode != .code {
        report("'\(name)' can't stand in an atomic block or property", at: spot)
        return .unknown
      }
      guard case .memory(let address, let type, let isGhost) = place(of: arguments[0]) else {
        return sharedWanted(arguments[0], by: name)
      }
      if isGhost { report("a ghost only keeps books: nothing races there", at: spot) }
      if !type.isScalar { return notANumber(type, name, at: spot) }
      checkUse(of: address, at: spot)
      let seen = newVariable(shown(spot), type == .atomic ? .integer : type, at: spot)
      emit(
        access(.load, name: shown(spot), at: spot) {
          $0.address = address
          $0.ordering = .relaxed
          $0.result = seen
          $0.exclusion = name.hasSuffix("WRITER") ? .writes : .accesses
        })
      return Self.nothing
    case "smp_load_acquire":
      guard want(1, arguments, of: name, at: spot), let x = pointer(arguments[0], of: name) else {
        return .unknown
      }
      return load(x.address, x.type, .acquire, named: shown(spot), at: spot)
    case "smp_store_release":
      guard want(2, arguments, of: name, at: spot), let x = pointer(arguments[0], of: name) else {
        return .unknown
      }
      let new = value(of: arguments[1])
      check(new, fits: x.type, at: arguments[1].spot)
      store(
        converted(new, to: x.type), at: x.address, x.type == .atomic ? .integer : x.type, .release,
        named: shown(spot), at: spot)
      return Self.nothing
    default:
      let (base, ordering) = Self.ordering(of: name)
      guard ["xchg", "cmpxchg", "try_cmpxchg"].contains(base) else { return nil }
      return exchange(base, arguments, ordering, named: shown(spot), at: spot)
    }
  }

  mutating func sharedWanted(_ argument: Expression, by name: String) -> Value {
    if case .local = place(of: argument) {
      report(
        "'\(shown(argument.spot))' is a local variable: '\(name)' is for shared ones",
        at: argument.spot)
    }
    return .unknown
  }

  mutating func notANumber(_ type: CType, _ name: String, at spot: Spot) -> Value {
    if type != .unknown {
      report("'\(name)' is for a single variable, not for '\(type.name)'", at: spot)
    }
    return .unknown
  }

  // MARK: Fences and places to be interrupted

  mutating func fence(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    let kind: Access.Kind
    switch name {
    case "smp_mb", "mb", "smp_memb": kind = .fence(.fullFence)
    case "smp_mb__before_atomic", "smp_mb__before_spinlock": kind = .fence(.beforeAtomic)
    case "smp_mb__after_atomic": kind = .fence(.afterAtomic)
    case "smp_mb__after_spinlock": kind = .fence(.afterSpinlock)
    case "smp_mb__after_unlock_lock", "smp_mb__after_srcu_read_unlock":
      kind = .fence(.afterUnlockLock)
    case "smp_rmb", "rmb", "smp_acquire__after_ctrl_dep", "smp_read_barrier_depends":
      kind = .fence(.readFence)
    case "smp_wmb", "wmb": kind = .fence(.writeFence)
    case "cpu_relax", "cond_resched": kind = .pause
    case "might_sleep", "might_fault":
      noteSleep(at: spot)
      emit(access(.pause, name: shown(spot), at: spot) { $0.sleeps = true })
      return Self.nothing
    case "barrier": return Self.nothing
    default: return nil
    }
    guard want(0, arguments, of: name, at: spot) else { return .unknown }
    if mode != .code {
      report("'\(name)' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    emit(access(kind, name: shown(spot), at: spot))
    return Self.nothing
  }

  // MARK: Assertions

  mutating func assertion(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    let isBug: Bool
    switch name {
    case "BUG_ON", "VM_BUG_ON", "VM_BUG_ON_PAGE", "VM_BUG_ON_FOLIO", "BUG": isBug = true
    case "WARN_ON", "WARN_ON_ONCE", "WARN", "WARN_ONCE", "VM_WARN_ON", "VM_WARN_ON_ONCE",
      "VM_WARN_ON_PAGE", "VM_WARN_ON_ONCE_PAGE", "VM_WARN_ON_FOLIO":
      isBug = false
    default: return nil
    }
    if mode != .code {
      report("'\(name)' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    let statement = Flow.Statement(
      text: shown(spot), isKernels: true, isWarning: !isBug,
      line: world.text.sourceLine(of: callSpot ?? spot))
    if name == "BUG" {
      emit { next in .assertion(statement, .one, next: next) }
      return Self.nothing
    }
    guard let condition = arguments.first else {
      report("'\(name)' wants a condition", at: spot)
      return .unknown
    }
    let fires = value(of: condition).term.asTruth
    settleClaims()
    emit { next in .assertion(statement, fires, next: next) }
    return Value(term: fires, type: .integer)
  }

  // MARK: Per CPU

  mutating func perCPU(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    if name == "page_at" { return page(arguments, at: spot) }
    let isRaw = name.hasPrefix("__this_cpu_")
    let base = isRaw ? String(name.dropFirst(2)) : name
    switch base {
    case "smp_processor_id", "raw_smp_processor_id", "numa_node_id":
      dependsOnCopy = true
      return Value(term: .constant(cpu), type: .integer)
    case "this_cpu_read", "this_cpu_write", "this_cpu_inc", "this_cpu_dec", "this_cpu_add":
      let takesValue = base == "this_cpu_write" || base == "this_cpu_add"
      guard want(takesValue ? 2 : 1, arguments, of: name, at: spot),
        let (address, type) = perCPUElement(arguments[0], cpu: nil)
      else { return .unknown }
      let text = shown(spot)
      switch base {
      case "this_cpu_read": return load(address, type, .relaxed, named: text, at: spot)
      case "this_cpu_write":
        store(
          converted(value(of: arguments[1]), to: type), at: address, type, .relaxed, named: text,
          at: spot)
      default:
        let by =
          base == "this_cpu_add"
          ? value(of: arguments[1]).term : .constant(base == "this_cpu_inc" ? 1 : -1)
        // One instruction, which interrupts of its CPU can't divide, and other CPUs can.
        _ = update(address, type, .plain, named: text, at: spot) { (.making(.add, $0, by), nil) }
      }
      return Self.nothing
    case "this_cpu_ptr", "raw_cpu_ptr":
      guard want(1, arguments, of: name, at: spot),
        case .unary(.address, let inner) = arguments[0].kind,
        let (address, type) = perCPUElement(inner, cpu: nil)
      else { return .unknown }
      return Value(term: address, type: .pointer(type))
    case "per_cpu_ptr":
      guard want(2, arguments, of: name, at: spot),
        case .unary(.address, let inner) = arguments[0].kind,
        let (address, type) = perCPUElement(inner, cpu: arguments[1])
      else { return .unknown }
      return Value(term: address, type: .pointer(type))
    case "per_cpu":
      guard want(2, arguments, of: name, at: spot),
        let (address, type) = perCPUElement(arguments[0], cpu: arguments[1])
      else { return .unknown }
      return load(address, type, .plain, named: shown(spot), at: spot)
    default: return nil
    }
  }

  /// `page_at(number)`: the address of one of the pages that the file has, in the order of their declaration; or the one
  /// behind the last.
  private mutating func page(_ arguments: [Expression], at spot: Spot) -> Value {
    guard want(1, arguments, of: "page_at", at: spot) else { return .unknown }
    let pages = world.memory.pages.map { Address.of(cell: $0) }
    let number = Term.making(
      value(of: arguments[0]).term, checked: .index(below: pages.count + 1), words(spot))
    let end = pages.last.map { $0 + world.memory.size(of: .structure("page")) } ?? 0
    let term = pages.enumerated().reversed().reduce(Term.constant(end)) { rest, page in
      .making(
        .making(.equal, number, .constant(page.offset)), then: .constant(page.element),
        otherwise: rest)
    }
    return Value(term: term, type: .pointer(.structure("page")))
  }

  mutating func perCPUElement(
    _ expression: Expression, cpu number: Expression?
  ) -> (Term, CType)? {
    guard case .name(let name) = expression.kind, let variable = world.memory.variables[name],
      variable.isPerCPU, case .array(let element, let count) = variable.type
    else {
      report(
        "this is no per-CPU variable: 'DEFINE_PER_CPU(int, x);' declares one", at: expression.spot)
      return nil
    }
    if number == nil { dependsOnCopy = true }
    let index = number.map { value(of: $0).term } ?? .constant(cpu)
    let base = Address.of(cell: variable.firstCell)
    let offset = Term.making(
      .multiply, .making(index, checked: .index(below: count), words(expression.spot)),
      .constant(world.memory.size(of: element)))
    return (.making(.add, .constant(base), offset), element)
  }
}
