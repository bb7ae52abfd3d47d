/// What the machine does with what orders accesses.
extension CoherentMemory {
  /// An access is made, and nobody is ordered behind it.
  func make(_ accesses: OrderedAccesses, _ order: AccessOrder, _ state: RawState) {
    let made = order.accesses(order.made, in: state)
    if !(made.visible & accesses.visible).isEmpty || !(made.executed & accesses.executed).isEmpty {
      // The last time is what counts.
      keep(
        OrderedAccesses(
          visible: ~accesses.visible, global: ~accesses.visible,
          executed: ~(accesses.executed | order.accesses.sights(of: accesses.visible))),
        order, state)
    }
    order.set(order.made, made.union(accesses), in: state)
  }

  /// Forgets all other accesses wherever they are ordered before something.
  private func keep(_ accesses: OrderedAccesses, _ order: AccessOrder, _ state: RawState) {
    for cpu in order.cpus.indices {
      var known = order.order(of: cpu, in: state)
      known.formIntersection(accesses)
      order.set(known, of: cpu, in: state)
    }
    let sets =
      [order.fenced] + locations.flatMap { $0.messages.map(\.order) }
      + gracePeriods.flatMap { $0.known.map(\.order) }
    for fields in sets { order.keep(accesses, in: fields, state) }
  }

  /// A load saw an older store than the newest: it comes before what all others do next.
  ///
  /// That is so of those alone whose strong fence orders it behind the newer store (`pb`). Whatever else comes of such a
  /// load is met where it is made before that store.
  func precede(_ executed: AccessBits, by cpu: Int, _ order: AccessOrder, _ state: RawState) {
    let executed = OrderedAccesses(executed: executed)
    for other in order.cpus.indices where other != cpu {
      order.add(executed, to: order.cpus[other].loads, in: state)
      order.add(executed, to: order.cpus[other].stores, in: state)
    }
    order.add(executed, to: order.fenced, in: state)
  }

  /// `smp_mb()`.
  func fence(_ cpu: Int, _ order: AccessOrder, _ state: RawState) {
    if !order.isAsked(in: state) { return }
    var known = order.order(of: cpu, in: state)
    var fenced = order.accesses(order.fenced, in: state)
    // A load that another has made may have seen an older store than this CPU.
    var executed = AccessBits.zero
    for other in order.cpus.indices where other != cpu {
      executed |= order.order(of: other, in: state).all.executed
    }
    known.fence(executed, &fenced)
    order.set(order.fenced, fenced, in: state)
    order.set(known, of: cpu, in: state)
  }

  /// Adds what is ordered before the next access of a CPU, its plain accesses included.
  func addOrder(of cpu: Int, to fields: AccessOrder.SetFields, _ state: RawState) {
    guard let order, order.isAsked(in: state) else { return }
    let known = order.order(of: cpu, in: state)
    order.add(known.all.union(known.pending), to: fields, in: state)
  }

  // MARK: Forgetting

  /// Forgets the accesses that everybody is ordered behind who may race with them, and of the others what makes no
  /// difference to anybody.
  func settle(
    _ order: AccessOrder, _ prospects: UnsafeMutableBufferPointer<CoherencePlan.Prospect>,
    _ uses: CoherencePlan.Prospect.Uses, _ state: RawState
  ) {
    let made = order.accesses(order.made, in: state)
    if made.isEmpty { return }
    var late = OrderedAccesses()
    var sights = AccessBits.zero
    for cpu in cpus.indices {
      let needs = prospects[cpu].needs
      let loads = order.accesses(order.cpus[cpu].loads, in: state)
      let stores = order.accesses(order.cpus[cpu].stores, in: state)
      let unseen = (needs.loads & ~loads.seen | needs.stores & ~stores.seen) & made.visible
      late.visible |= unseen
      late.executed |= needs.executions & ~stores.executed & made.executed
      // Who learns by a load that something is ordered.
      if !prospects[cpu].uses.isDisjoint(with: [.acquire, .givesAddress]) {
        sights |= order.accesses.sights(of: unseen, by: cpu)
      }
    }
    order.set(order.made, late, in: state)
    late.global = late.visible
    late.executed |= sights
    // Who passes nothing on keeps what it needs itself.
    func kept(by cpu: Int) -> OrderedAccesses {
      let (prospect, needs) = (prospects[cpu], prospects[cpu].needs)
      if prospect.carries { return late }
      let seen = (needs.loads | needs.stores) & late.visible
      let executed = needs.executions | order.accesses.sights(of: seen, by: cpu)
      return OrderedAccesses(
        visible: seen, global: seen,
        executed: uses.contains(.fullFence) ? late.executed : executed & late.executed)
    }
    for cpu in cpus.indices {
      let prospect = prospects[cpu]
      var known = order.order(of: cpu, in: state)
      known.formIntersection(kept(by: cpu))
      if !prospect.uses.contains(.usesAddress) { known.addresses = OrderedAccesses() }
      if !prospect.uses.contains(.lock) { known.unlocked = OrderedAccesses() }
      if !prospect.uses.contains(.writeFence) { known.own = .zero }
      known.normalize()
      order.set(known, of: cpu, in: state)
    }
    for (number, location) in locations.enumerated() {
      var asked = OrderedAccesses()
      for cpu in cpus.indices where prospects[cpu].markedLoads >> UInt64(number) & 1 != 0 {
        let kept = kept(by: cpu)
        asked.global |= kept.global
        asked.executed |= kept.executed
      }
      asked.visible = asked.global
      for message in location.messages { order.keep(asked, in: message.order, state) }
    }
    order.keep(uses.contains(.fullFence) ? late : OrderedAccesses(), in: order.fenced, state)
    for known in gracePeriods.flatMap(\.known) { order.keep(late, in: known.order, state) }
  }
}
