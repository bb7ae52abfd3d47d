import Testing

import ModelChecking

/// Programs made at random, with the kernel's memory model without load buffering written down as a machine,
/// to be read: every store of every location is kept with what it carries, and nothing is forgotten. It knows
/// no engine. Docs/MemoryModels.md has the rules by number.
struct KernelOrderPrograms: MachinePrograms {
  enum Order: CaseIterable { case relaxed, acquire, release, full, plain }

  enum Instruction {
    case load(Int, Order, into: Int)
    case store(Int, Order, Int)
    /// A load behind which the program ends unless it saw a value.
    case branch(Int, Order, Int)
    case fence(Fence)
    case exchange(Int, Order, Int, into: Int)
    /// Adds 1 where the value is not 0; answers whether it was.
    case addNotZero(Int, into: Int)
    case lock
    case unlock
    /// Takes the lock where it is free. The register gets whether it did.
    case tryLock(into: Int)
    /// Gives the lock back where the register says that it was taken.
    case unlockIf(Int)
    /// `rcu_read_lock()`, `rcu_read_unlock()`; `synchronize_rcu()` is two.
    case enterSection, leaveSection, beginGracePeriod, endGracePeriod
  }

  static let mostValue = 3
  let variables: Int
  let registers = 4
  /// By CPU.
  let programs: [[Instruction]]

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let cpus = random.next(below: 3) == 0 ? 3 : 2
    let variables = cpus
    self.variables = variables
    let usesLock = random.next(below: 4) == 0
    let usesRCU = !usesLock && random.next(below: 3) == 0
    // One CPU stores, and what others do hangs on whether they have seen it.
    let passesMessages = !usesLock && !usesRCU && random.next(below: 2) == 0
    programs = (0..<cpus).map { cpu in
      // Each CPU goes from one variable to the next, round to the first, as in the classical tests.
      var program: [Instruction] = []
      var isLocked = false
      for step in 0..<(random.next(below: 4) == 0 ? 3 : 2) {
        let x = (cpu + step) % variables
        var order: Order =
          random.next(below: 2) == 0
          ? random.next(below: 2) == 0 ? .plain : .relaxed : Order.allCases[random.next(below: 4)]
        if passesMessages && cpu == 0 && step == 0 { order = .plain }
        let fences: [Fence] = [.readFence, .writeFence, .fullFence]
        let between = random.next(below: 5)
        if step > 0 && between < 3 { program.append(.fence(fences[between])) }
        let r = min(program.count, 3)
        let any = random.next(below: usesLock ? 12 : 9)
        switch passesMessages && cpu == 0 ? 0 : passesMessages && step == 0 ? 3 : any {
        case 0...2: program.append(.store(x, order, random.next(below: 2) + 1))
        case 3 where !usesLock && !usesRCU:
          program.append(.branch(x, order, random.next(below: 2) + 1))
        case 3...6: program.append(.load(x, order, into: r))
        case 7: program.append(.exchange(x, order, random.next(below: 2) + 1, into: r))
        case 8: program.append(.addNotZero(x, into: r))
        case 11 where !isLocked && cpu > 0: program += [.tryLock(into: r), .unlockIf(r)]
        default:
          program.append(isLocked ? .unlock : .lock)
          isLocked.toggle()
        }
      }
      if isLocked { program.append(.unlock) }
      switch usesRCU ? random.next(below: 5) : 4 {
      case 0...1:
        let end = random.next(below: 3) == 0 ? random.next(below: program.count) + 1 : program.count
        program.insert(.leaveSection, at: end)
        program.insert(.enterSection, at: random.next(below: 3) == 0 ? random.next(below: end) : 0)
      case 2...3:
        program.insert(contentsOf: [.beginGracePeriod, .endGracePeriod], at: program.count - 1)
      default: break
      }
      return program
    }
  }

  // MARK: The machine

  /// By location: the time stamp of the newest store that was seen.
  typealias View = [Int]

  struct Message: Hashable {
    let value: Int
    var released: View
    var global: View
    var from: Origins
    var isGlued = false
    /// What it carries of the accesses that may race.
    var facts: Facts = []
  }

  /// What had reached CPUs by loads that come before something.
  typealias Origins = [Int: View]

  struct CPU: Hashable {
    var counter = 0
    var registers: [Int]
    var current: View
    var reached: View
    var own: View
    var released: View
    var global: View
    var unlocked: View
    var from: Origins = [:]
    /// What comes before its next accesses.
    var facts = CPUFacts()
    var isInside = false
    /// Of the grace period that it waits for.
    var start: Known?
    var sections: Known?
    var waitsFor: Set<Int> = []
  }

  /// What somebody had seen at some moment, and whose loads came before that.
  struct Known: Hashable {
    var view: View
    var from: Origins = [:]
    var facts: Facts = []
  }

  struct State: Hashable {
    /// By location, in coherence order. The lock is the one behind the others: 1 is held.
    var memory: [[Message]]
    var cpus: [CPU]
    var fenced: Known
    /// What was seen by those who left read sections, and before grace periods that are over.
    var left: Known
    var over: Known
    /// nil unless somebody asks what orders accesses.
    var accesses: Set<Access>?

    /// Whatever has the time stamp, or a later one, is one later now.
    mutating func shift(_ location: Int, from stamp: Int) {
      func shift(_ view: inout View) { if view[location] >= stamp { view[location] += 1 } }
      func shiftAll(_ origins: inout Origins) { for cpu in origins.keys { shift(&origins[cpu]!) } }
      func shiftKnown(_ known: inout Known) {
        shift(&known.view)
        shiftAll(&known.from)
      }
      for cpu in cpus.indices {
        for view in [\CPU.current, \.reached, \.own, \.released, \.global, \.unlocked] {
          shift(&cpus[cpu][keyPath: view])
        }
        shiftAll(&cpus[cpu].from)
        if cpus[cpu].start != nil { shiftKnown(&cpus[cpu].start!) }
        if cpus[cpu].sections != nil { shiftKnown(&cpus[cpu].sections!) }
      }
      shiftKnown(&fenced)
      shiftKnown(&left)
      shiftKnown(&over)
      for y in memory.indices {
        for number in memory[y].indices {
          shift(&memory[y][number].released)
          shift(&memory[y][number].global)
          shiftAll(&memory[y][number].from)
        }
      }
    }
  }

  private func joined(_ one: View, _ other: View) -> View { zip(one, other).map(max) }

  private func joined(_ one: Origins, _ other: Origins) -> Origins {
    one.merging(other, uniquingKeysWith: joined)
  }

  private func joined(_ one: Known, _ other: Known) -> Known {
    Known(
      view: joined(one.view, other.view), from: joined(one.from, other.from),
      facts: one.facts.union(other.facts))
  }

  /// What has reached a CPU, and whose loads come before what it does next, its own among them.
  private func known(to cpu: Int, in state: State) -> Known {
    let me = state.cpus[cpu]
    return Known(
      view: me.reached, from: joined(me.from, [cpu: me.reached]),
      facts: me.facts.all.union(me.facts.pending))
  }

  private func view(_ location: Int, _ stamp: Int) -> View {
    (0...variables).map { $0 == location ? stamp : 0 }
  }

  /// The registers, and the newest stores, of every state in which all programs are over.
  var finalStates: Set<[Int]> {
    var final: Set<[Int]> = []
    forEachState { state in
      if state.cpus.indices.allSatisfy({ state.cpus[$0].counter == programs[$0].count }) {
        final.insert(
          state.cpus.flatMap(\.registers) + state.memory.prefix(variables).map { $0.last!.value })
      }
    }
    return final
  }

  func forEachState(accesses: Set<Access>? = nil, _ visit: (State) -> Void) {
    let zero = Array(repeating: 0, count: variables + 1)
    let message = Message(value: 0, released: zero, global: zero, from: [:])
    let start = State(
      memory: Array(repeating: [message], count: variables + 1),
      cpus: programs.map { _ in
        CPU(
          registers: Array(repeating: 0, count: registers), current: zero, reached: zero, own: zero,
          released: zero, global: zero, unlocked: zero)
      }, fenced: Known(view: zero), left: Known(view: zero), over: Known(view: zero),
      accesses: accesses)
    var known: Set<State> = [start]
    var rest = [start]
    while let state = rest.popLast() {
      visit(state)
      for cpu in programs.indices where state.cpus[cpu].counter < programs[cpu].count {
        var next = state
        next.cpus[cpu].counter += 1
        for after in successors(of: next, programs[cpu][state.cpus[cpu].counter], on: cpu)
        where known.insert(after).inserted { rest.append(after) }
      }
    }
  }

  private func successors(of state: State, _ instruction: Instruction, on cpu: Int) -> [State] {
    let lock = variables
    switch instruction {
    case .load(let x, let order, let r):
      return readable(x, in: state, on: cpu).map { stamp in
        var next = state
        next.cpus[cpu].registers[r] = state.memory[x][stamp].value
        load(x, stamp, order, &next, on: cpu)
        return next
      }
    case .branch(let x, let order, let value):
      return readable(x, in: state, on: cpu).map { stamp in
        var next = state
        load(x, stamp, order, &next, on: cpu)
        if state.memory[x][stamp].value != value { next.cpus[cpu].counter = programs[cpu].count }
        return next
      }
    case .store(let x, let order, let value):
      return (1...state.memory[x].count).filter { stamp in
        stamp > state.cpus[cpu].reached[x]
          && !(stamp < state.memory[x].count && state.memory[x][stamp].isGlued)
      }.map { stamp in
        var next = state
        store(x, value, stamp, order, &next, on: cpu)
        if order == .full { fence(.fullFence, &next, on: cpu) }
        return next
      }
    case .fence(let kind):
      var next = state
      fence(kind, &next, on: cpu)
      return [next]
    case .exchange(let x, let order, let value, let r):
      return update(x, order == .plain ? .relaxed : order, into: r, state, on: cpu) { _ in value }
    case .addNotZero(let x, let r):
      return update(x, .full, into: r, state, on: cpu) { $0 == 0 ? 0 : min($0 + 1, Self.mostValue) }
    case .lock:
      if state.memory[lock].last!.value != 0 { return [] }
      var next = state
      take(&next, on: cpu)
      return [next]
    case .unlock: return [unlocked(state, on: cpu)]
    case .tryLock(let r):
      var all: [State] = readable(lock, in: state, on: cpu).filter {
        state.memory[lock][$0].value == 1
      }.map { stamp in
        var next = state
        next.cpus[cpu].registers[r] = 0
        load(lock, stamp, .relaxed, &next, on: cpu)
        return next
      }
      if state.memory[lock].last!.value == 0 {
        var next = state
        next.cpus[cpu].registers[r] = 1
        take(&next, on: cpu)
        all.append(next)
      }
      return all
    case .unlockIf(let r):
      return [state.cpus[cpu].registers[r] == 1 ? unlocked(state, on: cpu) : state]
    case .enterSection: return entered(state, on: cpu)
    case .leaveSection:
      var next = state
      leave(&next, on: cpu)
      return [next]
    case .beginGracePeriod:
      var next = state
      begin(&next, on: cpu)
      return [next]
    case .endGracePeriod:
      if !state.cpus[cpu].waitsFor.isEmpty { return [] }
      var next = state
      end(&next, on: cpu)
      return [next]
    }
  }

  private func readable(_ x: Int, in state: State, on cpu: Int) -> [Int] {
    state.memory[x].indices.filter { $0 >= state.cpus[cpu].current[x] }
  }

  // MARK: The rules

  /// Rule 1.
  private func load(
    _ x: Int, _ stamp: Int, _ order: Order, _ state: inout State, on cpu: Int
  ) {
    noteLoad(x, stamp, order, &state, on: cpu)
    let message = state.memory[x][stamp]
    let carried = joined(message.released, message.global)
    state.cpus[cpu].reached = joined(
      joined(state.cpus[cpu].reached, view(x, stamp)), carried)
    state.cpus[cpu].current = joined(state.cpus[cpu].current, view(x, stamp))
    state.cpus[cpu].global = joined(state.cpus[cpu].global, message.global)
    state.cpus[cpu].from = joined(state.cpus[cpu].from, message.from)
    if order == .acquire {
      state.cpus[cpu].current = joined(state.cpus[cpu].current, carried)
      if let own = message.from[cpu] {
        state.cpus[cpu].current = joined(state.cpus[cpu].current, own)
      }
    }
  }

  /// Rule 2.
  private func store(
    _ x: Int, _ value: Int, _ stamp: Int, _ order: Order, after read: Message? = nil,
    _ state: inout State, on cpu: Int
  ) {
    let facts = noteStore(x, order, after: read, &state, on: cpu)
    state.shift(x, from: stamp)
    let me = state.cpus[cpu]
    var message = Message(
      value: value, released: order == .release ? me.reached : me.released, global: me.global,
      from: known(to: cpu, in: state).from, facts: facts)
    if let read {
      message.released = joined(message.released, read.released)
      message.isGlued = true
    }
    state.memory[x].insert(message, at: stamp)
    state.cpus[cpu].reached = joined(state.cpus[cpu].reached, view(x, stamp))
    state.cpus[cpu].current = joined(state.cpus[cpu].current, view(x, stamp))
    state.cpus[cpu].own = joined(
      joined(state.cpus[cpu].own, view(x, stamp)), joined(message.released, message.global))
  }

  /// Rule 3. One that leaves the value as it is counts as one that fails.
  private func update(
    _ x: Int, _ order: Order, into r: Int, _ state: State, on cpu: Int, _ change: (Int) -> Int
  ) -> [State] {
    state.memory[x].indices.compactMap { stamp in
      var next = state
      let message = state.memory[x][stamp]
      next.cpus[cpu].registers[r] = message.value
      let value = change(message.value)
      if value == message.value {
        if stamp < state.cpus[cpu].current[x] { return nil }
        load(x, stamp, .relaxed, &next, on: cpu)
        return next
      }
      if order == .full { fence(.fullFence, &next, on: cpu) }
      let isFollowed = stamp + 1 < state.memory[x].count && state.memory[x][stamp + 1].isGlued
      if stamp < next.cpus[cpu].reached[x] || isFollowed { return nil }
      load(x, stamp, order, &next, on: cpu)
      store(x, value, stamp + 1, order, after: message, &next, on: cpu)
      if order == .full { fence(.fullFence, &next, on: cpu) }
      return next
    }
  }

  /// Rules 4 and 5.
  private func fence(_ kind: Fence, _ state: inout State, on cpu: Int) {
    var me = state.cpus[cpu]
    switch kind {
    case .readFence:
      me.current = me.reached
      me.facts.readFence()
    case .writeFence:
      me.released = joined(me.released, me.own)
      me.facts.writeFence()
    default:
      noteFence(&state, on: cpu)
      me.facts = state.cpus[cpu].facts
      state.fenced = joined(state.fenced, known(to: cpu, in: state))
      me.current = state.fenced.view
      me.reached = state.fenced.view
      me.released = state.fenced.view
      me.global = state.fenced.view
      me.from = state.fenced.from
    }
    state.cpus[cpu] = me
  }

  /// Rule 6.
  private func take(_ state: inout State, on cpu: Int) {
    let stamp = state.memory[variables].count - 1
    let message = state.memory[variables][stamp]
    load(variables, stamp, .acquire, &state, on: cpu)
    state.cpus[cpu].facts.lock(message.facts)
    let carried = joined(
      joined(message.released, message.global), state.cpus[cpu].unlocked)
    for view in [\CPU.current, \.reached, \.released] {
      state.cpus[cpu][keyPath: view] = joined(state.cpus[cpu][keyPath: view], carried)
    }
    store(variables, 1, stamp + 1, .relaxed, after: message, &state, on: cpu)
  }

  private func unlocked(_ state: State, on cpu: Int) -> State {
    var next = state
    store(
      variables, 0, state.memory[variables].count, .release,
      after: state.memory[variables].last, &next, on: cpu)
    next.cpus[cpu].unlocked = next.cpus[cpu].reached
    next.cpus[cpu].facts.unlock()
    return next
  }

  /// Rule 12: each grace period that lasts may wait for the section, or its beginning comes before that.
  private func entered(_ state: State, on cpu: Int) -> [State] {
    let lasting = state.cpus.indices.filter { state.cpus[$0].start != nil }
    return (0..<(1 << lasting.count)).map { choice in
      var next = state
      var known = state.over
      for (number, other) in lasting.enumerated() {
        if choice >> number & 1 == 0 {
          known = joined(known, state.cpus[other].start!)
        } else {
          next.cpus[other].waitsFor.insert(cpu)
        }
      }
      for view in [\CPU.current, \.reached, \.released, \.global] {
        next.cpus[cpu][keyPath: view] = joined(next.cpus[cpu][keyPath: view], known.view)
      }
      next.cpus[cpu].from = joined(next.cpus[cpu].from, known.from)
      next.cpus[cpu].facts.learn(known.facts)
      next.cpus[cpu].isInside = true
      return next
    }
  }

  private func leave(_ state: inout State, on cpu: Int) {
    let known = known(to: cpu, in: state)
    for other in state.cpus.indices where state.cpus[other].waitsFor.remove(cpu) != nil {
      state.cpus[other].sections = joined(state.cpus[other].sections!, known)
    }
    state.left = joined(state.left, known)
    state.cpus[cpu].isInside = false
  }

  private func begin(_ state: inout State, on cpu: Int) {
    fence(.fullFence, &state, on: cpu)
    state.cpus[cpu].start = known(to: cpu, in: state)
    state.cpus[cpu].sections = state.left
    state.cpus[cpu].waitsFor = Set(state.cpus.indices.filter { state.cpus[$0].isInside })
  }

  private func end(_ state: inout State, on cpu: Int) {
    let (start, sections) = (state.cpus[cpu].start!, state.cpus[cpu].sections!)
    state.cpus[cpu].reached = joined(state.cpus[cpu].reached, sections.view)
    state.cpus[cpu].from = joined(state.cpus[cpu].from, sections.from)
    state.cpus[cpu].facts.learn(sections.facts)
    fence(.fullFence, &state, on: cpu)
    state.over = joined(state.over, start)
    state.cpus[cpu].start = nil
    state.cpus[cpu].sections = nil
  }
}

