/// Which fields nobody can see a store to before the store's lock is given back, and which only one CPU
/// uses: when a store to such a field gets to memory makes no difference to anybody.
struct FieldProtection {
  private struct Uses {
    var cpus: Set<Int> = []
    /// The locks that are held at all of its accesses; nil before the first.
    var locks: Set<Int>?
    /// The same of its stores.
    var locksOfStores: Set<Int>?
  }

  /// By field.
  private var uses: [Int: Uses] = [:]
  /// The locks that somebody tries to take, or looks at, so that it shows when they are given back.
  private(set) var watchedLocks: Set<Int> = []

  init(_ actors: [(program: Program, cpu: CPU)]) {
    var lockFields: Set<Int> = []
    for (program, _) in actors {
      for alternative in program.alternatives {
        lockFields.formUnion(alternative.step.operation.locks)
      }
    }
    for (program, cpu) in actors {
      let held = program.locksHeld
      for (place, location) in program.locations.enumerated() {
        for alternative in program.alternatives[location.alternatives]
        where !alternative.step.isSafetyNet {
          let operation = alternative.step.operation
          let locks = (held[place] ?? []).union(operation.locksOfSection)
          for field in Set(operation.reads + operation.writes) {
            let isLock = lockFields.contains(field)
            uses[field, default: Uses()].cpus.insert(cpu.index)
            uses[field]!.locks =
              isLock ? [] : uses[field]!.locks.map { $0.intersection(locks) } ?? locks
          }
          for field in Set(operation.writes) {
            uses[field]!.locksOfStores =
              uses[field]!.locksOfStores.map { $0.intersection(locks) } ?? locks
          }
          switch operation {
          case .lock(.tryAcquire, let fields): watchedLocks.formUnion(fields)
          case .load(let fields, _), .wait(let fields, _), .atomic(let fields, _):
            watchedLocks.formUnion(lockFields.intersection(fields))
          default: break
          }
        }
      }
    }
  }

  /// Whether it makes no difference when others see a store to the field.
  func isPlain(_ field: Int) -> Bool {
    guard let use = uses[field] else { return true }
    return use.cpus.count < 2 || !(use.locks ?? []).isEmpty
  }

  /// The locks that are held at all stores to the field.
  func locksOfStores(to field: Int) -> Set<Int> { uses[field]?.locksOfStores ?? [] }
}

extension Program {
  /// By location: the fields of the locks that the actor holds there whatever way it came; nil where it
  /// never comes.
  var locksHeld: [Set<Int>?] {
    var held = [Set<Int>?](repeating: nil, count: locations.count)
    var rest: [Int] = []
    func arrive(_ continuation: Continuation, with locks: Set<Int>) {
      for place in self.locations(of: continuation) {
        let both = held[place]?.intersection(locks) ?? locks
        if both == held[place] { continue }
        held[place] = both
        rest.append(place)
      }
    }
    arrive(start, with: [])
    while let place = rest.popLast() {
      for alternative in alternatives[locations[place].alternatives] {
        var (yes, no) = (held[place] ?? [], held[place] ?? [])
        switch alternative.step.operation {
        // Several readers may hold a lock of several fields.
        case .lock(.acquire, let fields) where fields.count == 1:
          yes.formUnion(fields)
          no.formUnion(fields)
        case .lock(.tryAcquire, let fields) where fields.count == 1: yes.formUnion(fields)
        case .lock(.release, let fields):
          yes.subtract(fields)
          no.subtract(fields)
        default: break
        }
        arrive(alternative.next, with: yes)
        arrive(alternative.otherwise, with: no)
      }
    }
    return held
  }
}
