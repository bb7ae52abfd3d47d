/// A step as a CPU takes it on the machine without load buffering, with one choice of which stores its loads
/// see and where in the coherence order its store comes.
struct CoherentStep: Sendable {
  /// What of a step's shape the rules ask.
  struct Treatment: Sendable {
    enum Kind: Sendable {
      case none, load, store, atomic, localAtomic, section, lock, tryLock, unlock
      case fence(Fence)
      case gracePeriod(GracePeriodDeed)
    }

    var kind = Kind.none
    var acquires = false
    var releases = false
    /// As if `smp_mb()` stood before and after it, unless it is an atomic operation that fails.
    var fencesBefore = false
    var fencesAfter = false
    /// Its fields, and the locations among them.
    var fields: [Int] = []
    var locations: [Int] = []
    /// Whether a register chooses which of them it is.
    var isAddressed = false
    /// Of a section: those of which it may see older stores.
    var chosen: [Int] = []
    /// Whether a reason says that nobody comes in between, and no lock.
    var isBelieved = false
    /// The location of the lock that it takes or gives back.
    var lock: Int?
    /// Whether its accesses are plain, so that they carry nothing and may come at another time.
    var isPlain = false
    /// By location: by what its accesses are known, if they may race.
    var racy: [Int: RacyAccesses.Bits] = [:]
    /// How many choices there are of each that is made.
    var ways: [Int] = []

    var wayCount: Int { ways.reduce(1, *) }
  }

  let memory: CoherentMemory
  let treatment: Treatment
  let cpu: Int
  let reader: Int
  let step: StepDefinition
  /// What is still to come after it.
  let prospect: CoherencePlan.Prospect
  /// How old each is: 0 for the newest store that is read, or a store that comes last.
  var ages: [Int]

  var age: Int { ages.first ?? 0 }
  var format: ViewFormat { memory.format }

  /// What a step did, by the locations among its fields.
  struct Accesses {
    var answer = true
    var isBroken = false
    /// Whether it stored to some field.
    var hasStored = false
    /// Those that it looked at before it stored to them, a bit each.
    var read: UInt64 = 0
    var written: [(location: Int, value: Int)] = []
    /// The one that it used first.
    var first: Int?
  }

  // MARK: The step

  /// The same step with the choice made.
  var made: StepDefinition {
    if case .none = treatment.kind { return step }
    var made = step
    if ages.contains(where: { $0 > 0 }) { made.replaceGuard { state in isPossible(in: state) } }
    made.replaceAction { state in perform(in: state) }
    if case .gracePeriod(let deed) = treatment.kind, ages.contains(where: { $0 > 0 }) {
      made.widen(
        to: zip(deed.waiters, ages).filter { $1 > 0 }.map { Int($0.0.readers.number) },
        because: "grace periods that have begun may wait for a section that begins")
    }
    if ages.contains(where: { $0 > 0 }) {
      made.wrapAssertions { holds, moment in
        if moment == .after { return holds }
        return { state, answer in withView(of: state) { holds($0, answer) } }
      }
    }
    return made
  }

  /// Whether the choice can be made, where it is not the newest of all.
  private func isPossible(in state: State) -> Bool {
    let raw = state.raw
    if case .gracePeriod(let deed) = treatment.kind {
      return mayBeWaitedFor(deed, in: raw) && isEnabled(state)
    }
    if case .store = treatment.kind, !treatment.isAddressed {
      return mayStore(to: treatment.locations[0], age: age, in: raw) && isEnabled(state)
    }
    if case .load = treatment.kind, !treatment.isAddressed {
      return maySee(treatment.locations[0], age: age, in: raw) && isEnabled(state)
    }
    if case .tryLock = treatment.kind {
      guard let lock = treatment.lock, maySee(lock, age: age, in: raw) else { return false }
      return memory.value(lock, at: memory.newest(lock, in: raw) - age, in: raw) != 0
    }
    if case .section = treatment.kind {
      let mayBeSeen = zip(treatment.chosen, ages).allSatisfy { location, age in
        age == 0 || maySee(location, age: age, in: raw)
      }
      if !mayBeSeen { return false }
    }
    return isEnabled(state) && isPossible(for: tried(in: state), in: raw)
  }

