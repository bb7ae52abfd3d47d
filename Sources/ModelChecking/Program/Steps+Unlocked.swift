/// A lock that a function takes and gives back, by its fields.
struct TakenLock: Hashable {
  let name: String
  let fields: [Int]
}

/// Programs without a lock: nobody takes it, and no section asks for it.
extension Steps {
  /// The locks that are both taken and given back in the text, but for what it calls.
  var locksTaken: [TakenLock] {
    let operations = lockOperations
    var locks: [TakenLock] = []
    for (operation, lock) in operations where operation == .acquire || operation == .tryAcquire {
      let isReleased = operations.contains { $0 == .release && $1.fields == lock.fields }
      if isReleased && !locks.contains(where: { $0.fields == lock.fields }) { locks.append(lock) }
    }
    return locks
  }

  private var lockOperations: [(Operation.LockOperation, TakenLock)] {
    statements.flatMap { statement -> [(Operation.LockOperation, TakenLock)] in
      switch statement {
      case .step(let step): return step.lockOperation.map { [$0] } ?? []
      case .branch(let condition, let then, let otherwise):
        return (condition.testedStep?.lockOperation).map { [$0] } ?? []
          + then.lockOperations + otherwise.lockOperations
      case .choose(let ways): return ways.flatMap(\.lockOperations)
      case .loop(let body): return body.lockOperations
      case .guarded(let acquire, let body, let release):
        return [acquire, release].compactMap(\.lockOperation) + body.lockOperations
      // Pieces of a front end's are no functions, whose locks are their own business.
      case .call(let called, let body): return called.place == nil ? [] : body.lockOperations
      case .label, .goto, .return, .break, .continue, .finish: return []
      }
    }
  }

  /// The same without a lock, in what is called too.
  func without(_ lock: TakenLock) -> Steps {
    Steps(statements.flatMap { $0.without(lock) })
  }
}

extension Statement {
  fileprivate func without(_ lock: TakenLock) -> [Statement] {
    switch self {
    case .step(let step): return step.without(lock).map { [.step($0)] } ?? []
    case .branch(let condition, let then, let otherwise):
      let (then, otherwise) = (then.without(lock), otherwise.without(lock))
      guard let asked = condition.without(lock) else { return then.statements }
      return [.branch(asked, then: then, otherwise: otherwise)]
    case .choose(let ways): return [.choose(ways.map { $0.without(lock) })]
    case .loop(let body): return [.loop(body.without(lock))]
    case .call(let called, let body): return [.call(called, body.without(lock))]
    case .guarded(let acquire, let body, let release):
      let body = body.without(lock)
      return acquire.without(lock) == nil
        ? body.statements : [.guarded(acquire, body, release: release)]
    case .label, .goto, .return, .break, .continue, .finish: return [self]
    }
  }
}

extension Condition {
  fileprivate var testedStep: StepDefinition? {
    switch kind {
    case .test(let step): step
    case .not(let inner): inner.testedStep
    case .register, .call, .misused: nil
    }
  }

  /// The question without a lock; nil where it is whether the lock can be had.
  fileprivate func without(_ lock: TakenLock) -> Condition? {
    switch kind {
    case .test(let step): step.without(lock).map { Condition(kind: .test($0)) }
    case .call(let called, let body): Condition(kind: .call(called, body.without(lock)))
    case .not(let inner): inner.without(lock).map { Condition(kind: .not($0)) }
    case .register, .misused: self
    }
  }
}

extension StepDefinition {
  fileprivate var lockOperation: (Operation.LockOperation, TakenLock)? {
    guard case .lock(let operation, let fields) = operation else { return nil }
    return (operation, TakenLock(name: lockName, fields: fields))
  }

  /// The lock's name, which its function has in brackets.
  private var lockName: String {
    guard let open = name.firstIndex(of: "("), name.hasSuffix(")") else { return name }
    return String(name[name.index(after: open)...].dropLast())
  }

  /// The step without a lock; nil where it is an operation on that lock.
  fileprivate func without(_ lock: TakenLock) -> StepDefinition? {
    switch operation {
    case .lock(_, let fields): return fields == lock.fields ? nil : self
    case .section(let grounds, _) where !Set(grounds.lockFields).isDisjoint(with: lock.fields):
      return withoutLocks ?? self
    default: return self
    }
  }

  /// The step that waits for nothing but locks.
  var notWaiting: StepDefinition {
    var step = self
    step.dropGuard()
    return step
  }
}
