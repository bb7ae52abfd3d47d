/// What a step does to what orders the accesses that may race, and what is ordered before it.
extension CoherentStep {
  /// Lends what is ordered before the CPU's next accesses, if anybody asks for that.
  private func withOrder(
    _ state: RawState, _ body: (AccessOrder, inout CPUOrder) -> Void
  ) {
    guard let order = memory.order, order.isAsked(in: state) else { return }
    var known = order.order(of: cpu, in: state)
    body(order, &known)
    order.set(known, of: cpu, in: state)
  }

  private func message(
    _ location: Int, at stamp: Int, _ order: AccessOrder, _ state: RawState
  ) -> OrderedAccesses {
    order.accesses(memory.locations[location].messages[stamp].order, in: state)
  }

  /// What this CPU had seen before something that comes before the store that carries a message: it has seen it
  /// before a load of that store.
  private func seen(before message: OrderedAccesses, _ order: AccessOrder) -> AccessBits {
    order.accesses.stores(seenBy: cpu, message.executed)
  }

  private func bit(_ access: Int?) -> AccessBits { access.map { AccessBits($0) } ?? .zero }

  // MARK: Effects

  func orderLoad(_ location: Int, at stamp: Int, acquires: Bool, _ state: RawState) {
    guard let order = memory.order else { return }
    let mark = bit(treatment.racy[location]?.execution)
    if !mark.isEmpty { memory.make(OrderedAccesses(executed: mark), order, state) }
    let fields = memory.locations[location]
    var before = AccessBits.zero
    withOrder(state) { order, known in
      if treatment.isPlain && !fields.isHandedOver {
        known.access(OrderedAccesses(executed: mark))
        return
      }
      let message = message(location, at: stamp, order, state)
      let seen = OrderedAccesses(visible: seen(before: message, order))
      let ordered = known.load(
        message.union(seen), mark, acquires: acquires, usesAddress: step.usesAddress,
        givesAddress: step.givesAddress)
      known.loaded.executed |= order.accesses.sights(of: ordered.visible, by: cpu)
      if fields.lane != nil && stamp < memory.newest(location, in: state) {
        before = ordered.executed | mark
      }
    }
    if !before.isEmpty { memory.precede(before, by: cpu, order, state) }
  }

  /// - Parameter isUpdate: whether it is the store of an atomic update, which passes on what it read.
  /// - Returns: what the store carries.
  func orderStore(
    _ location: Int, at stamp: Int, releases: Bool, isUpdate: Bool, _ state: RawState
  ) -> OrderedAccesses {
    var carried = OrderedAccesses()
    guard let order = memory.order else { return carried }
    let fields = memory.locations[location]
    let isPlain = treatment.isPlain && !fields.isHandedOver
    var mark = OrderedAccesses(visible: bit(treatment.racy[location]?.store))
    if isPlain { mark.executed = bit(treatment.racy[location]?.execution) }
    if !mark.isEmpty { memory.make(mark, order, state) }
    withOrder(state) { order, known in
      if isPlain {
        known.access(mark)
        return
      }
      let read = fields.lane == nil ? stamp : stamp - 1
      carried = known.store(
        mark.visible, releases: releases,
        after: isUpdate ? message(location, at: read, order, state) : nil)
    }
    return carried
  }

  func passOrder(_ fence: Fence, _ state: RawState) {
    withOrder(state) { _, known in
      switch fence {
      case .readFence: known.readFence()
      case .writeFence: known.writeFence()
      // A full fence is one of the memory's.
      case .fullFence, .beforeAtomic, .afterAtomic, .afterSpinlock, .afterUnlockLock: break
      }
    }
  }

  func orderLock(_ lock: Int, _ state: RawState) {
    withOrder(state) { order, known in
      let message = message(lock, at: memory.newest(lock, in: state), order, state)
      known.lock(message, seen(before: message, order))
      known.loaded.executed |= order.accesses.sights(of: known.loads.visible, by: cpu)
    }
  }

  /// A section gives back the lock that it took.
  func orderUnlock(_ lock: Int, _ state: RawState) {
    withOrder(state) { order, known in
      let fields = memory.locations[lock].messages[memory.newest(lock, in: state)].order
      order.set(fields, known.store(.zero, releases: true), in: state)
      known.unlock()
    }
  }

  func orderUnlocked(_ state: RawState) { withOrder(state) { _, known in known.unlock() } }

  // MARK: What is ordered before it

  /// The accesses that are ordered before its loads, and before its stores.
  func orderBefore(
    _ kind: RacingAccess.Kind, in state: RawState
  ) -> (loads: OrderedAccesses, stores: OrderedAccesses) {
    guard let order = memory.order else { return (.init(), .init()) }
    var known = order.order(of: cpu, in: state)
    if case .section = treatment.kind, let lock = treatment.lock {
      let message = message(lock, at: memory.newest(lock, in: state), order, state)
      known.lock(message, seen(before: message, order))
    }
    if case .atomic = treatment.kind, treatment.fencesBefore, kind != .read {
      let all = known.all.union(order.accesses(order.fenced, in: state))
      return (all, all)
    }
    let addresses = step.usesAddress ? known.addresses : OrderedAccesses()
    var stores = known.stores.union(addresses)
    if !treatment.isPlain { stores.formUnion(known.loaded) }
    return (known.loads.union(addresses), stores)
  }
}
