import KernelPages
import ModelChecking

/// Declares the system of a compiled race.
struct Emission {
  private let race: CompiledRace
  private let system: SystemBuilder
  private let labels: ValueLabels
  private let machine: Machine
  private let locks: EngineLocks
  private let rcu: RCU?

  init(_ race: CompiledRace, in system: SystemBuilder) {
    self.race = race
    self.system = system
    labels = ValueLabels(race.world)
    locks = EngineLocks(race, in: system)
    var cells: [Storage?] = []
    for (number, cell) in race.world.memory.cells.enumerated() {
      cells.append(Self.storage(of: cell, race.domains[number], number, locks, labels, system))
    }
    var tables: [[Int]] = []
    let allDomains = race.domains + race.programs.flatMap(\.domains.values)
    for values in allDomains.compactMap(\.values) where !tables.contains(values) {
      tables.append(values)
    }
    machine = Machine(
      cells: cells, tables: tables,
      elements: [Elements(.void, [])]
        + race.world.elements.values.sorted { $0.type.name < $1.type.name })
    rcu = race.usesRCU ? RCU(in: system) : nil
  }

  private static func storage(
    of cell: Memory.Cell, _ domain: Storage.Domain, _ number: Int, _ locks: EngineLocks,
    _ labels: ValueLabels, _ system: SystemBuilder
  ) -> Storage? {
    switch cell.role {
    case .lock: return locks.lock(number).map { Storage(field: $0.coded, values: nil) }
    case .end: return nil
    case .shared:
      let field = system.field(
        cell.name, Self.domain(domain, labels), initially: domain.code(of: cell.initial))
      let reason = "stands for what the kernel keeps under a lock"
      if cell.abstraction == "rcu_head" {
        system.handOver(field, because: reason)
      } else if cell.abstraction != nil || cell.type == .enumeration("task_state") {
        system.onlySequential(field, because: reason)
      }
      return Storage(field: field, values: domain.values, range: domain.range)
    case .ghost:
      return Storage(
        field: system.ghost(
          cell.name, Self.domain(domain, labels), initially: domain.code(of: cell.initial)
        ).coded, values: domain.values, range: domain.range)
    }
  }

  private static func domain(_ domain: Storage.Domain, _ labels: ValueLabels) -> FieldDomain<Int> {
    .codes(domain.codes) { code in labels.label(domain.value(of: code), domain.type) }
  }

  // MARK: The system

  func declare() {
    // Under total store order whoever knows that it may free has seen all stores before that.
    if system.memoryModel == .lkmm && !race.world.memory.objects.isEmpty {
      system.reject(
        "what was freed is noted beside the object, so that a store which comes to memory after 'kfree()' would "
          + "not be seen")
    }
    if system.memoryModel != .sc && race.world.race.mentions(["waitqueue_active"]) {
      system.reject(
        "write the list of 'waitqueue_active()' as a variable of its own, 'int waiting;': who waits stores 1 in it and "
          + "then looks at the condition, who wakes stores the condition and then looks at it, and the barrier "
          + "between the two is what there is to be tried")
    }
    let cpus = (0..<race.world.cpuCount).map { _ in system.cpu() }
    var observed: [Int: [Int: Code.Register]] = [:]
    for (number, member) in race.members.enumerated() {
      let line = race.world.text.sourceLine(of: member.syntax.spot)
      system.actor(
        member.name, on: cpus[member.cpu], member.syntax.kind.actorKind,
        duty: member.syntax.duty.actorDuty,
        file: line.file, line: line.line
      ) { actor in
        let registers = self.registers(of: member, actor)
        if member.isFirst { observed[member.syntax.number] = registers }
        return ProgramEmission(
          race.programs[member.program], of: number, registers, machine, locks, rcu, race
        ).steps()
      }
    }
    declareProperties(observed)
    for decided in race.decidedQuestions { system.note(decided) }
    system.sayUndefined { [machine] number in machine.words(number) }
  }

  private func registers(
    of member: CompiledRace.Member, _ actor: Actor
  ) -> [Int: Code.Register] {
    let program = race.programs[member.program]
    let names = program.registerNames
    var registers: [Int: Code.Register] = [:]
    for (variable, domain) in program.domains.sorted(by: { $0.key < $1.key }) {
      guard let name = names[variable] else {
        registers[variable] = .constant(domain.value(of: domain.codes.lowerBound))
        continue
      }
      let register = actor.register(
        name, Self.domain(domain, labels), initially: domain.resetCode)
      registers[variable] = .storage(
        Storage(field: register.coded, values: domain.values, range: domain.range))
    }
    return registers
  }

  // MARK: Properties

