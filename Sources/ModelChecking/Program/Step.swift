/// Something a program is made of: a step, a branch, a call, or a sequence of them.
public protocol ProgramComponent {
  /// The component as a sequence.
  var steps: Steps { get }
}

/// A sequence of program components, which is what kernel functions return.
public struct Steps: ProgramComponent, Sendable {
  let statements: [Statement]

  public var steps: Steps { self }

  /// No step at all.
  public static let none = Steps([])

  init(_ statements: [Statement]) { self.statements = statements }

  /// A sequence written out.
  public init(@StepsBuilder _ body: () -> Steps) { self = body() }
}

/// What a program says, before it is compiled into locations.
indirect enum Statement: Sendable {
  case step(StepDefinition)
  case branch(Condition, then: Steps, otherwise: Steps)
  case choose([Steps])
  case loop(Steps)
  case call(String, Steps)
  case label(String)
  case goto(String)
  case `return`(Bool?)
  case `break`
  case `continue`
  case finish
}

/// Why a step may touch more than one shared field.
public enum Collapse: Sendable, Equatable {
  /// Every access to these fields happens under this lock, so nobody can see the middle.
  case criticalSection(String)
  /// Another reason that no interleaving is lost, in a sentence.
  case because(String)
}

/// One step as its author wrote it.
struct StepDefinition: Sendable {
  enum Action: Sendable {
    /// Does something and goes on.
    case act(@Sendable (StepState) -> Void)
    /// Does something and answers yes or no, which decides where the program goes on.
    case test(@Sendable (StepState) -> Bool)
  }

  let name: String
  let guardCondition: (@Sendable (State) -> Bool)?
  let collapse: Collapse?
  var action: Action
  let declaration: SourceLine
  var mayRest = false
  var changesContext = false
}

/// One atomic action of an actor: it touches at most one shared field, plus the actor's own
/// registers and any ghost fields.
///
///     Step("page_ref_inc") { s in s[page.refcount] += 1 }
///     Step("wait_event", when: { s in s[queue.isWoken] }) { s in s[queue.isWoken] = false }
///
/// A step that touches more says with `collapsing` why that loses no interleaving.
public struct Step: ProgramComponent, Sendable {
  var definition: StepDefinition

  /// - Parameters:
  ///   - name: what a trace calls the step: the kernel's function or a short statement.
  ///   - guardCondition: the step is not enabled while this is false. It may only read.
  ///   - collapse: why the step may touch several shared fields at once.
  ///   - action: what the step does.
  public init(
    _ name: String, when guardCondition: (@Sendable (State) -> Bool)? = nil,
    collapsing collapse: Collapse? = nil, file: String = #filePath, line: Int = #line,
    _ action: @escaping @Sendable (StepState) -> Void
  ) {
    definition = StepDefinition(
      name: name, guardCondition: guardCondition, collapse: collapse, action: .act(action),
      declaration: SourceLine(file: file, line: line))
  }

  public var steps: Steps { Steps([.step(definition)]) }

  /// The same step, before which the actor may stop for good: waiting here with nothing enabled is
  /// no deadlock.
  public func mayRest() -> Step {
    var copy = self
    copy.definition.mayRest = true
    return copy
  }

  /// The same step with more work on registers or ghost fields, done at once with it. This is where
  /// ghost fields may be read.
  ///
  ///     pageRefInc(page).also { s in s[isFrozen] = false }
  public func also(_ work: @escaping @Sendable (StepState) -> Void) -> Step {
    guard case .act(let act) = definition.action else {
      preconditionFailure("a step acts and answers nothing")
    }
    var copy = self
    copy.definition.action = .act { s in
      act(s)
      s.beginBookkeeping()
      work(s)
    }
    return copy
  }

  /// The same step, marked as one that enters or leaves a section that can't be preempted.
  func changingContext(_ changes: Bool) -> Step {
    var copy = self
    copy.definition.changesContext = changes
    return copy
  }
}

/// A yes-or-no question that `If` and `While` can ask, with the steps it takes to answer.
public struct Condition: ProgramComponent, Sendable {
  indirect enum Kind: Sendable {
    case test(StepDefinition)
    case register(@Sendable (State) -> Bool)
    case call(String, Steps)
    case not(Condition)
  }

  let kind: Kind

  /// A question that one step answers: an atomic operation with a result.
  ///
  ///     Condition("page_ref_dec_and_test") { s in
  ///       s[page.refcount] -= 1
  ///       return s[page.refcount] == 0
  ///     }
  public init(
    _ name: String, when guardCondition: (@Sendable (State) -> Bool)? = nil,
    collapsing collapse: Collapse? = nil, file: String = #filePath, line: Int = #line,
    test: @escaping @Sendable (StepState) -> Bool
  ) {
    kind = .test(
      StepDefinition(
        name: name, guardCondition: guardCondition, collapse: collapse, action: .test(test),
        declaration: SourceLine(file: file, line: line)))
  }

  /// A question about the actor's own registers, which takes no step.
  public init(register predicate: @escaping @Sendable (State) -> Bool) {
    kind = .register(predicate)
  }

  /// A function that takes several steps and answers by `Return(true)` or `Return(false)`.
  public init(call name: String, @StepsBuilder _ body: () -> Steps) {
    kind = .call(name, body())
  }

  init(
    _ name: String, changingContext: Bool, file: String = #filePath, line: Int = #line,
    test: @escaping @Sendable (StepState) -> Bool
  ) {
    var step = StepDefinition(
      name: name, guardCondition: nil, collapse: nil, action: .test(test),
      declaration: SourceLine(file: file, line: line))
    step.changesContext = changingContext
    kind = .test(step)
  }

  private init(kind: Kind) { self.kind = kind }

  /// The same question with more work on registers or ghost fields, done at once with the step that
  /// answers it, when the answer is known. Only for questions that one step answers.
  ///
  ///     pageRefFreeze(page).also { s, frozen in s[isFrozen] = frozen }
  public func also(_ work: @escaping @Sendable (StepState, Bool) -> Void) -> Condition {
    guard case .test(var step) = kind, case .test(let test) = step.action else {
      preconditionFailure("also(_:) needs a condition that one step answers")
    }
    step.action = .test { s in
      let answer = test(s)
      s.beginBookkeeping()
      work(s, answer)
      return answer
    }
    return Condition(kind: .test(step))
  }

  /// The opposite answer, by the same steps.
  public static prefix func ! (condition: Condition) -> Condition {
    Condition(kind: .not(condition))
  }

  /// As a statement: the steps are taken and the answer is dropped.
  public var steps: Steps { Steps([.branch(self, then: Steps([]), otherwise: Steps([]))]) }
}
