/// Collects what a model declares: fields, locks, CPUs, actors, invariants and goals.
///
/// A model's `build` runs three times with the same variant and bounds. The first run finds out how
/// many actors and locations there are, the second how wide every field is; from that the layout
/// follows, and the third run gets fields that know their places, so that steps capture plain
/// constants. `build` must therefore declare the same things each time.
public final class SystemBuilder {
  private let layout: StateLayout?
  private let actorNames: [String]?
  /// The fields of locks that some actor holds from one step to another; nil before that is known.
  private let heldLocks: Set<Int>?

  var declarations: [StateLayout.Declaration] = []
  var cpuCount = 0
  var actors: [ActorDeclaration] = []
  var invariants: [Invariant] = []
  var goals: [Goal] = []
  var initialConditions: [@Sendable (State) -> Bool] = []
  var assertions: [Assertion] = []
  var problems: [String] = []
  /// The actor whose program is being composed.
  private var actorUnderWay: String?

  struct ActorDeclaration {
    let name: String
    let cpu: CPU
    let kind: ActorKind
    let program: Program
    let counter: Field<Int>
    let depths: ContextDepths
    let active: Field<Bool>
  }

  /// A builder for the first run, or for a later one with what the run before it found.
  init(after draft: SystemBuilder? = nil) {
    layout = draft.map { StateLayout(packing: $0.declarations) }
    actorNames = draft.map { $0.actors.map(\.name) }
    heldLocks = draft.map { Set($0.actors.flatMap(\.program.heldLocks)) }
  }

  /// Whether both declare fields of the same names, in the same order.
  func hasSameNames(as other: SystemBuilder) -> Bool {
    declarations.map(\.name) == other.declarations.map(\.name)
  }

  /// Whether both declare the same fields, so that the layout made for one fits the other.
  func hasSameFields(as other: SystemBuilder) -> Bool {
    declarations.count == other.declarations.count
      && zip(declarations, other.declarations).allSatisfy {
        $0.name == $1.name && $0.slot == $1.slot
      }
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
  public func initially(_ isInitial: @escaping @Sendable (State) -> Bool) {
    initialConditions.append(isInitial)
  }

  func register<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value, of actor: Int
  ) -> Register<Value> {
    Register(declare(name, domain, [initial], .register(actor: actor)), of: actor)
  }

  private func declare<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, _ initial: [Value], _ role: StateLayout.Role
  ) -> Field<Value> {
    declare(name, domain, initial, role) { Value(code: $0).label }
  }

  private func declare<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, _ initial: [Value], _ role: StateLayout.Role,
    label: @escaping @Sendable (Int) -> String
  ) -> Field<Value> {
    let number = declarations.count
    let slot = FieldSlot(codes: domain.codes)
    if declarations.contains(where: { $0.name == name }) {
      problems.append("the field '\(name)' is declared twice")
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
        label: label))
    guard let layout, number < layout.fields.count else { return Field(slot, number: number) }
    return Field(layout.fields[number].slot, number: number)
  }

  // MARK: Locks

  /// A lock, free at first.
  public func lock(_ name: String, _ kind: Lock.Kind) -> Lock {
    Lock(name: name, kind: kind, holder: holder("\(name).holder"))
  }

  /// A reader-writer semaphore, free at first.
  public func readWriteSemaphore(_ name: String) -> ReadWriteSemaphore {
    let names = actorNames ?? []
    let readers = declare(
      "\(name).readers", .range(0...((1 << max(1, names.count)) - 1)), [0], .shared
    ) { code in
      let readers = names.indices.filter { code >> $0 & 1 != 0 }.map { names[$0] }
      return readers.isEmpty ? "none" : readers.joined(separator: "+")
    }
    return ReadWriteSemaphore(name: name, writer: holder("\(name).writer"), readers: readers)
  }

  /// 0, or the number of an actor plus 1; shown as its name.
  private func holder(_ name: String) -> Field<Int> {
    let names = actorNames ?? []
    let isHeld = heldLocks?.contains(declarations.count) ?? true
    return declare(name, .range(0...(isHeld ? max(1, names.count) : 0)), [0], .shared) { code in
      names.indices.contains(code - 1) ? names[code - 1] : "none"
    }
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
  ///   - kind: a task, or an interrupt handler.
  ///   - program: its steps. The closure gets the actor, for registers.
  public func actor(
    _ name: String, on cpu: CPU, _ kind: ActorKind = .task,
    @StepsBuilder program: (Actor) -> Steps
  ) {
    if let actorUnderWay {
      problems.append("the actor '\(name)' is declared inside the program of '\(actorUnderWay)'")
      return
    }
    actorUnderWay = name
    defer { actorUnderWay = nil }
    if actors.contains(where: { $0.name == name }) {
      problems.append("the actor '\(name)' is declared twice")
    }
    let steps = program(Actor(number: actors.count, name: name, builder: self))
    var compiled: Program
    do {
      compiled = try ProgramCompiler.compile(steps, actor: name)
    } catch {
      problems += error.problems
      return
    }
    if kind == .interrupt, let step = compiled.firstLockBeforeBegun {
      problems.append(
        "the interrupt handler '\(name)' begins with '\(step.name)' (\(step.declaration)), and so would "
          + "not begin while somebody holds the lock: let it begin with a step of its own, Step(\"enter\")"
      )
    }
    compiled.number { self.number(of: $0) }
    let deepest = compiled.changesContext ? ContextDepths.deepest : 0
    actors.append(
      ActorDeclaration(
        name: name, cpu: cpu, kind: kind, program: compiled,
        counter: declare(
          "\(name).location", .range(0...(compiled.locations.count - 1)), [0], .control),
        depths: ContextDepths(
          preemption: declare("\(name).preemptionOff", .range(0...deepest), [0], .control),
          interrupts: declare("\(name).interruptsOff", .range(0...deepest), [0], .control),
          isHandler: kind == .interrupt),
        active: declare(
          "\(name).active", kind == .interrupt ? .flag : .only(false), [false], .control)))
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
  /// - Parameter name: what holds, in a sentence; no other invariant or goal has it.
  public func invariant(
    _ name: String, severity: Severity = .bug, file: String = #filePath, line: Int = #line,
    holds: @escaping @Sendable (State) -> Bool
  ) {
    let invariant = Invariant(
      number: invariants.count, name: name, declaration: SourceLine(file: file, line: line),
      severity: severity, holds: holds)
    checkName(of: invariant)
    invariants.append(invariant)
  }

  /// Something that must be able to happen. At most 64 a system.
  ///
  /// - Parameter name: what is reached, in a sentence; no other invariant or goal has it.
  public func goal(
    _ name: String, _ kind: Goal.Kind = .reachable, file: String = #filePath, line: Int = #line,
    isReached: @escaping @Sendable (State) -> Bool
  ) {
    let goal = Goal(
      number: goals.count, name: name, declaration: SourceLine(file: file, line: line), kind: kind,
      isReached: isReached)
    checkName(of: goal)
    goals.append(goal)
  }

  private func checkName(of property: any Property) {
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
