/// A field that belongs to one actor: its steps use it freely, and no other's may.
///
///     let batch = actor.register("batch", .range(0...2), initially: 0)
///     Step("READ_ONCE(pcp->batch)", .load(pcp.batch)) { value, my in my[batch] = value }
@frozen public struct Register<Value: FieldValue>: Hashable, Sendable {
  @usableFromInline let field: Field<Value>

  /// The number of the actor that it belongs to.
  @usableFromInline let owner: Int

  init(_ field: Field<Value>, of owner: Int) {
    self.field = field
    self.owner = owner
  }
}

/// A field for bookkeeping: properties read it, `noting` writes it, and no step can branch on it.
@frozen public struct Ghost<Value: FieldValue>: Hashable, Sendable {
  @usableFromInline let field: Field<Value>

  init(_ field: Field<Value>) { self.field = field }
}

/// Fields of one kind that a register chooses among: `counts[number]`.
///
///     let counts = system.fields("count", count: 4, .range(0...7), initially: 0)
///     Step("count[i]++", .atomic(counts[i])) { count in count += 1 }
@frozen public struct FieldArray<Value: FieldValue>: Sendable {
  /// The fields, by their index.
  public let fields: [Field<Value>]

  init(_ fields: [Field<Value>]) { self.fields = fields }

  /// The field at a fixed index.
  @inlinable
  public subscript(index: Int) -> Field<Value> { fields[index] }

  /// The field at the index that a register holds when the step is taken. An index outside the array
  /// is a fault.
  @inlinable
  public subscript(index: Register<Int>) -> ChosenField<Value> {
    ChosenField(fields: fields, index: Field(sharing: index.field), owner: index.owner, offset: 0)
  }

  /// The field of what a register refers to. Nothing referred to is a fault.
  @inlinable
  public subscript<Reference: FieldReference>(
    reference: Register<Reference?>
  ) -> ChosenField<Value> {
    ChosenField(
      fields: fields, index: Field(sharing: reference.field), owner: reference.owner, offset: 1)
  }
}

/// The one of some fields that a register says.
@frozen public struct ChosenField<Value: FieldValue>: Sendable {
  @usableFromInline let fields: [Field<Value>]
  @usableFromInline let index: Field<Int>
  @usableFromInline let owner: Int
  /// The register's value for the first field.
  @usableFromInline let offset: Int

  @inlinable
  init(fields: [Field<Value>], index: Field<Int>, owner: Int, offset: Int) {
    self.fields = fields
    self.index = index
    self.owner = owner
    self.offset = offset
  }

  @inlinable
  func field(in state: RawState) -> Field<Value>? {
    state.use(index.number, of: owner)
    let position = state[index] - offset
    if position >= 0 && position < fields.count { return fields[position] }
    state.raise(.indexOutOfRange, index.number, value: position)
    return nil
  }
}
