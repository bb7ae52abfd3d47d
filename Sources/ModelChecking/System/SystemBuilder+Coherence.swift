/// What the kernel's memory model without load buffering makes of a system, once its programs are known.
extension SystemBuilder {
  /// The actors as that machine runs them. It declares the fields that this takes.
  func actorsWithCoherence() throws(ModelError) -> [System.ActorProgram] {
    let (ideal, handedOver) = (idealFields, handedOverFields)
    let plan = CoherencePlan(
      actors.map { ($0.program, $0.cpu) },
      isShared: { declarations[$0].role == .shared && !ideal.contains($0) },
      isHandedOver: handedOver.contains)
    problems += goals.filter { $0.kind.fairness != nil }.map {
      "the goal '\($0.name)' is about fair runs, in which a load may see an old store for ever here"
    }
    if plan.isTooWide {
      problems.append(
        "it has more than \(ViewFormat.mostBits) fields whose stores others may see late, or more than "
          + "\(CoherencePlan.mostLocations) with the locks")
    }
    if !plan.isLargeEnough && invariants.count > 63 {
      problems.append("it has more than 64 invariants, the limit on stores that are kept included")
    }
    guard problems.isEmpty else { throw ModelError(problems) }
    let pairs = racingPairs
    let racy = RacyAccesses(pairs, cpus: actors.map(\.cpu.index))
    if racy.isTooMany {
      problems.append(
        "\(max(racy.stores.count, racy.overCount)) things may be ordered or not of the accesses that may race, "
          + "and data races are told of \(AccessBits.mostAccesses) here")
    }
    guard problems.isEmpty else { throw ModelError(problems) }
    let memory = coherentMemory(plan, racy)
    if !plan.isLargeEnough { addLimit(plan, memory) }
    var steps: [[CoherentStep]] = []
    let running = actors.enumerated().map { number, actor in
      var copy = actor
      let program = CoherentProgram(
        actor.program, plan, memory, cpu: actor.cpu.index, reader: number)
      copy.program = actor.program.expandingSteps { program.ways(of: $0) }
      problems += program.problems.map { "actor '\(actor.name)': \($0)" }
      if !pairs.isEmpty { steps.append(actor.program.alternatives.indices.map(program.step)) }
      return copy
    }
    declareDataRaces(
      pairs,
      unordered: memory.order.map { order in
        UnorderedAccesses(memory: memory, order: order, steps: steps)
      })
    guard problems.isEmpty else { throw ModelError(problems) }
    return running
  }

