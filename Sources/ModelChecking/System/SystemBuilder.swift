/// Collects what a model declares: fields, locks, CPUs, actors, invariants and goals.
///
/// A model's `build` runs three times with the same variant and bounds. The first run finds out how
/// many actors and locations there are, the second how wide every field is; from that the layout
/// follows, and the third run gets fields that know their places, so that steps capture plain
/// constants. `build` must therefore declare the same things each time.
public final class SystemBuilder {
  let layout: StateLayout?
  /// What machine the system is for.
  package let memoryModel: MemoryModel
  let actorNames: [String]?
  /// By field of a lock: who holds it from one step to another; nil before that is known.
  let holders: [Int32: LockUsers]?
  /// What the first run found, nil in that run; what the run before this one found, by which locations
  /// have their numbers.
  let waitsUnderLocks: WaitsUnderLocks?
  let waitingPlaces: WaitsUnderLocks?
  /// The program counters of the actors.
  let counters: [Field<Int>]
  /// The programs of the actors, as the run before this one found them.
  let knownPrograms: [Program]
  /// By actor: the locations where its program is over.
  var ends: [Set<Int>] { knownPrograms.map(\.ends) }
  /// The actors, where they run and how; nil before that is known.
  private let knownActors: [(cpu: CPU, kind: ActorKind)]?
  /// By name: which actors have such a field of their own; what the run before found.
  private let knownOwnFields: [String: [OwnField]]?
  /// The mistakes that can be made in the actors' programs, and the one that is.
  private(set) var mutations: MutationWalk?
  private var tornFields: [Int: TornField] = [:]
  private var missingBarriers: Set<Barrier> = []
  /// Whether it is asked which barriers are needed: an outcome that a front end's text asks for is then one that they
  /// are to rule out.
  package private(set) var rulesOutOutcomes = false

  var declarations: [StateLayout.Declaration] = []
  private var fieldNames: Set<String> = []
  var cpuCount = 0
  var actors: [System.ActorProgram] = []
  var invariants: [Invariant] = []
  var goals: [Goal] = []
  var initialConditions: [@Sendable (State) -> Bool] = []
  var assertions: [Assertion] = []
  var unreachable: [Unreachable] = []
  var decidedQuestions: [DecidedQuestion] = []
  var undefinedWords: (@Sendable (Int) -> String)?
  var redundant: [Redundant] = []
  var problems: [String] = []
  /// The actor whose program is being composed.
  private var actorUnderWay: String?
  private var ownFields: [String: [OwnField]] = [:]
  /// By field: what it stands for in sequential consistency alone.
  var abstractions: [Int: String] = [:]
  /// By name, of fields that each actor has for itself: the same.
  var actorAbstractions: [String: String] = [:]
  /// By name, of fields that each actor has for itself: those that everybody sees as they are.
  var idealNames: Set<String> = []
  /// By number and by name: those that carry what was seen before a store to them.
  var handedOverNumbers: Set<Int> = []
  var handedOverNames: Set<String> = []
  /// Where it is said that data races are told of; nil where nobody says so.
  var dataRacesReported: SourceLine?
  /// What empties the store buffers.
  var bufferActors: [System.ActorProgram] = []
  /// By name: how the actors' own fields are declared.
  private var actorFields: [String: String] = [:]

  /// An actor's own field, by the number of its declaration.
  private struct OwnField {
    let actor: Int
    let actorName: String
    let number: Int
  }

  /// A builder for the first run, or for a later one with what the run before it found.
  ///
  /// - Parameter mutating: whether mistakes are listed, and what is changed in programs.
  init(
    after draft: SystemBuilder? = nil, mutating: Mutating = .no, memoryModel: MemoryModel = .sc
  ) {
    self.memoryModel = memoryModel
    let layout = draft.map { StateLayout(packing: $0.declarations) }
    self.layout = layout
    actorNames = draft.map { $0.actors.map(\.name) }
    holders = draft?.lockHolders
    waitingPlaces = draft.map { draft in
      WaitsUnderLocks(
        of: draft.actors.map { .init(program: $0.program, cpu: $0.cpu, kind: $0.kind) })
    }
    waitsUnderLocks = draft?.waitsUnderLocks ?? waitingPlaces
    let known = draft.map { $0.actors + $0.bufferActors } ?? []
    counters = known.map { actor in
      let number = Int(actor.counter.number)
      return layout.map { Field($0.fields[number].slot, number: number) } ?? actor.counter
    }
    knownPrograms = known.map(\.program)
    knownActors = draft.map { $0.actors.map { ($0.cpu, $0.kind) } }
    knownOwnFields = draft?.ownFields
    switch mutating {
    case .no: break
    case .listing: mutations = MutationWalk(nil) { [unowned self] in torn($0) }
    case .making(let mutation):
      mutations = MutationWalk(mutation) { [unowned self] in torn($0) }
    case .takingOut(let barriers):
      missingBarriers = barriers
      rulesOutOutcomes = true
    }
  }

