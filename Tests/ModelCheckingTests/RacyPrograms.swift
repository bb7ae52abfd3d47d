import ModelChecking

/// Random programs of accesses to few fields, and an interpreter that tells which of them race and how soon,
/// without the engine.
struct RacyPrograms {
  enum Instruction {
    case load(Int, isPlain: Bool)
    case store(Int, Int, isPlain: Bool)
    /// Stores to the field that the register chooses.
    case storeChosen(isPlain: Bool)
    case add(Int)
    case wait(Int, Int, isPlain: Bool)
    case lock, unlock

    var name: String {
      switch self {
      case .load(let field, let isPlain): "load \(field) \(isPlain)"
      case .store(let field, let value, let isPlain): "store \(field) \(value) \(isPlain)"
      case .storeChosen(let isPlain): "store chosen \(isPlain)"
      case .add(let field): "add \(field)"
      case .wait(let field, let value, let isPlain): "wait \(field) \(value) \(isPlain)"
      case .lock: "lock"
      case .unlock: "unlock"
      }
    }
  }

  static let fieldCount = 3
  static let actorNames = ["one", "two", "three"]

  let programs: [[Instruction]]

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    func access() -> Instruction {
      let (field, value) = (random.next(below: Self.fieldCount), random.next(below: 3))
      let isPlain = random.next(below: 2) == 0
      return switch random.next(below: 6) {
      case 0, 1: .load(field, isPlain: isPlain)
      case 2, 3: .store(field, value, isPlain: isPlain)
      case 4: .add(field)
      default: .storeChosen(isPlain: isPlain)
      }
    }
    programs = Self.actorNames.map { _ in
      (0...random.next(below: 2)).flatMap { _ -> [Instruction] in
        switch random.next(below: 4) {
        case 0:
          return [
            .wait(
              random.next(below: Self.fieldCount), random.next(below: 3),
              isPlain: random.next(below: 2) == 0)
          ]
        case 1: return [.lock] + (0...random.next(below: 2)).map { _ in access() } + [.unlock]
        default: return [access()]
        }
      }
    }
  }

  var system: System {
    get throws {
      try System { b in
        b.reportDataRaces()
        let fields = b.fields("field", count: Self.fieldCount, .range(0...2), initially: 0)
        let lock = b.lock("lock", .spinlock)
        for (name, program) in zip(Self.actorNames, programs) {
          b.actor(name, on: b.cpu()) { actor in
            let register = actor.register("register", .range(0...2), initially: 0)
            for instruction in program { Self.step(instruction, fields, lock, register) }
          }
        }
      }
    }
  }

  private static func step(
    _ instruction: Instruction, _ fields: FieldArray<Int>, _ lock: Lock, _ register: Register<Int>
  ) -> Steps {
    let name = instruction.name
    switch instruction {
    case .load(let field, let isPlain):
      return Step(name, .load(fields[field], isPlain ? .plain : .relaxed)) { value, my in
        my[register] = value
      }.steps
    case .store(let field, let value, let isPlain):
      return Step(name, .store(fields[field], isPlain ? .plain : .relaxed)) { value }.steps
    case .storeChosen(let isPlain):
      return Step(name, .store(fields[register], isPlain ? .plain : .relaxed)) { 1 }.steps
    case .add(let field): return Step(name, .atomic(fields[field])) { $0 = ($0 + 1) % 3 }.steps
    case .wait(let field, let value, let isPlain):
      return Step(name, .wait(fields[field], isPlain ? .plain : .relaxed)) { $0 == value }
        .mayRest().steps
    case .lock: return lock.acquire().steps
    case .unlock: return lock.release().steps
    }
  }

  // MARK: What they mean

  private struct Place: Hashable {
    var next: [Int]
    var values = [Int](repeating: 0, count: RacyPrograms.fieldCount)
    var registers: [Int]
    var holder: Int?
  }

  private struct Access {
    let field: Int
    var reads = false
    var writes = false
    var isPlain = false
  }

  /// By name as reports have it: the steps after which two accesses may first be made at the same time.
  var races: [String: Int] {
    var races: [String: Int] = [:]
    let start = Place(
      next: programs.map { _ in 0 }, registers: programs.map { _ in 0 }, holder: nil)
    var met: Set = [start]
    var level = [start]
    var depth = 0
    while !level.isEmpty {
      for place in level {
        for name in names(of: place) where races[name] == nil { races[name] = depth }
      }
      level = level.flatMap(successors).filter { met.insert($0).inserted }
      depth += 1
    }
    return races
  }

  private func names(of place: Place) -> [String] {
    programs.indices.flatMap { one in
      programs.indices.filter { $0 > one }.compactMap { other in
        guard let first = access(of: one, in: place), let second = access(of: other, in: place),
          first.field == second.field, first.writes || second.writes,
          first.isPlain || second.isPlain
        else { return nil }
        let names = [one, other].map { programs[$0][place.next[$0]].name }
        return "data-race in \(Self.actorNames[one]) / \(Self.actorNames[other]) "
          + "(\(names[0]) / \(names[1]))"
      }
    }
  }

  private func access(of actor: Int, in place: Place) -> Access? {
    guard place.next[actor] < programs[actor].count else { return nil }
    switch programs[actor][place.next[actor]] {
    case .load(let field, let isPlain), .wait(let field, _, let isPlain):
      return Access(field: field, reads: true, isPlain: isPlain)
    case .store(let field, _, let isPlain):
      return Access(field: field, writes: true, isPlain: isPlain)
    case .storeChosen(let isPlain):
      return Access(field: place.registers[actor], writes: true, isPlain: isPlain)
    case .add(let field): return Access(field: field, reads: true, writes: true)
    case .lock, .unlock: return nil
    }
  }

  private func successors(of place: Place) -> [Place] {
    programs.indices.compactMap { actor in
      guard place.next[actor] < programs[actor].count else { return nil }
      var next = place
      next.next[actor] += 1
      switch programs[actor][place.next[actor]] {
      case .load(let field, _): next.registers[actor] = place.values[field]
      case .store(let field, let value, _): next.values[field] = value
      case .storeChosen: next.values[place.registers[actor]] = 1
      case .add(let field): next.values[field] = (place.values[field] + 1) % 3
      case .wait(let field, let value, _): if place.values[field] != value { return nil }
      case .lock:
        if place.holder != nil { return nil }
        next.holder = actor
      case .unlock: next.holder = nil
      }
      return next
    }
  }
}
