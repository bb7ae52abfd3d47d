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
    /// Whether each store to it is a release, and each load an acquire.
    let isHandedOver: Bool
    /// The time stamp of the newest store.
    let newest: Field<Int>
    /// By time stamp: the value of a store that isn't the newest, from the field's least value.
    let values: [Field<Int>]
    /// By time stamp.
    let messages: [MessageFields]
  }

  /// By CPU that acquires: what had reached it by loads that come before something.
  typealias Origins = [Field<Int>]

  struct MessageFields: Sendable {
    let released: Field<Int>
    let global: Field<Int>
    let from: Origins
    let isGlued: Field<Int>
    /// What comes before it of the accesses that may race.
    let order: AccessOrder.SetFields
    let all: [Field<Int>]

    init(
      released: Field<Int>, global: Field<Int>, from: Origins, isGlued: Field<Int>,
      order: AccessOrder.SetFields
    ) {
      self.released = released
      self.global = global
      self.from = from
      self.isGlued = isGlued
      self.order = order
      all = [released, global, isGlued] + from + order.all
    }
  }

  struct ViewFields: Sendable {
    let current: Field<Int>
    let reached: Field<Int>
    let own: Field<Int>
    let released: Field<Int>
    let global: Field<Int>
    let addresses: Field<Int>
    let unlocked: Field<Int>
    let from: Origins

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
  /// The CPUs that acquire, in the order of what tells their loads.
  let acquirers: [Int]
  let fenced: Field<Int>
  let fencedFrom: Origins
  let gracePeriods: [GracePeriods]
  let readers: [Reader]
  /// nil unless somebody asks what orders the accesses that may race.
  let order: AccessOrder?
  let wordCount: Int
  private let allViews: [Field<Int>]
  /// By CPU that acquires, in the order of `acquirers`.
  private let allOrigins: [[Field<Int>]]

  init(
    _ format: ViewFormat, _ locations: [Location], _ cpus: [ViewFields], acquirers: [Int],
    fenced: Field<Int>, fencedFrom: Origins, _ gracePeriods: [GracePeriods],
    _ readers: [Reader], _ order: AccessOrder?, wordCount: Int
  ) {
    self.format = format
    self.locations = locations
    self.cpus = cpus
    self.acquirers = acquirers
    self.fenced = fenced
    self.fencedFrom = fencedFrom
    self.gracePeriods = gracePeriods
    self.readers = readers
    self.order = order
    self.wordCount = wordCount
    let messages = locations.flatMap(\.messages)
    let knownOfGracePeriods = gracePeriods.flatMap(\.known)
    let origins =
      messages.map(\.from) + cpus.map(\.from) + [fencedFrom] + knownOfGracePeriods.map(\.from)
    allOrigins = acquirers.indices.map { number in
      origins.map { $0[number] }.filter { $0.maximum > 0 }
    }
    allViews =
      (cpus.flatMap(\.views) + [fenced] + messages.flatMap { [$0.released, $0.global] }
      + knownOfGracePeriods.map(\.view) + origins.flatMap { $0 })
      .filter { $0.maximum > 0 }
  }

  // MARK: Views and messages

  func view(_ field: Field<Int>, _ state: RawState) -> UInt64 { UInt64(state[field]) }

  /// A field that nothing asks of has no bits.
  func set(_ field: Field<Int>, _ value: UInt64, _ state: RawState) {
    if field.maximum > 0 { state[field] = Int(value) }
  }

  func views(of cpu: Int, in state: RawState) -> CPUViews {
    let fields = cpus[cpu]
    return CPUViews(
      current: view(fields.current, state), reached: view(fields.reached, state),
      own: view(fields.own, state), released: view(fields.released, state),
      global: view(fields.global, state), addresses: view(fields.addresses, state),
      unlocked: view(fields.unlocked, state))
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
  }

  func newest(_ location: Int, in state: RawState) -> Int { state[locations[location].newest] }

  func message(_ location: Int, at stamp: Int, in state: RawState) -> Message {
    let fields = locations[location].messages[stamp]
    return Message(
      released: view(fields.released, state), global: view(fields.global, state),
      isGlued: state[fields.isGlued] != 0)
  }

  private func set(_ message: Message, _ location: Int, at stamp: Int, in state: RawState) {
    let fields = locations[location].messages[stamp]
    set(fields.released, message.released, state)
    set(fields.global, message.global, state)
    set(fields.isGlued, message.isGlued ? 1 : 0, state)
  }

  /// Leaves what a store carries that is not put into the coherence order: its place is taken already.
  func set(_ message: Message, by cpu: Int, _ location: Int, at stamp: Int, in state: RawState) {
    set(message, location, at: stamp, in: state)
    let from = locations[location].messages[stamp].from
    for (own, field) in zip(cpus[cpu].from, from) { set(field, view(own, state), state) }
    addLoads(of: cpu, to: from, state)
  }

  /// Moves what a store carries to another time stamp.
  private func move(_ location: Int, from stamp: Int, to other: Int, in state: RawState) {
    let messages = locations[location].messages
    for (field, target) in zip(messages[stamp].all, messages[other].all) {
      set(target, view(field, state), state)
    }
  }

  func gracePeriods(of deed: GracePeriodDeed) -> GracePeriods? {
    gracePeriods.first { $0.domain == deed.domain }
  }

  // MARK: Whose loads come before

  func add(_ origins: Origins, to others: Origins, _ state: RawState) {
    for (field, other) in zip(origins, others) {
      set(other, format.join(view(other, state), view(field, state)), state)
    }
  }

  /// Adds a CPU's loads until now.
  func addLoads(of cpu: Int, to origins: Origins, _ state: RawState) {
    guard let number = acquirers.firstIndex(of: cpu) else { return }
    let reached = view(cpus[cpu].reached, state)
    set(origins[number], format.join(view(origins[number], state), reached), state)
  }

  /// What had reached a CPU by loads that come before a store.
  func earlierLoads(
    of cpu: Int, before location: Int, at stamp: Int, in state: RawState
  ) -> UInt64 {
    guard let number = acquirers.firstIndex(of: cpu) else { return 0 }
    return view(locations[location].messages[stamp].from[number], state)
  }

  /// `smp_mb()`.
  func fence(_ cpu: Int, _ state: RawState) {
    add(cpus[cpu].from, to: fencedFrom, state)
    addLoads(of: cpu, to: fencedFrom, state)
    add(fencedFrom, to: cpus[cpu].from, state)
    var views = views(of: cpu, in: state)
    var fenced = view(fenced, state)
    format.fence(&views, &fenced)
    set(self.fenced, fenced, state)
    set(views, of: cpu, in: state)
    if let order { fence(cpu, order, state) }
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
  /// - Parameters:
  ///   - cpu: that which makes it.
  ///   - stamp: its time stamp; that of the store before which it comes, or one more than the newest's.
  func insert(
    _ value: Int, _ message: Message, by cpu: Int, _ location: Int, at stamp: Int,
    in state: RawState
  ) {
    let fields = locations[location]
    guard let lane = fields.lane else {
      set(message, by: cpu, location, at: 0, in: state)
      fields.field.store(value, in: state.words)
      return
    }
    let newest = state[fields.newest]
    if stamp <= newest {
      for view in allViews {
        set(view, format.makingRoom(at: stamp, of: lane, in: self.view(view, state)), state)
      }
      for number in stride(from: newest, through: stamp, by: -1) {
        move(location, from: number, to: number + 1, in: state)
        if number < newest { state[fields.values[number + 1]] = state[fields.values[number]] }
      }
      state[fields.values[stamp]] = value - fields.field.minimum
    } else {
      state[fields.values[newest]] = state[fields.field] - fields.field.minimum
      fields.field.store(value, in: state.words)
    }
    state[fields.newest] = newest + 1
    set(message, by: cpu, location, at: stamp, in: state)
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
      if stamp + count <= newest {
        move(location, from: stamp + count, to: stamp, in: state)
      } else {
        for field in fields.messages[stamp].all { set(field, 0, state) }
      }
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
      var uses: CoherencePlan.Prospect.Uses = []
      for cpu in cpus.indices {
        uses.formUnion(all[cpu].uses)
        settle(cpu: cpu, all[cpu], state)
      }
      if !uses.contains(.fullFence) {
        set(fenced, 0, state)
        for field in fencedFrom { set(field, 0, state) }
      }
      settleGracePeriods(uses, state)
      settleOrigins(all, state)
      if let order { settle(order, all, uses, state) }
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
      for field in fields.from { set(field, 0, state) }
    }
  }

  /// Forgets what sections and grace periods have made known, where nobody enters or waits any more.
  private func settleGracePeriods(_ uses: CoherencePlan.Prospect.Uses, _ state: RawState) {
    for periods in gracePeriods {
      if !uses.contains(.gracePeriod) { forget(periods.left, state) }
      if uses.contains(.readSection) { continue }
      forget(periods.over, state)
      for waiter in periods.waiters { forget(waiter.start, state) }
    }
  }

  /// Forgets what sections or grace periods have made known.
  func forget(_ known: GracePeriods.Known, _ state: RawState) {
    set(known.view, 0, state)
    for field in known.from + known.order.all { set(field, 0, state) }
  }

  /// Forgets whose loads came before what, where those CPUs ask no more, or have seen as much.
  private func settleOrigins(
    _ prospects: UnsafeMutableBufferPointer<CoherencePlan.Prospect>, _ state: RawState
  ) {
    for (number, cpu) in acquirers.enumerated() {
      let prospect = prospects[cpu]
      let lanes = prospect.uses.contains(.acquire) ? prospect.lanesRead : 0
      let current = view(cpus[cpu].current, state)
      for origin in allOrigins[number] {
        let earlier = view(origin, state)
        if earlier == 0 { continue }
        set(origin, format.newer(earlier & lanes, than: current), state)
      }
    }
  }

  private func settle(cpu: Int, _ prospect: CoherencePlan.Prospect, _ state: RawState) {
    let fields = cpus[cpu]
    set(fields.current, view(fields.current, state) & prospect.lanesRead, state)
    set(fields.addresses, view(fields.addresses, state) & prospect.lanesRead, state)
    if !prospect.passesOnAll {
      set(fields.reached, view(fields.reached, state) & prospect.lanes, state)
    }
    if !prospect.uses.contains(.writeFence) { set(fields.own, 0, state) }
    if !prospect.uses.contains(.lock) { set(fields.unlocked, 0, state) }
    if prospect.passesOn { return }
    set(fields.own, 0, state)
    set(fields.released, 0, state)
    set(fields.global, 0, state)
    for field in fields.from { set(field, 0, state) }
  }
}
