// Steps for front ends, which say what a step does as data and interpret that. What the operation lists,
// the front end has worked out.

/// A state as the interpreter of a front end sees it: what its step's operation lists, the actor's
/// registers, and ghosts.
package struct CodedState {
  let raw: RawState

  package init(_ state: State) { raw = state.raw }
  package init(_ registers: borrowing Registers) { raw = registers.raw }
  package init(_ section: borrowing SectionState) { raw = section.raw }
  package init(_ books: borrowing Books) { raw = books.raw }
  init(_ raw: RawState) { self.raw = raw }

  /// The value of a field. Writing one outside its domain is a fault.
  package subscript(field: Field<Int>) -> Int {
    get { raw[field] }
    nonmutating set { raw[field] = newValue }
  }

  /// Notes that the step does what the front end's language leaves undefined.
  ///
  /// - Parameter words: the number of what is said of it.
  package func raiseUndefined(_ words: Int) { raw.raise(.undefined, 0, value: words) }
}

/// What a step has to do with addresses that come from what was loaded.
package struct AddressDependency: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What it sees may choose the field of a later access.
  package static let gives = AddressDependency(rawValue: 1)
  /// Its own field is chosen so.
  package static let uses = AddressDependency(rawValue: 2)
}

/// A local variable whose value follows from where its actor is in the program, so that it takes no bits.
package struct PlacedLocal: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

extension Field {
  /// The number by which an operation lists it.
  package var position: Int { Int(number) }
}

extension Register where Value == Int {
  /// The field that it is.
  package var coded: Field<Int> { field }
}

extension Ghost where Value == Int {
  /// The field that it is.
  package var coded: Field<Int> { field }
}

extension Lock {
  /// 0, or the number of the holder plus 1.
  package var coded: Field<Int> { holder }
}

/// A claim at a step, as `asserting`, `bugOn` and `warnOn` make it, looked at before the step does its work.
package struct CodedClaim: Sendable {
  package let text: String
  let isStatement: Bool
  let severity: Severity
  let declaration: SourceLine
  let holds: @Sendable (CodedState) -> Bool

  /// - Parameter isStatement: whether the text is a statement of the kernel's, which fires, and no sentence.
  package init(
    _ text: String, isStatement: Bool, _ severity: Severity, at declaration: SourceLine,
    holds: @escaping @Sendable (CodedState) -> Bool
  ) {
    self.text = text
    self.isStatement = isStatement
    self.severity = severity
    self.declaration = declaration
    self.holds = holds
  }

  fileprivate var assertion: StepAssertion {
    StepAssertion(
      text: text, wording: isStatement ? .statement : .claim, severity: severity, moment: .before,
      declaration: declaration
    ) { [holds] state, _ in holds(CodedState(state)) }
  }
}

private func codedGuard(
  _ isEnabled: (@Sendable (CodedState) -> Bool)?
) -> StepDefinition.Guard? {
  guard let isEnabled else { return nil }
  return { state in isEnabled(CodedState(state)) }
}

extension Step {
  /// A step whose work is interpreted.
  ///
  /// - Parameters:
  ///   - isEnabled: the step waits while this is false.
  ///   - address: what it has to do with addresses that are loaded.
  package init(
    _ name: String, coded operation: Operation, at declaration: SourceLine,
    when isEnabled: (@Sendable (CodedState) -> Bool)? = nil, address: AddressDependency = [],
    _ work: @escaping @Sendable (CodedState) -> Void
  ) {
    var definition = StepDefinition(
      name, operation, answers: false, when: codedGuard(isEnabled), at: declaration
    ) { state in
      work(CodedState(state))
      return true
    }
    definition.tellsStores = true
    definition.givesAddress = address.contains(.gives)
    definition.usesAddress = address.contains(.uses)
    self.init(definition)
  }

  /// The same step, at which it tells nobody anything that some registers change.
  package func quiet(about fields: [Field<Int>]) -> Step {
    var copy = self
    copy.definition.quietRegisters.formUnion(fields.map(\.position))
    return copy
  }

  /// The same step, behind which some local variables have other values.
  package func placing(_ locals: [PlacedLocal]) -> Step {
    var copy = self
    copy.definition.placed = (locals, locals)
    return copy
  }

