import ModelChecking

// Read sections of seqcounts: which variable gets the start of one. Each knows its own, so that what `read_seqcount_begin()`
// hands out is the variable's number among those of its actor (waiting.race).
extension Lowering {
  /// `__start_of_section()`, in the vocabulary alone: the number of the variable that gets the start of a read section
  /// of a seqcount, among those of the actor.
  mutating func startOfSection(at spot: Spot) -> Value {
    let key = startVariable ?? (callSpot ?? spot).start
    let number = starts[key] ?? starts.count
    starts[key] = number
    if number >= world.constants["NR_STARTS"]?.value ?? 1 {
      report(
        "more variables get the start of a read section than calls stand in the file that begin one",
        at: spot)
      return .unknown
    }
    return Value(term: .constant(number), type: .integer)
  }

  /// What a variable got says which it is, and no count.
  mutating func checkIsNoStart(_ value: Value, at spot: Spot) {
    // Elsewhere than in an actor's code, variables are others.
    guard mode == .code, case .variable(let variable) = value.term,
      flow.variables.indices.contains(variable),
      starts[flow.variables[variable].spot.start] != nil
    else { return }
    report(
      "the start of a read section is compared, but here it stands for no count: it is for read_seqcount_retry() "
        + "and the like alone",
      at: spot)
  }

  /// Evaluates what a variable gets. What is handed on from function to function is the variable's that gets it at last.
  mutating func valueGot(
    by variable: Spot, _ expression: Expression, isWanted: Bool = true
  ) -> Value {
    let was = startVariable
    if frames.last?.isVocabulary == false { startVariable = variable.start }
    defer { startVariable = was }
    return value(of: expression, isWanted: isWanted)
  }
}
