/// What the machine without load buffering keeps of which fields, and what each step is to it.
struct CoherencePlan {
  /// A field of which more than the newest store is kept, or a lock whose word carries what was seen
  /// under it.
  struct Location {
    let field: Int
    /// The most stores that are kept beside the oldest; 0 where nobody can see an older one.
    var capacity: Int
    /// Its place in views; nil where nobody can see an older store.
    var lane: Int?
    /// Whether each store to it is a release, and each load an acquire.
    var isHandedOver = false
    /// Whether the programs allow more stores than are kept.
    var mayOverflow = false
  }

  /// What is still to come of a program, as far as its text says.
  struct Prospect: Equatable {
    /// The locations that are read, and those that are stored to, a bit each.
    var loads: UInt64 = 0
    var stores: UInt64 = 0
    /// The places in views of those that are read, and of all.
    var lanesRead: UInt64 = 0
    var lanes: UInt64 = 0
    var uses: Uses = []
    /// The locations at which a marked load looks.
    var markedLoads: UInt64 = 0
    /// What must be ordered before it, lest it race.
    var needs = AccessNeeds()

    struct Uses: OptionSet {
      let rawValue: UInt16
      static let writeFence = Uses(rawValue: 1)
      static let fullFence = Uses(rawValue: 2)
      static let lock = Uses(rawValue: 4)
      static let unlock = Uses(rawValue: 8)
      static let release = Uses(rawValue: 16)
      static let acquire = Uses(rawValue: 32)
      /// Enters a read section; begins a grace period.
      static let readSection = Uses(rawValue: 64)
      static let gracePeriod = Uses(rawValue: 128)
      static let markedStore = Uses(rawValue: 256)
      /// A load gives an address; an access is at one.
      static let givesAddress = Uses(rawValue: 512)
      static let usesAddress = Uses(rawValue: 1024)
    }

    /// Whether anything that the CPU has seen may be passed on to others.
    var passesOn: Bool { stores != 0 || passesOnAll }
    /// Whether that may be all that has reached it.
    var passesOnAll: Bool { !uses.isDisjoint(with: [.fullFence, .unlock, .release]) }
    /// Whether anything that comes before may be passed on: a plain store carries nothing.
    var carries: Bool { passesOnAll || uses.contains(.markedStore) }

    mutating func formUnion(_ other: Prospect) {
      loads |= other.loads
      stores |= other.stores
      lanesRead |= other.lanesRead
      lanes |= other.lanes
      uses.formUnion(other.uses)
      markedLoads |= other.markedLoads
      needs.formUnion(other.needs)
    }
  }

  /// The most stores to a field that are kept beside the oldest. Where the programs allow more, to keep so
  /// many makes a search inconclusive.
  static let mostKept = 7
  /// The most ways in which the loads of one step may see older stores.
  static let mostWays = 1024
  /// The most bits of a state that two views of each store take, as long as more than one store is kept. A store
  /// has one more for each CPU that acquires.
  private static let mostMessageBits = 4096

  private(set) var locations: [Location] = []
  /// By field.
  private(set) var numbers: [Int: Int] = [:]
  let format: ViewFormat
  private let protection: FieldProtection

  /// - Parameters:
  ///   - isShared: whether a field is memory that others see, perhaps late.
  ///   - isHandedOver: whether it is seen as it is, and carries what was seen before a store to it.
  init(
    _ actors: [(program: Program, cpu: CPU)], isShared: (Int) -> Bool,
    isHandedOver: (Int) -> Bool
  ) {
    let protection = FieldProtection(actors)
    self.protection = protection
    let steps = actors.flatMap { $0.program.alternatives.map(\.step) }
    let locks = Set(steps.compactMap(\.operation.lockWord))
    // What else a lock of several fields has is changed and looked at with its word.
    let parts = Set(steps.flatMap { $0.operation.lockParts })
    let fields = Set(steps.flatMap { $0.operation.reads + $0.operation.writes }).filter(isShared)
    func isWatched(_ field: Int) -> Bool {
      if parts.contains(field) || isHandedOver(field) { return false }
      return locks.contains(field)
        ? protection.watchedLocks.contains(field) : !protection.isPlain(field)
    }
    var lanes = 0
    for field in fields.sorted()
    where isWatched(field) || locks.contains(field) || isHandedOver(field) {
      numbers[field] = locations.count
      locations.append(
        Location(field: field, capacity: 0, lane: nil, isHandedOver: isHandedOver(field)))
    }
    let most = locations.map { location in
      isWatched(location.field)
        ? actors.reduce(0) { $0 + $1.program.mostStores(to: location.field) } : 0
    }
    for number in locations.indices where most[number] > 0 {
      locations[number].lane = lanes
      lanes += 1
    }
    let kept = Self.kept(most.filter { $0 > 0 })
    for number in locations.indices {
      locations[number].capacity = min(kept, most[number])
      locations[number].mayOverflow = most[number] > kept
    }
    // What nobody stores to has one value, and carries nothing.
    for number in locations.indices.reversed()
    where most[number] == 0 && !locks.contains(locations[number].field)
      && !locations[number].isHandedOver
    {
      locations.remove(at: number)
    }
    numbers = Dictionary(
      uniqueKeysWithValues: locations.enumerated().map { ($1.field, $0) })
    format = ViewFormat(
      count: min(lanes, ViewFormat.mostBits), newest: max(1, min(kept, most.max() ?? 0)))
  }