// MARK: The same for the engine

extension KernelOrderPrograms {
  var programCount: Int { programs.count }

  /// What the steps are called, apart from one another.
  func name(of place: Int, on cpu: Int) -> String { "\(cpu).\(place)" }

  func system(_ memoryModel: MemoryModel) throws -> System {
    try system(memoryModel, reportsDataRaces: false)
  }

  func system(_ memoryModel: MemoryModel, reportsDataRaces: Bool) throws -> System {
    try System(memoryModel: memoryModel) { b in
      if reportsDataRaces { b.reportDataRaces() }
      let x = (0..<variables).map { b.field("x\($0)", .range(0...Self.mostValue), initially: 0) }
      let lock = b.lock("l", .spinlock)
      let sections = ReadSections(in: b)
      for number in programs.indices {
        b.actor("a\(number)", on: b.cpu()) { me in
          let r = (0..<registers).map {
            me.register("r\($0)", .range(0...Self.mostValue), initially: 0)
          }
          steps(from: 0, of: number, x, r, lock, sections)
        }
      }
    }
  }

  @StepsBuilder private func steps(
    from place: Int, of cpu: Int, _ x: [Field<Int>], _ r: [Register<Int>], _ lock: Lock,
    _ sections: ReadSections
  ) -> Steps {
    if place < programs[cpu].count {
      let name = name(of: place, on: cpu)
      let rest = steps(from: place + 1, of: cpu, x, r, lock, sections)
      if case .branch(let place, let order, let value) = programs[cpu][place] {
        If(Condition(name, .load(x[place], Self.loadOrdering(order))) { $0 == value }) { rest }
      } else {
        Self.steps(of: programs[cpu][place], name, x, r, lock, sections)
        rest
      }
    }
  }

