import Testing

import ModelChecking

/// Programs made at random, with total store order written down as it is defined, to be read: a queue of
/// stores for each CPU, and nothing left out. It knows no engine.
struct StoreOrderPrograms: MachinePrograms {
  enum Instruction: Equatable {
    case load(Int, into: Int)
    case store(Int, Int)
    /// Stores what the register holds.
    case copy(Int, from: Int)
    case fence
    case exchange(Int, Int, into: Int)
    /// Adds 1 where the value is not 0; answers whether it was.
    case addNotZero(Int, into: Int)
    case lock
    case unlock
    /// Takes the lock where it is free. The register gets whether it did.
    case tryLock(into: Int)
    /// Gives the lock back where the register says that it was taken.
    case unlockIf(Int)
    /// Loads and stores under the lock, at once.
    case section([(Int, Int)])
    /// `rcu_read_lock()`, `rcu_read_unlock()`; `synchronize_rcu()` is two.
    case enterSection, leaveSection, beginGracePeriod, endGracePeriod

    static func == (one: Instruction, other: Instruction) -> Bool { "\(one)" == "\(other)" }
  }

  static let mostValue = 3
  let variables: Int
  let registers = 2
  /// By actor: its CPU and its program.
  let actors: [(cpu: Int, program: [Instruction])]

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let variables = random.next(below: 2) + 2
    self.variables = variables
    let cpus = random.next(below: 2) + 2
    let usesLock = random.next(below: 2) == 0
    let usesRCU = !usesLock && random.next(below: 2) == 0
    // Who shares a CPU with one that holds a spinlock has to wait, which is no matter of memory.
    let count = cpus + (!usesLock && random.next(below: 3) == 0 ? 1 : 0)
    actors = (0..<count).map { number in
      var program: [Instruction] = []
      var isLocked = false
      for _ in 0..<(random.next(below: 3) + 2) {
        let (x, r) = (random.next(below: variables), random.next(below: 2))
        switch random.next(below: usesLock ? 13 : 9) {
        case 0...2: program.append(.store(x, random.next(below: 2) + 1))
        case 3...5: program.append(.load(x, into: r))
        case 6: program.append([.fence, .copy(x, from: r)][random.next(below: 2)])
        case 7: program.append(.exchange(x, random.next(below: 2) + 1, into: r))
        case 8: program.append(.addNotZero(x, into: r))
        case 9, 10:
          program.append(isLocked ? .unlock : .lock)
          isLocked.toggle()
        case 11 where !isLocked:
          program += [.tryLock(into: r), .unlockIf(r)]
        case 12 where !isLocked:
          let y = random.next(below: variables)
          program.append(.section(x == y ? [(x, 2)] : [(x, 2), (y, 1)]))
        default: program.append(.store(x, 1))
        }
      }
      if isLocked { program.append(.unlock) }
      switch usesRCU ? random.next(below: 4) : 3 {
      case 0, 1:
        program.insert(.leaveSection, at: random.next(below: program.count) + 1)
        program.insert(.enterSection, at: 0)
      case 2:
        program.insert(contentsOf: [.beginGracePeriod, .endGracePeriod], at: 1)
      default: break
      }
      return (number < cpus ? number : 0, program)
    }
  }

  // MARK: The machine

  struct State: Hashable {
    var memory: [Int]
    /// Whose the lock is, from 1; 0 where it is free.
    var lock = 0
    var registers: [[Int]]
    var counters: [Int]
    /// By CPU: what waits, the oldest first. The lock is the variable behind the others; a mark is no store, but
    /// says that a read section was left there.
    var buffers: [[Store]]
    var inside: Set<Int> = []
    /// By actor: the readers and the marks for which its grace period waits.
    var awaited: [Set<Int>]
    var awaitedMarks: [Set<Int>]
  }

  private static let mark = -1

  struct Store: Hashable {
    let variable: Int
    let value: Int
  }

  /// The registers and the memory of every state in which all actors are at their ends and no store waits.
  var finalStates: Set<[Int]> {
    let start = State(
      memory: Array(repeating: 0, count: variables),
      registers: actors.map { _ in Array(repeating: 0, count: registers) },
      counters: actors.map { _ in 0 }, buffers: Array(repeating: [], count: 4),
      awaited: actors.map { _ in [] }, awaitedMarks: actors.map { _ in [] })
    var known: Set<State> = [start]
    var rest = [start]
    var final: Set<[Int]> = []
    while let state = rest.popLast() {
      let isOver = actors.indices.allSatisfy { state.counters[$0] == actors[$0].program.count }
      if isOver && state.buffers.allSatisfy(\.isEmpty) {
        final.insert(state.registers.flatMap(\.self) + state.memory)
      }
      for next in successors(of: state) where known.insert(next).inserted { rest.append(next) }
    }
    return final
  }

  private func successors(of state: State) -> [State] {
    var all: [State] = []
    for cpu in state.buffers.indices where !state.buffers[cpu].isEmpty {
      var next = state
      let store = next.buffers[cpu].removeFirst()
      if store.variable == variables {
        next.lock = 0
      } else {
        next.memory[store.variable] = store.value
      }
      while next.buffers[cpu].first?.variable == Self.mark { next.buffers[cpu].removeFirst() }
      all.append(next)
    }
    for actor in actors.indices where state.counters[actor] < actors[actor].program.count {
      if let next = step(of: actor, from: state) { all.append(next) }
    }
    return all
  }

  private func step(of actor: Int, from state: State) -> State? {
    let cpu = actors[actor].cpu
    var next = state
    next.counters[actor] += 1
    /// What the CPU sees: its own newest store, or memory.
    func seen(_ variable: Int) -> Int {
      state.buffers[cpu].last { $0.variable == variable }?.value ?? state.memory[variable]
    }
    let isEmpty = state.buffers[cpu].isEmpty
    let seenLock = state.buffers[cpu].contains { $0.variable == variables } ? 0 : state.lock
    switch actors[actor].program[state.counters[actor]] {
    case .load(let x, let r): next.registers[actor][r] = seen(x)
    case .store(let x, let value): next.buffers[cpu].append(Store(variable: x, value: value))
    case .copy(let x, let r):
      next.buffers[cpu].append(Store(variable: x, value: state.registers[actor][r]))
    case .fence: if !isEmpty { return nil }
    case .exchange(let x, let value, let r):
      // One that leaves the value as it is need not wait: the engine can't tell it from one that fails.
      if seen(x) != value && !isEmpty { return nil }
      next.registers[actor][r] = seen(x)
      if isEmpty { next.memory[x] = value }
    case .addNotZero(let x, let r):
      next.registers[actor][r] = seen(x) == 0 ? 0 : 1
      if seen(x) == 0 || seen(x) == Self.mostValue { break }
      if !isEmpty { return nil }
      next.memory[x] += 1
    case .lock:
      if !isEmpty || state.lock != 0 { return nil }
      next.lock = actor + 1
    case .unlock:
      if seenLock != actor + 1 { return nil }
      next.buffers[cpu].append(Store(variable: variables, value: 0))
    case .tryLock(let r):
      next.registers[actor][r] = 0
      if seenLock != 0 { break }
      if !isEmpty { return nil }
      next.registers[actor][r] = 1
      next.lock = actor + 1
    case .unlockIf(let r):
      if state.registers[actor][r] == 1 {
        next.buffers[cpu].append(Store(variable: variables, value: 0))
      }
    case .section(let stores):
      if !isEmpty || state.lock != 0 { return nil }
      next.lock = actor + 1
      for (x, value) in stores { next.buffers[cpu].append(Store(variable: x, value: value)) }
      next.buffers[cpu].append(Store(variable: variables, value: 0))
    case .enterSection: next.inside.insert(actor)
    case .leaveSection:
      next.inside.remove(actor)
      for waiter in actors.indices where next.awaited[waiter].remove(actor) != nil {
        next.awaitedMarks[waiter].insert(actor)
      }
      if !isEmpty { next.buffers[cpu].append(Store(variable: Self.mark, value: actor)) }
    case .beginGracePeriod:
      if !isEmpty { return nil }
      next.awaited[actor] = state.inside
      next.awaitedMarks[actor] = state.marks(Self.mark)
    case .endGracePeriod:
      if !isEmpty || !state.awaited[actor].isEmpty { return nil }
      if !state.awaitedMarks[actor].isDisjoint(with: state.marks(Self.mark)) { return nil }
      next.awaitedMarks[actor] = []
    }
    return next
  }
}

