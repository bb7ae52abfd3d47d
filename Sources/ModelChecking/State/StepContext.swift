/// What surrounds a step while it runs: who takes it, what went wrong, and who watches.
///
/// Each worker owns one. Every access to the state passes the `log` test, which is where a recorder
/// looks on.
@usableFromInline struct StepContext {
  /// The number of the actor whose step runs, from 0.
  @usableFromInline var actor: Int = 0

  /// The first thing the step did wrong.
  @usableFromInline var fault: Fault? = nil

  /// Each access of the step, where somebody asked for them.
  @usableFromInline var log: Unmanaged<AccessLog>? = nil

  /// By actor: how deep it has preemption and interrupts disabled.
  let depths: UnsafePointer<ContextDepths>

  init(depths: UnsafePointer<ContextDepths>) { self.depths = depths }

  @usableFromInline @inline(never)
  mutating func raise(_ fault: Fault) {
    if self.fault == nil { self.fault = fault }
  }

  @usableFromInline @inline(never)
  func logRead(_ field: Int32, _ code: Int) {
    log?._withUnsafeGuaranteedRef { $0.accesses.append(.read(field: Int(field), code: code)) }
  }

  @usableFromInline @inline(never)
  func logWrite(_ field: Int32, from old: Int, to new: Int) {
    log?._withUnsafeGuaranteedRef {
      $0.accesses.append(.write(field: Int(field), from: old, to: new))
    }
  }
}

/// The accesses of one step, in order.
@usableFromInline final class AccessLog {
  @usableFromInline enum Access: Equatable, Sendable {
    case read(field: Int, code: Int)
    case write(field: Int, from: Int, to: Int)
  }

  @usableFromInline var accesses: [Access] = []

  /// The fields that were read or written, in that order.
  var fields: [Int] {
    accesses.map { access in
      switch access {
      case .read(let field, _), .write(let field, _, _): field
      }
    }
  }

  init() {}
}