  /// Whether the choice can be made, when it is known what the step does.
  private func isPossible(for accesses: Accesses, in state: RawState) -> Bool {
    if case .section = treatment.kind {
      return zip(treatment.chosen, ages).allSatisfy { location, age in
        if age == 0 { return true }
        let isStored = accesses.written.contains { $0.location == location }
        return accesses.read >> UInt64(location) & 1 != 0 && !(treatment.isBelieved && isStored)
      }
    }
    // Where it uses a field that nobody sees late, there is nothing to choose.
    guard let location = accesses.first else { return false }
    let newest = memory.newest(location, in: state)
    if age > newest { return false }
    switch treatment.kind {
    case .store: return mayStore(to: location, age: age, in: state)
    case .atomic where accesses.isBroken || !accesses.written.isEmpty:
      return mayUpdate(location, age: age, in: state)
    case .localAtomic:
      let place = ages[1]
      if accesses.written.isEmpty { return place == 0 && maySee(location, age: age, in: state) }
      return maySee(location, age: age, in: state)
        && (place == 0
          || mayStore(to: location, age: place, in: state) && newest + 1 - place > newest - age)
        && !(age == newest && newest == memory.locations[location].capacity)
    default: return maySee(location, age: age, in: state)
    }
  }

  /// What the CPU has seen where a section has taken its lock.
  private func viewsInside(_ state: RawState) -> CPUViews {
    var views = memory.views(of: cpu, in: state)
    if case .section = treatment.kind, let lock = treatment.lock {
      let newest = memory.newest(lock, in: state)
      format.lock(
        memory.message(lock, at: newest, in: state),
        after: memory.earlierLoads(of: cpu, before: lock, at: newest, in: state), &views)
    }
    return views
  }

  private func maySee(_ location: Int, age: Int, in state: RawState) -> Bool {
    let newest = memory.newest(location, in: state)
    if memory.locations[location].lane == nil || age > newest { return age == 0 }
    return newest - age >= oldestSeen(location, in: state)
  }

  private func mayStore(to location: Int, age: Int, in state: RawState) -> Bool {
    let newest = memory.newest(location, in: state)
    if age == 0 { return true }
    if memory.locations[location].lane == nil || age > newest { return false }
    if newest == memory.locations[location].capacity && age == newest { return false }
    let place = newest + 1 - age
    return place > newestReached(location, in: state)
      && !memory.message(location, at: place, in: state).isGlued
  }

  private func mayUpdate(_ location: Int, age: Int, in state: RawState) -> Bool {
    let newest = memory.newest(location, in: state)
    if age == 0 { return true }
    if memory.locations[location].lane == nil || age > newest { return false }
    if newest == memory.locations[location].capacity && age == newest { return false }
    let stamp = newest - age
    return stamp >= newestReached(location, in: state)
      && !memory.message(location, at: stamp + 1, in: state).isGlued
  }

  /// The time stamp of the oldest store that it may see of a location.
  private func oldestSeen(_ location: Int, in state: RawState) -> Int {
    guard let lane = memory.locations[location].lane else { return 0 }
    let views = viewsInside(state)
    return format.stamp(
      of: lane,
      in: step.usesAddress ? format.join(views.current, views.addresses) : views.current)
  }

  /// The time stamp of the newest store to a location behind which its own must come.
  private func newestReached(_ location: Int, in state: RawState) -> Int {
    guard let lane = memory.locations[location].lane else { return 0 }
    var reached = viewsInside(state).reached
    if case .atomic = treatment.kind, treatment.fencesBefore {
      reached = format.join(reached, memory.view(memory.fenced, state))
    }
    return format.stamp(of: lane, in: reached)
  }

  // MARK: What it sees

  /// The time stamp of what it sees of a location, if it looks at it.
  func stamp(_ location: Int, in state: RawState) -> Int {
    let newest = memory.newest(location, in: state)
    switch treatment.kind {
    case .load, .atomic, .localAtomic, .tryLock: return max(0, newest - age)
    case .section:
      guard let number = treatment.chosen.firstIndex(of: location) else { return newest }
      return max(0, newest - ages[number])
    default: return newest
    }
  }

