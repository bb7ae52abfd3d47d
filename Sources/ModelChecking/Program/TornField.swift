/// A field that is loaded and stored in two steps, between which others come in, and the register that
/// keeps what was loaded.
struct TornField {
  let field: Field<Int>
  let register: Field<Int>
}

extension StepDefinition {
  /// The first half of an atomic step.
  func load(of torn: TornField) -> StepDefinition {
    let (field, register) = (torn.field, torn.register)
    var load = StepDefinition(
      "\(name): load", .load([Int(field.number)], .plain), answers: false, when: guardCondition,
      at: declaration
    ) { state in
      state[register] = state[field]
      return true
    }
    load.mayRest = mayRest
    return load
  }

  /// The second half: it puts back what was loaded and then does what the step would have done at once.
  func store(to torn: TornField) -> StepDefinition {
    let (field, register) = (torn.field, torn.register)
    var store = notWaiting
    store.mayRest = false
    store.wrap(guardCondition: { $0 }) { action in
      { state in
        state[field] = state[register]
        state[register] = register.minimum
        return action(state)
      }
    }
    return store
  }
}