  private static func loadOrdering(_ order: Order) -> Operation.Ordering {
    order == .full ? .relaxed : ordering(order, .acquire)
  }

  private static func ordering(_ order: Order, _ fits: Order) -> Operation.Ordering {
    switch order {
    case .full: .full
    case .plain: .plain
    case fits: fits == .acquire ? .acquire : .release
    default: .relaxed
    }
  }

  @StepsBuilder private static func steps(
    of instruction: Instruction, _ name: String, _ x: [Field<Int>], _ r: [Register<Int>],
    _ lock: Lock, _ sections: ReadSections
  ) -> Steps {
    switch instruction {
    case .load(let place, let order, let into):
      Step(name, .load(x[place], loadOrdering(order))) {
        [own = r[into]] value, my in my[own] = value
      }
    case .store(let place, let order, let value):
      Step(name, .store(x[place], ordering(order, .release))) { value }
    case .fence(let fence): Step("fence", fence)
    case .exchange(let place, let order, let new, let into):
      Step(
        name,
        .atomic(
          x[place],
          order == .full
            ? .full : order == .acquire ? .acquire : order == .release ? .release : .relaxed)
      ) { [own = r[into]] value, my in
        my[own] = value
        value = new
      }
    case .addNotZero(let place, let into):
      Condition(name, .atomic(x[place])) { [own = r[into]] value, my in
        my[own] = value
        if value != 0 && value != mostValue { value += 1 }
        return my[own] != 0
      }
    case .lock: lock.acquire()
    case .unlock: lock.release()
    case .tryLock(let into):
      If(lock.tryAcquire().also { [own = r[into]] my, taken in my[own] = taken ? 1 : 0 }) {
        lock.release()
      }
    case .unlockIf, .branch: Steps.none
    case .enterSection: sections.enter
    case .leaveSection: sections.leave
    case .beginGracePeriod: sections.begin
    case .endGracePeriod: sections.end
    }
  }
}
