/// What steps and questions have in common: how the author's function is given what it may use.
extension StepDefinition {
  @inlinable static func load<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, answers: Bool, at declaration: SourceLine,
    _ use: @escaping @Sendable (Value, inout Registers) -> Bool
  ) -> StepDefinition {
    let location = load.location
    return StepDefinition(
      name, .load(location.numbers, load.ordering), answers: answers, at: declaration
    ) { state in
      guard let field = location.field(in: state) else { return false }
      var registers = Registers(state)
      return use(state[field], &registers)
    }
  }

  @inlinable static func atomic<Value: FieldValue>(
    _ name: String, _ atomic: AtomicUpdate<Value>, answers: Bool,
    when isEnabled: (@Sendable (Value, borrowing Registers) -> Bool)?, at declaration: SourceLine,
    _ update: @escaping @Sendable (inout Value, inout Registers) -> Bool
  ) -> StepDefinition {
    let location = atomic.location
    let ordering = atomic.ordering ?? (answers ? .full : .relaxed)
    return StepDefinition(
      name, .atomic(location.numbers, ordering), answers: answers,
      when: isEnabled.map { location.guarding($0) }, at: declaration
    ) { state in
      guard let field = location.field(in: state) else { return false }
      var registers = Registers(state)
      var value = state[field]
      let answer = update(&value, &registers)
      state[field] = value
      return answer
    }
  }

  static func section(
    _ name: String, _ section: Section, answers: Bool,
    when isEnabled: (@Sendable (borrowing SectionState) -> Bool)?, at declaration: SourceLine,
    _ work: @escaping @Sendable (inout SectionState) -> Bool
  ) -> StepDefinition {
    let unlocked = section.hasLock ? section.unlocked : nil
    var step = StepDefinition(
      name, section.operation, answers: answers, when: section.guarding(isEnabled),
      at: declaration, problem: section.problem,
      unlocked: unlocked.map { section in
        StepDefinition.Unlocked(
          operation: section.operation, guardCondition: section.guarding(isEnabled)
        ) { state in section.run(in: state, work) }
      }
    ) { state in section.run(in: state, work) }
    step.contention = section.contention(when: isEnabled)
    return step
  }
}

extension Location {
  /// A guard that looks at the field's value.
  ///
  /// Where a register chooses no field the guard lets the step run, which then raises the fault.
  @inlinable func guarding(
    _ isEnabled: @escaping @Sendable (Value, borrowing Registers) -> Bool
  ) -> StepDefinition.Guard {
    { state in
      guard let field = self.field(in: state.raw) else { return true }
      return isEnabled(state[field], Registers(state.raw))
    }
  }
}
