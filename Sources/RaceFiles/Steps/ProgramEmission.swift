import KernelPages
import ModelChecking

/// Turns the locations of a program into the engine's steps.
struct ProgramEmission {
  let program: CompiledRace.Program
  let registers: [Int: Code.Register]
  let machine: Machine
  let locks: EngineLocks
  let rcu: RCU?
  let world: World
  private let addresses: AddressFlow
  private let labels: ValueLabels
  /// By cell: the values that it can have.
  let domains: [Storage.Domain]
  /// By cell: the section of which it counts how deep the actor is in it, as lockdep might call it.
  private let sections: [Int: String]

  /// - Parameter actor: the number of the actor whose program it is.
  init(
    _ program: CompiledRace.Program, of actor: Int, _ registers: [Int: Code.Register],
    _ machine: Machine, _ locks: EngineLocks, _ rcu: RCU?, _ race: CompiledRace
  ) {
    self.program = program
    self.registers = registers
    self.machine = machine
    self.locks = locks
    self.rcu = rcu
    world = race.world
    domains = race.domains
    labels = ValueLabels(race.world)
    addresses = AddressFlow(program)
    sections = race.world.memory.sections(of: actor)
  }

  func steps() -> Steps {
    let all = program.settled.locations.indices.map { number -> Steps in
      var position = 0
      let ways = steps(program.settled.locations[number].ways, at: number, &position)
      return Steps {
        Label("L\(number)")
        ways
      }
    }
    return Steps { for part in all { part } }
  }

  func goto(_ location: Int) -> Steps {
    if case .finish = program.settled.locations[location].ways { return Finish().steps }
    return Goto("L\(location)").steps
  }

  /// - Parameter number: of the next step at the location.
  private func steps(_ ways: Settled.Ways, at location: Int, _ number: inout Int) -> Steps {
    switch ways {
    case .finish: return Finish().steps
    case .step(let step):
      let touched = program.touched[location][number]
      number += 1
      return steps(of: step, touched, at: location)
    case .engine(let access, let yes, let no):
      number += 1
      return engine(access, yes, no, at: location)
    case .branch(let term, let asked, let node, let yes, let no):
      let then = steps(yes, at: location, &number)
      let otherwise = steps(no, at: location, &number)
      return If(question(term, asked, node)) {
        then
      } otherwise: {
        otherwise
      }.steps.unless(undefined(term, asked, at: location))
    case .choose(let ways):
      let parts = ways.map { steps($0, at: location, &number) }
      return Choose(parts) { $0 }.steps
    }
  }

  /// - Parameters:
  ///   - asked: the file's words; nil where it doesn't ask.
  ///   - node: of the flow, which knows the place in the file.
  func question(
    _ term: Term, _ asked: Flow.Question? = nil, _ node: Int = 0
  ) -> Condition {
    var code = Code(machine, registers: registers)
    let position = code.add(term)
    let done = code
    let condition = Condition(
      registers: asked?.text, place: node, at: asked?.line ?? SourceLine(file: "", line: 1)
    ) { state in (done.value(position, state, seen: 0) ?? 0) != 0 }
    return within(asked?.calls ?? [], condition)
  }

  /// Where the answer to a question about registers may be undefined: whether it is, and the step that says so.
  private func undefined(
    _ term: Term, _ asked: Flow.Question?, at location: Int
  ) -> (isSo: Condition, step: Steps)? {
    if !term.mayBeUndefined { return nil }
    var code = Code(machine, registers: registers)
    let position = code.add(term)
    let done = code
    let line = asked?.line ?? SourceLine(file: "", line: 1)
    let isSo = Condition(registers: nil, at: line) { state in
      done.value(position, state, seen: 0) == nil
    }
    let step = Step(asked?.text ?? "question", coded: .local, at: line) { state in
      state.raiseUndefined(done.complaint(position, state, seen: 0))
    }
    return (
      isSo,
      Steps {
        within(asked?.calls ?? [], step.steps)
        goto(location)
      }
    )
  }

  /// The local variables that have other values behind a step.
  func placed(_ leaf: Settled.Leaf) -> [PlacedLocal] {
    leaf.placed.map { variable, value in
      let declared = program.settled.variables[variable]
      return PlacedLocal(name: declared.name, value: labels.label(value, declared.type))
    }
  }

  // MARK: Steps of the file's own

