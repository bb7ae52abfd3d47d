import ModelChecking

// Atomic operations on one field (Documentation/atomic_t.txt, v4.15 to v6.12), in the kernel's order of
// arguments. Each is one step. `.atomic(x, .acquire)` is the operation named `_acquire`, and so on; without
// an ordering it has the kernel's, full where there is a result and relaxed where there is none.

/// `atomic_add(i, &x)`, `atomic_sub` with a negative `i`.
public func atomicAdd(_ i: Int, _ x: AtomicUpdate<Int>) -> Step {
  Step("atomic_add(\(i))", x) { value in value += i }
}

/// `atomic_inc(&x)`.
public func atomicInc(_ x: AtomicUpdate<Int>) -> Step {
  Step("atomic_inc", x) { value in value += 1 }
}

/// `atomic_dec(&x)`.
public func atomicDec(_ x: AtomicUpdate<Int>) -> Step {
  Step("atomic_dec", x) { value in value -= 1 }
}

/// `atomic_add_return(i, &x)`, `atomic_sub_return`: the new value goes into a register.
public func atomicAddReturn(
  _ i: Int, _ x: AtomicUpdate<Int>, into result: Register<Int>
) -> Step {
  Step("atomic_add_return(\(i))", x) { value, my in
    value += i
    my[result] = value
  }
}

/// `atomic_fetch_add(i, &x)`, `atomic_fetch_sub`: the old value goes into a register.
public func atomicFetchAdd(
  _ i: Int, _ x: AtomicUpdate<Int>, into result: Register<Int>
) -> Step {
  Step("atomic_fetch_add(\(i))", x) { value, my in
    my[result] = value
    value += i
  }
}

/// `atomic_sub_and_test(i, &x)`: whether nothing is left.
public func atomicSubAndTest(_ i: Int, _ x: AtomicUpdate<Int>) -> Condition {
  Condition("atomic_sub_and_test(\(i))", x) { value in
    value -= i
    return value == 0
  }
}

/// `atomic_dec_and_test(&x)`: whether nothing is left.
public func atomicDecAndTest(_ x: AtomicUpdate<Int>) -> Condition {
  Condition("atomic_dec_and_test", x) { value in
    value -= 1
    return value == 0
  }
}

/// `atomic_inc_and_test(&x)`: whether that made it 0.
public func atomicIncAndTest(_ x: AtomicUpdate<Int>) -> Condition {
  Condition("atomic_inc_and_test", x) { value in
    value += 1
    return value == 0
  }
}

/// `atomic_add_negative(i, &x)`: whether the result is negative.
public func atomicAddNegative(_ i: Int, _ x: AtomicUpdate<Int>) -> Condition {
  Condition("atomic_add_negative(\(i))", x) { value in
    value += i
    return value < 0
  }
}

/// `atomic_add_unless(&x, a, u)`: adds unless the value is `u`, and answers whether it did.
public func atomicAddUnless(_ x: AtomicUpdate<Int>, _ a: Int, _ u: Int) -> Condition {
  Condition("atomic_add_unless(\(a), \(u))", x) { value in
    guard value != u else { return false }
    value += a
    return true
  }
}

/// `atomic_inc_not_zero(&x)`.
public func atomicIncNotZero(_ x: AtomicUpdate<Int>) -> Condition {
  Condition("atomic_inc_not_zero", x) { value in
    guard value != 0 else { return false }
    value += 1
    return true
  }
}

/// `xchg(&x, new)`: leaves a value whatever was there, which goes into a register.
public func xchg<Value: FieldValue>(
  _ x: AtomicUpdate<Value>, _ new: Value, into old: Register<Value>
) -> Step {
  Step("xchg", x) { value, my in
    my[old] = value
    value = new
  }
}

/// `cmpxchg(&x, old, new) == old`: leaves `new` where the value is `old`, and answers whether it was.
public func cmpxchg<Value: FieldValue>(
  _ x: AtomicUpdate<Value>, _ old: Value, _ new: Value
) -> Condition {
  Condition("cmpxchg", x) { value in
    guard value == old else { return false }
    value = new
    return true
  }
}

/// `try_cmpxchg(&x, &old, new)`: leaves `new` where the value is what the register has, and answers whether
/// it was; otherwise the register gets the value, for another try.
///
///     While(!tryCmpxchg(.atomic(count), seen) { my in my[seen] + 1 }) {}
///
/// - Parameter new: the value to leave, which may come from registers.
public func tryCmpxchg<Value: FieldValue>(
  _ x: AtomicUpdate<Value>, _ old: Register<Value>,
  _ new: @escaping @Sendable (borrowing Registers) -> Value
) -> Condition {
  Condition("try_cmpxchg", x) { value, my in
    guard value == my[old] else {
      my[old] = value
      return false
    }
    value = new(my)
    return true
  }
}
