/// What surrounds a step while it runs: who takes it, what went wrong, and who watches.
///
/// Each worker owns one. Every access to the state passes the `log` test, which is where a recorder
/// looks on; a memory model (store buffers) belongs in the same place.
@usableFromInline struct StepContext {
  /// The number of the actor whose step runs, from 0.
  @usableFromInline var actor: Int = 0

  /// The first thing the step did wrong.
  @usableFromInline var fault: Fault? = nil

  /// What the faults of earlier steps were found to be, for a search that only counts them.
  var raised: FindingKinds = []

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

  @inline(never)
  func logBookkeeping() {
    log?._withUnsafeGuaranteedRef { $0.accesses.append(.bookkeeping) }
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
  @usableFromInline enum Access: Equatable {
    case read(field: Int, code: Int)
    case write(field: Int, from: Int, to: Int)
    /// From here on the step only keeps books.
    case bookkeeping
    /// From here on a question about registers is answered.
    case registerQuestion
  }

  @usableFromInline var accesses: [Access] = []

  init() {}
}

/// A step that breaks a rule of the engine, which no model may do.
@usableFromInline struct Fault: Hashable, Sendable {
  @usableFromInline enum Kind: UInt8, Sendable {
    case outOfRange
    case recursiveLock
    case unlockByNonOwner
    case sleepInAtomicContext
  }

  @usableFromInline let kind: Kind
  @usableFromInline let field: Int32
  @usableFromInline let value: Int

  @usableFromInline init(_ kind: Kind, field: Int32, value: Int = 0) {
    self.kind = kind
    self.field = field
    self.value = value
  }
}
