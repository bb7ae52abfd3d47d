/// What a step does to the stores that are kept and to the views of its CPU.
extension CoherentStep {
  func perform(in state: RawState) -> Bool {
    if case .fence(let fence) = treatment.kind {
      let answer = step.action(state)
      pass(fence, state)
      settle(state)
      return answer
    }
    if case .gracePeriod(let deed) = treatment.kind { return perform(deed, in: state) }
    if !treatment.isAddressed, let location = treatment.locations.first {
      // The commonest steps allocate nothing.
      if case .load = treatment.kind { return load(alone: location, state) }
      if case .store = treatment.kind { return store(alone: location, state) }
    }
    let accesses = run(in: state)
    if accesses.isBroken { return accesses.answer }
    switch treatment.kind {
    case .none, .fence, .gracePeriod: break
    case .load:
      if let location = accesses.first { load(location, acquires: treatment.acquires, state) }
    case .store:
      for (location, value) in accesses.written { store(value, to: location, state) }
      if accesses.written.isEmpty && treatment.fencesAfter { pass(.fullFence, state) }
    case .atomic: update(accesses, state)
    case .localAtomic:
      if let location = accesses.first { load(location, acquires: false, state) }
      for (location, value) in accesses.written {
        memory.makeRoom(location, in: state)
        store(
          value, to: location, at: memory.newest(location, in: state) + 1 - ages[1],
          releases: false, state)
      }
    case .section: section(accesses, state)
    case .lock: lock(accesses, state)
    case .tryLock:
      if accesses.answer {
        lock(accesses, state)
      } else if let lock = treatment.lock {
        load(lock, acquires: false, state)
      }
    case .unlock: unlock(accesses, state)
    }
    settle(state)
    return accesses.answer
  }

  private func load(alone location: Int, _ state: RawState) -> Bool {
    let field = memory.locations[location].field
    let newest = field.code(in: state.words)
    show(in: state)
    let answer = step.action(state)
    field.store(newest, in: state.words)
    if state.context.pointee.fault != nil { return answer }
    load(location, acquires: treatment.acquires, state)
    settle(state)
    return answer
  }

  private func store(alone location: Int, _ state: RawState) -> Bool {
    let field = memory.locations[location].field
    let newest = field.code(in: state.words)
    let answer = step.action(state)
    let value = field.code(in: state.words)
    field.store(newest, in: state.words)
    if state.context.pointee.fault != nil { return answer }
    store(value, to: location, state)
    settle(state)
    return answer
  }

  private func settle(_ state: RawState) { memory.settle(state, after: reader, prospect) }

  private func pass(_ fence: Fence, _ state: RawState) {
    passOrder(fence, state)
    var views = memory.views(of: cpu, in: state)
    switch fence {
    case .readFence: format.readFence(&views)
    case .writeFence: format.writeFence(&views)
    case .fullFence: return memory.fence(cpu, state)
    case .beforeAtomic, .afterAtomic, .afterSpinlock, .afterUnlockLock: return
    }
    memory.set(views, of: cpu, in: state)
  }

  func load(_ location: Int, acquires: Bool, _ state: RawState) {
    let fields = memory.locations[location]
    let stamp = stamp(location, in: state)
    var views = memory.views(of: cpu, in: state)
    format.load(
      memory.message(location, at: stamp, in: state), of: fields.lane, at: stamp,
      acquires: acquires || fields.isHandedOver, givesAddress: step.givesAddress,
      after: memory.earlierLoads(of: cpu, before: location, at: stamp, in: state), &views)
    memory.set(views, of: cpu, in: state)
    memory.add(fields.messages[stamp].from, to: memory.cpus[cpu].from, state)
    orderLoad(location, at: stamp, acquires: acquires || fields.isHandedOver, state)
  }

  private func store(_ value: Int, to location: Int, _ state: RawState) {
    memory.makeRoom(location, in: state)
    store(
      value, to: location, at: memory.newest(location, in: state) + 1 - age,
      releases: treatment.releases, state)
    if treatment.fencesAfter { pass(.fullFence, state) }
  }

