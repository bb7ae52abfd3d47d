import ModelChecking

// Bits of a word of flags (Documentation/atomic_bitops.txt, include/linux/bitops.h, v4.20 to v6.12).
// The names with two underscores are the kernel's for what is not atomic.

/// `test_bit(nr, &word)`.
public func testBit<Flag>(_ nr: Flag, _ word: Field<FlagSet<Flag>>) -> Condition {
  Condition("test_bit(\(nr.label))", .load(word, .relaxed)) { flags in flags.contains(nr) }
}

/// `set_bit(nr, &word)`, atomic.
public func setBit<Flag>(_ nr: Flag, _ word: Field<FlagSet<Flag>>) -> Step {
  Step("set_bit(\(nr.label))", .atomic(word)) { flags in flags.insert(nr) }
}

/// `clear_bit(nr, &word)`, atomic. `clear_bit_unlock()` has the ordering `.release`.
public func clearBit<Flag>(
  _ nr: Flag, _ word: Field<FlagSet<Flag>>, _ ordering: Operation.Ordering = .relaxed
) -> Step {
  Step("clear_bit(\(nr.label))", .atomic(word, ordering)) { flags in flags.remove(nr) }
}

/// `test_and_set_bit(nr, &word)`: whether the bit was set before. `test_and_set_bit_lock()` has the
/// ordering `.acquire`.
public func testAndSetBit<Flag>(
  _ nr: Flag, _ word: Field<FlagSet<Flag>>, _ ordering: Operation.Ordering = .full
) -> Condition {
  Condition("test_and_set_bit(\(nr.label))", .atomic(word, ordering)) { flags in
    defer { flags.insert(nr) }
    return flags.contains(nr)
  }
}

/// `test_and_clear_bit(nr, &word)`: whether the bit was set before.
public func testAndClearBit<Flag>(_ nr: Flag, _ word: Field<FlagSet<Flag>>) -> Condition {
  Condition("test_and_clear_bit(\(nr.label))", .atomic(word)) { flags in
    defer { flags.remove(nr) }
    return flags.contains(nr)
  }
}

/// `__set_bit(nr, &word)`: reads the word and writes it back, and so wipes out what others changed in it
/// meanwhile. Two steps.
///
/// - Parameter seen: a register for the word in between.
public func __setBit<Flag>(
  _ nr: Flag, _ word: Field<FlagSet<Flag>>, in seen: Register<FlagSet<Flag>>
) -> Steps {
  notAtomically("__set_bit(\(nr.label))", word, seen) { flags in flags.insert(nr) }
}

/// `__clear_bit(nr, &word)`, in two steps like `__set_bit()`.
public func __clearBit<Flag>(
  _ nr: Flag, _ word: Field<FlagSet<Flag>>, in seen: Register<FlagSet<Flag>>
) -> Steps {
  notAtomically("__clear_bit(\(nr.label))", word, seen) { flags in flags.remove(nr) }
}

@StepsBuilder private func notAtomically<Flag>(
  _ name: String, _ word: Field<FlagSet<Flag>>, _ seen: Register<FlagSet<Flag>>,
  _ change: @escaping @Sendable (inout FlagSet<Flag>) -> Void
) -> Steps {
  Call(name) {
    Step("load", .load(word)) { flags, my in my[seen] = flags }
    Step("store", .store(word)) { my in
      var flags = my[seen]
      change(&flags)
      return flags
    }
  }
}
