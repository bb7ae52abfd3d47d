// The accesses that a step can make: one field each, or the one of several that a register chooses.

/// The field that an access is to.
@usableFromInline enum Location<Value: FieldValue>: Sendable {
  case fixed(Field<Value>)
  case chosen(ChosenField<Value>)

  /// The field in a state; nil, and a fault is raised, where a register chooses none.
  @inlinable @inline(__always)
  func field(in state: RawState) -> Field<Value>? {
    switch self {
    case .fixed(let field): field
    case .chosen(let chosen): chosen.field(in: state)
    }
  }

  /// The numbers of the fields that it may be.
  @usableFromInline var numbers: [Int] {
    switch self {
    case .fixed(let field): [Int(field.number)]
    case .chosen(let chosen): chosen.fields.map { Int($0.number) }
    }
  }
}

/// `READ_ONCE(x)`, `x`, `smp_load_acquire(&x)`: sees the value of a field.
public struct Load<Value: FieldValue>: Sendable {
  @usableFromInline let location: Location<Value>
  @usableFromInline let ordering: Operation.Ordering

  @usableFromInline init(_ location: Location<Value>, _ ordering: Operation.Ordering) {
    self.location = location
    self.ordering = ordering
  }

  @inlinable public static func load(
    _ field: Field<Value>, _ ordering: Operation.Ordering = .plain
  ) -> Self { Self(.fixed(field), ordering) }

  @inlinable public static func load(
    _ chosen: ChosenField<Value>, _ ordering: Operation.Ordering = .plain
  ) -> Self { Self(.chosen(chosen), ordering) }
}

/// `WRITE_ONCE(x, v)`, `x = v`, `smp_store_release(&x, v)`: leaves a value in a field, whatever was
/// there.
public struct Store<Value: FieldValue>: Sendable {
  @usableFromInline let location: Location<Value>
  @usableFromInline let ordering: Operation.Ordering

  @usableFromInline init(_ location: Location<Value>, _ ordering: Operation.Ordering) {
    self.location = location
    self.ordering = ordering
  }

  @inlinable public static func store(
    _ field: Field<Value>, _ ordering: Operation.Ordering = .plain
  ) -> Self { Self(.fixed(field), ordering) }

  @inlinable public static func store(
    _ chosen: ChosenField<Value>, _ ordering: Operation.Ordering = .plain
  ) -> Self { Self(.chosen(chosen), ordering) }
}

/// `atomic_inc(&x)`, `cmpxchg(&x, old, new)`, `test_and_set_bit(nr, &x)`: sees the value of a field and
/// leaves another, with nothing in between.
public struct AtomicUpdate<Value: FieldValue>: Sendable {
  @usableFromInline let location: Location<Value>
  /// nil: what the kernel has for the operation, `full` with a result and `relaxed` without.
  @usableFromInline let ordering: Operation.Ordering?

  @usableFromInline init(_ location: Location<Value>, _ ordering: Operation.Ordering?) {
    self.location = location
    self.ordering = ordering
  }

  @inlinable public static func atomic(
    _ field: Field<Value>, _ ordering: Operation.Ordering? = nil
  ) -> Self { Self(.fixed(field), ordering) }

  @inlinable public static func atomic(
    _ chosen: ChosenField<Value>, _ ordering: Operation.Ordering? = nil
  ) -> Self { Self(.chosen(chosen), ordering) }
}

/// `while (!cond(x)) cpu_relax();`, `wait_event(wq, cond(x))`: goes on when the value of a field is as
/// wanted.
public struct Wait<Value: FieldValue>: Sendable {
  @usableFromInline let location: Location<Value>
  @usableFromInline let ordering: Operation.Ordering

  @usableFromInline init(_ location: Location<Value>, _ ordering: Operation.Ordering) {
    self.location = location
    self.ordering = ordering
  }

  @inlinable public static func wait(
    _ field: Field<Value>, _ ordering: Operation.Ordering = .relaxed
  ) -> Self { Self(.fixed(field), ordering) }

  @inlinable public static func wait(
    _ chosen: ChosenField<Value>, _ ordering: Operation.Ordering = .relaxed
  ) -> Self { Self(.chosen(chosen), ordering) }
}