  /// How many stores to a field are kept, so that a view fits into a field of the state and a state doesn't
  /// grow too large.
  private static func kept(_ most: [Int]) -> Int {
    var kept = min(most.max() ?? 0, mostKept)
    func isTooMuch() -> Bool {
      let width = Int.bitWidth - kept.leadingZeroBitCount
      let messages = most.reduce(0) { $0 + min($1, kept) + 1 }
      return most.count * width > ViewFormat.mostBits
        || 2 * messages * most.count * width > mostMessageBits
    }
    while kept > 1 && isTooMuch() { kept /= 2 }
    return kept
  }

  /// Whether the programs never make more stores than are kept.
  var isLargeEnough: Bool { !locations.contains { $0.mayOverflow } }

  /// The most locations: a `Prospect` has a bit for each.
  static let mostLocations = UInt64.bitWidth

  /// Whether views of so many fields fit, and a bit for each location.
  var isTooWide: Bool {
    locations.count > Self.mostLocations
      || locations.count(where: { $0.lane != nil }) > ViewFormat.mostBits
  }

  /// The locations among some fields.
  func locations(of fields: [Int]) -> [Int] {
    Set(fields).sorted().compactMap { numbers[$0] }
  }

  /// The locations of a section whose age is a matter of choice: not those that are only stored to under a
  /// lock that it has.
  func chosenLocations(of operation: Operation) -> [Int] {
    guard case .section(let grounds, let fields) = operation else { return [] }
    return locations(of: fields).filter {
      locations[$0].lane != nil
        && protection.locksOfStores(to: locations[$0].field).isDisjoint(with: grounds.lockFields)
    }
  }

  /// What the rules ask of a step.
  ///
  /// - Parameters:
  ///   - isAfter: whether `smp_mb__before_atomic()` stands before it.
  ///   - isBefore: whether `smp_mb__after_atomic()` or `smp_mb__after_spinlock()` stands behind it.
  func treatment(
    of step: StepDefinition, isAfterFence isAfter: Bool, isBeforeFence isBefore: Bool
  ) -> CoherentStep.Treatment {
    var treatment = CoherentStep.Treatment()
    let operation = step.operation
    let fields = operation.reads + operation.writes
    treatment.locations = locations(of: fields)
    treatment.fields = Array(Set(fields))
    treatment.isPlain = operation.isPlain
    treatment.isAddressed = treatment.fields.count > 1
    if let deed = step.gracePeriod {
      treatment.kind = .gracePeriod(deed)
      if case .enters = deed.kind { treatment.ways = deed.waiters.map { _ in 2 } }
      return treatment
    }
    let ways = 1 + (treatment.locations.map { locations[$0].capacity }.max() ?? 0)
    treatment.ways = [ways]
    func isOrdered(_ orderings: Operation.Ordering...) -> Bool {
      switch operation {
      case .load(_, let ordering), .wait(_, let ordering), .store(_, let ordering),
        .atomic(_, let ordering):
        orderings.contains(ordering)
      default: false
      }
    }
    treatment.acquires = isOrdered(.acquire)
    treatment.releases = isOrdered(.release)
    treatment.fencesBefore = isAfter
    treatment.fencesAfter = isBefore || isOrdered(.full)
    switch operation {
    case .local, .context, .lock(.assertHeld, _), .lock(.wait, _): return .init()
    case .fence(let fence): treatment.kind = .fence(fence)
    case .load, .wait:
      if treatment.locations.isEmpty { return .init() }
      treatment.kind = .load
    case .store:
      if treatment.locations.isEmpty && !treatment.fencesAfter { return .init() }
      treatment.kind = .store
    case .atomic(_, .plain):
      if treatment.locations.isEmpty { return .init() }
      treatment.kind = .localAtomic
      treatment.ways = [ways, ways]
    case .atomic:
      treatment.fencesBefore = isAfter || isOrdered(.full)
      treatment.kind = .atomic
    case .section(let grounds, _):
      treatment.kind = .section
      treatment.isBelieved = grounds.lockFields.isEmpty
      treatment.lock = operation.lockWord.flatMap { numbers[$0] }
      if treatment.locations.isEmpty && treatment.lock == nil { return .init() }
      treatment.chosen = chosenLocations(of: operation)
      treatment.locations = locations(of: operation.writes)
      treatment.ways = treatment.chosen.map { locations[$0].capacity + 1 }
    case .lock(let deed, _):
      treatment.lock = operation.lockWord.flatMap { numbers[$0] }
      treatment.locations = treatment.lock.map { [$0] } ?? []
      treatment.isAddressed = false
      treatment.ways = [1]
      switch deed {
      case .acquire: treatment.kind = .lock
      case .tryAcquire:
        treatment.kind = .tryLock
        treatment.ways = treatment.lock.map { [locations[$0].capacity + 1] } ?? [1]
      default: treatment.kind = .unlock
      }
    }
    return treatment
  }