  /// Puts what it sees into the memory of a state.
  func show(in state: RawState) {
    for location in treatment.locations {
      let stamp = stamp(location, in: state)
      memory.locations[location].field.store(
        memory.value(location, at: stamp, in: state), in: state.words)
    }
  }

  private func withCopy<Result>(of state: State, _ body: (RawState) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: memory.wordCount) { words in
      _ = words.initialize(from: UnsafeBufferPointer(start: state.words, count: memory.wordCount))
      return body(RawState(words: words.baseAddress!, context: state.context))
    }
  }

  /// Lends the state as the step sees it.
  private func withView<Result>(of state: State, _ body: (State) -> Result) -> Result {
    withCopy(of: state) { copy in
      show(in: copy)
      return body(copy.readOnly)
    }
  }

  private func isEnabled(_ state: State) -> Bool {
    guard let isEnabled = step.guardCondition else { return true }
    return withView(of: state, isEnabled)
  }

  /// What the step would do. Only asked; nothing is changed. What it would read decides whether it is possible, so
  /// that is logged.
  private func tried(in state: State) -> Accesses {
    withCopy(of: state) { copy in
      let (fault, outer) = (copy.context.pointee.fault, copy.context.pointee.log)
      let log = AccessLog()
      copy.context.pointee.log = outer == nil ? nil : .passUnretained(log)
      let accesses = withExtendedLifetime(log) { run(in: copy) }
      copy.context.pointee.fault = fault
      copy.context.pointee.log = outer
      for case .read(let field, let code) in log.accesses {
        outer?._withUnsafeGuaranteedRef { $0.accesses.append(.read(field: field, code: code)) }
      }
      return accesses
    }
  }

  /// Runs the step's function on what it sees, and puts back the newest stores.
  func run(in state: RawState) -> Accesses {
    let fields = memory.locations
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: treatment.locations.count) {
      newest in
      for (number, location) in treatment.locations.enumerated() {
        newest[number] = fields[location].field.code(in: state.words)
      }
      show(in: state)
      let outer = state.context.pointee.log
      let log = AccessLog()
      state.context.pointee.log = .passUnretained(log)
      var accesses = Accesses()
      accesses.answer = withExtendedLifetime(log) {
        // What a wait sees, its guard has asked for.
        switch treatment.kind {
        case .load, .gracePeriod: _ = step.guardCondition?(state.readOnly)
        default: break
        }
        return step.action(state)
      }
      state.context.pointee.log = outer
      accesses.isBroken = state.context.pointee.fault != nil
      for access in log.accesses {
        outer?._withUnsafeGuaranteedRef { $0.accesses.append(access) }
        note(access, &accesses)
      }
      for (number, location) in treatment.locations.enumerated() {
        fields[location].field.store(newest[number], in: state.words)
      }
      return accesses
    }
  }

  private func note(_ access: AccessLog.Access, _ accesses: inout Accesses) {
    switch access {
    case .read(let field, _):
      guard let location = location(of: field) else { return }
      if accesses.first == nil { accesses.first = location }
      if accesses.written.contains(where: { $0.location == location }) { return }
      accesses.read |= 1 << UInt64(location)
    case .write(let field, let from, let to):
      let location = location(of: field)
      if accesses.first == nil { accesses.first = location }
      // A function of a value tells no failure from a store of what is there.
      if from == to && treatment.kind.isAtomic && !step.tellsStores { return }
      if treatment.fields.contains(field) { accesses.hasStored = true }
      guard let location else { return }
      accesses.written.removeAll { $0.location == location }
      accesses.written.append((location, to))
    }
  }

  private func location(of field: Int) -> Int? {
    treatment.locations.first { memory.locations[$0].field.number == field }
  }
}

extension CoherentStep.Treatment.Kind {
  fileprivate var isAtomic: Bool {
    switch self {
    case .atomic, .localAtomic: true
    default: false
    }
  }
}
