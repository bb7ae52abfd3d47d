import ModelChecking

/// `seqcount_t`: readers take what they have read for valid if no write section touched their own
/// (include/linux/seqlock.h, v4.4 to v6.12).
///
/// The count itself is kept by its lowest bit, whether a writer is inside. That it differs from what a
/// reader has seen is kept for each reader: a reader compares for equality and for nothing else, so no
/// count that grows is needed, and none wraps.
public struct Seqcount {
  /// Whether the count is odd: a writer is inside.
  public let isOdd: Field<Bool>
  /// By reader: whether the count has changed since it began.
  let hasChanged: ActorField<Bool>
  /// By writer: whether it is inside, as lockdep knows it.
  let writes: ActorField<Int>
  let name: String

  public init(_ name: String, in system: SystemBuilder) {
    self.name = name
    isOdd = system.field("\(name).odd", .flag, initially: false)
    hasChanged = system.actorField("\(name).changed", .flag, initially: true)
    writes = system.actorField("\(name).writes", .range(0...1), initially: 0)
    system.onlySequential(isOdd, because: "stands for the count with what readers have seen of it")
    system.onlySequential(hasChanged, because: "stands for the count as a reader has seen it")
    system.onlySequential(writes, because: "stands for what lockdep knows of the actor")
  }

  /// `sequence++`. The two loads and stores are one step: writers are serialized by a lock, and readers
  /// see the count before or after.
  ///
  /// - Parameter depth: by how much its actor is deeper in write sections then. Who ends in one, leaves one in which it
  ///   isn't or enters one twice is found, as by lockdep.
  fileprivate func increment(_ operation: String, depth: Int) -> Step {
    let (readers, own) = (hasChanged.all.map(\.field), writes.own)
    return Step(
      "\(operation)(\(name))",
      .section(
        [isOdd, own] + readers,
        because: "what readers have seen stands for the one count, which is incremented")
    ) { [isOdd] s in
      s[own] += depth
      s[isOdd].toggle()
      for reader in readers { s[reader] = true }
    }.counting("write_seqcount_begin(\(name))", depth: own)
  }

  /// What a writer does while no other is inside.
  fileprivate func alone(_ step: Step) -> Step {
    let own = writes.own
    return step.bugOn("two writers of a seqcount at a time") { [isOdd] s in
      s[isOdd] && s[own] == 0
    }
  }
}

/// `write_seqcount_begin()`. The writers' lock is the caller's, and a second writer is found: one of the two makes the
/// count even while the other writes (Documentation/locking/seqlock.rst; nothing in the kernel tells).
public func writeSeqcountBegin(_ s: Seqcount) -> Step {
  s.alone(s.increment("write_seqcount_begin", depth: 1))
}

/// `write_seqcount_end()`.
public func writeSeqcountEnd(_ s: Seqcount) -> Step { s.increment("write_seqcount_end", depth: -1) }

/// `write_seqcount_invalidate()`, formerly `write_seqcount_barrier()`: readers that are inside try again.
public func writeSeqcountInvalidate(_ s: Seqcount) -> Step {
  let readers = s.hasChanged.all.map(\.field)
  return s.alone(
    Step(
      "write_seqcount_invalidate(\(s.name))",
      .section(
        [s.isOdd] + readers,
        because: "what readers have seen stands for the one count, which grows by 2")
    ) { s in
      for reader in readers { s[reader] = true }
    })
}

/// `read_seqcount_begin()`: spins until no writer is inside. An actor reads one section of a seqcount at a
/// time.
public func readSeqcountBegin(_ s: Seqcount) -> Step {
  let (isOdd, hasChanged) = (s.isOdd, s.hasChanged.own)
  return Step(
    "read_seqcount_begin(\(s.name))",
    .section(
      [isOdd, hasChanged], because: "the count is loaded once; what was seen is the reader's own"),
    when: { s in !s[isOdd] }
  ) { s in s[hasChanged] = false }.spinning()
}

/// `raw_seqcount_begin()`: does not wait; where a writer is inside, the retry is certain.
public func rawSeqcountBegin(_ s: Seqcount) -> Step {
  let (isOdd, hasChanged) = (s.isOdd, s.hasChanged.own)
  return Step(
    "raw_seqcount_begin(\(s.name))",
    .section(
      [isOdd, hasChanged], because: "the count is loaded once; what was seen is the reader's own")
  ) { s in s[hasChanged] = s[isOdd] }
}

/// `read_seqcount_retry()`: whether what was read since the beginning may be torn.
public func readSeqcountRetry(_ s: Seqcount) -> Condition {
  Condition("read_seqcount_retry(\(s.name))", .load(s.hasChanged.own, .acquire)) { $0 }
}

/// `seqlock_t`: a seqcount with the spinlock of its writers.
public struct Seqlock {
  public let seqcount: Seqcount
  public let lock: Lock

  public init(_ name: String, in system: SystemBuilder, _ kind: Lock.Kind = .spinlock) {
    seqcount = Seqcount(name, in: system)
    lock = system.lock("\(name).lock", kind)
  }
}

/// `write_seqlock()`, or `write_seqlock_irqsave()`, by the kind of the lock.
@StepsBuilder public func writeSeqlock(_ sl: Seqlock) -> Steps {
  sl.lock.acquire()
  writeSeqcountBegin(sl.seqcount)
}

/// `write_sequnlock()`.
@StepsBuilder public func writeSequnlock(_ sl: Seqlock) -> Steps {
  writeSeqcountEnd(sl.seqcount)
  sl.lock.release()
}

/// `read_seqbegin()`.
public func readSeqbegin(_ sl: Seqlock) -> Step { readSeqcountBegin(sl.seqcount) }

/// `read_seqretry()`.
public func readSeqretry(_ sl: Seqlock) -> Condition { readSeqcountRetry(sl.seqcount) }