  private func coherentMemory(_ plan: CoherencePlan, _ racy: RacyAccesses) -> CoherentMemory {
    let lanes = plan.locations.count { $0.lane != nil }
    let prospects = actors.enumerated().map { number, actor in
      actor.program.prospects(plan, racy.needs(of: number))
    }
    let all = prospects.reduce(into: CoherencePlan.Prospect()) { all, program in
      for prospect in program { all.formUnion(prospect) }
    }
    let mostInView = (1 << (lanes * plan.format.width)) - 1
    func control(_ name: String, _ most: Int, where isUsed: Bool = true) -> Field<Int> {
      declare(
        name, FieldDomain<Int>.range(0...(isUsed ? most : 0)), [0], .control, label: { "\($0)" })
    }
    let acquirers = (0..<cpuCount).filter { cpu in
      zip(actors, prospects).contains { actor, prospects in
        actor.cpu.index == cpu && prospects.contains { $0.uses.contains(.acquire) }
      }
    }
    func origins(_ name: String, where isUsed: Bool = true) -> CoherentMemory.Origins {
      acquirers.map { cpu in
        control("\(name).from[\(CPU(index: cpu))]", mostInView, where: isUsed)
      }
    }
    let hasFence = all.uses.contains(.fullFence)
    let sets = AccessOrderFields(racy, cpuCount: cpuCount, hasFence: hasFence) { name, most in
      control(name, most)
    }
    let locations = plan.locations.enumerated().map { number, location in
      let name = declarations[location.field].name
      let field = field(location.field)
      let span = field.maximum - field.minimum
      return CoherentMemory.Location(
        field: field, capacity: location.capacity, lane: location.lane,
        isHandedOver: location.isHandedOver,
        newest: control("\(name).newest", location.capacity),
        values: (0..<location.capacity).map { control("\(name).store[\($0)]", span) },
        messages: (0...location.capacity).map { stamp in
          CoherentMemory.MessageFields(
            released: control("\(name).released[\(stamp)]", mostInView),
            global: control("\(name).global[\(stamp)]", mostInView, where: hasFence),
            from: origins("\(name).store[\(stamp)]"),
            isGlued: control("\(name).glued[\(stamp)]", 1, where: location.lane != nil),
            order: sets.set(
              "\(name).order[\(stamp)]", where: all.markedLoads >> UInt64(number) & 1 != 0))
        })
    }
    let givesAddresses = actors.contains { actor in
      actor.program.alternatives.contains { $0.step.givesAddress }
    }
    let cpus = (0..<cpuCount).map { cpu in
      let name = CPU(index: cpu).description
      func view(_ part: String, where isUsed: Bool = true) -> Field<Int> {
        control("\(name).\(part)", mostInView, where: isUsed)
      }
      return CoherentMemory.ViewFields(
        current: view("current"), reached: view("reached"),
        own: view("own", where: all.uses.contains(.writeFence)), released: view("released"),
        global: view("global", where: hasFence),
        addresses: view("addresses", where: givesAddresses),
        unlocked: view("unlocked", where: all.uses.contains(.lock)),
        from: origins(name))
    }
    func known(_ name: String) -> GracePeriods.Known {
      GracePeriods.Known(
        view: control("\(name).reached", mostInView), from: origins(name),
        order: sets.set("\(name).order"))
    }
    let gracePeriods = waitersByDomain.map { domain, waiters in
      GracePeriods(
        domain: domain, left: known("\(domain).left"), over: known("\(domain).over"),
        waiters: waiters.map { actor in
          let name = "\(domain).\(actors[actor].name)"
          return GracePeriods.Waiter(
            actor: actor, isBegun: control("\(name).begun", 1), start: known("\(name).start"),
            sections: known("\(name).sections"))
        })
    }
    let readers = actors.enumerated().map { number, actor in
      CoherentMemory.Reader(
        cpu: actor.cpu.index, counter: actor.counter, prospects: prospects[number])
    }
    return CoherentMemory(
      plan.format, locations, cpus, acquirers: acquirers,
      fenced: control("fences.global", mostInView, where: hasFence),
      fencedFrom: origins("fences", where: hasFence), gracePeriods, readers,
      racy.isEmpty ? nil : sets.order(all.uses),
      wordCount: (layout ?? StateLayout(packing: declarations)).wordCount)
  }

  /// Says that a search is inconclusive where as many stores were kept as can be.
  private func addLimit(_ plan: CoherencePlan, _ memory: CoherentMemory) {
    let declaration = SourceLine(file: #filePath, line: #line)
    let claim = "no field has more stores that somebody may not have seen than are kept"
    let locations = zip(plan.locations, memory.locations).filter { $0.0.mayOverflow }.map(\.1)
    invariants.append(
      Invariant(
        number: invariants.count, name: claim, declaration: declaration, severity: .warning,
        antecedent: nil,
        claim: { state in locations.allSatisfy { state[$0.newest] < $0.capacity } },
        code: AuthorCode("invariant", claim, at: declaration), isLimit: true))
  }
}

/// The steps of a program as a CPU of that machine takes them.
private final class CoherentProgram {
  private let program: Program
  private let plan: CoherencePlan
  private let memory: CoherentMemory
  private let cpu: Int
  private let reader: Int
  private let prospects: [CoherencePlan.Prospect]
  /// By location: whether `smp_mb__before_atomic()` is all that leads there.
  private let isAfterFence: [Bool]
  private(set) var problems: [String] = []

