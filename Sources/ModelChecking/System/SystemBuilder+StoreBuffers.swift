/// What the memory model makes of a system, once its programs are known.
extension SystemBuilder {
  /// The actors as the machine runs them, and behind them what empties its store buffers.
  ///
  /// It declares the fields that this takes, and is asked once.
  /// - Throws: `ModelError` with every step that the memory model can't be told of.
  func actorsUnderMemoryModel() throws(ModelError) -> [System.ActorProgram] {
    if memoryModel == .sc {
      declareDataRaces(racingPairs)
      guard problems.isEmpty else { throw ModelError(problems) }
      return actors
    }
    problems += stepsRefused
    if memoryModel == .lkmm { return try actorsWithCoherence() }
    if actors.count + cpuCount > 62 {
      problems.append("it has more than 62 actors, the store buffers of its CPUs included")
    }
    if invariants.count + cpuCount > 64 {
      problems.append(
        "it has more than 64 invariants, one for the store buffer of each CPU included")
    }
    guard problems.isEmpty else { throw ModelError(problems) }
    let protection = FieldProtection(actors.map { ($0.program, $0.cpu) })
    let ideal = idealFields
    let plans = (0..<cpuCount).map { cpu in
      StoreBufferPlan(
        of: CPU(index: cpu),
        programs: actors.filter { $0.cpu.index == cpu }.map(\.program), protection,
        isShared: { declarations[$0].role == .shared && !ideal.contains($0) })
    }
    let sections = sectionStores(plans)
    let buffers = plans.map { plan in
      storeBuffer(plan, counts: sections.flatMap { $0.counts(of: plan.cpu.index) })
    }
    guard problems.isEmpty else { throw ModelError(problems) }
    let running = actors.map { actor in
      let buffer = buffers[actor.cpu.index]
      return actor.running { step in
        let treatment = plans[actor.cpu.index].treatment(of: step)
        return step.through(
          buffer, treatment,
          givenBack: treatment.releases.map { declarations[$0].slot.codes.upperBound },
          isWatched: treatment.releases.map(protection.watchedLocks.contains) ?? false
        ).waiting(
          for: sections.first { $0.domain == step.gracePeriod?.domain }, through: buffer,
          on: actor.cpu.index)
      }
    }
    return running + bufferActors
  }

  /// Says that a field is no memory of the kernel's, but stands for what several accesses come to under
  /// sequential consistency. Under another memory model steps that access it are refused.
  ///
  /// - Parameter reason: in words that go on after the field's name: "stands for a grace period".
  public func onlySequential<Value>(_ field: Field<Value>, because reason: String) {
    abstractions[Int(field.number)] = reason
  }

  /// The same of a field that each actor has for itself.
  public func onlySequential<Value>(_ field: ActorField<Value>, because reason: String) {
    actorAbstractions[field.name] = reason
  }

  /// Says of two fields that each actor has for itself that they are no memory of the kernel's, but say who is in a
  /// read section and who is waited for: what steps do with them, they say by a `GracePeriodDeed`.
  package func standForReadSections(
    _ nesting: ActorField<Int>, _ waitsFor: ActorField<ActorSet>
  ) {
    idealNames.formUnion([nesting.name, waitsFor.name])
  }

  /// Says that a field stands for something under a lock of its own: a store to it is a release, a load an acquire of
  /// the newest store. Under total store order steps that access it are refused.
  ///
  /// - Parameter reason: in words that go on after the field's name: "stands for a list under its lock".
  package func handOver<Value>(_ field: Field<Value>, because reason: String) {
    handedOverNumbers.insert(Int(field.number))
    if memoryModel == .tso { onlySequential(field, because: reason) }
  }

  /// The same of a field that each actor has for itself.
  package func handOver<Value>(_ field: ActorField<Value>, because reason: String) {
    handedOverNames.insert(field.name)
    if memoryModel == .tso { onlySequential(field, because: reason) }
  }

  /// The fields that stand for what read sections and grace periods know of each other.
  var idealFields: Set<Int> { Set(idealNames.flatMap(numbersOfOwnFields)) }

  /// The fields that are handed over under a lock of their own.
  var handedOverFields: Set<Int> {
    handedOverNumbers.union(handedOverNames.flatMap(numbersOfOwnFields))
  }

  /// The domains of grace periods, each with the actors that may wait for one, in order.
  var waitersByDomain: [(domain: String, waiters: [Int])] {
    let deeds = actors.flatMap { $0.program.alternatives.compactMap(\.step.gracePeriod) }
    return Set(deeds.map(\.domain)).sorted().map { domain in
      let ends = deeds.filter { $0.domain == domain && $0.kind == .ends }
      return (domain, Set(ends.map(\.actor)).sorted())
    }
  }

  /// Declares what counts the stores for which grace periods wait.
  private func sectionStores(_ plans: [StoreBufferPlan]) -> [SectionStores] {
    waitersByDomain.map { domain, waiters in
      func counts(_ name: String) -> [Field<Int>?] {
        plans.map { plan in
          plan.fields.isEmpty
            ? nil
            : declare(
              "\(name)[\(plan.cpu)]", FieldDomain<Int>.range(0...plan.slotCount), [0], .control,
              label: { "\($0)" })
        }
      }
      return SectionStores(
        domain: domain, left: counts("\(domain).left"),
        awaited: waiters.reduce(into: [:]) { awaited, actor in
          awaited[actor] = counts("\(domain).\(actors[actor].name)")
        })
    }
  }

