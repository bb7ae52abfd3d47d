/// A yes-or-no question that `If` and `While` can ask, with the steps it takes to answer.
public struct Condition: ProgramComponent, Sendable {
  indirect enum Kind: Sendable {
    case test(StepDefinition)
    /// A question about registers, and how its author asks it; nil where the engine does.
    case register(StepDefinition.Guard, Program.RegisterWords?)
    case call(Called, Steps)
    case not(Condition)
    /// Something that can't be said of the condition it was said of.
    case misused(String)
  }

  let kind: Kind

  init(kind: Kind) { self.kind = kind }

  @usableFromInline init(_ definition: StepDefinition) { kind = .test(definition) }

  /// A question about the actor's own registers, which takes no step.
  public init(
    register predicate: @escaping @Sendable (borrowing Registers) -> Bool,
    file: String = #filePath, line: Int = #line
  ) {
    self.init(register: predicate, askedAt: SourceLine(file: file, line: line))
  }

  /// - Parameter declaration: where an author asks it; nil for a question of the engine's.
  init(
    register predicate: @escaping @Sendable (borrowing Registers) -> Bool,
    askedAt declaration: SourceLine?
  ) {
    kind = .register(
      { state in predicate(Registers(state.raw)) },
      declaration.map { Program.RegisterWords(declaration: $0) })
  }

  /// A function that takes several steps and answers by `Return(true)` or `Return(false)`.
  public init(call name: String, @StepsBuilder _ body: () -> Steps) {
    kind = .call(Called(name: name), body())
  }

  /// - Parameter place: the number of the call in the author's text, as `Call` takes it.
  package init(call name: String, place: Int, @StepsBuilder _ body: () -> Steps) {
    kind = .call(Called(name: name, place: place), body())
  }

  /// The opposite answer, by the same steps.
  public static prefix func ! (condition: Condition) -> Condition {
    if case .not(let inner) = condition.kind { return inner }
    return Condition(kind: .not(condition))
  }

  /// As a statement: the steps are taken and the answer is dropped.
  public var steps: Steps { Steps([.branch(self, then: Steps([]), otherwise: Steps([]))]) }
}

// MARK: One access

extension Condition {
  /// What a field's value says.
  ///
  ///     Condition("PageOffline", .load(page.type)) { type in type == .offline }
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, file: String = #filePath, line: Int = #line,
    _ test: @escaping @Sendable (Value) -> Bool
  ) {
    self.init(name, load, file: file, line: line) { (value: Value, _: inout Registers) in
      test(value)
    }
  }

  /// What a field's value says, which may be kept in registers.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, file: String = #filePath, line: Int = #line,
    _ test: @escaping @Sendable (Value, inout Registers) -> Bool
  ) {
    self.init(.load(name, load, answers: true, at: SourceLine(file: file, line: line), test))
  }

  /// An atomic operation with a result.
  ///
  ///     Condition("page_ref_dec_and_test", .atomic(page.refcount)) { count in
  ///       count -= 1
  ///       return count == 0
  ///     }
  ///
  /// - Parameter isEnabled: the step waits while this is false of the value.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ atomic: AtomicUpdate<Value>,
    when isEnabled: (@Sendable (Value) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    _ update: @escaping @Sendable (inout Value) -> Bool
  ) {
    self.init(
      name, atomic,
      when: isEnabled.map { isEnabled in
        { @Sendable (value: Value, _: borrowing Registers) in isEnabled(value) }
      },
      file: file, line: line
    ) { (value: inout Value, _: inout Registers) in update(&value) }
  }

  /// An atomic operation with a result, and with the actor's registers.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ atomic: AtomicUpdate<Value>,
    when isEnabled: (@Sendable (Value, borrowing Registers) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    _ update: @escaping @Sendable (inout Value, inout Registers) -> Bool
  ) {
    self.init(
      .atomic(
        name, atomic, answers: true, when: isEnabled, at: SourceLine(file: file, line: line), update
      ))
  }
}

// MARK: Several accesses

extension Condition {
  /// Works on several fields at once and answers.
  ///
  /// - Parameter isEnabled: the step waits while this is false.
  public init(
    _ name: String, _ section: Section,
    when isEnabled: (@Sendable (borrowing SectionState) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    _ test: @escaping @Sendable (inout SectionState) -> Bool
  ) {
    self.init(
      .section(
        name, section, answers: true, when: isEnabled, at: SourceLine(file: file, line: line), test)
    )
  }
}

// MARK: More at once

extension Condition {
  /// The same question with more work on registers, done at once with the step that answers it, when
  /// the answer is known. Only for questions that one step answers.
  ///
  ///     pageRefFreeze(page).also { my, frozen in my[isFrozen] = frozen }
  public func also(_ work: @escaping @Sendable (inout Registers, Bool) -> Void) -> Condition {
    changing("also") { step in
      step.append { state, answer in
        var registers = Registers(state)
        work(&registers, answer)
      }
    }
  }

  /// The same question with bookkeeping done at once with the step that answers it: ghost fields are
  /// written, when the answer is known. Only for questions that one step answers.
  ///
  ///     pageRefFreeze(page).noting { s, frozen in if frozen { s[page.owner] = .none } }
  public func noting(_ work: @escaping @Sendable (inout Books, Bool) -> Void) -> Condition {
    changing("noting") { step in
      step.append { state, answer in
        var books = Books(state)
        work(&books, answer)
      }
    }
  }

  /// The same question, before which the actor may stop for good: waiting here with nothing enabled is no
  /// deadlock. Only for questions that one step answers.
  ///
  ///     If(Condition("llist_del_all", .atomic(list), when: { !$0.isEmpty }) { ... }.mayRest()) { ... }
  public func mayRest() -> Condition { changing("mayRest") { $0.mayRest = true } }

  /// The same question, of whose access no data race is told: `data_race()`. Only for questions that one step
  /// answers.
  public func mayRace() -> Condition { changing("mayRace") { $0.mayRace = true } }

  /// The condition with its one step changed.
  func changing(_ modifier: String, _ change: (inout StepDefinition) -> Void) -> Condition {
    switch kind {
    case .test(var step):
      change(&step)
      return Condition(kind: .test(step))
    case .not: return Condition(kind: .misused("\(modifier) stands inside the !, not behind it"))
    case .register:
      return Condition(kind: .misused("a question about registers has no \(modifier)"))
    case .call(let called, _):
      return Condition(
        kind: .misused("'\(called.name)' takes several steps and has no \(modifier)"))
    case .misused: return self
    }
  }
}