  private var lockHolders: [Int32: LockUsers] {
    actors.enumerated().reduce(into: [:]) { holders, actor in
      for holding in actor.element.program.holdings {
        holders[holding.field.number, default: LockUsers()].insert(actor.offset)
      }
    }
  }

  /// Whether both declare fields of the same names, in the same order.
  func hasSameNames(as other: SystemBuilder) -> Bool {
    declarations.map(\.name) == other.declarations.map(\.name)
  }

  /// Whether both declare the same, as far as that can be compared: the layout made for one fits the other,
  /// and programs and properties say the same. What functions do can't be compared.
  func declaresTheSame(as other: SystemBuilder) -> Bool {
    declarations.elementsEqual(other.declarations) {
      $0.name == $1.name && $0.slot == $1.slot && $0.role == $1.role
        && $0.initialCodes == $1.initialCodes
    }
      && actors.elementsEqual(other.actors) {
        $0.name == $1.name && $0.cpu == $1.cpu && $0.kind == $1.kind && $0.duty == $1.duty
          && $0.program.saysTheSame(as: $1.program)
      }
      && invariants.elementsEqual(other.invariants) {
        $0.name == $1.name && $0.severity == $1.severity
          && ($0.antecedent == nil) == ($1.antecedent == nil)
      }
      && goals.elementsEqual(other.goals) {
        $0.name == $1.name && $0.kind == $1.kind && ($0.isDue == nil) == ($1.isDue == nil)
      }
      && initialConditions.count == other.initialConditions.count
  }

  // MARK: State

