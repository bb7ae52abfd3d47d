/// A model with its variant and bounds chosen: what a search explores.
public struct System: Sendable {
  /// An actor with its compiled program.
  struct ActorProgram: Sendable {
    let name: String
    let cpu: CPU
    let kind: ActorKind
    var program: Program
    let counter: Field<Int>
    let depths: ContextDepths
    let active: Field<Bool>
    let duty: ActorDuty
    let declaration: SourceLine
    /// Whether it is no actor of the model's, and makes the stores of its CPU visible.
    var isStoreBuffer = false
  }

  /// What machine it is for.
  public let memoryModel: MemoryModel

  public let layout: StateLayout
  public let invariants: [Invariant]
  public let goals: [Goal]
  /// What steps claim, in the order of the actors and their programs.
  public let assertions: [Assertion]
  /// Which of the states in which fields have initial values are initial states.
  let initialConditions: [@Sendable (State) -> Bool]
  private(set) var actors: [ActorProgram]
  /// By number: what a front end says of a fault.
  let undefinedWords: (@Sendable (Int) -> String)?
  /// What a front end answered before anything ran.
  let decidedQuestions: [DecidedQuestion]
  /// What is stated never to happen.
  public let unreachable: [Unreachable]
  /// What is stated to change nothing where it is left out.
  public let redundant: [Redundant]
  /// Where it is said that data races are told of; nil where nobody says so.
  let dataRacesReported: SourceLine?
  /// The mistakes that can be made in the actors' programs, in the order of the text, where somebody asked
  /// for them.
  let mutations: [Mutation]
  /// The states that it may start in, once they are made.
  let knownInitialStates: InitialStates

  /// The names of the actors and the CPU each runs on.
  public var actorNames: [(name: String, cpu: CPU)] { actors.map { ($0.name, $0.cpu) } }

  /// The system that `build` declares.
  ///
  /// - Parameter memoryModel: what machine it is for.
  /// - Throws: `ModelError` that lists every mistake in the declarations: a name used twice, an
  ///   initial value out of range, a missing label, a loop without a step, a step that can't be treated
  ///   under the memory model; or that says what of them traps.
  public init(
    memoryModel: MemoryModel = .sc, _ build: (SystemBuilder) -> Void
  ) throws(ModelError) {
    try self.init(mutating: .no, memoryModel, build)
  }

  /// - Parameter mutating: whether mistakes are to be listed, and one that is made in it.
  init(
    mutating: Mutating, _ memoryModel: MemoryModel, _ build: (SystemBuilder) -> Void
  ) throws(ModelError) {
    let made = Trap.catching {
      Result { () throws(ModelError) in try System(declaredBy: build, mutating, memoryModel) }
    }
    switch made {
    case .success(let system): self = try system.get()
    case .failure(let trap): throw ModelError([trap.description])
    }
  }

  private init(
    declaredBy build: (SystemBuilder) -> Void, _ mutating: Mutating, _ memoryModel: MemoryModel
  ) throws(ModelError) {
    let counted = try Self.declarations(of: build, after: nil, mutating, memoryModel)
    let sized = try Self.declarations(of: build, after: counted, mutating, memoryModel)
    let hasSameNames = counted.hasSameNames(as: sized)
    _ = try sized.actorsUnderMemoryModel()
    let builder = try Self.declarations(of: build, after: sized, mutating, memoryModel)
    actors = try builder.actorsUnderMemoryModel()
    if !hasSameNames || !builder.declaresTheSame(as: sized) {
      throw ModelError(["its declarations differ from one build to the next"])
    }
    self.memoryModel = memoryModel
    layout = StateLayout(packing: builder.declarations)
    knownInitialStates = InitialStates()
    invariants = builder.invariants
    goals = builder.goals
    assertions = builder.assertions
    initialConditions = builder.initialConditions
    decidedQuestions = builder.decidedQuestions
    unreachable = builder.unreachable
    redundant = builder.redundant
    undefinedWords = builder.undefinedWords
    dataRacesReported = memoryModel == .tso ? nil : builder.dataRacesReported
    mutations = builder.mutations?.found ?? []
    if layout.initialStateCount > Self.mostInitialStates {
      throw ModelError([
        "it has more than \(Self.mostInitialStates) states to start from, before any condition"
      ])
    }
    if let fault = initialFault(in: layout.firstInitialState) {
      throw ModelError([fault.description(in: self)])
    }
    // Many are made by those who have limits for it.
    if layout.initialStateCount <= Self.mostMadeAtOnce {
      _ = makeInitialStates()
      if knownInitialStates.states == nil { throw ModelError([InitialStates.noneProblem]) }
    }
  }
}

extension System {
  /// The same system with other programs, which differ in nothing that was declared.
  func replacingPrograms(_ replace: (_ actor: Int, Program) -> Program) -> System {
    var system = self
    for actor in actors.indices {
      system.actors[actor].program = replace(actor, actors[actor].program)
    }
    return system
  }

  private static func declarations(
    of build: (SystemBuilder) -> Void, after earlier: SystemBuilder?, _ mutating: Mutating,
    _ memoryModel: MemoryModel
  ) throws(ModelError) -> SystemBuilder {
    let builder = SystemBuilder(after: earlier, mutating: mutating, memoryModel: memoryModel)
    AuthorCode.declarations.run { build(builder) }
    if builder.actors.isEmpty && builder.problems.isEmpty {
      builder.problems.append("it has no actor")
    }
    if builder.actors.count > 62 { builder.problems.append("it has more than 62 actors") }
    if builder.invariants.count > 64 { builder.problems.append("it has more than 64 invariants") }
    if builder.assertions.count > 64 { builder.problems.append("it has more than 64 assertions") }
    if builder.goals.count > 64 { builder.problems.append("it has more than 64 goals") }
    let bits = builder.declarations.reduce(0) { $0 + $1.slot.width }
    if bits > StateLayout.mostBits {
      builder.problems.append(
        "its fields take \(bits) bits, and a state has at most \(StateLayout.mostBits)")
    }
    guard builder.problems.isEmpty else { throw ModelError(builder.problems) }
    return builder
  }
}
