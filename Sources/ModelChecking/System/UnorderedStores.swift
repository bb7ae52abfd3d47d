/// The stores of the machine without load buffering that were made, and behind which another access need not come:
/// a load may still see an older one, a store may still come before it.
struct UnorderedStores: Sendable {
  let memory: CoherentMemory
  /// By field: its location.
  let locations: [Int: Int]
  /// The accesses that store, by what their stores are known by less 1 (`Message.origin`).
  let stores: [MemoryAccess]
  /// By actor and by the number of the alternative: the step as its CPU takes it.
  let steps: [[CoherentStep]]

  /// The last access that stored to a field without being ordered before one that is about to be made.
  ///
  /// - Parameter isMeant: whether an access counts.
  func last(
    before access: MemoryAccess, _ kind: RacingAccess.Kind, to field: Int, in state: State,
    where isMeant: (MemoryAccess) -> Bool
  ) -> MemoryAccess? {
    guard let location = locations[field], memory.locations[location].lane != nil else {
      return nil
    }
    let raw = state.raw
    let step = steps[access.actor][access.number]
    var stamp = memory.newest(location, in: raw)
    let least = step.newestBefore(kind, isPlain: access.isPlain, location, in: raw)
    while stamp > least {
      let origin = memory.origin(location, at: stamp, in: raw)
      if origin > 0 && isMeant(stores[origin - 1]) { return stores[origin - 1] }
      stamp -= 1
    }
    return nil
  }
}
