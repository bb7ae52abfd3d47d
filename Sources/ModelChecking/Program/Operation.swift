/// What a step does to the state, as data: the kind of access, which fields, and in what order it is
/// seen by others.
///
/// A step is one operation on one field of the shared state, together with whatever its actor does in
/// its own registers. From the operation follow the step's footprint and, later, what a memory model
/// makes of it; the step's function only says which value becomes which.
public enum Operation: Sendable, Equatable {
  /// Work on registers alone.
  case local
  case load([Int], Ordering)
  case store([Int], Ordering)
  /// An atomic read-modify-write.
  case atomic([Int], Ordering)
  /// A load that is repeated until its value is as wanted.
  case wait([Int], Ordering)
  case fence(Fence)
  /// Several fields at once, under a lock or for a reason.
  case section(Section.Grounds, [Int])
  /// An operation on the fields of a lock.
  case lock(LockOperation, [Int])
  /// Enters or leaves a section that can't be preempted or interrupted.
  case context

  /// How the operations of the kernel order what others see
  /// (tools/memory-model/Documentation/ordering.txt). Under sequential consistency they say nothing.
  public enum Ordering: Sendable {
    /// A plain C access. An atomic operation that is plain is so for its own CPU alone: `this_cpu_inc()`, or a
    /// load and a store in whose middle nobody comes.
    case plain
    /// `READ_ONCE()`, `WRITE_ONCE()`, atomic operations without a result or named `_relaxed`.
    case relaxed
    /// `smp_load_acquire()`, operations named `_acquire`.
    case acquire
    /// `smp_store_release()`, operations named `_release`.
    case release
    /// Atomic operations with a result: as with `smp_mb()` before and after. Of a store: `smp_store_mb()`.
    case full
  }

  /// What becomes of a lock.
  public enum LockOperation: Sendable {
    case acquire, tryAcquire, release, assertHeld
    /// A wait for it begins: the actor spins, or stands in the queue.
    case wait
  }

  /// The numbers of the shared fields that the step may read. Where a register chooses, they are all
  /// that it may choose.
  public var reads: [Int] {
    switch self {
    case .local, .store, .fence, .context: []
    case .load(let fields, _), .atomic(let fields, _), .wait(let fields, _): fields
    case .section(let grounds, let fields): fields + grounds.lockFields
    case .lock(_, let fields): fields
    }
  }

  /// Whether it stores a value and does nothing else.
  var isStore: Bool { if case .store = self { true } else { false } }

  /// The numbers of the fields of the locks that a section holds or takes.
  var locksOfSection: [Int] {
    if case .section(let grounds, _) = self { grounds.lockFields } else { [] }
  }

  /// The numbers of the fields of the locks that the step takes, gives back or needs.
  var locks: [Int] {
    if case .lock(_, let fields) = self { fields } else { locksOfSection }
  }

  /// The numbers of the shared fields that the step may write.
  public var writes: [Int] {
    switch self {
    case .local, .load, .wait, .fence, .context, .lock(.assertHeld, _): []
    case .store(let fields, _), .atomic(let fields, _), .section(_, let fields): fields
    case .lock(_, let fields): fields
    }
  }
}

/// A barrier between what comes before and after it (Documentation/memory-barriers.txt).
public enum Fence: Sendable {
  /// `smp_rmb()`: loads stay on their side.
  case readFence
  /// `smp_wmb()`: stores stay on their side.
  case writeFence
  /// `smp_mb()`: everything stays on its side.
  case fullFence
  /// `smp_mb__before_atomic()`: makes a full barrier of the atomic operation behind it.
  case beforeAtomic
  /// `smp_mb__after_atomic()`: makes one of the atomic operation before it.
  case afterAtomic
  /// `smp_mb__after_spinlock()`: makes one of the lock that was taken before it.
  case afterSpinlock
  /// `smp_mb__after_unlock_lock()`: makes one of an unlock and the lock that was taken after it.
  case afterUnlockLock
}
