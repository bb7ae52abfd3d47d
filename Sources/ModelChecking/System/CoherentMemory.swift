/// The memory of the machine without load buffering, as fields of the state: of each location its stores in
/// coherence order, of each CPU its views.
///
/// The newest store's value is in the field itself, so that properties see it.
final class CoherentMemory: Sendable {
  struct Location: Sendable {
    let field: Field<Int>
    let capacity: Int
    /// Its place in views; nil where nobody can see an older store.
    let lane: Int?
    /// The time stamp of the newest store.
    let newest: Field<Int>
    /// By time stamp: the value of a store that isn't the newest, from the field's least value.
    let values: [Field<Int>]
    /// By time stamp.
    let messages: [MessageFields]
  }

  struct MessageFields: Sendable {
    let released: Field<Int>
    let global: Field<Int>
    let from: Field<Int>
    let isGlued: Field<Int>
  }

  struct ViewFields: Sendable {
    let current: Field<Int>
    let reached: Field<Int>
    let own: Field<Int>
    let released: Field<Int>
    let global: Field<Int>
    let addresses: Field<Int>
    let unlocked: Field<Int>
    let from: Field<Int>

    var views: [Field<Int>] { [current, reached, own, released, global, addresses, unlocked] }
  }

  /// An actor's place and what is still to come from each.
  struct Reader: Sendable {
    let cpu: Int
    let counter: Field<Int>
    let prospects: [CoherencePlan.Prospect]
  }

  let format: ViewFormat
  let locations: [Location]
  let cpus: [ViewFields]
  let fenced: Field<Int>
  let fencedFrom: Field<Int>
  let readers: [Reader]
  let wordCount: Int
  private let allViews: [Field<Int>]

  init(
    _ format: ViewFormat, _ locations: [Location], _ cpus: [ViewFields], fenced: Field<Int>,
    fencedFrom: Field<Int>, _ readers: [Reader], wordCount: Int
  ) {
    self.format = format
    self.locations = locations
    self.cpus = cpus
    self.fenced = fenced
    self.fencedFrom = fencedFrom
    self.readers = readers
    self.wordCount = wordCount
    allViews =
      (cpus.flatMap(\.views) + [fenced]
      + locations.flatMap(\.messages).flatMap { [$0.released, $0.global] })
      .filter { $0.maximum > 0 }
  }

  // MARK: Views and messages

  private func view(_ field: Field<Int>, _ state: RawState) -> UInt64 { UInt64(state[field]) }

  /// A field that nothing asks of has no bits.
  private func set(_ field: Field<Int>, _ value: UInt64, _ state: RawState) {
    if field.maximum > 0 { state[field] = Int(value) }
  }

  func views(of cpu: Int, in state: RawState) -> CPUViews {
    let fields = cpus[cpu]
    return CPUViews(
      current: view(fields.current, state), reached: view(fields.reached, state),
      own: view(fields.own, state), released: view(fields.released, state),
      global: view(fields.global, state), addresses: view(fields.addresses, state),
      unlocked: view(fields.unlocked, state), from: state[fields.from])
  }

  func set(_ views: CPUViews, of cpu: Int, in state: RawState) {
    let fields = cpus[cpu]
    set(fields.current, views.current, state)
    set(fields.reached, views.reached, state)
    set(fields.own, views.own, state)
    set(fields.released, views.released, state)
    set(fields.global, views.global, state)
    set(fields.addresses, views.addresses, state)
    set(fields.unlocked, views.unlocked, state)
    set(fields.from, UInt64(views.from), state)
  }

  func fences(in state: RawState) -> FenceViews {
    FenceViews(global: view(fenced, state), from: state[fencedFrom])
  }

  func set(_ fences: FenceViews, in state: RawState) {
    set(fenced, fences.global, state)
    set(fencedFrom, UInt64(fences.from), state)
  }

  func newest(_ location: Int, in state: RawState) -> Int { state[locations[location].newest] }

  func message(_ location: Int, at stamp: Int, in state: RawState) -> Message {
    let fields = locations[location].messages[stamp]
    return Message(
      released: view(fields.released, state), global: view(fields.global, state),
      from: state[fields.from], isGlued: state[fields.isGlued] != 0)
  }

  func set(_ message: Message, _ location: Int, at stamp: Int, in state: RawState) {
    let fields = locations[location].messages[stamp]
    set(fields.released, message.released, state)
    set(fields.global, message.global, state)
    set(fields.from, UInt64(message.from), state)
    set(fields.isGlued, message.isGlued ? 1 : 0, state)
  }

  /// The value of a store. That the newest is read, is not told to who watches: it is done again on the step's
  /// behalf.
  func value(_ location: Int, at stamp: Int, in state: RawState) -> Int {
    let location = locations[location]
    return stamp == state[location.newest]
      ? location.field.code(in: state.words)
      : state[location.values[stamp]] + location.field.minimum
  }

  // MARK: Stores

  /// Forgets the oldest store where there is no room for another. Whoever may still have seen it, hasn't.
  func makeRoom(_ location: Int, in state: RawState) {
    let capacity = locations[location].capacity
    if capacity > 0 && newest(location, in: state) == capacity {
      forget(1, of: location, in: state)
    }
  }