extension StoreOrderPrograms.State {
  /// The readers whose marks are still in a buffer. Each leaves one section.
  fileprivate func marks(_ mark: Int) -> Set<Int> {
    Set(buffers.flatMap(\.self).filter { $0.variable == mark }.map(\.value))
  }
}

// MARK: The same for the engine

extension StoreOrderPrograms {
  var programCount: Int { actors.count }

  func system(_ memoryModel: MemoryModel) throws -> System {
    try System(memoryModel: memoryModel) { b in
      let x = (0..<variables).map { b.field("x\($0)", .range(0...Self.mostValue), initially: 0) }
      let lock = b.lock("l", .spinlock)
      let sections = ReadSections(in: b)
      let cpus = (0...(actors.map(\.cpu).max() ?? 0)).map { _ in b.cpu() }
      for (number, actor) in actors.enumerated() {
        b.actor("a\(number)", on: cpus[actor.cpu]) { me in
          let r = (0..<registers).map {
            me.register("r\($0)", .range(0...Self.mostValue), initially: 0)
          }
          for instruction in actor.program { Self.steps(of: instruction, x, r, lock, sections) }
        }
      }
    }
  }

  @StepsBuilder private static func steps(
    of instruction: Instruction, _ x: [Field<Int>], _ r: [Register<Int>], _ lock: Lock,
    _ sections: ReadSections
  ) -> Steps {
    switch instruction {
    case .load(let place, let into):
      Step("load", .load(x[place])) { [own = r[into]] value, my in my[own] = value }
    case .store(let place, let value): Step("store", .store(x[place])) { value }
    case .copy(let place, let from):
      Step("copy", .store(x[place])) { [own = r[from]] my in my[own] }
    case .fence: Step("smp_mb", .fullFence)
    case .exchange(let place, let new, let into):
      Step("xchg", .atomic(x[place], .full)) { [own = r[into]] value, my in
        my[own] = value
        value = new
      }
    case .addNotZero(let place, let into):
      Condition("atomic_inc_not_zero", .atomic(x[place])) { [own = r[into]] value, my in
        my[own] = value == 0 ? 0 : 1
        if value != 0 && value != mostValue { value += 1 }
        return my[own] == 1
      }
    case .lock: lock.acquire()
    case .unlock: lock.release()
    case .tryLock(let into):
      If(lock.tryAcquire().also { [own = r[into]] my, taken in my[own] = taken ? 1 : 0 }) {
        lock.release()
      }
    case .unlockIf: Steps.none
    case .section(let stores):
      Step("section", .section(stores.map { x[$0.0] }, taking: lock)) { s in
        for (place, value) in stores { s[x[place]] = value }
      }
    case .enterSection: sections.enter
    case .leaveSection: sections.leave
    case .beginGracePeriod: sections.begin
    case .endGracePeriod: sections.end
    }
  }
}
