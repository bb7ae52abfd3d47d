/// What read sections and grace periods of one domain have made known, on the machine without load buffering.
struct GracePeriods: Sendable {
  /// What somebody had seen at some moment, and whose earlier loads came before that.
  struct Known: Sendable {
    let view: Field<Int>
    let from: CoherentMemory.Origins
    /// Of the accesses that may race those that had come before.
    let order: AccessOrder.SetFields
  }

  /// Of an actor that may wait for a grace period.
  struct Waiter: Sendable {
    let actor: Int
    /// 1 while a grace period has begun and not ended.
    let isBegun: Field<Int>
    /// What had reached its CPU when that began.
    let start: Known
    /// What those had seen for whom it waits, and all who had left a section before it began.
    let sections: Known

    var known: [Known] { [start, sections] }
  }

  let domain: String
  /// What those had seen who left a section.
  let left: Known
  /// What had reached those whose grace periods are over, when these began.
  let over: Known
  let waiters: [Waiter]

  var known: [Known] { [left, over] + waiters.flatMap(\.known) }

  func waiter(_ actor: Int) -> Waiter? { waiters.first { $0.actor == actor } }
}

/// Docs/MemoryModels.md has the rules.
extension CoherentStep {
  /// Whether the grace periods that are chosen to wait for a section, though it begins behind their
  /// beginning, can do so.
  func mayBeWaitedFor(_ deed: GracePeriodDeed, in state: RawState) -> Bool {
    guard let periods = memory.gracePeriods(of: deed), let nesting = deed.nesting,
      state[nesting] == 0
    else { return false }
    return zip(deed.waiters, ages).allSatisfy { waiter, age in
      age == 0 || periods.waiter(waiter.actor).map { state[$0.isBegun] == 1 } ?? false
    }
  }

  func perform(_ deed: GracePeriodDeed, in state: RawState) -> Bool {
    guard let periods = memory.gracePeriods(of: deed) else { return step.action(state) }
    let depth = deed.nesting.map { state[$0] } ?? 0
    let waiting = deed.waiters.filter { state[$0.readers].contains(deed.actor) }
    let accesses = run(in: state)
    if accesses.isBroken { return accesses.answer }
    for location in treatment.locations where accesses.read >> UInt64(location) & 1 != 0 {
      load(location, acquires: true, state)
    }
    switch deed.kind {
    case .enters: if depth == 0 { enter(periods, deed, state) }
    case .leaves: if depth == 1 { leave(periods, waiting.map(\.actor), state) }
    case .begins: begin(periods, deed.actor, state)
    case .ends: end(periods, deed.actor, state)
    }
    for (location, value) in accesses.written {
      store(
        value, to: location, at: memory.newest(location, in: state) + 1, releases: true, state)
    }
    memory.settle(state, after: reader, prospect)
    return accesses.answer
  }

  private func enter(_ periods: GracePeriods, _ deed: GracePeriodDeed, _ state: RawState) {
    learn(periods.over, state)
    for (waiter, age) in zip(deed.waiters, ages) {
      guard let period = periods.waiter(waiter.actor), state[period.isBegun] == 1 else { continue }
      if age == 0 { learn(period.start, state) } else { state[waiter.readers].insert(deed.actor) }
    }
  }

  /// What had reached others before some grace period has reached everybody.
  private func learn(_ known: GracePeriods.Known, _ state: RawState) {
    var views = memory.views(of: cpu, in: state)
    let view = memory.view(known.view, state)
    views.current = format.join(views.current, view)
    views.reached = format.join(views.reached, view)
    views.released = format.join(views.released, view)
    views.global = format.join(views.global, view)
    memory.set(views, of: cpu, in: state)
    memory.add(known.from, to: memory.cpus[cpu].from, state)
    learnOrder(of: known, state)
  }

  private func learnOrder(of known: GracePeriods.Known, _ state: RawState) {
    guard let order = memory.order, order.isAsked(in: state) else { return }
    var own = order.order(of: cpu, in: state)
    own.learn(order.accesses(known.order, in: state))
    order.set(own, of: cpu, in: state)
  }

  private func leave(_ periods: GracePeriods, _ waiting: [Int], _ state: RawState) {
    let reached = memory.views(of: cpu, in: state).reached
    for known in [periods.left] + waiting.compactMap({ periods.waiter($0)?.sections }) {
      memory.set(known.view, format.join(memory.view(known.view, state), reached), state)
      memory.add(memory.cpus[cpu].from, to: known.from, state)
      memory.addLoads(of: cpu, to: known.from, state)
      memory.addOrder(of: cpu, to: known.order, state)
    }
  }

  private func begin(_ periods: GracePeriods, _ actor: Int, _ state: RawState) {
    guard let period = periods.waiter(actor) else { return }
    memory.fence(cpu, state)
    state[period.isBegun] = 1
    memory.set(period.start.view, memory.views(of: cpu, in: state).reached, state)
    memory.add(memory.cpus[cpu].from, to: period.start.from, state)
    memory.addLoads(of: cpu, to: period.start.from, state)
    memory.addOrder(of: cpu, to: period.start.order, state)
    memory.set(period.sections.view, memory.view(periods.left.view, state), state)
    memory.add(periods.left.from, to: period.sections.from, state)
    memory.order?.copy(periods.left.order, to: period.sections.order, in: state)
  }

  private func end(_ periods: GracePeriods, _ actor: Int, _ state: RawState) {
    guard let period = periods.waiter(actor) else { return }
    var views = memory.views(of: cpu, in: state)
    views.reached = format.join(views.reached, memory.view(period.sections.view, state))
    memory.set(views, of: cpu, in: state)
    memory.add(period.sections.from, to: memory.cpus[cpu].from, state)
    learnOrder(of: period.sections, state)
    memory.fence(cpu, state)
    let (start, over) = (period.start, periods.over)
    memory.set(
      over.view, format.join(memory.view(over.view, state), memory.view(start.view, state)), state)
    memory.add(start.from, to: over.from, state)
    memory.order?.copy(start.order, to: over.order, in: state)
    state[period.isBegun] = 0
    for known in period.known { memory.forget(known, state) }
  }
}