  private func steps(of step: Settled.Step, _ touched: [Int], at location: Int) -> Steps {
    let access = step.access
    var maker = StepMaker(machine, registers, program, step)
    let code = maker.make()
    let (targets, quiet) = (maker.targets, maker.quietRegisters)
    // Where a step leads to is what is known there.
    let placed = targets.map { target in
      step.tree.leaves.first { $0.target == target }.map(self.placed) ?? []
    }
    let operation = operation(of: access, touched)
    let address = addresses.dependency(of: step)
    let claims = claims(of: step, code)
    var isEnabled: (@Sendable (CodedState) -> Bool)?
    if access.enabled != nil { isEnabled = { state in code.isEnabled(state) } }
    if targets.count == 1 {
      var made = self.step(access, touched, operation, when: isEnabled, address) { state in
        _ = code.run(state)
      }
      made = finished(made.claiming(claims), access).quiet(about: quiet).placing(placed[0])
      made = counting(made, touched)
      return Steps {
        within(access.calls, made.steps)
        goto(targets[0])
      }
    }
    let countsSection = touched.contains { sections[$0] != nil }
    if targets.count == 2 && !access.mayRest && !countsSection {
      var asked = condition(access, touched, operation, when: isEnabled, address) { state in
        code.run(state) == 0
      }
      asked = asked.claiming(claims).quiet(about: quiet).placing(yes: placed[0], no: placed[1])
      if access.sleeps { asked = asked.sleeps() }
      if access.mayRace { asked = asked.mayRace() }
      return If(within(access.calls, asked)) {
        goto(targets[0])
      } otherwise: {
        goto(targets[1])
      }.steps
    }
    // One way for each place that the step may lead to; one of them is enabled.
    let ways = targets.enumerated().map { way, target -> Steps in
      let made = self.step(
        access, touched, operation, when: { code.goes(way, $0) }, address
      ) { state in _ = code.run(state) }
      let done = counting(
        finished(made.claiming(claims), access).quiet(about: quiet).placing(placed[way]), touched)
      return Steps {
        within(access.calls, done.steps)
        goto(target)
      }
    }
    return Choose(ways) { $0 }.steps
  }

  private func finished(_ step: Step, _ access: Access) -> Step {
    var step = step
    if access.mayRest { step = step.mayRest() }
    if access.sleeps { step = step.sleeps() }
    if access.mayRace { step = step.mayRace() }
    if let others = access.exclusion { step = step.excluding(others) }
    return step
  }

  /// The step, which enters a section or leaves it where it counts one.
  private func counting(_ step: Step, _ touched: [Int]) -> Step {
    for cell in touched {
      if let section = sections[cell], let depth = machine.storage(of: cell)?.field {
        return step.counting(section, depth: depth)
      }
    }
    return step
  }

  private func step(
    _ access: Access, _ touched: [Int], _ operation: Operation?,
    when isEnabled: (@Sendable (CodedState) -> Bool)?, _ address: AddressDependency,
    _ work: @escaping @Sendable (CodedState) -> Void
  ) -> Step {
    if let section = section(of: access, touched) {
      return Step(
        access.name, section, when: sectionGuard(isEnabled), file: access.line.file,
        line: access.line.line
      ) { s in work(CodedState(s)) }
    }
    return Step(
      access.name, coded: operation ?? .local, at: access.line, when: isEnabled,
      address: address, work)
  }

  private func condition(
    _ access: Access, _ touched: [Int], _ operation: Operation?,
    when isEnabled: (@Sendable (CodedState) -> Bool)?, _ address: AddressDependency,
    _ work: @escaping @Sendable (CodedState) -> Bool
  ) -> Condition {
    if let section = section(of: access, touched) {
      return Condition(
        access.name, section, when: sectionGuard(isEnabled), file: access.line.file,
        line: access.line.line
      ) { s in work(CodedState(s)) }
    }
    return Condition(
      access.name, coded: operation ?? .local, at: access.line, when: isEnabled,
      address: address, work)
  }

  private func sectionGuard(
    _ isEnabled: (@Sendable (CodedState) -> Bool)?
  ) -> (@Sendable (borrowing SectionState) -> Bool)? {
    guard let isEnabled else { return nil }
    return { s in isEnabled(CodedState(s)) }
  }

