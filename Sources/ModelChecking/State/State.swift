/// A state as properties, assertions and bookkeeping read it: everything in it, and nothing to write.
///
/// A state is valid only during the call it was passed to.
@frozen public struct State {
  @usableFromInline let words: UnsafePointer<UInt64>
  @usableFromInline let context: UnsafeMutablePointer<StepContext>

  @inlinable @inline(__always)
  init(words: UnsafePointer<UInt64>, context: UnsafeMutablePointer<StepContext>) {
    self.words = words
    self.context = context
  }

  /// The value of `field`. Constant time, a few instructions.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(field: Field<Value>) -> Value {
    let code = field.code(in: words)
    if _slowPath(context.pointee.log != nil) { context.pointee.logRead(field.number, code) }
    return Value(code: code)
  }

  /// The value of any actor's `register`.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(register: Register<Value>) -> Value { self[register.field] }

  /// The value of `ghost`.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(ghost: Ghost<Value>) -> Value { self[ghost.field] }

  /// The same state as the engine's operations see it. Only for what asks and does not write.
  @inlinable @inline(__always)
  var raw: RawState { RawState(words: UnsafeMutablePointer(mutating: words), context: context) }
}

/// A state as the engine's own operations see it: all of it, readable and writable.
///
/// Writing a value outside the field's domain leaves the state alone and raises a fault, which ends
/// the search with the field's name, the value and the trace so far. Nothing ever wraps. Authors get
/// the parts of it that their step may use: `Registers`, `SectionState`, `Books`.
@frozen @usableFromInline struct RawState {
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  @usableFromInline let context: UnsafeMutablePointer<StepContext>

  @inlinable @inline(__always)
  init(words: UnsafeMutablePointer<UInt64>, context: UnsafeMutablePointer<StepContext>) {
    self.words = words
    self.context = context
  }

  /// The value of `field`. Constant time, a few instructions.
  @inlinable @inline(__always)
  subscript<Value: FieldValue>(field: Field<Value>) -> Value {
    get {
      let code = field.code(in: words)
      if _slowPath(context.pointee.log != nil) { context.pointee.logRead(field.number, code) }
      return Value(code: code)
    }
    nonmutating set {
      let code = newValue.code
      guard _fastPath(code >= field.minimum && code <= field.maximum) else {
        raise(.outOfRange, field.number, value: code)
        return
      }
      if _slowPath(context.pointee.log != nil) {
        context.pointee.logWrite(field.number, from: field.code(in: words), to: code)
      }
      field.store(code, in: words)
    }
  }

  /// The same state, readable only.
  @inlinable @inline(__always)
  var readOnly: State { State(words: words, context: context) }

  @usableFromInline @inline(never)
  func raise(_ kind: Fault.Kind, _ field: Int32, value: Int = 0) {
    context.pointee.raise(Fault(kind, field: field, value: value))
  }

  /// Notes that the acting actor uses a register, which must be its own.
  @inlinable @inline(__always)
  func use(_ register: Int32, of owner: Int) {
    if _slowPath(owner != context.pointee.actor) { raise(.foreignRegister, register) }
  }
}
