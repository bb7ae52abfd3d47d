/// Collects what a model declares: fields, locks, CPUs, actors, invariants and goals.
///
/// A model's `build` runs three times with the same variant and bounds. The first run finds out how
/// many actors and locations there are, the second how wide every field is; from that the layout
/// follows, and the third run gets fields that know their places, so that steps capture plain
/// constants. `build` must therefore declare the same things each time.
public final class SystemBuilder {
  private let layout: StateLayout?
  private let actorNames: [String]?

  var declarations: [StateLayout.Declaration] = []
  var cpuCount = 0
  var actors: [ActorDeclaration] = []
  var invariants: [Invariant] = []
  var goals: [Goal] = []
  var problems: [String] = []

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
  ///   - role: `.ghost` for bookkeeping that only properties read.
  public func field<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value,
    role: StateLayout.Role = .shared
  ) -> Field<Value> {
    field(name, domain, initially: initial, role: role) { Value(code: $0).label }
  }

  private func field<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value,
    role: StateLayout.Role = .shared, label: @escaping @Sendable (Int) -> String
  ) -> Field<Value> {
    let number = declarations.count
    let slot = FieldSlot(codes: domain.codes)
    if declarations.contains(where: { $0.name == name }) {
      problems.append("the field '\(name)' is declared twice")
    }
    if !domain.codes.contains(initial.code) {
      problems.append("the initial value of '\(name)' is outside its domain")
    }
    if slot.width > 62 { problems.append("the domain of '\(name)' is too wide") }
    declarations.append(
      StateLayout.Declaration(
        name: name, role: role, slot: slot, initialCode: initial.code,
        label: label))
    guard let layout, number < layout.fields.count else { return Field(slot, number: number) }
    return Field(layout.fields[number].slot, number: number)
  }

  /// A lock, free at first.
  public func lock(_ name: String, _ kind: Lock.Kind) -> Lock {
    Lock(name: name, kind: kind, holder: holder("\(name).holder"))
  }

  /// A reader-writer semaphore, free at first.
  public func readWriteSemaphore(_ name: String) -> ReadWriteSemaphore {
    let names = actorNames ?? []
    let readers = field(
      "\(name).readers", .range(0...((1 << max(1, names.count)) - 1)), initially: 0
    ) { code in
      let readers = names.indices.filter { code >> $0 & 1 != 0 }.map { names[$0] }
      return readers.isEmpty ? "none" : readers.joined(separator: "+")
    }
    return ReadWriteSemaphore(name: name, writer: holder("\(name).writer"), readers: readers)
  }

  /// 0, or the number of an actor plus 1; shown as its name.
  private func holder(_ name: String) -> Field<Int> {
    let names = actorNames ?? []
    return field(name, .range(0...max(1, names.count)), initially: 0) { code in
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
    if actors.contains(where: { $0.name == name }) {
      problems.append("the actor '\(name)' is declared twice")
    }
    let steps = program(Actor(number: actors.count, name: name, builder: self))
    let compiled: Program
    do {
      compiled = try ProgramCompiler.compile(steps, actor: name)
    } catch {
      problems += error.problems
      return
    }
    let deepest = compiled.changesContext ? ContextDepths.deepest : 0
    actors.append(
      ActorDeclaration(
        name: name, cpu: cpu, kind: kind, program: compiled,
        counter: field(
          "\(name).location", .range(0...(compiled.locations.count - 1)), initially: 0,
          role: .control),
        depths: ContextDepths(
          preemption: field(
            "\(name).preemptionOff", .range(0...deepest), initially: 0, role: .control),
          interrupts: field(
            "\(name).interruptsOff", .range(0...deepest), initially: 0, role: .control)),
        active: field(
          "\(name).active", kind == .interrupt ? .flag : .only(false), initially: false,
          role: .control)))
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
    let declared: [any Property] = invariants + goals
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

  /// A register: a field that only this actor's steps use, free of the one-access rule.
  public func register<Value: FieldValue>(
    _ name: String, _ domain: FieldDomain<Value>, initially initial: Value
  ) -> Field<Value> {
    builder.field(
      "\(self.name).\(name)", domain, initially: initial, role: .register(actor: number))
  }
}
