// The parts of a state that an author's closures get. Each is valid only during the call that it was
// passed to, and can't be copied, so that what was lent for reading stays for reading.

/// The registers of the actor whose step is taken.
///
/// Using another actor's register is a fault that names both.
@frozen public struct Registers: ~Copyable {
  @usableFromInline let raw: RawState

  @inlinable @inline(__always)
  init(_ raw: RawState) { self.raw = raw }

  /// The value of a register of the acting actor.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(register: Register<Value>) -> Value {
    get {
      raw.use(register.field.number, of: register.owner)
      return raw[register.field]
    }
    set {
      raw.use(register.field.number, of: register.owner)
      raw[register.field] = newValue
    }
  }
}

/// The fields that a section lists, and the registers of the actor that is in it.
///
/// Using a field that the section doesn't list is a fault that names both.
@frozen public struct SectionState: ~Copyable {
  @usableFromInline let raw: RawState
  /// By word: the bits of the fields that the section lists.
  @usableFromInline let listed: UnsafeBufferPointer<UInt64>

  @inlinable @inline(__always)
  init(_ raw: RawState, listed: UnsafeBufferPointer<UInt64>) {
    self.raw = raw
    self.listed = listed
  }

  @inlinable @inline(__always)
  func use<Value: FieldValue>(_ field: Field<Value>) {
    let bits = field.mask &<< field.shift
    let isListed = field.word < listed.count && listed[field.word] & bits == bits
    if _slowPath(!isListed && bits != 0) { raw.raise(.unlistedField, field.number) }
  }

  /// The value of a field that the section lists.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(field: Field<Value>) -> Value {
    get {
      use(field)
      return raw[field]
    }
    set {
      use(field)
      raw[field] = newValue
    }
  }

  /// The value of a register of the acting actor.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(register: Register<Value>) -> Value {
    get {
      raw.use(register.field.number, of: register.owner)
      return raw[register.field]
    }
    set {
      raw.use(register.field.number, of: register.owner)
      raw[register.field] = newValue
    }
  }

  /// What only keeps books can't steer a step.
  @available(*, unavailable, message: "a section can't look at a ghost; properties and noting can")
  public subscript<Value: FieldValue>(ghost: Ghost<Value>) -> Value { raw[ghost.field] }
}

extension SectionState {
  /// The value of the one of some fields, all of which the section lists, that a register chooses:
  /// `s[slots[index]]`. Where it chooses none, that is a fault.
  @inlinable
  public subscript<Value: FieldValue>(chosen: ChosenField<Value>) -> Value {
    get { chosen.field(in: raw).map { self[$0] } ?? Value(code: 0) }
    set {
      if let field = chosen.field(in: raw) { self[field] = newValue }
    }
  }
}

/// A state as bookkeeping sees it: everything to read, ghost fields to write.
@frozen public struct Books: ~Copyable {
  @usableFromInline let raw: RawState

  @inlinable @inline(__always)
  init(_ raw: RawState) { self.raw = raw }

  /// The state as properties see it.
  @inlinable @inline(__always)
  public var state: State { raw.readOnly }

  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(field: Field<Value>) -> Value { raw[field] }

  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(register: Register<Value>) -> Value { raw[register.field] }

  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(ghost: Ghost<Value>) -> Value {
    get { raw[ghost.field] }
    set { raw[ghost.field] = newValue }
  }
}