  private func operation(of access: Access, _ touched: [Int]) -> Operation? {
    let fields = touched.compactMap { machine.storage(of: $0)?.field.position }
    if case .fence(let fence) = access.kind { return .fence(fence) }
    // A step that is never reached touches nothing.
    if fields.isEmpty { return nil }
    let isVolatile = touched.allSatisfy { world.memory.cells[$0].isVolatile }
    let ordering =
      isVolatile && access.ordering == .plain ? Operation.Ordering.relaxed : access.ordering
    switch access.kind {
    case .load: return access.enabled == nil ? .load(fields, ordering) : .wait(fields, ordering)
    case .store: return .store(fields, ordering)
    case .update: return .atomic(fields, access.ordering)
    case .pause, .section, .engine, .fence: return nil
    }
  }

  private func section(of access: Access, _ touched: [Int]) -> Section? {
    guard case .section(let grounds) = access.kind else { return nil }
    let fields: [any SharedField] = touched.compactMap { cell in
      world.memory.cells[cell].role == .ghost ? nil : machine.storage(of: cell)?.field
    }
    if fields.isEmpty { return nil }
    func lock(_ term: Term?) -> Lock? {
      term?.value.flatMap { Address.cell($0) }.flatMap { locks.lock($0) }
    }
    let (held, taken) = (lock(grounds.holding), lock(grounds.taking))
    switch (held, taken) {
    case (let held?, let taken?): return .section(fields, holding: held, taking: taken)
    case (let held?, nil): return .section(fields, holding: held)
    case (nil, let taken?): return .section(fields, taking: taken)
    case (nil, nil): return .section(fields, because: grounds.reason ?? "its author says so")
    }
  }

  func claims(of step: Settled.Step, _ code: StepCode) -> [CodedClaim] {
    var claims: [CodedClaim] = []
    for (statement, holds) in step.access.claims {
      let asked = statement.isImplied ? withKnownCells(holds) : holds
      if statement.isImplied && asked.value.map({ $0 != 0 }) ?? false { continue }
      var claimed = Code(machine, registers: registers)
      let position = claimed.add(asked)
      let done = claimed
      claims.append(
        CodedClaim(
          statement.text, isStatement: statement.isKernels, statement.isWarning ? .warning : .bug,
          at: statement.line
        ) { [isMet = statement.isImplied] state in
          done.value(position, state, seen: 0).map { $0 != 0 } ?? isMet
        })
    }
    for (number, (statement, fires)) in step.tree.assertions.enumerated()
    where !isKnown(statement, .making(not: fires)) {
      claims.append(
        CodedClaim(
          statement.text, isStatement: statement.isKernels, statement.isWarning ? .warning : .bug,
          at: statement.line
        ) { state in code.passes(number, state) })
    }
    return claims
  }

  /// Whether what is implied of a step is always so, as nobody ever frees what it uses.
  private func isKnown(_ statement: Flow.Statement, _ holds: Term) -> Bool {
    if !statement.isImplied { return false }
    return withKnownCells(holds).value.map { $0 != 0 } ?? false
  }

  /// A term without the cells that always have one value.
  private func withKnownCells(_ term: Term) -> Term {
    term.substituting { _ in
      nil
    } cell: { address in
      guard let cell = address.value.flatMap({ Address.cell($0) }), domains.indices.contains(cell),
        domains[cell].codes.count == 1
      else { return .cell(address) }
      return .constant(domains[cell].value(of: domains[cell].codes.lowerBound))
    }
  }

  // MARK: The functions that a step is in

  func within(_ calls: [Flow.Call], _ steps: Steps) -> Steps {
    calls.reversed().reduce(steps) { inner, call in
      Call(call.name, place: call.place) { inner }.steps
    }
  }

  func within(_ calls: [Flow.Call], _ condition: Condition) -> Condition {
    calls.reversed().reduce(condition) { inner, call in
      Condition(call: call.name, place: call.place) {
        If(inner) {
          Return(true)
        } otherwise: {
          Return(false)
        }
      }
    }
  }
}

extension Steps {
  /// The same steps, but others where something is so.
  fileprivate func unless(_ case: (isSo: Condition, step: Steps)?) -> Steps {
    guard let (isSo, step) = `case` else { return self }
    return If(isSo) {
      step
    } otherwise: {
      self
    }.steps
  }
}

extension Settled.Tree {
  /// The assertions in it, in the order in which code numbers them.
  var assertions: [(statement: Flow.Statement, fires: Term)] {
    switch self {
    case .leaf: []
    case .branch(_, let yes, let no): yes.assertions + no.assertions
    case .assertion(let statement, let fires, let next): [(statement, fires)] + next.assertions
    }
  }
}
