/// What a step is to the read sections of RCU and to the grace periods that wait for them
/// (Documentation/RCU/Design/Requirements; tools/memory-model/Documentation/explanation.txt, "RCU RELATIONS").
///
/// Its fields are no memory of the kernel's: they say who is inside and who is waited for, and everybody sees
/// them as they are. What is ordered by them, memory models know by this.
package struct GracePeriodDeed: Sendable {
  package enum Kind: Sendable {
    /// Enters or leaves a read section; nested ones do nothing.
    case enters, leaves
    /// The grace period for which the actor waits begins or ends.
    case begins, ends
  }

  /// An actor that may wait for grace periods, with the field that says for whom it waits.
  package struct Waiter: Sendable {
    let actor: Int
    let readers: Field<ActorSet>

    package init(actor: Int, readers: Field<ActorSet>) {
      self.actor = actor
      self.readers = readers
    }
  }

  /// The most who may wait for grace periods, where others enter sections.
  static let mostWaiters = 8

  let kind: Kind
  /// Grace periods wait for the sections of their own domain.
  let domain: String
  let actor: Int
  /// How deep the actor is in sections; nil for who waits.
  let nesting: Field<Int>?
  /// All others who may wait for this actor; none for who waits.
  let waiters: [Waiter]

  /// The deed of who enters or leaves.
  package init(
    _ kind: Kind, _ domain: String, actor: Int, nesting: Field<Int>, waitedForBy waiters: [Waiter]
  ) {
    self.kind = kind
    self.domain = domain
    self.actor = actor
    self.nesting = nesting
    self.waiters = waiters.filter { $0.actor != actor }
  }

  /// The deed of who waits.
  package init(_ kind: Kind, _ domain: String, actor: Int) {
    self.kind = kind
    self.domain = domain
    self.actor = actor
    nesting = nil
    waiters = []
  }
}

extension Step {
  /// The same step, which is something to read sections or grace periods.
  package func doing(_ deed: GracePeriodDeed) -> Step {
    var copy = self
    copy.definition.gracePeriod = deed
    return copy
  }
}
