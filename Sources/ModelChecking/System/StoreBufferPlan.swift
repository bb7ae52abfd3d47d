/// Which stores of a CPU wait in its store buffer, and how many may do so.
struct StoreBufferPlan {
  /// What total store order makes of a step.
  struct Treatment {
    /// Whether it waits until the buffer is empty: fences, locked instructions.
    var waitsForEmpty = false
    /// Whether it need not wait where it changes nothing: an atomic operation that fails, and looks first.
    var unlessUnchanged = false
    /// How many stores it may leave in the buffer.
    var pushes = 0
    /// The field of the lock that it gives back.
    var releases: Int?
    /// Whether it takes that lock as well: it is held until others see what was done under it.
    var isSectionOfLock = false
  }

  /// The most stores that wait at once. Where the programs allow more, to meet that makes a search
  /// inconclusive.
  static let mostSlots = 6

  let cpu: CPU
  /// The fields whose stores wait.
  private(set) var fields: [Int] = []
  private(set) var slotCount = 0
  /// The most stores of one step.
  private(set) var mostPushed = 0
  /// Whether the programs never leave more in the buffer than it has slots.
  private(set) var isLargeEnough = true
  private let protection: FieldProtection

  init(
    of cpu: CPU, programs: [Program], _ protection: FieldProtection, isShared: (Int) -> Bool
  ) {
    self.cpu = cpu
    self.protection = protection
    let steps = programs.flatMap { $0.alternatives.map(\.step) }
    func waits(_ field: Int) -> Bool { isShared(field) && !protection.isPlain(field) }
    let stored = Set(steps.flatMap { $0.operation.plainlyStored }.filter(waits))
    let released = Set(steps.compactMap(\.plainlyReleased).filter(waits))
    // Who looks at a lock sees how long a section has it, although nobody takes it meanwhile.
    let watched = Set(steps.compactMap { $0.operation.lockTakenWithin })
      .intersection(protection.watchedLocks)
    if stored.isEmpty && watched.isEmpty && released.isDisjoint(with: protection.watchedLocks) {
      return
    }
    let storing = steps.filter { !stored.isDisjoint(with: $0.operation.plainlyStored) }
    let taken = Set(storing.compactMap { $0.operation.lockTakenWithin })
    fields = stored.union(released).union(taken).union(watched).sorted()
    mostPushed = steps.map { treatment(of: $0).pushes }.max() ?? 0
    let most = programs.reduce(0) { $0 + mostWaiting(in: $1) }
    let least = mostPushed + (mostPushed > 1 ? 2 : 0)
    slotCount = max(1, min(most, max(Self.mostSlots, least)))
    isLargeEnough = most <= slotCount
  }

  /// What becomes of a step of the CPU's.
  func treatment(of step: StepDefinition) -> Treatment {
    var treatment = Treatment()
    let waiting = Set(step.operation.plainlyStored).intersection(fields)
    if let deed = step.gracePeriod {
      switch deed.kind {
      case .enters, .leaves: break
      case .begins, .ends: treatment.waitsForEmpty = true
      }
      return treatment
    }
    treatment.pushes = step.operation.isSection ? waiting.count : min(1, waiting.count)
    switch step.operation {
    case .fence(.fullFence), .store(_, .full): treatment.waitsForEmpty = true
    case .atomic(_, .plain): break
    case .atomic:
      treatment.waitsForEmpty = true
      treatment.unlessUnchanged = true
    case .section:
      if let lock = step.operation.lockTakenWithin {
        treatment.waitsForEmpty = true
        if treatment.pushes > 0 || fields.contains(lock) && protection.watchedLocks.contains(lock) {
          treatment.pushes += 1
          treatment.releases = lock
          treatment.isSectionOfLock = true
        }
      }
    case .lock(.acquire, _): treatment.waitsForEmpty = true
    case .lock(.tryAcquire, _):
      treatment.waitsForEmpty = true
      treatment.unlessUnchanged = true
    // Who stands in a queue has got there by a locked instruction.
    case .lock(.wait, let fields): treatment.waitsForEmpty = fields.count > 1
    case .lock(.release, _):
      if let lock = step.plainlyReleased {
        if fields.contains(lock) {
          treatment.pushes = 1
          treatment.releases = lock
        }
      } else {
        treatment.waitsForEmpty = true
      }
    case .local, .load, .store, .wait, .fence, .lock(.assertHeld, _), .context: break
    }
    return treatment
  }

  /// The most stores of a program that wait at once, as far as its text says; many where that is too many.
  private func mostWaiting(in program: Program) -> Int {
    let many = 1 << 10
    var most = [Int](repeating: -1, count: program.locations.count)
    var rest: [Int] = []
    func arrive(_ continuation: Program.Continuation, _ count: Int) {
      for place in program.locations(of: continuation) where most[place] < count {
        most[place] = count > 4 * Self.mostSlots ? many : count
        rest.append(place)
      }
    }
    arrive(program.start, 0)
    while let place = rest.popLast() {
      for alternative in program.alternatives[program.locations[place].alternatives] {
        let treatment = treatment(of: alternative.step)
        let isEmptied = treatment.waitsForEmpty && !treatment.unlessUnchanged
        let count = min(many, (isEmptied ? 0 : most[place]) + treatment.pushes)
        arrive(alternative.next, count)
        arrive(alternative.otherwise, count)
      }
    }
    return most.max() ?? 0
  }
}

extension Operation {
  fileprivate var isSection: Bool { if case .section = self { true } else { false } }

  /// The fields that the step stores to without a locked instruction.
  fileprivate var plainlyStored: [Int] {
    switch self {
    case .store(_, .full): []
    case .store(let fields, _), .atomic(let fields, .plain), .section(_, let fields): fields
    default: []
    }
  }

  /// The field of the lock that a section takes and gives back.
  fileprivate var lockTakenWithin: Int? {
    guard case .section(let grounds, _) = self, grounds.taking != nil else { return nil }
    return grounds.lockFields.last
  }
}

extension StepDefinition {
  /// The field of the lock that the step gives back by an ordinary store: a spinlock's. Who gives back a
  /// lock on which others sleep does so by a locked instruction, to see whether somebody does.
  fileprivate var plainlyReleased: Int? {
    guard case .lock(.release, let fields) = operation, fields.count == 1, !contexts.isEmpty else {
      return nil
    }
    return fields[0]
  }
}
