/// Which accesses race on the machine as it is defined (Docs/MemoryModels.md, "Data races", rules 1 and 10).
extension KernelOrderPrograms {
  /// An instruction that accesses memory, as it was made or is next.
  struct Access: Hashable {
    let cpu: Int
    let number: Int
    let location: Int
    let loads: Bool
    let stores: Bool
    let isPlain: Bool
  }

  /// What comes before something.
  enum Fact: Hashable {
    /// The store of an instruction is visible. It is so to whatever comes behind a strong fence.
    case visible(cpu: Int, Int)
    case global(cpu: Int, Int)
    /// An access is over.
    case over(cpu: Int, Int)
    /// A CPU has loaded when the store of an instruction was visible to it.
    case seen(by: Int, cpu: Int, Int)
  }

  typealias Facts = Set<Fact>

  /// What comes before the next accesses of a CPU.
  struct CPUFacts: Hashable {
    var loads: Facts = []
    /// Before its next plain stores.
    var stores: Facts = []
    /// Before its marked loads, and before its marked stores.
    var loaded: Facts = []
    var stored: Facts = []
    var own: Facts = []
    var released: Facts = []
    var unlocked: Facts = []
    /// Its plain accesses since its last strong fence.
    var pending: Facts = []

    var all: Facts { loads.union(stores).union(loaded).union(stored) }

    mutating func readFence() { loads.formUnion(loaded.union(pending.filter(\.isOver))) }

    mutating func writeFence() {
      stores.formUnion(stored.union(pending.filter(\.isVisible)))
      released.formUnion(own.union(pending.filter(\.isVisible)))
    }

    mutating func lock(_ facts: Facts) {
      for part in [\CPUFacts.loads, \.stores] { self[keyPath: part].formUnion(unlocked) }
      released.formUnion(facts.union(unlocked).filter(\.isVisible))
    }

    mutating func unlock() { unlocked = all.union(pending) }

    mutating func learn(_ facts: Facts) {
      for part in [\CPUFacts.loads, \.stores] { self[keyPath: part].formUnion(facts) }
    }
  }

  private func now(_ state: State, _ cpu: Int) -> Int { state.cpus[cpu].counter - 1 }

  func noteLoad(_ x: Int, _ stamp: Int, _ order: Order, _ state: inout State, on cpu: Int) {
    if state.accesses == nil { return }
    let number = now(state, cpu)
    if x < variables {
      state.accesses!.insert(
        Access(
          cpu: cpu, number: number, location: x, loads: true, stores: false,
          isPlain: order == .plain))
    }
    let over = Fact.over(cpu: cpu, number)
    if order == .plain {
      state.cpus[cpu].facts.pending.insert(over)
      return
    }
    var known = state.cpus[cpu].facts.loads
    for fact in state.memory[x][stamp].facts {
      known.insert(fact)
      if case .seen(by: cpu, let other, let number) = fact {
        known.insert(.visible(cpu: other, number))
      }
    }
    var before = known.filter { !$0.isVisible && !$0.isGlobal }
    if x < variables { before.insert(over) }
    state.cpus[cpu].facts.loaded.formUnion(known.union(before))
    for fact in known {
      if case .visible(let other, let number) = fact {
        state.cpus[cpu].facts.loaded.insert(.seen(by: cpu, cpu: other, number))
      }
    }
    if order == .acquire {
      state.cpus[cpu].facts.loads.formUnion(known)
      state.cpus[cpu].facts.stores.formUnion(known)
    }
    if stamp < state.memory[x].count - 1 {
      state.fenced.facts.formUnion(before)
      for other in programs.indices where other != cpu {
        state.cpus[other].facts.learn(before)
      }
    }
  }

  /// - Returns: what the store carries.
  func noteStore(
    _ x: Int, _ order: Order, after read: Message?, _ state: inout State, on cpu: Int
  ) -> Facts {
    if state.accesses == nil { return [] }
    let number = now(state, cpu)
    var facts = state.cpus[cpu].facts
    defer { state.cpus[cpu].facts = facts }
    if x < variables {
      state.accesses!.insert(
        Access(
          cpu: cpu, number: number, location: x, loads: false, stores: true,
          isPlain: order == .plain))
    }
    if order == .plain {
      facts.pending.formUnion([.visible(cpu: cpu, number), .over(cpu: cpu, number)])
      return []
    }
    let known =
      order == .release ? facts.all.union(facts.pending) : facts.stores.union(facts.loaded)
    var carried = known.filter { !$0.isVisible }
    carried.formUnion(facts.released)
    if let read { carried.formUnion(read.facts.filter(\.isVisible)) }
    if order == .release { carried.formUnion(known.union(facts.own)) }
    if x < variables { carried.insert(.visible(cpu: cpu, number)) }
    facts.stored.formUnion(known.union(carried))
    facts.own.formUnion(carried.filter(\.isVisible))
    return carried
  }

