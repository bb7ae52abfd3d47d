/// A model with its variant and bounds chosen: what a search explores.
public struct System: Sendable {
  /// An actor with its compiled program.
  struct ActorProgram: Sendable {
    let name: String
    let cpu: CPU
    let kind: ActorKind
    let program: Program
    let counter: Field<Int>
    let depths: ContextDepths
    let active: Field<Bool>
  }

  public let layout: StateLayout
  public let invariants: [Invariant]
  public let goals: [Goal]
  /// What steps claim, in the order of the actors and their programs.
  public let assertions: [Assertion]
  /// Which of the states in which fields have initial values are initial states.
  let initialConditions: [@Sendable (State) -> Bool]
  let actors: [ActorProgram]
  /// The states that it may start in, at least one.
  private(set) var initialStates: [[UInt64]] = []

  /// The names of the actors and the CPU each runs on.
  public var actorNames: [(name: String, cpu: CPU)] { actors.map { ($0.name, $0.cpu) } }

  /// The system that `build` declares.
  ///
  /// - Throws: `ModelError` that lists every mistake in the declarations: a name used twice, an
  ///   initial value out of range, a missing label, a loop without a step.
  public init(_ build: (SystemBuilder) -> Void) throws(ModelError) {
    let counted = try Self.declarations(of: build, after: nil)
    let sized = try Self.declarations(of: build, after: counted)
    let builder = try Self.declarations(of: build, after: sized)
    if !counted.hasSameNames(as: sized) || !builder.hasSameFields(as: sized) {
      throw ModelError(["its declarations differ from one build to the next"])
    }
    layout = StateLayout(packing: builder.declarations)
    invariants = builder.invariants
    goals = builder.goals
    assertions = builder.assertions
    initialConditions = builder.initialConditions
    actors = builder.actors.map {
      ActorProgram(
        name: $0.name, cpu: $0.cpu, kind: $0.kind, program: $0.program, counter: $0.counter,
        depths: $0.depths, active: $0.active)
    }
    if layout.initialStateCount > Self.mostInitialStates {
      throw ModelError([
        "it has more than \(Self.mostInitialStates) states to start from, before any condition"
      ])
    }
    let states = layout.initialStates
    if let fault = initialFault(in: states[0]) {
      throw ModelError([fault.description(in: self)])
    }
    initialStates = makeInitialStates(of: states)
    if initialStates.isEmpty {
      throw ModelError(["no state fulfils what must be true initially"])
    }
  }
}

extension System {
  private static func declarations(
    of build: (SystemBuilder) -> Void, after earlier: SystemBuilder?
  ) throws(ModelError) -> SystemBuilder {
    let builder = SystemBuilder(after: earlier)
    build(builder)
    if builder.actors.isEmpty && builder.problems.isEmpty {
      builder.problems.append("it has no actor")
    }
    if builder.actors.count > 62 { builder.problems.append("it has more than 62 actors") }
    if builder.invariants.count > 64 { builder.problems.append("it has more than 64 invariants") }
    if builder.assertions.count > 64 { builder.problems.append("it has more than 64 assertions") }
    if builder.goals.count > 64 { builder.problems.append("it has more than 64 goals") }
    guard builder.problems.isEmpty else { throw ModelError(builder.problems) }
    return builder
  }
}
