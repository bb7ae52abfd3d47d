/// What is told of an author's function that trapped.
extension System {
  /// Runs authors' functions outside of any search.
  ///
  /// - Throws: `InputError` that names the one that trapped, with the state on which it did.
  package func reportingTraps<Success>(
    _ body: () throws(InputError) -> Success
  ) throws(InputError) -> Success {
    let done = Trap.catching(wordCount: layout.wordCount) {
      Result { () throws(InputError) in try body() }
    }
    switch done {
    case .success(let result): return try result.get()
    case .failure(let trap): throw error(for: trap, after: nil)
    }
  }

  /// - Parameter schedule: leads to the state on which it trapped, where that is known.
  func error(for trap: Trap, after schedule: Schedule?) -> InputError {
    if trap.code === AuthorCode.statesOnDisk { return trap.error }
    return InputError(
      trap.description, details: state(trap.words) + (schedule.map(way) ?? []), isFaultOfModel: true
    )
  }

  /// The error for a function that answers differently when it is asked again.
  func error(for code: AuthorCode, on words: [UInt64], _ answers: [String]) -> InputError {
    InputError(
      "\(code) \(Trap.differs)", details: state(words) + answers, isFaultOfModel: true)
  }

  private func state(_ words: [UInt64]) -> [String] {
    if words.isEmpty { return [] }
    let values = readably(from: words) { walk in
      walk.values.filter { $0.role != .control }.map { "\($0.field) = \($0.value)" }
    }
    return (values ?? []).isEmpty ? [] : ["state: " + (values ?? []).joined(separator: ", ")]
  }

  private func way(_ schedule: Schedule) -> [String] {
    let start =
      initialStateCount > 1
      ? " from initial state \(schedule.initialState), counted from 0" : ""
    let count = schedule.moves.count
    if count == 0 { return [initialStateCount > 1 ? "at once\(start)" : "at once"] }
    return ["after \(count) step\(count == 1 ? "" : "s")\(start):"]
      + schedule.moves.enumerated().map { number, move in
        "  \(number + 1). \(actors[move.actor].name): \(name(of: move))"
      }
  }

  /// Something about a state, unless that traps in turn.
  private func readably<Value>(from words: [UInt64], _ read: (Walk) -> Value) -> Value? {
    let walk = Walk(PlainSemantics(system: self), from: words)
    return try? Trap.catching { read(walk) }.get()
  }
}