  /// Puts a store into the coherence order. There must be room.
  ///
  /// - Parameter stamp: its time stamp; that of the store before which it comes, or one more than the
  ///   newest's.
  func insert(
    _ value: Int, _ message: Message, _ location: Int, at stamp: Int, in state: RawState
  ) {
    let fields = locations[location]
    guard let lane = fields.lane else {
      set(message, location, at: 0, in: state)
      fields.field.store(value, in: state.words)
      return
    }
    let newest = state[fields.newest]
    if stamp <= newest {
      for view in allViews {
        set(view, format.makingRoom(at: stamp, of: lane, in: self.view(view, state)), state)
      }
      for number in stride(from: newest, through: stamp, by: -1) {
        set(
          self.message(location, at: number, in: state), location, at: number + 1, in: state)
        if number < newest { state[fields.values[number + 1]] = state[fields.values[number]] }
      }
      state[fields.values[stamp]] = value - fields.field.minimum
    } else {
      state[fields.values[newest]] = state[fields.field] - fields.field.minimum
      fields.field.store(value, in: state.words)
    }
    state[fields.newest] = newest + 1
    set(message, location, at: stamp, in: state)
  }

  // MARK: Forgetting

  /// Forgets the oldest stores to a location.
  private func forget(_ count: Int, of location: Int, in state: RawState) {
    let fields = locations[location]
    guard let lane = fields.lane else { return }
    let newest = state[fields.newest]
    for view in allViews {
      set(view, format.forgetting(count, of: lane, in: self.view(view, state)), state)
    }
    for stamp in 0...newest {
      let kept = stamp + count <= newest
      set(
        kept ? message(location, at: stamp + count, in: state) : Message(), location, at: stamp,
        in: state)
      if stamp < newest {
        state[fields.values[stamp]] =
          stamp + count < newest ? state[fields.values[stamp + count]] : 0
      }
    }
    set(fields.messages[0].isGlued, 0, state)
    state[fields.newest] = newest - count
  }

  /// Forgets what makes no difference to anybody any more, so that loops come back to the same state.
  ///
  /// - Parameters:
  ///   - reader: whose step it was.
  ///   - prospect: what is still to come of that.
  func settle(
    _ state: RawState, after reader: Int, _ prospect: CoherencePlan.Prospect
  ) {
    withUnsafeTemporaryAllocation(of: CoherencePlan.Prospect.self, capacity: cpus.count) { all in
      all.initialize(repeating: CoherencePlan.Prospect())
      for (number, other) in readers.enumerated() {
        all[other.cpu].formUnion(
          number == reader ? prospect : other.prospects[state[other.counter]])
      }
      for number in locations.indices { settle(number, all, state) }
      var (hasFence, acquiring) = (false, 0)
      for cpu in cpus.indices {
        if all[cpu].uses.contains(.fullFence) { hasFence = true }
        if all[cpu].uses.contains(.acquire) { acquiring |= 1 << cpu }
      }
      for cpu in cpus.indices { settle(cpu: cpu, all[cpu], acquiring, state) }
      settle(origins: acquiring, state)
      if !hasFence { set(FenceViews(), in: state) }
    }
  }

  private func settle(
    _ location: Int, _ prospects: UnsafeMutableBufferPointer<CoherencePlan.Prospect>,
    _ state: RawState
  ) {
    let bit: UInt64 = 1 << UInt64(location)
    var least = newest(location, in: state)
    var isRead = false
    for cpu in cpus.indices {
      let prospect = prospects[cpu]
      if prospect.loads & bit != 0 { isRead = true }
      guard (prospect.loads | prospect.stores) & bit != 0, let lane = locations[location].lane
      else { continue }
      let view = self.view(
        prospect.loads & bit != 0 ? cpus[cpu].current : cpus[cpu].reached, state)
      least = min(least, format.stamp(of: lane, in: view))
    }
    if least > 0 { forget(least, of: location, in: state) }
    if isRead { return }
    // What nobody reads carries nothing to anybody.
    for stamp in 0...newest(location, in: state) {
      let fields = locations[location].messages[stamp]
      set(fields.released, 0, state)
      set(fields.global, 0, state)
      set(fields.from, 0, state)
    }
  }

  /// Forgets from where stores come, but for CPUs that still ask.
  private func settle(origins acquiring: Int, _ state: RawState) {
    for location in locations.indices {
      for stamp in 0...newest(location, in: state) {
        let from = locations[location].messages[stamp].from
        set(from, UInt64(state[from] & acquiring), state)
      }
    }
    set(fencedFrom, UInt64(state[fencedFrom] & acquiring), state)
  }

  private func settle(
    cpu: Int, _ prospect: CoherencePlan.Prospect, _ acquiring: Int, _ state: RawState
  ) {
    let fields = cpus[cpu]
    set(fields.current, view(fields.current, state) & prospect.lanesRead, state)
    set(fields.addresses, view(fields.addresses, state) & prospect.lanesRead, state)
    set(fields.from, UInt64(state[fields.from] & acquiring), state)
    if !prospect.passesOnAll {
      set(fields.reached, view(fields.reached, state) & prospect.lanes, state)
    }
    if !prospect.uses.contains(.writeFence) { set(fields.own, 0, state) }
    if !prospect.uses.contains(.lock) { set(fields.unlocked, 0, state) }
    if prospect.passesOn { return }
    set(fields.own, 0, state)
    set(fields.released, 0, state)
    set(fields.global, 0, state)
    set(fields.from, 0, state)
  }
}
