import ModelChecking

// A lock that is one bit of a word of flags: include/linux/bit_spinlock.h, v5.4 to v6.12. Nobody knows who
// holds it, and anybody may give it back.

/// `bit_spin_lock(nr, &word)`: waits until the bit is clear, with preemption on, and sets it with
/// preemption off.
@StepsBuilder public func bitSpinLock<Flag>(
  _ nr: Flag, _ word: Field<FlagSet<Flag>>
) -> Steps {
  Call("bit_spin_lock") {
    preemptDisable()
    While(testAndSetBit(nr, word, .acquire)) {
      preemptEnable()
      Step("cpu_relax until !test_bit(\(nr.label))", .wait(word)) { flags in !flags.contains(nr) }
      preemptDisable()
    }
  }
}

/// `bit_spin_trylock(nr, &word)`: whether the bit was clear, and then it is set and preemption is off.
public func bitSpinTrylock<Flag>(_ nr: Flag, _ word: Field<FlagSet<Flag>>) -> Condition {
  Condition(call: "bit_spin_trylock") {
    preemptDisable()
    If(testAndSetBit(nr, word, .acquire)) {
      preemptEnable()
      Return(false)
    }
    Return(true)
  }
}

/// `bit_spin_unlock(nr, &word)`. That the bit is set is checked as with CONFIG_DEBUG_SPINLOCK.
@StepsBuilder public func bitSpinUnlock<Flag>(
  _ nr: Flag, _ word: Field<FlagSet<Flag>>
) -> Steps {
  Call("bit_spin_unlock") {
    clearBit(nr, word, .release)
      .bugOn("BUG_ON(!test_bit(\(nr.label)))") { s in !s[word].contains(nr) }
    preemptEnable()
  }
}
