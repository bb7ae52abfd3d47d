/// What orders the accesses that may race, as fields of the state of the machine without load buffering.
///
/// An access that everybody who may race with it is ordered behind is as if it hadn't been made.
struct AccessOrder: Sendable {
  struct SetFields: Sendable {
    let visible: [Field<Int>]
    let global: [Field<Int>]
    let executed: [Field<Int>]

    static let none = SetFields(visible: [], global: [], executed: [])

    var all: [Field<Int>] { visible + global + executed }
  }

  /// The fields of a `CPUOrder`.
  struct CPUFields: Sendable {
    let loads: SetFields
    let stores: SetFields
    let loaded: SetFields
    let stored: SetFields
    let addresses: SetFields
    let unlocked: SetFields
    let pending: SetFields
    let own: [Field<Int>]
    let released: [Field<Int>]
  }

  let accesses: RacyAccesses
  /// The stores that were made, and the accesses, that somebody isn't ordered behind yet.
  let made: SetFields
  let cpus: [CPUFields]
  let fenced: SetFields

  // MARK: In the state

  private func bits(_ fields: [Field<Int>], _ state: RawState) -> AccessBits {
    var bits = AccessBits.zero
    for word in fields.indices { bits[word] = UInt64(state[fields[word]]) }
    return bits
  }

  private func set(_ fields: [Field<Int>], _ bits: AccessBits, _ state: RawState) {
    for word in fields.indices { state[fields[word]] = Int(bits[word]) }
  }

  func accesses(_ fields: SetFields, in state: RawState) -> OrderedAccesses {
    OrderedAccesses(
      visible: bits(fields.visible, state), global: bits(fields.global, state),
      executed: bits(fields.executed, state))
  }

  func set(_ fields: SetFields, _ accesses: OrderedAccesses, in state: RawState) {
    set(fields.visible, accesses.visible, state)
    set(fields.global, accesses.global, state)
    set(fields.executed, accesses.executed, state)
  }

  /// Whether an access was made that somebody isn't ordered behind.
  func isAsked(in state: RawState) -> Bool { !accesses(made, in: state).isEmpty }

  /// Leaves nothing but those.
  func keep(_ accesses: OrderedAccesses, in fields: SetFields, _ state: RawState) {
    var kept = self.accesses(fields, in: state)
    if kept.isEmpty { return }
    kept.formIntersection(accesses)
    set(fields, kept, in: state)
  }

  func add(_ accesses: OrderedAccesses, to fields: SetFields, in state: RawState) {
    set(fields, self.accesses(fields, in: state).union(accesses), in: state)
  }

  /// Adds what one has to another.
  func copy(_ fields: SetFields, to others: SetFields, in state: RawState) {
    add(accesses(fields, in: state), to: others, in: state)
  }

  func order(of cpu: Int, in state: RawState) -> CPUOrder {
    let fields = cpus[cpu]
    return CPUOrder(
      loads: accesses(fields.loads, in: state), stores: accesses(fields.stores, in: state),
      loaded: accesses(fields.loaded, in: state), stored: accesses(fields.stored, in: state),
      addresses: accesses(fields.addresses, in: state),
      unlocked: accesses(fields.unlocked, in: state),
      pending: accesses(fields.pending, in: state), own: bits(fields.own, state),
      released: bits(fields.released, state))
  }

  func set(_ order: CPUOrder, of cpu: Int, in state: RawState) {
    let fields = cpus[cpu]
    set(fields.loads, order.loads, in: state)
    set(fields.stores, order.stores, in: state)
    set(fields.loaded, order.loaded, in: state)
    set(fields.stored, order.stored, in: state)
    set(fields.addresses, order.addresses, in: state)
    set(fields.unlocked, order.unlocked, in: state)
    set(fields.pending, order.pending, in: state)
    set(fields.own, order.own, state)
    set(fields.released, order.released, state)
  }
}