  func noteFence(_ state: inout State, on cpu: Int) {
    let facts = state.cpus[cpu].facts
    let mine = facts.all.union(facts.pending).union(facts.own).union(facts.released)
    for fact in mine {
      if case .visible(let cpu, let number) = fact {
        state.fenced.facts.insert(.global(cpu: cpu, number))
      } else {
        state.fenced.facts.insert(fact)
      }
    }
    for other in programs.indices where other != cpu {
      let others = state.cpus[other].facts.all
      state.fenced.facts.formUnion(others.filter { !$0.isVisible && !$0.isGlobal })
    }
    state.cpus[cpu].facts = CPUFacts(loads: state.fenced.facts, stores: state.fenced.facts)
  }

  // MARK: Races

  /// By pairs of instructions: those that may be made at the same time, or one that was made and one that comes
  /// next and is not ordered behind it.
  var races: Set<String> {
    var races: Set<String> = []
    forEachState(accesses: []) { state in
      for cpu in programs.indices {
        guard let next = access(of: cpu, in: state) else { continue }
        for other in programs.indices where other > cpu {
          if let second = access(of: other, in: state), mayRace(next, second) {
            races.insert(name(next, second))
          }
        }
        for made in state.accesses! where made.cpu != cpu && mayRace(made, next) {
          if !isOrdered(made, before: next, in: state) { races.insert(name(made, next)) }
        }
      }
    }
    return races
  }

  private func mayRace(_ one: Access, _ other: Access) -> Bool {
    one.location == other.location && (one.stores || other.stores)
      && (one.isPlain || other.isPlain)
  }

  private func isOrdered(_ made: Access, before next: Access, in state: State) -> Bool {
    let facts = state.cpus[next.cpu].facts
    var (loads, stores) = (facts.loads, facts.stores)
    if !next.isPlain { stores.formUnion(facts.loaded) }
    if next.loads && next.stores && isFull(next) {
      loads = facts.all.union(state.fenced.facts)
      stores = loads
    }
    func isVisible(_ facts: Facts) -> Bool {
      facts.contains(.visible(cpu: made.cpu, made.number))
        || facts.contains(.global(cpu: made.cpu, made.number))
    }
    if made.stores && (next.loads || next.isPlain) && !isVisible(loads) { return false }
    if !next.stores { return true }
    if made.stores && !isVisible(stores) { return false }
    return !(made.loads || made.isPlain)
      || stores.contains(.over(cpu: made.cpu, made.number))
  }

  private func isFull(_ access: Access) -> Bool {
    switch programs[access.cpu][access.number] {
    case .exchange(_, .full, _, _), .addNotZero: true
    default: false
    }
  }

  private func name(_ one: Access, _ other: Access) -> String {
    let (first, second) = one.cpu < other.cpu ? (one, other) : (other, one)
    return "data-race in a / a (\(name(of: first.number, on: first.cpu)) / "
      + "\(name(of: second.number, on: second.cpu)))"
  }

  private func access(of cpu: Int, in state: State) -> Access? {
    let number = state.cpus[cpu].counter
    if number == programs[cpu].count { return nil }
    func access(_ x: Int, _ order: Order, loads: Bool, stores: Bool) -> Access {
      Access(
        cpu: cpu, number: number, location: x, loads: loads, stores: stores,
        isPlain: order == .plain && loads != stores)
    }
    return switch programs[cpu][number] {
    case .load(let x, let order, _), .branch(let x, let order, _):
      access(x, order, loads: true, stores: false)
    case .store(let x, let order, _): access(x, order, loads: false, stores: true)
    case .exchange(let x, let order, _, _): access(x, order, loads: true, stores: true)
    case .addNotZero(let x, _): access(x, .full, loads: true, stores: true)
    default: nil
    }
  }
}

extension KernelOrderPrograms.Fact {
  fileprivate var isVisible: Bool { if case .visible = self { true } else { false } }
  fileprivate var isGlobal: Bool { if case .global = self { true } else { false } }
  fileprivate var isOver: Bool { if case .over = self { true } else { false } }
}
