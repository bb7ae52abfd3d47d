/// Declares the fields of an `AccessOrder`.
struct AccessOrderFields {
  private let accesses: RacyAccesses
  private let cpuCount: Int
  private let hasFence: Bool
  private let declare: (String, Int) -> Field<Int>

  init(
    _ accesses: RacyAccesses, cpuCount: Int, hasFence: Bool,
    declare: @escaping (String, Int) -> Field<Int>
  ) {
    self.accesses = accesses
    self.cpuCount = cpuCount
    self.hasFence = hasFence
    self.declare = declare
  }

  /// A set of accesses. Nothing is declared where nobody asks for it.
  func set(_ name: String, where isUsed: Bool = true) -> AccessOrder.SetFields {
    if accesses.isEmpty || !isUsed { return .none }
    return AccessOrder.SetFields(
      visible: bits("\(name).visible", accesses.stores.count),
      global: bits("\(name).global", hasFence ? accesses.stores.count : 0),
      executed: bits("\(name).executed", accesses.overCount))
  }

  private func bits(_ name: String, _ count: Int) -> [Field<Int>] {
    stride(from: 0, to: count, by: AccessBits.width).map { first in
      declare("\(name)[\(first)]", 1 << min(count - first, AccessBits.width) - 1)
    }
  }

  func order(_ uses: CoherencePlan.Prospect.Uses) -> AccessOrder {
    let cpus = (0..<cpuCount).map { cpu in
      let name = CPU(index: cpu).description
      return AccessOrder.CPUFields(
        loads: set("\(name).order.loads"), stores: set("\(name).order.stores"),
        loaded: set("\(name).order.loaded"), stored: set("\(name).order.stored"),
        addresses: set("\(name).order.addresses", where: uses.contains(.usesAddress)),
        unlocked: set("\(name).order.unlocked", where: uses.contains(.lock)),
        pending: set("\(name).order.pending"),
        own: uses.contains(.writeFence)
          ? bits("\(name).order.own", accesses.stores.count) : [],
        released: bits("\(name).order.released", accesses.stores.count))
    }
    return AccessOrder(
      accesses: accesses,
      made: AccessOrder.SetFields(
        visible: bits("order.made.stores", accesses.stores.count), global: [],
        executed: bits("order.made", accesses.executions.count)),
      cpus: cpus, fenced: set("fences.order", where: hasFence))
  }
}
