/// The accesses of the machine without load buffering that were made, and behind which another need not come.
struct UnorderedAccesses: Sendable {
  let memory: CoherentMemory
  let order: AccessOrder
  /// By actor and by the number of the alternative: the step as its CPU takes it.
  let steps: [[CoherentStep]]

  /// An access to a field that was made without being ordered before one that is about to be made.
  ///
  /// - Parameter isMeant: whether an access counts.
  func first(
    before access: MemoryAccess, _ kind: RacingAccess.Kind, to field: Int, in state: State,
    where isMeant: (MemoryAccess) -> Bool
  ) -> (access: MemoryAccess, isStore: Bool)? {
    guard let needs = order.accesses.needs[RacyAccesses.Place(of: access, field)] else {
      return nil
    }
    let raw = state.raw
    let made = order.accesses(order.made, in: raw)
    if made.isEmpty { return nil }
    let (loads, stores) = steps[access.actor][access.number].orderBefore(kind, in: raw)
    var late = OrderedAccesses()
    // A compiler may put a load beside a plain store.
    if kind != .write || access.isPlain { late.visible = needs.loads & ~loads.seen }
    if kind != .read {
      late.visible |= needs.stores & ~stores.seen
      late.executed = needs.executions & ~stores.executed
    }
    for store in (late.visible & made.visible).accesses where isMeant(order.accesses.stores[store])
    {
      return (order.accesses.stores[store], true)
    }
    for access in (late.executed & made.executed).accesses
    where isMeant(order.accesses.executions[access]) {
      return (order.accesses.executions[access], false)
    }
    return nil
  }
}
