/// Something by which a program orders its accesses for others to see: a fence, or what a step says of its order.
///
/// It is the same for every actor that runs it. Two of one name on one line of one function are one.
public struct Barrier: Sendable, Hashable {
  /// The innermost function; outside of all, the actor, without a number at the end of its name.
  public let function: String
  /// The kernel's name for it, without arguments: "smp_wmb".
  public let operation: String
  public let declaration: SourceLine
  /// What it orders, in a few words.
  let effect: String

  /// "put_page/page_ref_dec_and_test:57".
  public var name: String { "\(function)/\(operation):\(declaration.line)" }
}

extension Program {
  /// The barriers of its steps, each once, in the order of the text.
  ///
  /// - Parameter actor: whose program it is.
  func barriers(of actor: String) -> [Barrier] {
    alternatives.reduce(into: []) { barriers, alternative in
      if let barrier = alternative.barrier(of: actor), !barriers.contains(barrier) {
        barriers.append(barrier)
      }
    }
  }

  /// The same program without some barriers: a fence is a step that does nothing, another operation is as
  /// little ordered as the kernel has it.
  func without(_ barriers: Set<Barrier>, of actor: String) -> Program {
    expandingSteps { number in
      var step = alternatives[number].step
      if alternatives[number].barrier(of: actor).map(barriers.contains) ?? false {
        step.dropOrder()
      }
      return [step]
    }
  }
}

extension Program.Alternative {
  fileprivate func barrier(of actor: String) -> Barrier? {
    step.operation.orderKept.map { effect in
      Barrier(
        function: calls.last ?? actor.withoutNumber,
        operation: String(step.name.prefix { $0 != "(" }), declaration: step.declaration,
        effect: effect)
    }
  }
}

extension Operation {
  /// What it orders besides accesses to its own field, in a few words; nil where that is nothing. Locks and
  /// sections are none of these: they are not there for their order alone.
  var orderKept: String? {
    switch self {
    case .fence(let fence): fence.effect
    case .load(_, let ordering), .store(_, let ordering), .atomic(_, let ordering),
      .wait(_, let ordering):
      switch ordering {
      case .plain, .relaxed: nil
      case .acquire: "what comes after it stays there"
      case .release: "what comes before it stays there"
      case .full: "everything stays on its side"
      }
    case .local, .section, .lock, .context: nil
    }
  }

  /// The same operation, which orders nothing.
  var unordered: Operation {
    switch self {
    case .fence: .local
    case .load(let fields, _): .load(fields, .relaxed)
    case .store(let fields, _): .store(fields, .relaxed)
    case .atomic(let fields, _): .atomic(fields, .relaxed)
    case .wait(let fields, _): .wait(fields, .relaxed)
    case .local, .section, .lock, .context: self
    }
  }
}

extension Fence {
  fileprivate var effect: String {
    switch self {
    case .readFence: "loads stay on their side"
    case .writeFence: "stores stay on their side"
    case .fullFence: "everything stays on its side"
    case .beforeAtomic: "a full barrier of the atomic operation behind it"
    case .afterAtomic: "a full barrier of the atomic operation before it"
    case .afterSpinlock: "a full barrier of the lock before it"
    case .afterUnlockLock: "a full barrier of the unlock and the lock before it"
    }
  }
}