  private func declareProperties(_ observed: [Int: [Int: Code.Register]]) {
    var registers: [Int: Code.Register] = [:]
    for (actor, own) in observed {
      for (variable, register) in own {
        registers[Observed.number(actor: actor, variable: variable)] = register
      }
    }
    for property in race.properties {
      let condition = question(property.condition, registers)
      // Where it is undefined whether something is claimed it is, and what is undefined is not true.
      let when = property.when.map { question($0, registers, otherwise: true) }
      let line = race.world.text.sourceLine(of: property.syntax.spot)
      let (name, file) = (property.syntax.name, line.file)
      switch property.syntax.kind {
      case .always:
        system.invariant(name, when: when, file: file, line: line.line, holds: condition)
      case .warnAlways:
        system.invariant(
          name, severity: .warning, when: when, file: file, line: line.line, holds: condition)
      case .reachable: system.goal(name, file: file, line: line.line, isReached: condition)
      case .alwaysReachable:
        system.goal(name, .alwaysReachable, file: file, line: line.line, isReached: condition)
      case .eventually:
        system.goal(
          name, .inevitable, whenever: when, file: file, line: line.line, isReached: condition)
      }
    }
    declareUnderflow()
    if let spot = race.world.race.dataRaces ?? race.world.race.exclusiveAccess {
      system.reportDataRaces(at: race.world.text.sourceLine(of: spot))
    }
    for item in race.world.race.unreachable {
      let line = race.world.text.sourceLine(of: item.spot)
      system.unreachable(
        item.name, answer: item.answer, of: item.actor, in: item.function, at: item.line,
        because: item.reason, file: line.file, line: line.line)
    }
    declareFinal(registers)
  }

  /// A reference that is dropped where there is none: the kernel says so in `put_page()`, and elsewhere later, in
  /// `bad_page()`, if at all.
  private func declareUnderflow() {
    let memory = race.world.memory
    guard let count = memory.structures["page"]?.first(where: { $0.name == "_refcount" }) else {
      return
    }
    let counts = memory.pages.map { $0 + count.offset }.filter {
      race.domains[$0].range.lowerBound < 0
    }
    guard let first = counts.first else { return }
    let term = counts.reduce(Term.one) { all, cell in
      let content = Term.cell(.constant(Address.of(cell: cell)))
      return .making(.and, all, .making(.greaterOrEqual, content, .zero))
    }
    system.impliedInvariant(
      "no page's _refcount underflows",
      at: race.world.text.sourceLine(of: memory.cells[first].spot),
      holds: question(term, [:]))
  }

  private func declareFinal(_ registers: [Int: Code.Register]) {
    guard let final = race.final else { return }
    let isOver = system.isOver
    let isRuledOut = final.kind == .exists && system.rulesOutOutcomes
    let kind = isRuledOut ? .notExists : final.kind
    let name = isRuledOut ? "~" + final.text : final.text
    let condition = question(final.condition, registers, otherwise: kind == .notExists)
    let filter = final.filter.map { question($0, registers) }
    let isMeant: @Sendable (State) -> Bool = { s in isOver(s) && (filter?(s) ?? true) }
    let (file, line) = (final.line.file, final.line.line)
    switch kind {
    case .exists:
      system.goal(name, file: file, line: line) { s in isMeant(s) && condition(s) }
    // Where the end is never reached nothing is shown.
    case .notExists:
      system.invariant(name, when: isMeant, file: file, line: line) { s in !condition(s) }
    case .forall: system.invariant(name, when: isMeant, file: file, line: line, holds: condition)
    }
  }

  private func question(
    _ term: Term, _ registers: [Int: Code.Register], otherwise: Bool = false
  ) -> @Sendable (State) -> Bool {
    var code = Code(machine, registers: registers)
    let position = code.add(term)
    let done = code
    return { s in done.value(position, CodedState(s), seen: 0).map { $0 != 0 } ?? otherwise }
  }
}

extension Storage.Domain {
  /// What a register holds while nobody wants it.
  var resetCode: Int {
    if values == nil { return codes.contains(0) ? 0 : codes.lowerBound }
    return values?.firstIndex(of: 0) ?? 0
  }
}

extension ActorSyntax.Kind {
  var actorKind: ActorKind {
    switch self {
    case .task: .task
    case .softirq: .softirq
    case .interrupt: .interrupt
    }
  }
}

extension ActorSyntax.Duty {
  var actorDuty: ActorDuty {
    switch self {
    case .end: .end
    case .mayRunForever: .mayRunForever
    case .mayBeStopped: .mayBeStopped
    }
  }
}

extension CompiledRace {
  /// Whether anybody uses RCU.
  var usesRCU: Bool {
    engineDeeds.contains { deed in
      switch deed {
      case .rcuReadLock, .rcuReadUnlock, .synchronizeRCU, .gracePeriod: true
      default: false
      }
    }
  }

  /// Every step of the engine's in it.
  var engineDeeds: [EngineDeed] {
    programs.flatMap { program in program.settled.locations.flatMap(\.ways.engineDeeds) }
  }
}

extension Settled.Ways {
  fileprivate var engineDeeds: [EngineDeed] {
    switch self {
    case .finish, .step: []
    case .engine(let access, _, _):
      if case .engine(let deed) = access.kind { [deed] } else { [] }
    case .branch(_, _, _, let yes, let no): yes.engineDeeds + no.engineDeeds
    case .choose(let ways): ways.flatMap(\.engineDeeds)
    }
  }
}
