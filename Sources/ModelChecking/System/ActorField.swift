/// A field that each actor has for itself, as the kernel keeps some things by task: how deep it is
/// nested, whether it sleeps, in what place it stands in a queue.
///
///     let depth = system.actorField("rcu_read_lock_nesting", .range(0...2), initially: 0)
///     // within the program of an actor
///     Step("rcu_read_lock", .atomic(depth.own)) { depth in depth += 1 }
///
/// It is shared memory: others may access it, who find it in `all`. Only actors whose programs ask for
/// their own have one, so that the others take no room in the state. Declared twice by one name it is the
/// same field.
public struct ActorField<Value: FieldValue> {
  public let name: String
  let domain: FieldDomain<Value>
  let initial: Value
  let builder: SystemBuilder

  /// The field of the actor whose program is being composed; declared where it is first asked for.
  /// Outside the program of an actor that is a mistake of the model's.
  public var own: Field<Value> { mine.field }

  /// The same, with the number of that actor.
  public var mine: ActorElement<Value> { builder.ownField(of: self) }

  /// The fields of all actors that have one, those composed later included.
  public var all: [ActorElement<Value>] { builder.ownFields(of: self) }

  /// The field of the actor with a name; it is a mistake of the model's if that has none.
  public func of(_ actorName: String) -> Field<Value> {
    builder.field(self, of: actorName)
  }
}

/// One actor's own field.
public struct ActorElement<Value: FieldValue>: Sendable {
  /// The number of the actor, by which an `ActorSet` knows it.
  public let actor: Int
  /// The name of the actor.
  public let actorName: String
  public let field: Field<Value>
}