  /// The same step with claims before it.
  package func claiming(_ claims: [CodedClaim]) -> Step {
    var copy = self
    for claim in claims { copy.definition.add(claim.assertion) }
    return copy
  }
}

extension Condition {
  /// A question whose answer is interpreted.
  ///
  /// - Parameters:
  ///   - isEnabled: the step waits while this is false.
  ///   - address: what it has to do with addresses that are loaded.
  package init(
    _ name: String, coded operation: Operation, at declaration: SourceLine,
    when isEnabled: (@Sendable (CodedState) -> Bool)? = nil, address: AddressDependency = [],
    _ work: @escaping @Sendable (CodedState) -> Bool
  ) {
    var definition = StepDefinition(
      name, operation, answers: true, when: codedGuard(isEnabled), at: declaration
    ) { state in work(CodedState(state)) }
    definition.tellsStores = true
    definition.givesAddress = address.contains(.gives)
    definition.usesAddress = address.contains(.uses)
    self.init(definition)
  }

  /// A question about registers whose answer is interpreted.
  ///
  /// - Parameters:
  ///   - name: the question in its author's words; nil where no author asks it.
  ///   - place: the number of the place in the author's text: where it comes to several in the program,
  ///     they are one question.
  package init(
    registers name: String?, place: Int = 0, at declaration: SourceLine,
    _ answer: @escaping @Sendable (CodedState) -> Bool
  ) {
    let words = name.map {
      Program.RegisterWords(name: $0, place: place, declaration: declaration)
    }
    self.init(kind: .register({ state in answer(CodedState(state)) }, words))
  }

  /// The same question, at which it tells nobody anything that some registers change. Only for questions that one
  /// step answers.
  package func quiet(about fields: [Field<Int>]) -> Condition {
    fields.isEmpty
      ? self
      : changing("registers of its own") { $0.quietRegisters.formUnion(fields.map(\.position)) }
  }

  /// The same question, behind whose answers some local variables have other values. Only for questions that one step
  /// answers.
  package func placing(yes: [PlacedLocal], no: [PlacedLocal]) -> Condition {
    yes.isEmpty && no.isEmpty
      ? self : changing("local variables") { $0.placed = (yes, no) }
  }

  /// The same question with claims before it. Only for questions that one step answers.
  package func claiming(_ claims: [CodedClaim]) -> Condition {
    claims.isEmpty
      ? self : changing("a claim") { step in for claim in claims { step.add(claim.assertion) } }
  }
}

extension Steps {
  /// The same steps with claims before the first of them, and work done at once with the last. Only for steps, and
  /// calls of steps, that come one after the other.
  ///
  /// - Parameters:
  ///   - fields: the registers that the work changes, which tells nobody anything.
  ///   - locals: the local variables that have other values behind the last.
  package func framed(
    by claims: [CodedClaim], quiet fields: [Field<Int>], placing locals: [PlacedLocal],
    _ work: (@Sendable (CodedState) -> Void)?
  ) -> Steps {
    changing(last: false) { step in
      for claim in claims { step.add(claim.assertion) }
    }.changing(last: true) { step in
      step.quietRegisters.formUnion(fields.map(\.position))
      step.placed = (locals, locals)
      if let work { step.append { state, _ in work(CodedState(state)) } }
    }
  }

  /// The same steps, and calls of steps, as written at a line of a front end's text.
  package func declared(at line: SourceLine) -> Steps {
    Steps(
      statements.map { statement in
        switch statement {
        case .step(var step):
          step.declare(at: line)
          return .step(step)
        case .call(let called, let body): return .call(called, body.declared(at: line))
        default: return statement
        }
      })
  }

  /// The same with the first step changed, or the last.
  private func changing(last: Bool, _ change: (inout StepDefinition) -> Void) -> Steps {
    var statements = statements
    let place = last ? statements.count - 1 : 0
    switch statements[place] {
    case .step(var step):
      change(&step)
      statements[place] = .step(step)
    case .call(let called, let body):
      statements[place] = .call(called, body.changing(last: last, change))
    default: preconditionFailure("only steps, and calls of steps, are framed")
    }
    return Steps(statements)
  }
}