  /// What is wrong with steps under this memory model, the first of each actor.
  private var stepsRefused: [String] {
    for (name, reason) in actorAbstractions {
      for number in numbersOfOwnFields(called: name) { abstractions[number] = reason }
    }
    return actors.flatMap { actor in
      let refused = actor.program.alternatives.lazy.compactMap { alternative -> String? in
        let step = alternative.step
        let fields = Set(step.operation.reads + step.operation.writes).sorted()
        return fields.lazy.compactMap { field in
          self.abstractions[field].map { reason in
            "the step '\(step.name)' of actor '\(actor.name)' (\(step.declaration)): "
              + "'\(self.declarations[field].name)' \(reason), which says nothing of weaker memory"
          }
        }.first
      }
      return refused.first.map { [$0] } ?? []
    }
  }

  /// A declared field, whatever its values; in its place, where that is known.
  func field(_ number: Int) -> Field<Int> {
    let declared = declarations[number].slot
    let placed = layout.map { $0.fields[number].slot } ?? declared
    return Field(placed.codes == declared.codes ? placed : declared, number: number)
  }

  /// Declares the buffer of a CPU, with what empties it; nil where nothing waits in it.
  private func storeBuffer(_ plan: StoreBufferPlan, counts: [Field<Int>]) -> StoreBuffer? {
    if plan.fields.isEmpty { return nil }
    var entries: [StoreBuffer.Entry] = []
    var next = 1
    for number in plan.fields {
      let field = field(number)
      entries.append(StoreBuffer.Entry(field: field, firstCode: next))
      let (count, isTooLarge) = (field.maximum - field.minimum).addingReportingOverflow(1 + next)
      if isTooLarge || count > 1 << 40 {
        problems.append(
          "the values of '\(declarations[number].name)' are too many for the store buffer of "
            + "\(plan.cpu)")
        return nil
      }
      next = count
    }
    let stored = entries.map { entry in
      (first: entry.firstCode, declaration: declarations[Int(entry.field.number)])
    }
    let slots = (0..<plan.slotCount).map { number in
      declare(
        "\(plan.cpu).buffer[\(number)]", FieldDomain<Int>.range(0...(next - 1)), [0], .shared
      ) { code in
        guard let place = stored.last(where: { $0.first <= code }), code > 0 else {
          return "empty"
        }
        let value = place.declaration.slot.codes.lowerBound + code - place.first
        return "\(place.declaration.name) = \(place.declaration.label(value))"
      }
    }
    for slot in slots { declarations[Int(slot.number)].isBufferSlot = true }
    let name = "store buffer \(plan.cpu.index)"
    let counter = declare(
      "\(name).location", FieldDomain<Int>.range(0...1), [0], .control, label: { "\($0)" })
    let depth = declare(
      "\(name).contextsOff", FieldDomain<Int>.range(0...0), [0], .control, label: { "\($0)" })
    let active = declare(
      "\(name).active", FieldDomain<Bool>.only(false), [false], .control, label: { "\($0)" })
    let buffer = StoreBuffer(
      slots: slots, entries: entries, counter: counter, counts: counts,
      layout: layout ?? StateLayout(packing: declarations))
    let declaration = SourceLine(file: #filePath, line: #line)
    bufferActors.append(
      System.ActorProgram(
        name: name, cpu: plan.cpu, kind: .task, program: .emptying(buffer, of: name, declaration),
        counter: counter,
        depths: ContextDepths(
          preemption: depth, bottomHalves: depth, interrupts: depth, kind: .task),
        active: active, duty: .mayRunForever, declaration: declaration, isStoreBuffer: true))
    if !plan.isLargeEnough {
      let last = slots[plan.slotCount - plan.mostPushed]
      let claim = "the store buffer of \(plan.cpu) has room for every store"
      invariants.append(
        Invariant(
          number: invariants.count, name: claim, declaration: declaration, severity: .warning,
          antecedent: nil, claim: { $0[last] == 0 },
          code: AuthorCode("invariant", claim, at: declaration), isLimit: true))
    }
    return buffer
  }
}

extension System.ActorProgram {
  /// The same actor, whose steps are others.
  fileprivate func running(
    _ replace: (StepDefinition) -> StepDefinition
  ) -> System.ActorProgram {
    var copy = self
    copy.program = program.replacingSteps(replace)
    return copy
  }
}

extension Program {
  /// What empties a store buffer: it is at its end while there is nothing in it.
  fileprivate static func emptying(
    _ buffer: StoreBuffer, of name: String, _ declaration: SourceLine
  ) -> Program {
    let step = StepDefinition("becomes visible", .context, answers: false, at: declaration) {
      state in
      buffer.flush(state)
      return true
    }
    let first = buffer.slots[0]
    return Program(
      start: .location(0),
      locations: [
        Location(alternatives: 0..<0, mayRest: true, endsRun: true),
        Location(alternatives: 0..<1, mayRest: false, endsRun: false),
      ],
      alternatives: [
        Alternative(
          step: step, callSites: [], conditions: [], next: .branch(0), otherwise: .branch(0),
          code: AuthorCode("step", step.name, of: name, at: declaration), site: 0)
      ],
      branches: [
        Branch(predicate: { $0[first] == 0 }, site: 1, yes: .location(0), no: .location(1))
      ],
      questions: [:])
  }
}
