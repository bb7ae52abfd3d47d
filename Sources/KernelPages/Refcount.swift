import ModelChecking

/// `refcount_t`: a count of references that is not made use of once it went wrong
/// (include/linux/refcount.h, lib/refcount.c, v5.5 to v6.12).
///
/// `REFCOUNT_MAX` is small here. All that the kernel counts as bad, from INT_MIN to -1, is one value,
/// REFCOUNT_SATURATED, which no operation leaves: the range is so wide that the kernel's count never gets
/// out of it either. What lies between an operation and the saturation that follows is a state of its own
/// where it is 0 or 1, values that others act upon.
public struct Refcount: Sendable {
  static let saturated = -1

  /// From -1, which is REFCOUNT_SATURATED, to the most that is counted.
  public let refs: Field<Int>
  /// REFCOUNT_MAX: one reference more saturates the count.
  let most: Int

  /// - Parameter most: what INT_MAX is in the kernel, at least 1; more than there can be references where
  ///   the model is not about too many of them.
  public init(_ name: String, in system: SystemBuilder, most: Int, initially count: Int = 1) {
    self.most = most
    refs = system.field(
      name, .codes(-1...most) { $0 == Self.saturated ? "saturated" : String($0) }, initially: count)
  }

  /// The warning of an operation that finds or leaves a count that is bad.
  fileprivate func warning(
    _ text: String, of operation: Condition, file: String = #filePath, line: Int = #line
  ) -> Condition {
    operation.warnOn("refcount_t: \(text).", file: file, line: line) { [refs] s, _ in
      s[refs] == Self.saturated
    }
  }

  /// `refcount_warn_saturate()` after an operation that others could see the result of.
  fileprivate func saturate(_ text: String) -> Step {
    Step("refcount_warn_saturate", .store(refs, .relaxed)) { Self.saturated }
      .warnOn("refcount_t: \(text).") { _ in true }
  }
}

private let isSaturated = "saturated; leaking memory"
private let hitZero = "decrement hit 0; leaking memory"
private let underflow = "underflow; use-after-free"

/// `refcount_set(r, n)`: a plain store.
public func refcountSet(_ r: Refcount, _ n: Int) -> Step {
  Step("refcount_set", .store(r.refs, .relaxed)) { n }
}

/// `refcount_inc(r)`: adds a reference; the caller has one. From 0 it warns and saturates, but for a
/// moment the count is 1.
@StepsBuilder public func refcountInc(_ r: Refcount) -> Steps {
  Call("refcount_inc") {
    If(
      r.warning(
        isSaturated,
        of: Condition("atomic_fetch_add", .atomic(r.refs, .relaxed)) { [most = r.most] count in
          guard count != Refcount.saturated else { return false }
          let wasZero = count == 0
          count = count == most ? Refcount.saturated : count + 1
          return wasZero
        })
    ) {
      r.saturate("addition on 0; use-after-free")
    }
  }
}

/// `refcount_inc_not_zero(r)`: adds a reference unless there is none, and answers whether it did.
public func refcountIncNotZero(_ r: Refcount) -> Condition {
  r.warning(
    isSaturated,
    of: Condition("refcount_inc_not_zero", .atomic(r.refs, .relaxed)) { [most = r.most] count in
      if count == 0 { return false }
      if count != Refcount.saturated {
        count = count == most ? Refcount.saturated : count + 1
      }
      return true
    })
}

/// `refcount_dec_and_test(r)`: drops a reference and answers whether it was the last.
public func refcountDecAndTest(_ r: Refcount) -> Condition {
  r.warning(
    underflow,
    of: Condition("refcount_dec_and_test", .atomic(r.refs, .release)) { count in
      // From 0 the kernel's count goes to -1, which is bad already.
      if count != Refcount.saturated { count -= 1 }
      return count == 0
    })
}

/// `refcount_dec(r)`: drops a reference that must not be the last. It warns and saturates if it is, but
/// for a moment the count is 0.
@StepsBuilder public func refcountDec(_ r: Refcount) -> Steps {
  Call("refcount_dec") {
    If(
      r.warning(
        hitZero,
        of: Condition("atomic_fetch_sub", .atomic(r.refs, .release)) { count in
          if count != Refcount.saturated { count -= 1 }
          return count == 0
        })
    ) {
      r.saturate(hitZero)
    }
  }
}

/// `refcount_dec_if_one(r)`: drops the reference if it is the only one, and answers whether it was.
public func refcountDecIfOne(_ r: Refcount) -> Condition {
  Condition("refcount_dec_if_one", .atomic(r.refs, .release)) { count in
    guard count == 1 else { return false }
    count = 0
    return true
  }
}

/// `refcount_dec_not_one(r)`: drops a reference unless it is the only one, and answers whether it did.
public func refcountDecNotOne(_ r: Refcount) -> Condition {
  Condition("refcount_dec_not_one", .atomic(r.refs, .release)) { count in
    switch count {
    case Refcount.saturated, 0: return true
    case 1: return false
    default:
      count -= 1
      return true
    }
  }.warnOn("refcount_t: \(underflow).") { [refs = r.refs] s, answer in answer && s[refs] == 0 }
}

/// `refcount_dec_and_lock(r, lock)`, `refcount_dec_and_mutex_lock`: drops a reference, and answers whether
/// it was the last; the lock is held then.
public func refcountDecAndLock(_ r: Refcount, _ lock: Lock) -> Condition {
  Condition(call: "refcount_dec_and_lock") {
    If(refcountDecNotOne(r)) { Return(false) }
    lock.acquire()
    If(!refcountDecAndTest(r)) {
      lock.release()
      Return(false)
    }
    Return(true)
  }
}
