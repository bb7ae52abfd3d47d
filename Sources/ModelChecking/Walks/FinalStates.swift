extension System {
  /// The states in which all actors are at the ends of their programs, as one breadth-first search meets them;
  /// no property is looked at.
  ///
  /// - Parameters:
  ///   - mostStates: how many states are looked at.
  ///   - isOver: whether to look at no further one.
  /// - Returns: the states as words, and whether all were looked at.
  package func finalStates(
    mostStates: Int, unless isOver: () -> Bool = { false }
  ) -> (states: [[UInt64]], isComplete: Bool) {
    let ends = actors.map { ($0.counter, $0.program.ends) }
    var search = BreadthFirst(
      PlainSemantics(system: self), from: PlainSemantics(system: self).initialStates,
      limit: mostStates)
    var isComplete = true
    var found: [[UInt64]] = []
    while let expansion = search.next() {
      if isOver() { return (found, false) }
      let words = search.states[expansion.state]
      let isFinal = words.withUnsafeBufferPointer { words in
        ends.allSatisfy { counter, ends in ends.contains(counter.code(in: words.baseAddress!)) }
      }
      if isFinal { found.append(words) }
      if expansion.steps.contains(where: { $0.target == .beyondLimit }) { isComplete = false }
    }
    return (found, isComplete)
  }
}