  /// What a step does of what matters here.
  func prospect(of step: StepDefinition) -> Prospect {
    var prospect = Prospect()
    let operation = step.operation
    for number in locations(of: operation.reads) {
      prospect.loads |= 1 << UInt64(number)
      if let lane = locations[number].lane { prospect.lanesRead |= format.stamps(of: lane) }
    }
    for number in locations(of: operation.writes) {
      prospect.stores |= 1 << UInt64(number)
      if let lane = locations[number].lane { prospect.lanes |= format.stamps(of: lane) }
    }
    prospect.lanes |= prospect.lanesRead
    for number in locations(of: operation.isPlain ? operation.locks : operation.reads) {
      prospect.markedLoads |= 1 << UInt64(number)
    }
    switch operation {
    case .fence(.writeFence): prospect.uses = .writeFence
    case .fence(.fullFence), .store(_, .full): prospect.uses = .fullFence
    case .store(_, .release): prospect.uses = .release
    case .load(_, .acquire), .wait(_, .acquire): prospect.uses = .acquire
    case .atomic: prospect.uses = [.fullFence, .acquire]
    case .section(let grounds, _) where grounds.taking != nil:
      prospect.uses = [.lock, .unlock, .acquire]
    case .lock(.acquire, _), .lock(.tryAcquire, _): prospect.uses = [.lock, .fullFence, .acquire]
    case .lock(.release, _): prospect.uses = .unlock
    default: break
    }
    let isHandedOver = { (number: Int) in locations[number].isHandedOver }
    if locations(of: operation.reads).contains(where: isHandedOver) {
      prospect.uses.insert(.acquire)
    }
    if locations(of: operation.writes).contains(where: isHandedOver) {
      prospect.uses.insert(.release)
    }
    switch step.gracePeriod?.kind {
    case .enters: prospect.uses.insert(.readSection)
    case .leaves: prospect.uses.insert(.release)
    case .begins: prospect.uses.formUnion([.gracePeriod, .fullFence])
    case .ends: prospect.uses.insert(.fullFence)
    case nil: break
    }
    if prospect.stores != 0 && !operation.isPlain { prospect.uses.insert(.markedStore) }
    if step.givesAddress { prospect.uses.insert(.givesAddress) }
    if step.usesAddress { prospect.uses.insert(.usesAddress) }
    return prospect
  }
}

extension Operation {
  /// The field whose stores carry what was seen under a lock.
  var lockWord: Int? {
    switch self {
    case .lock(.acquire, let fields), .lock(.tryAcquire, let fields), .lock(.release, let fields):
      fields.first
    case .section(let grounds, _) where grounds.taking != nil: grounds.lockFields.last
    default: nil
    }
  }

  /// The fields of a lock that has several.
  fileprivate var lockParts: [Int] {
    if case .lock(_, let fields) = self, fields.count > 1 { fields } else { [] }
  }
}

extension Program {
  /// The most stores to a field on a way through the program; many where it may go round.
  fileprivate func mostStores(to field: Int) -> Int {
    let many = 1 << 10
    var most = [Int](repeating: -1, count: locations.count)
    var rest: [Int] = []
    func arrive(_ continuation: Continuation, _ count: Int) {
      for place in locations(of: continuation) where most[place] < count {
        most[place] = count > 32 ? many : count
        rest.append(place)
      }
    }
    arrive(start, 0)
    while let place = rest.popLast() {
      for alternative in alternatives[locations[place].alternatives] {
        let stores = alternative.step.operation.writes.contains(field) ? 1 : 0
        let count = min(many, most[place] + stores)
        arrive(alternative.next, count)
        arrive(alternative.otherwise, count)
      }
    }
    return most.max() ?? 0
  }

  /// By location: what is still to come from there.
  ///
  /// - Parameter needs: what must be ordered before alternatives, by their numbers.
  func prospects(
    _ plan: CoherencePlan, _ needs: [Int: AccessNeeds]
  ) -> [CoherencePlan.Prospect] {
    var prospects = [CoherencePlan.Prospect](repeating: .init(), count: locations.count)
    var isSettled = false
    while !isSettled {
      isSettled = true
      for place in locations.indices.reversed() {
        var all = prospects[place]
        for number in locations[place].alternatives {
          all.formUnion(plan.prospect(of: alternatives[number].step))
          if let needs = needs[number] { all.needs.formUnion(needs) }
          for target in targets(of: number) { all.formUnion(prospects[target]) }
        }
        if all != prospects[place] {
          prospects[place] = all
          isSettled = false
        }
      }
    }
    return prospects
  }
}