  /// A field of the shared state.
  ///
  /// - Parameters:
  ///   - name: unique; by custom the thing and the part of it, "page0.refcount".
  ///   - domain: the values it may take. An integer range spans less than 2^62.
  ///   - initial: its value in the initial state, one of the domain.
  public func field<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value
  ) -> Field<Value> {
    declare(name, domain, [initial], .shared)
  }

  /// A field that may have any of several values at first. `initially(_:)` says which of them go
  /// together.
  ///
  /// - Parameter initial: at least one value, each of the domain.
  public func field<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initiallyAnyOf initial: [Value]
  ) -> Field<Value> {
    declare(name, domain, initial, .shared)
  }

  /// Fields of one kind, called `name[0]`, `name[1]` ..., among which a register can choose.
  public func fields<Value: FieldValue>(
    _ name: String, count: Int, _ domain: FieldDomain<Value>, initially initial: Value
  ) -> FieldArray<Value> {
    if count < 0 { problems.append("there are \(count) fields '\(name)'") }
    return FieldArray(
      (0..<max(0, count)).map { field("\(name)[\($0)]", domain, initially: initial) })
  }

  /// A field for bookkeeping, which properties read and no step can branch on.
  public func ghost<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value
  ) -> Ghost<Value> {
    Ghost(declare(name, domain, [initial], .ghost))
  }

  /// What must be true of an initial state, where fields may have any of several values at first.
  /// At least one state must fulfil it.
  public func initially(
    file: String = #filePath, line: Int = #line,
    _ isInitial: @escaping @Sendable (State) -> Bool
  ) {
    let code = AuthorCode("initial condition", at: SourceLine(file: file, line: line))
    initialConditions.append { state in code.run(on: state.words) { isInitial(state) } }
  }

  func register<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value, of actor: Int
  ) -> Register<Value> {
    Register(declare(name, domain, [initial], .register(actor: actor)), of: actor)
  }

  private func declare<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, _ initial: [Value], _ role: StateLayout.Role
  ) -> Field<Value> {
    let label = domain.label ?? { Value(code: $0).label }
    return declare(name, domain, initial, role) { value in
      let code = AuthorCode("the label of value \(value) of field", name)
      // It must be there when somebody tells of a trap.
      return withExtendedLifetime(code) { code.run { label(value) } }
    }
  }

  func declare<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, _ initial: [Value], _ role: StateLayout.Role,
    label: @escaping @Sendable (Int) -> String
  ) -> Field<Value> {
    let number = declarations.count
    let slot = FieldSlot(codes: domain.codes)
    if !fieldNames.insert(name).inserted {
      problems.append("the field '\(name)' is declared twice")
    }
    if let problem = domain.problem {
      problems.append("the domain of '\(name)': \(problem)")
      return Field(slot, number: number)
    }
    if let all = Value.allCodes,
      !all.contains(domain.codes.lowerBound)
        || !all.contains(domain.codes.upperBound)
    {
      problems.append("the domain of '\(name)' has values that are no case of \(Value.self)")
      return Field(FieldSlot(codes: all), number: number)
    }
    if initial.isEmpty { problems.append("the field '\(name)' has no initial value") }
    if initial.contains(where: { !domain.codes.contains($0.code) }) {
      problems.append("the initial value of '\(name)' is outside its domain")
    }
    if slot.width > 62 { problems.append("the domain of '\(name)' is too wide") }
    declarations.append(
      StateLayout.Declaration(
        name: name, role: role, slot: slot,
        initialCodes: initial.count == 1
          ? [initial[0].code] : Set(initial.map(\.code)).sorted(),
        label: label, remedy: domain.remedy))
    guard let layout, number < layout.fields.count else { return Field(slot, number: number) }
    return Field(layout.fields[number].slot, number: number)
  }

  /// The field of a number, and a register of the actor under way for its value.
  private func torn(_ number: Int) -> TornField {
    if let known = tornFields[number] { return known }
    let declaration = declarations[number]
    let codes = declaration.slot.codes
    let register = declare(
      "\(actorUnderWay ?? "").\(declaration.name) as loaded", .range(codes), [codes.lowerBound],
      .register(actor: actors.count))
    let slot = (layout?.fields ?? declarations)[number].slot
    let torn = TornField(field: Field(slot, number: number), register: register)
    tornFields[number] = torn
    return torn
  }

  // MARK: Fields of actors

  /// How many actors there are. Not known yet in the first of the three runs, where it is 1: domains may
  /// depend on it, but not which fields there are.
  public var actorCount: Int { actorNames?.count ?? 1 }

  /// Every set of this system's actors, shown by their names.
  public var setsOfActors: FieldDomain<ActorSet> {
    let names = actorNames ?? []
    return FieldDomain(codes: 0...((1 << actorCount) - 1)) { code in
      let members = names.indices.filter(ActorSet(code: code).contains).map { names[$0] }
      return members.isEmpty ? "none" : members.joined(separator: "+")
    }
  }

  /// A field that each actor has for itself, called `actor.name`.
  public func actorField<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value
  ) -> ActorField<Value> {
    let declaration = "\(Value.self) \(domain.codes) \(initial.code)"
    if actorFields.updateValue(declaration, forKey: name) ?? declaration != declaration {
      problems.append("the actors' own '\(name)' is declared in two ways")
    }
    return ActorField(name: name, domain: domain, initial: initial, builder: self)
  }

  func ownField<Value: FieldValue>(of field: ActorField<Value>) -> ActorElement<Value> {
    guard let actorUnderWay else {
      problems.append("an actor's own '\(field.name)' is asked for outside every actor")
      return ActorElement(actor: 0, actorName: "", field: unknownField(field))
    }
    if let own = ownFields[field.name]?.first(where: { $0.actor == actors.count }) {
      return element(own)
    }
    let own = OwnField(
      actor: actors.count, actorName: actorUnderWay, number: declarations.count)
    ownFields[field.name, default: []].append(own)
    return ActorElement(
      actor: own.actor, actorName: actorUnderWay,
      field: declare("\(actorUnderWay).\(field.name)", field.domain, [field.initial], .shared))
  }

  func ownFields<Value: FieldValue>(of field: ActorField<Value>) -> [ActorElement<Value>] {
    ((knownOwnFields ?? ownFields)[field.name] ?? []).map(element)
  }

  func numbersOfOwnFields(called name: String) -> [Int] {
    (ownFields[name] ?? []).map(\.number)
  }

  private func element<Value: FieldValue>(_ own: OwnField) -> ActorElement<Value> {
    // In the first run a field lies nowhere yet.
    let slot = (layout?.fields ?? declarations)[own.number].slot
    return ActorElement(
      actor: own.actor, actorName: own.actorName, field: Field(slot, number: own.number))
  }

  private func unknownField<Value: FieldValue>(_ field: ActorField<Value>) -> Field<Value> {
    Field(FieldSlot(codes: field.domain.codes), number: 0)
  }

  func field<Value: FieldValue>(
    _ field: ActorField<Value>, of actorName: String
  ) -> Field<Value> {
    let known = ownFields(of: field)
    if let element = known.first(where: { $0.actorName == actorName }) { return element.field }
    if knownOwnFields != nil {
      let hint = nearestName(to: actorName, among: known.map(\.actorName))
      problems.append(
        "no actor '\(actorName)' has '\(field.name)' of its own"
          + (hint.map { "; did you mean '\($0)'?" } ?? ""))
    }
    return unknownField(field)
  }

  // MARK: Actors

  /// The next processor: CPU0, CPU1 ...
  public func cpu() -> CPU {
    cpuCount += 1
    return CPU(index: cpuCount - 1)
  }

  /// An actor and its program.
  ///
  /// - Parameters:
  ///   - name: unique, as traces show it.
  ///   - cpu: where it runs.
  ///   - kind: a task, or the handler of an interrupt or softirq.
  ///   - duty: whether it has to come to the end of its program, where that has one.
  ///   - program: its steps. The closure gets the actor, for registers.
  public func actor(
    _ name: String, on cpu: CPU, _ kind: ActorKind = .task, duty: ActorDuty = .end,
    file: String = #filePath, line: Int = #line, @StepsBuilder program: (Actor) -> Steps
  ) {
    if let actorUnderWay {
      problems.append("the actor '\(name)' is declared inside the program of '\(actorUnderWay)'")
      return
    }
    if !(0..<cpuCount).contains(cpu.index) {
      problems.append(
        "the actor '\(name)' runs on \(cpu), and \(cpuCount) CPUs are declared by cpu()")
    }
    actorUnderWay = name
    defer { actorUnderWay = nil }
    if actors.contains(where: { $0.name == name }) {
      problems.append("the actor '\(name)' is declared twice")
    }
    tornFields = [:]
    var steps = program(Actor(number: actors.count, name: name, builder: self))
    if mutations != nil { steps = mutations!.walk(steps, of: name) }
    var compiled: Program
    do {
      compiled = try ProgramCompiler.compile(
        steps, actor: name, in: surroundings(of: actors.count, on: cpu, kind))
    } catch {
      problems += error.problems
      return
    }
    if !missingBarriers.isEmpty { compiled = compiled.without(missingBarriers, of: name) }
    compiled.number(of: name) { self.number(of: $0) }
    func depth(_ context: String, _ which: CPUContexts) -> Field<Int> {
      let deepest = compiled.contexts.contains(which) ? ContextDepths.deepest : 0
      return declare("\(name).\(context)Off", .range(0...deepest), [0], .control)
    }
    if duty == .mayBeStopped {
      if kind.isHandler {
        problems.append("the handler '\(name)' can't be stopped: only tasks can")
      }
      compiled.allowRestAnywhere()
    }
    actors.append(
      System.ActorProgram(
        name: name, cpu: cpu, kind: kind, program: compiled,
        counter: declare(
          "\(name).location", .range(0...(compiled.locations.count - 1)), [0], .control),
        depths: ContextDepths(
          preemption: depth("preemption", .preemption),
          bottomHalves: depth("bottomHalves", .bottomHalves),
          interrupts: depth("interrupts", .interrupts), kind: kind),
        active: declare(
          "\(name).active", kind.isHandler ? .flag : .only(false), [false], .control),
        duty: duty, declaration: SourceLine(file: file, line: line)))
  }

  /// Where an actor runs, as far as the run before this one knows.
  private func surroundings(of actor: Int, on cpu: CPU, _ kind: ActorKind) -> Surroundings {
    let others = (knownActors ?? []).enumerated().filter { $0.offset != actor }.map(\.element)
    return Surroundings(
      actor: actor, kind: kind, others: others.filter { $0.cpu == cpu }.map(\.kind))
  }

  /// The number of the assertion that a step makes: equal ones are one.
  private func number(of assertion: StepAssertion) -> Int {
    if let known = assertions.firstIndex(where: { $0.name == assertion.text }) {
      if assertions[known].severity != assertion.severity {
        problems.append("'\(assertion.text)' is a bug at one step and a warning at another")
      }
      if assertions[known].wording != assertion.wording {
        problems.append("'\(assertion.text)' is a claim at one step and a statement at another")
      }
      return known
    }
    let property = Assertion(
      number: assertions.count, name: assertion.text, declaration: assertion.declaration,
      severity: assertion.severity, wording: assertion.wording)
    checkName(of: property)
    assertions.append(property)
    return property.number
  }

  // MARK: Properties

  /// Something that must be true in every reachable state. At most 64 a system.
  ///
  ///     system.invariant("a page of a dead block is not used", when: { s in s[block] == .dead }) { s in
  ///       s[page.refcount] == 0
  ///     }
  ///
  /// - Parameters:
  ///   - name: what holds, in a sentence; no other invariant or goal has it.
  ///   - antecedent: the states of which it claims something, where that is not all. That there is such a
  ///     state is part of what a proof must show.
  public func invariant(
    _ name: String, severity: Severity = .bug, when antecedent: (@Sendable (State) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line, holds: @escaping @Sendable (State) -> Bool
  ) {
    let declaration = SourceLine(file: file, line: line)
    let invariant = Invariant(
      number: invariants.count, name: name, declaration: declaration, severity: severity,
      antecedent: antecedent, claim: holds, code: AuthorCode("invariant", name, at: declaration))
    checkName(of: invariant)
    invariants.append(invariant)
  }

  /// The same of something that the model does not state itself.
  package func impliedInvariant(
    _ name: String, at declaration: SourceLine, holds: @escaping @Sendable (State) -> Bool
  ) {
    invariant(name, file: declaration.file, line: declaration.line, holds: holds)
    invariants[invariants.count - 1].isImplied = true
  }

  /// Something that must be able to happen, or must happen. At most 64 a system.
  ///
  ///     system.goal("whoever waits gets in", .inevitable, whenever: { s in s[isWaiting] }) { s in s[isIn] }
  ///
  /// - Parameters:
  ///   - name: what is reached, in a sentence; no other invariant or goal has it.
  ///   - kind: whether it can happen, stays possible, or is inevitable.
  ///   - isDue: of an inevitable goal: the states from which on it must be reached, each time; where it is
  ///     left out, from the initial states.
  ///   - isReached: whether a state fulfils it.
  public func goal(
    _ name: String, _ kind: Goal.Kind = .reachable,
    whenever isDue: (@Sendable (State) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    isReached: @escaping @Sendable (State) -> Bool
  ) {
    let declaration = SourceLine(file: file, line: line)
    if isDue != nil && kind.fairness == nil {
      problems.append("the goal '\(name)' has a 'whenever', but is not inevitable")
    }
    let goal = Goal(
      number: goals.count, name: name, declaration: declaration, kind: kind, isReached: isReached,
      code: AuthorCode("goal", name, at: declaration), isDue: isDue)
    checkName(of: goal)
    goals.append(goal)
  }

  func checkName(of property: any Property) {
    let declared: [any Property] = invariants + goals + assertions
    guard let other = declared.first(where: { $0.name == property.name }) else { return }
    problems.append(
      "two properties are called '\(property.name)', at \(other.declaration) and "
        + "\(property.declaration)")
  }
}

/// The actor whose program is being composed.
public struct Actor {
  public let number: Int
  public let name: String
  let builder: SystemBuilder

  /// A register: a field that this actor's steps alone use, as often in a step as they like.
  public func register<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value
  ) -> Register<Value> {
    builder.register("\(self.name).\(name)", domain, initially: initial, of: number)
  }
}
