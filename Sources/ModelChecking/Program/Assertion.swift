/// A claim that a step makes about what it meets: the kernel's BUG_ON() and WARN_ON(), or a sentence
/// of the model's about what must not happen at that step.
struct StepAssertion: Sendable {
  /// How the claim is worded.
  enum Wording: Sendable, Equatable {
    /// A sentence that is true: "no page of the isolated block is handed out".
    case claim
    /// The kernel's statement, which fires: "BUG_ON(!PageBuddy(page))".
    case statement
  }

  /// When the claim is looked at.
  enum Moment: Sendable { case before, after }

  let text: String
  let wording: Wording
  let severity: Severity
  let moment: Moment
  let declaration: SourceLine
  /// Whether the claim is true, of the state and, after the step, of its answer.
  let holds: Predicate

  typealias Predicate = @Sendable (State, Bool) -> Bool

  /// The same claim about another view of the state.
  func wrapped(_ wrap: (@escaping Predicate) -> Predicate) -> StepAssertion {
    StepAssertion(
      text: text, wording: wording, severity: severity, moment: moment, declaration: declaration,
      holds: wrap(holds))
  }
}

extension Step {
  /// The same step with a claim about the state that it finds, before it does its work.
  ///
  ///     Step("clear_page").asserting("nobody touches a page without memory") { s in s[page.isBacked] }
  ///
  /// - Parameters:
  ///   - claim: what must be true, in a sentence; the same claim may be made at many steps.
  ///   - severity: for a warning the search goes on.
  public func asserting(
    _ claim: String, severity: Severity = .bug, file: String = #filePath, line: Int = #line,
    _ holds: @escaping @Sendable (State) -> Bool
  ) -> Step {
    adding(
      StepAssertion(
        text: claim, wording: .claim, severity: severity, moment: .before,
        declaration: SourceLine(file: file, line: line)
      ) { state, _ in holds(state) })
  }

  /// `BUG_ON()`, `VM_BUG_ON_PAGE()` ... about the value that a load sees: a step of its own.
  ///
  ///     Step.bugOn("VM_BUG_ON_PAGE(page_count(page), page)", .load(page.refcount)) { $0 != 0 }
  ///
  /// - Parameters:
  ///   - statement: the kernel's text.
  ///   - fires: when it fires.
  public static func bugOn<Value: FieldValue>(
    _ statement: String, _ load: Load<Value>, file: String = #filePath, line: Int = #line,
    _ fires: @escaping @Sendable (Value) -> Bool
  ) -> Step {
    stating(statement, .bug, load, SourceLine(file: file, line: line), fires)
  }

  /// `WARN_ON()`, `WARN_ON_ONCE()` ... about the value that a load sees: a step of its own. The kernel
  /// goes on, and so does the search.
  public static func warnOn<Value: FieldValue>(
    _ statement: String, _ load: Load<Value>, file: String = #filePath, line: Int = #line,
    _ fires: @escaping @Sendable (Value) -> Bool
  ) -> Step {
    stating(statement, .warning, load, SourceLine(file: file, line: line), fires)
  }

  /// The same step with a `BUG_ON()` inside it, about the state that it finds.
  public func bugOn(
    _ statement: String, file: String = #filePath, line: Int = #line,
    _ fires: @escaping @Sendable (State) -> Bool
  ) -> Step {
    adding(
      StepAssertion(
        text: statement, wording: .statement, severity: .bug, moment: .before,
        declaration: SourceLine(file: file, line: line)
      ) { state, _ in !fires(state) })
  }

  /// The same step with a `WARN_ON()` inside it, about the state that it finds.
  public func warnOn(
    _ statement: String, file: String = #filePath, line: Int = #line,
    _ fires: @escaping @Sendable (State) -> Bool
  ) -> Step {
    adding(
      StepAssertion(
        text: statement, wording: .statement, severity: .warning, moment: .before,
        declaration: SourceLine(file: file, line: line)
      ) { state, _ in !fires(state) })
  }

  private static func stating<Value: FieldValue>(
    _ statement: String, _ severity: Severity, _ load: Load<Value>, _ declaration: SourceLine,
    _ fires: @escaping @Sendable (Value) -> Bool
  ) -> Step {
    let location = load.location
    return Step(statement, load, file: declaration.file, line: declaration.line).adding(
      StepAssertion(
        text: statement, wording: .statement, severity: severity, moment: .before,
        declaration: declaration
      ) { state, _ in location.field(in: state.raw).map { !fires(state[$0]) } ?? true })
  }

  private func adding(_ assertion: StepAssertion) -> Step {
    var copy = self
    copy.definition.add(assertion)
    return copy
  }
}

extension Condition {
  /// The same question with a claim about the state that its step leaves and the answer. Only for
  /// questions that one step answers.
  public func asserting(
    _ claim: String, severity: Severity = .bug, file: String = #filePath, line: Int = #line,
    _ holds: @escaping @Sendable (_ state: State, _ answer: Bool) -> Bool
  ) -> Condition {
    changing("asserting") {
      $0.add(
        StepAssertion(
          text: claim, wording: .claim, severity: severity, moment: .after,
          declaration: SourceLine(file: file, line: line), holds: holds))
    }
  }

  /// `WARN_ON()` around an operation with a result: fires where the answer is `answer`.
  ///
  ///     pageRefDecAndTest(page).warnOn(false, "WARN_ON(!page_ref_dec_and_test(page))")
  public func warnOn(
    _ answer: Bool, _ statement: String, file: String = #filePath, line: Int = #line
  ) -> Condition {
    stating(answer, statement, .warning, SourceLine(file: file, line: line))
  }

  /// `BUG_ON()` around an operation with a result: fires where the answer is `answer`.
  public func bugOn(
    _ answer: Bool, _ statement: String, file: String = #filePath, line: Int = #line
  ) -> Condition {
    stating(answer, statement, .bug, SourceLine(file: file, line: line))
  }

  /// `WARN_ON()` about the state that the operation leaves and its answer.
  public func warnOn(
    _ statement: String, file: String = #filePath, line: Int = #line,
    _ fires: @escaping @Sendable (_ state: State, _ answer: Bool) -> Bool
  ) -> Condition {
    changing("an assertion") {
      $0.add(
        StepAssertion(
          text: statement, wording: .statement, severity: .warning, moment: .after,
          declaration: SourceLine(file: file, line: line)
        ) { state, answer in !fires(state, answer) })
    }
  }

  private func stating(
    _ answer: Bool, _ statement: String, _ severity: Severity, _ declaration: SourceLine
  ) -> Condition {
    changing("an assertion") {
      $0.add(
        StepAssertion(
          text: statement, wording: .statement, severity: severity, moment: .after,
          declaration: declaration
        ) { _, given in given != answer })
    }
  }
}
