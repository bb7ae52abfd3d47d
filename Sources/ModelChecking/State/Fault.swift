/// Something that a step does and may not do. It ends the search.
@usableFromInline package struct Fault: Hashable, Sendable {
  @usableFromInline package enum Kind: UInt8, Sendable, CaseIterable {
    /// A value outside the field's domain.
    case outOfRange
    /// A lock is taken by the actor that holds it.
    case recursiveLock
    /// A lock is released by an actor that does not hold it, or a section left by one that is in none.
    case unlockByNonOwner
    /// An actor that can't be preempted takes a lock on which it may sleep.
    case sleepInAtomicContext
    /// A step that may sleep is taken by an actor that can't be preempted.
    case sleepingStep
    /// Bottom halves are disabled in an interrupt, or enabled with interrupts off.
    case bottomHalvesInInterrupt
    /// Preemption, bottom halves or interrupts are enabled by an actor that has not disabled them.
    case contextNotOff
    /// An actor ends, or a handler returns, with a lock held or in a section.
    case lockHeldAtEnd
    /// An actor ends, or a handler returns, with preemption, bottom halves or interrupts off.
    case contextOffAtEnd
    /// A section runs without the lock that it names.
    case lockNotHeld
    /// A section uses a field that it doesn't list.
    case unlistedField
    /// A step uses a register of another actor.
    case foreignRegister
    /// A register chooses a field that is not there.
    case indexOutOfRange
    /// What a front end says that its language leaves undefined; the value is the number of its words.
    case undefined
  }

  @usableFromInline package let kind: Kind
  /// The number of the field that it is about; for a lock, that of its holder.
  @usableFromInline package let field: Int32
  /// The value that does not fit, or 1 more than the number of the acting actor.
  @usableFromInline package let value: Int

  @usableFromInline init(_ kind: Kind, field: Int32, value: Int = 0) {
    self.kind = kind
    self.field = field
    self.value = value
  }
}