  /// - Parameter read: the message of the store that an atomic update read, which is passed on.
  func store(
    _ value: Int, to location: Int, at stamp: Int, releases: Bool, after read: Message? = nil,
    _ state: RawState
  ) {
    let fields = memory.locations[location]
    var message = format.message(
      releases: releases || fields.isHandedOver, memory.views(of: cpu, in: state))
    if let read {
      message.released = format.join(message.released, read.released)
      message.isGlued = fields.lane != nil
    }
    let order = orderStore(
      location, at: stamp, releases: releases || fields.isHandedOver, isUpdate: read != nil, state)
    memory.insert(value, message, by: cpu, location, at: stamp, in: state)
    memory.order?.set(fields.messages[stamp].order, order, in: state)
    var views = memory.views(of: cpu, in: state)
    format.store(message, of: fields.lane, at: stamp, &views)
    memory.set(views, of: cpu, in: state)
  }

  private func update(_ accesses: Accesses, _ state: RawState) {
    guard let location = accesses.first else {
      // Nobody sees its field late; what it orders, it orders.
      if accesses.hasStored && (treatment.fencesBefore || treatment.fencesAfter) {
        pass(.fullFence, state)
      }
      return
    }
    guard let (_, value) = accesses.written.first else {
      load(location, acquires: false, state)
      return
    }
    if treatment.fencesBefore { pass(.fullFence, state) }
    memory.makeRoom(location, in: state)
    let stamp = stamp(location, in: state)
    let read = memory.message(location, at: stamp, in: state)
    load(location, acquires: treatment.acquires, state)
    store(
      value, to: location, at: stamp + 1, releases: treatment.releases, after: read, state)
    if treatment.fencesAfter { pass(.fullFence, state) }
  }

  private func section(_ accesses: Accesses, _ state: RawState) {
    if let lock = treatment.lock { take(lock, state) }
    for location in treatment.locations where accesses.read >> UInt64(location) & 1 != 0 {
      load(location, acquires: false, state)
    }
    for (location, value) in accesses.written {
      memory.makeRoom(location, in: state)
      let newest = memory.newest(location, in: state)
      let isUpdate = treatment.isBelieved && accesses.read >> UInt64(location) & 1 != 0
      store(
        value, to: location, at: newest + 1, releases: false,
        after: isUpdate ? memory.message(location, at: newest, in: state) : nil, state)
    }
    guard let lock = treatment.lock else { return }
    // Nobody has seen it held.
    var views = memory.views(of: cpu, in: state)
    let message = format.message(releases: true, views)
    memory.set(message, by: cpu, lock, at: memory.newest(lock, in: state), in: state)
    format.store(message, of: nil, at: 0, &views)
    views.unlocked = views.reached
    memory.set(views, of: cpu, in: state)
    orderUnlock(lock, state)
  }

  /// What taking a lock makes known.
  private func take(_ lock: Int, _ state: RawState) {
    var views = memory.views(of: cpu, in: state)
    let newest = memory.newest(lock, in: state)
    format.lock(
      memory.message(lock, at: newest, in: state),
      after: memory.earlierLoads(of: cpu, before: lock, at: newest, in: state), &views)
    memory.set(views, of: cpu, in: state)
    memory.add(memory.locations[lock].messages[newest].from, to: memory.cpus[cpu].from, state)
    orderLock(lock, state)
  }

  private func lock(_ accesses: Accesses, _ state: RawState) {
    guard let lock = treatment.lock else { return }
    let read = memory.message(lock, at: memory.newest(lock, in: state), in: state)
    take(lock, state)
    changeLock(lock, accesses, releases: false, after: read, state)
    if treatment.fencesAfter { pass(.fullFence, state) }
  }

  private func unlock(_ accesses: Accesses, _ state: RawState) {
    guard let lock = treatment.lock else { return }
    let read = memory.message(lock, at: memory.newest(lock, in: state), in: state)
    changeLock(lock, accesses, releases: true, after: read, state)
    var views = memory.views(of: cpu, in: state)
    views.unlocked = views.reached
    memory.set(views, of: cpu, in: state)
    orderUnlocked(state)
  }

  /// Leaves in the fields of a lock what its operation left, and in its word what that carries.
  private func changeLock(
    _ lock: Int, _ accesses: Accesses, releases: Bool, after read: Message, _ state: RawState
  ) {
    let left = accesses.written.first { $0.location == lock }?.value
    memory.makeRoom(lock, in: state)
    store(
      left ?? memory.locations[lock].field.code(in: state.words), to: lock,
      at: memory.newest(lock, in: state) + (memory.locations[lock].lane == nil ? 0 : 1),
      releases: releases, after: read, state)
  }
}