  init(
    _ program: Program, _ plan: CoherencePlan, _ memory: CoherentMemory, cpu: Int, reader: Int
  ) {
    self.program = program
    self.plan = plan
    self.memory = memory
    self.cpu = cpu
    self.reader = reader
    prospects = memory.readers[reader].prospects
    var comesFrom = [(fence: Bool, other: Bool)](
      repeating: (false, false), count: program.locations.count)
    for place in program.locations(of: program.start) { comesFrom[place].other = true }
    for number in program.alternatives.indices {
      let isFence = program.alternatives[number].step.operation == .fence(.beforeAtomic)
      for place in program.targets(of: number) {
        if isFence { comesFrom[place].fence = true } else { comesFrom[place].other = true }
      }
    }
    isAfterFence = comesFrom.map { $0.fence && !$0.other }
    places = program.locations.enumerated().reduce(into: [:]) { places, location in
      for number in location.element.alternatives { places[number] = location.offset }
    }
  }

  private let places: [Int: Int]

  /// The ways in which a step can be taken, the one that sees and leaves the newest first.
  func ways(of number: Int) -> [StepDefinition] {
    let alternative = program.alternatives[number]
    let step = alternative.step
    if step.operation == .fence(.afterUnlockLock) {
      problems.append("nothing is known here of '\(step.name)' (\(step.declaration))")
    }
    if let deed = step.gracePeriod, deed.waiters.count > GracePeriodDeed.mostWaiters {
      problems.append(
        "more than \(GracePeriodDeed.mostWaiters) others may wait for the read section at '\(step.name)'"
      )
      return []
    }
    let newest = self.step(number)
    let treatment = newest.treatment
    if treatment.wayCount > CoherencePlan.mostWays {
      problems.append(
        "the step '\(step.name)' (\(step.declaration)) looks at \(treatment.chosen.count) fields at once "
          + "that others store to without its lock, too many")
      return []
    }
    return (0..<treatment.wayCount).map { way in
      var rest = way
      var chosen = newest
      chosen.ages = treatment.ways.map { count in
        defer { rest /= count }
        return rest % count
      }
      return chosen.made
    }
  }

  /// The step that sees and leaves the newest.
  func step(_ number: Int) -> CoherentStep {
    let alternative = program.alternatives[number]
    var treatment = plan.treatment(
      of: alternative.step, isAfterFence: isAfterFence[places[number] ?? 0],
      isBeforeFence: isBeforeFence(alternative))
    if let order = memory.order {
      treatment.racy = order.accesses.bits(of: reader, number).reduce(into: [:]) { racy, entry in
        if let location = plan.numbers[entry.key] { racy[location] = entry.value }
      }
    }
    var prospect = CoherencePlan.Prospect()
    for place in program.targets(of: number) { prospect.formUnion(prospects[place]) }
    return CoherentStep(
      memory: memory, treatment: treatment, cpu: cpu, reader: reader, step: alternative.step,
      prospect: prospect, ages: treatment.ways.map { _ in 0 })
  }

  /// Whether the fence that belongs to a step comes next whatever its answer, but for a lock that was not taken.
  private func isBeforeFence(_ alternative: Program.Alternative) -> Bool {
    let fence: Fence
    switch alternative.step.operation {
    case .atomic: fence = .afterAtomic
    case .lock: fence = .afterSpinlock
    default: return false
    }
    var next = program.locations(of: alternative.next)
    if case .lock(.tryAcquire, _) = alternative.step.operation {
    } else {
      next += program.locations(of: alternative.otherwise)
    }
    return next.allSatisfy { place in
      let steps = program.locations[place].alternatives
      return !steps.isEmpty
        && steps.allSatisfy { program.alternatives[$0].step.operation == .fence(fence) }
    }
  }
}
