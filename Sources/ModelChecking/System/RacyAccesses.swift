/// What must come before accesses that are still to come, lest they race.
struct AccessNeeds: Sendable, Equatable {
  /// Stores that must be visible before a load, and before a plain store as well.
  var loads = AccessBits.zero
  /// Stores that must be visible before a store.
  var stores = AccessBits.zero
  /// Accesses that must be over before a store.
  var executions = AccessBits.zero

  mutating func formUnion(_ other: AccessNeeds) {
    loads |= other.loads
    stores |= other.stores
    executions |= other.executions
  }
}

/// The accesses that may race with one of another CPU: each has a bit for its store, and one for its being over.
///
/// A step that may access one of several fields has bits for each. That a CPU has seen a store by a load, which orders nothing
/// behind that load, is something that may be over as well: it has a bit among those.
struct RacyAccesses: Sendable {
  /// By what an access is known, where anything asks for that.
  struct Bits: Sendable {
    var store: Int?
    var execution: Int?
  }

  /// That a CPU has seen a store.
  struct Sight: Sendable, Hashable {
    let store: Int
    let cpu: Int
  }

  struct Place: Hashable {
    let actor: Int
    let number: Int
    let field: Int
  }

  private var bits: [Place: Bits] = [:]
  private(set) var needs: [Place: AccessNeeds] = [:]
  /// By bit.
  private(set) var stores: [MemoryAccess] = []
  private(set) var executions: [MemoryAccess] = []
  /// In the order of their bits, the first behind those of the executions.
  private(set) var sights: [Sight] = []

  var isEmpty: Bool { stores.isEmpty && executions.isEmpty }

  /// How many bits there are for what may be over.
  var overCount: Int { executions.count + sights.count }
  /// Whether there are more than are told apart.
  var isTooMany: Bool { max(stores.count, overCount) > AccessBits.mostAccesses }

  /// - Parameters:
  ///   - pairs: those that may race.
  ///   - cpus: by actor.
  init(_ pairs: SystemBuilder.RacingPairs, cpus: [Int]) {
    for (first, second) in pairs.flatMap(\.accesses) where cpus[first.actor] != cpus[second.actor] {
      // What is ruled out is a matter of time, not of order.
      if first.step.exclusion != nil || second.step.exclusion != nil { continue }
      for field in first.fields.intersection(second.fields).sorted() {
        note(first, before: second, field)
        note(second, before: first, field)
      }
    }
    var sights: Set<Sight> = []
    for (place, needs) in needs {
      for store in (needs.loads | needs.stores).accesses {
        sights.insert(Sight(store: store, cpu: cpus[place.actor]))
      }
    }
    self.sights = sights.sorted { ($0.store, $0.cpu) < ($1.store, $1.cpu) }
  }

  /// The bits that say that a CPU has seen stores.
  func sights(of stores: AccessBits, by cpu: Int) -> AccessBits {
    if stores.isEmpty { return .zero }
    return bits(ofSights: { $0.cpu == cpu && stores.contains($0.store) })
  }

  /// The bits that say that somebody has seen stores.
  func sights(of stores: AccessBits) -> AccessBits {
    if stores.isEmpty { return .zero }
    return bits(ofSights: { stores.contains($0.store) })
  }

  private func bits(ofSights isMeant: (Sight) -> Bool) -> AccessBits {
    var bits = AccessBits.zero
    for (number, sight) in sights.enumerated() where isMeant(sight) {
      bits |= AccessBits(executions.count + number)
    }
    return bits
  }

  /// The stores that a CPU has seen, by the bits that say so.
  func stores(seenBy cpu: Int, _ over: AccessBits) -> AccessBits {
    var stores = AccessBits.zero
    for (number, sight) in sights.enumerated()
    where sight.cpu == cpu && over.contains(executions.count + number) {
      stores |= AccessBits(sight.store)
    }
    return stores
  }

  private mutating func note(_ first: MemoryAccess, before second: MemoryAccess, _ field: Int) {
    let isStore = second.step.operation.writes.contains(field)
    var needs = AccessNeeds()
    if first.step.operation.writes.contains(field) {
      let bit = storeBit(of: first, field)
      if isStore { needs.stores = bit }
      if second.isPlain || second.step.operation.reads.contains(field) { needs.loads = bit }
    }
    if isStore && (first.isPlain || first.step.operation.reads.contains(field)) {
      needs.executions = executionBit(of: first, field)
    }
    self.needs[Place(of: second, field), default: AccessNeeds()].formUnion(needs)
  }

  private mutating func storeBit(of access: MemoryAccess, _ field: Int) -> AccessBits {
    let place = Place(of: access, field)
    let bit = bits[place]?.store ?? stores.count
    if bit == stores.count { stores.append(access) }
    bits[place, default: Bits()].store = bit
    return bit < AccessBits.mostAccesses ? AccessBits(bit) : .zero
  }

  private mutating func executionBit(of access: MemoryAccess, _ field: Int) -> AccessBits {
    let place = Place(of: access, field)
    let bit = bits[place]?.execution ?? executions.count
    if bit == executions.count { executions.append(access) }
    bits[place, default: Bits()].execution = bit
    return bit < AccessBits.mostAccesses ? AccessBits(bit) : .zero
  }

  /// The bits of an actor's alternative, by field.
  func bits(of actor: Int, _ number: Int) -> [Int: Bits] {
    bits.reduce(into: [:]) { all, entry in
      let (place, bits) = entry
      if place.actor == actor && place.number == number { all[place.field] = bits }
    }
  }

  /// What an actor's steps need, by the number of the alternative.
  func needs(of actor: Int) -> [Int: AccessNeeds] {
    needs.reduce(into: [:]) { all, entry in
      let (place, needs) = entry
      if place.actor == actor { all[place.number, default: AccessNeeds()].formUnion(needs) }
    }
  }
}

extension RacyAccesses.Place {
  init(of access: MemoryAccess, _ field: Int) {
    self.init(actor: access.actor, number: access.number, field: field)
  }
}
