/// One step as its author wrote it: what it is, as data, and the functions that say which value
/// becomes which.
@usableFromInline struct StepDefinition: Sendable {
  /// What becomes of the state; answers yes or no where somebody asks.
  @usableFromInline typealias Action = @Sendable (RawState) -> Bool
  @usableFromInline typealias Guard = @Sendable (State) -> Bool

  let name: String
  private(set) var operation: Operation
  /// Whether the step has an answer, which decides where the program goes on.
  let answers: Bool
  /// The step is enabled only while this is true.
  private(set) var guardCondition: Guard?
  private(set) var action: Action
  private(set) var assertions: [StepAssertion] = []
  private(set) var declaration: SourceLine
  var mayRest = false
  /// Whether its actor runs while it waits, whatever it waits for.
  var spins = false
  /// What it disables or enables on its CPU.
  var contexts: CPUContexts = []
  /// The lock that the actor may hold after it, or the section that it may be in.
  var takes: Holding?
  /// What becomes of it where its lock is held by others.
  var contention: Contention?
  /// What it does without its locks, where it is a section with one.
  private var unlocked: Unlocked?
  /// Whether it is there for the case that a model is wrong, and is not to be reached.
  var isSafetyNet = false
  /// Whether an atomic operation says by a store whether it has stored, also where the value is as before.
  var tellsStores = false
  /// Whether a register gets from its load what later chooses the field of another.
  var givesAddress = false
  /// Whether what was loaded says which field it accesses, even where that can be one alone.
  var usesAddress = false
  /// Whether no data race is told of its access.
  var mayRace = false
  /// Whom it claims not to be at the field at the same time: its access is told of and nothing else.
  var exclusion: RaceExclusion?
  /// What it is to read sections and grace periods.
  var gracePeriod: GracePeriodDeed?
  /// The registers, by their numbers, whose change at it tells nobody anything: what a front end keeps for itself,
  /// or sets back.
  var quietRegisters: Set<Int> = []
  /// What is new behind it of the local variables that a front end keeps in the program's place: by its answer.
  var placed: (yes: [PlacedLocal], no: [PlacedLocal]) = ([], [])
  /// What is wrong with the step as it is written.
  private(set) var problem: String?

  /// A section's operation, guard and action without its locks. Whatever is said of the step later is
  /// said of these as well.
  struct Unlocked: Sendable {
    let operation: Operation
    var guardCondition: Guard?
    var action: Action
  }

  @usableFromInline init(
    _ name: String, _ operation: Operation, answers: Bool, when guardCondition: Guard? = nil,
    at declaration: SourceLine, problem: String? = nil, _ action: @escaping Action
  ) {
    self.init(
      name, operation, answers: answers, when: guardCondition, at: declaration, problem: problem,
      unlocked: nil, action)
  }

  init(
    _ name: String, _ operation: Operation, answers: Bool, when guardCondition: Guard? = nil,
    at declaration: SourceLine, problem: String? = nil, unlocked: Unlocked?,
    _ action: @escaping Action
  ) {
    self.name = name
    self.operation = operation
    self.answers = answers
    self.guardCondition = guardCondition
    self.action = action
    self.declaration = declaration
    self.problem = problem
    self.unlocked = unlocked
  }

  /// The same step without its locks, with all that was said of it; nil where it is no section with one.
  var withoutLocks: StepDefinition? {
    guard let unlocked else { return nil }
    var step = self
    step.operation = unlocked.operation
    step.guardCondition = unlocked.guardCondition
    step.action = unlocked.action
    step.contention = nil
    step.unlocked = nil
    return step
  }

  /// Whether the step waits while somebody else holds a lock.
  var waitsForLock: Bool {
    switch operation {
    case .lock(.acquire, _): true
    case .section(let grounds, _): grounds.taking != nil
    default: false
    }
  }

  /// Whether a handler has begun when it waits at the step: it spins there, or must not rest. Otherwise
  /// what it waits for is what starts it.
  var waitsInside: Bool { waitsForLock || spins || guardCondition != nil && !mayRest }

  /// Whether the step waits for locks alone.
  var waitsForNothingElse: Bool {
    guardCondition == nil || contention.map { $0.isInVain == nil } ?? false
  }

  /// Does more at once with the step, when its answer is known.
  mutating func append(_ work: @escaping @Sendable (RawState, Bool) -> Void) {
    wrap {
      $0
    } action: { action in
      { state in
        let answer = action(state)
        work(state, answer)
        return answer
      }
    }
  }

  /// Puts something around the guard, where there is one, and around the action.
  mutating func wrap(
    guardCondition wrapGuard: (@escaping Guard) -> Guard,
    action wrapAction: (@escaping Action) -> Action
  ) {
    guardCondition = guardCondition.map { wrapGuard($0) }
    action = wrapAction(action)
    guard var unlocked else { return }
    unlocked.guardCondition = unlocked.guardCondition.map { wrapGuard($0) }
    unlocked.action = wrapAction(unlocked.action)
    self.unlocked = unlocked
  }

  /// Lets the step run whatever it waits for.
  mutating func dropGuard() {
    guardCondition = nil
    contention = nil
    unlocked?.guardCondition = nil
  }

  /// Leaves of it what orders nothing.
  mutating func dropOrder() { operation = operation.unordered }

  /// Says where the author of a front end's text wrote it.
  mutating func declare(at line: SourceLine) { declaration = line }

  mutating func add(_ assertion: StepAssertion) { assertions.append(assertion) }

  // MARK: The same step on another machine

  mutating func replaceGuard(_ isEnabled: @escaping Guard) { guardCondition = isEnabled }

  /// Says that the step may write more shared fields, in one section with its own.
  mutating func widen(to fields: [Int], because reason: String) {
    let grounds = Section.Grounds(holding: nil, taking: nil, reason: reason, lockFields: [])
    operation = .section(grounds, Array(Set(operation.reads + operation.writes + fields)).sorted())
  }

  mutating func replaceAction(_ action: @escaping Action) { self.action = action }

  mutating func wrapAssertions(
    _ wrap: (@escaping StepAssertion.Predicate, StepAssertion.Moment) -> StepAssertion.Predicate
  ) {
    assertions = assertions.map { assertion in
      assertion.wrapped { wrap($0, assertion.moment) }
    }
  }
}
