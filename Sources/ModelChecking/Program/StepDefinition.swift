/// One step as its author wrote it: what it is, as data, and the functions that say which value
/// becomes which.
@usableFromInline struct StepDefinition: Sendable {
  /// What becomes of the state; answers yes or no where somebody asks.
  @usableFromInline typealias Action = @Sendable (RawState) -> Bool
  @usableFromInline typealias Guard = @Sendable (State) -> Bool

  let name: String
  let operation: Operation
  /// Whether the step has an answer, which decides where the program goes on.
  let answers: Bool
  /// The step is enabled only while this is true.
  let guardCondition: Guard?
  private(set) var action: Action
  private(set) var assertions: [StepAssertion] = []
  let declaration: SourceLine
  var mayRest = false
  /// Whether preemption or interrupts are disabled or enabled by it.
  var changesContext = false
  /// What is wrong with the step as it is written.
  private(set) var problem: String?

  @usableFromInline init(
    _ name: String, _ operation: Operation, answers: Bool, when guardCondition: Guard? = nil,
    at declaration: SourceLine, problem: String? = nil, _ action: @escaping Action
  ) {
    self.name = name
    self.operation = operation
    self.answers = answers
    self.guardCondition = guardCondition
    self.action = action
    self.declaration = declaration
    self.problem = problem
  }

  /// Does more at once with the step, when its answer is known.
  mutating func append(_ work: @escaping @Sendable (RawState, Bool) -> Void) {
    let action = action
    self.action = { state in
      let answer = action(state)
      work(state, answer)
      return answer
    }
  }

  mutating func add(_ assertion: StepAssertion) { assertions.append(assertion) }
}
