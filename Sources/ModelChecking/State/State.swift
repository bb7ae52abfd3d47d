/// A state as guards, invariants and goals see it: readable only.
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
}

/// A state as a step sees it: readable and writable.
///
/// Writing a value outside the field's domain leaves the state alone and raises a fault, which ends
/// the search with the field's name, the value and the trace so far. Nothing ever wraps.
///
/// A step state is valid only during the call it was passed to.
@frozen public struct StepState {
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  @usableFromInline let context: UnsafeMutablePointer<StepContext>

  @inlinable @inline(__always)
  init(words: UnsafeMutablePointer<UInt64>, context: UnsafeMutablePointer<StepContext>) {
    self.words = words
    self.context = context
  }

  /// The value of `field`. Constant time, a few instructions.
  @inlinable @inline(__always)
  public subscript<Value: FieldValue>(field: Field<Value>) -> Value {
    get {
      let code = field.code(in: words)
      if _slowPath(context.pointee.log != nil) { context.pointee.logRead(field.number, code) }
      return Value(code: code)
    }
    nonmutating set {
      let code = newValue.code
      guard _fastPath(code >= field.minimum && code <= field.maximum) else {
        context.pointee.raise(Fault(.outOfRange, field: field.number, value: code))
        return
      }
      if _slowPath(context.pointee.log != nil) {
        context.pointee.logWrite(field.number, from: field.code(in: words), to: code)
      }
      field.store(code, in: words)
    }
  }

  /// Tells a watcher that what follows only keeps books: registers and ghost fields.
  func beginBookkeeping() {
    if _slowPath(context.pointee.log != nil) { context.pointee.logBookkeeping() }
  }
}
