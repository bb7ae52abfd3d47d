import ModelChecking

// Locks: include/linux/spinlock.h, rwlock.h, mutex.h, rwsem.h (v5.4 to v6.12).
extension Lowering {
  /// The address of a lock that an argument gives.
  mutating func lockAddress(
    _ argument: Expression, _ types: [CType.LockType], by name: String
  ) -> Term? {
    let value = value(of: argument)
    if value.type == .unknown { return nil }
    guard case .pointer(.lock(let type)) = value.type else {
      let isLockItself: Bool
      if case .lock = value.type { isLockItself = true } else { isLockItself = false }
      report(
        isLockItself
          ? "'\(name)' wants the address of the lock: '&\(shown(argument.spot))'"
          : "'\(name)' wants a lock, and this is '\(value.type.name)'", at: argument.spot)
      return nil
    }
    if !types.contains(type) {
      report(
        "'\(name)' is for a \(types.map(\.name).joined(separator: " or ")), and this is a \(type.name)",
        at: argument.spot)
      return nil
    }
    return followed(value.term, at: argument.spot)
  }

  mutating func lock(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    let base = name.hasPrefix("raw_") ? String(name.dropFirst(4)) : name
    if base == "spin_is_locked" || base == "mutex_is_locked" {
      guard want(1, arguments, of: name, at: spot),
        let address = lockAddress(arguments[0], [.spinlock, .mutex], by: name)
      else { return .unknown }
      let holder = load(address, .integer, .relaxed, named: shown(spot), at: spot)
      return Value(term: .making(.notEqual, holder.term, .zero), type: .integer)
    }
    if base.hasPrefix("lockdep_assert_held") {
      guard arguments.count == 1,
        let address = lockAddress(
          arguments[0], [.spinlock, .mutex, .semaphore, .readWriteLock], by: name)
      else { return .unknown }
      let deed: EngineDeed.LockDeed =
        base.hasSuffix("_write")
        ? .assertHeldForWriting : base.hasSuffix("_read") ? .assertHeldForReading : .assertHeld
      return engine(.lock(deed, address, .none), at: spot)
    }
    let ofSemaphore = base.hasPrefix("percpu_") ? String(base.dropFirst(7)) : base
    guard let (deed, types, context, takesFlags) = Self.lockDeed(ofSemaphore) else { return nil }
    guard want(takesFlags ? 2 : 1, arguments, of: name, at: spot),
      let address = lockAddress(arguments[0], types, by: name)
    else { return .unknown }
    if deed.maySleep(on: types[0]) { noteSleep(at: spot) }
    if !deed.turnsPreemption(with: types[0]) {
      return engine(.lock(deed, address, context), at: spot)
    }
    return changingPreemption(by: deed.isRelease ? -1 : 1, at: spot) { lowering in
      context == .interrupts
        ? lowering.lockWithInterrupts(deed, address, takesFlags ? arguments[1] : nil, at: spot)
        : lowering.engine(.lock(deed, address, context), at: spot)
    }
  }

  private static func lockDeed(
    _ name: String
  ) -> (EngineDeed.LockDeed, [CType.LockType], EngineDeed.LockContext, takesFlags: Bool)? {
    switch name {
    case "mutex_lock", "mutex_lock_io":
      return (.acquire, [.mutex], .none, false)
    case "mutex_trylock": return (.tryAcquire, [.mutex], .none, false)
    case "mutex_unlock": return (.release, [.mutex], .none, false)
    case "down_read": return (.acquireRead, [.semaphore], .none, false)
    case "down_write": return (.acquireWrite, [.semaphore], .none, false)
    case "down_read_trylock": return (.tryAcquireRead, [.semaphore], .none, false)
    case "down_write_trylock": return (.tryAcquireWrite, [.semaphore], .none, false)
    case "up_read": return (.releaseRead, [.semaphore], .none, false)
    case "up_write": return (.releaseWrite, [.semaphore], .none, false)
    case "downgrade_write": return (.downgradeWrite, [.semaphore], .none, false)
    default: break
    }
    var rest = name
    var context = EngineDeed.LockContext.none
    var takesFlags = false
    for (suffix, its, flags) in [
      ("_irqsave", EngineDeed.LockContext.interrupts, true), ("_irqrestore", .interrupts, true),
      ("_irq", .interrupts, false), ("_bh", .bottomHalves, false),
    ] where rest.hasSuffix(suffix) {
      rest = String(rest.dropLast(suffix.count))
      context = its
      takesFlags = flags
      break
    }
    switch rest {
    case "spin_lock": return (.acquire, [.spinlock], context, takesFlags)
    case "spin_trylock": return (.tryAcquire, [.spinlock], context, takesFlags)
    case "spin_unlock": return (.release, [.spinlock], context, takesFlags)
    case "read_lock": return (.acquireRead, [.readWriteLock], context, takesFlags)
    case "write_lock": return (.acquireWrite, [.readWriteLock], context, takesFlags)
    case "read_unlock": return (.releaseRead, [.readWriteLock], context, takesFlags)
    case "write_unlock": return (.releaseWrite, [.readWriteLock], context, takesFlags)
    case "read_trylock": return (.tryAcquireRead, [.readWriteLock], context, takesFlags)
    case "write_trylock": return (.tryAcquireWrite, [.readWriteLock], context, takesFlags)
    default: return nil
    }
  }

  /// A step of the engine's.
  mutating func engine(_ deed: EngineDeed, at spot: Spot) -> Value {
    if mode != .code {
      report(
        mode == .section
          ? "no lock is taken within an atomic block: 'atomic(taking &lock)' takes one with it"
          : "a property changes nothing", at: spot)
      return .unknown
    }
    if case .lock(_, let address, _) = deed { checkUse(of: address, at: spot) }
    let result = deed.answers ? newVariable(shown(spot), .boolean, at: spot) : nil
    emit(access(.engine(deed), name: shown(spot), at: spot) { $0.result = result })
    return result.map { Value(term: .variable($0), type: .integer) } ?? Self.nothing
  }
}

extension EngineDeed.LockDeed {
  /// Whether preemption is off where the lock is held.
  fileprivate func turnsPreemption(with lock: CType.LockType) -> Bool {
    lock == .spinlock || lock == .readWriteLock
  }

  /// Whether it may wait in its sleep for a lock.
  fileprivate func maySleep(on lock: CType.LockType) -> Bool {
    switch (self, lock) {
    case (.acquire, .mutex), (.acquireRead, .semaphore), (.acquireWrite, .semaphore): true
    default: false
    }
  }
}
