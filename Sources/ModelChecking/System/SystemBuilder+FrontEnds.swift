// What front ends need besides, which make systems of files.
extension SystemBuilder {
  /// Says that no system can be made, and why.
  package func reject(_ problem: String) { problems.append(problem) }

  /// Says that a question is asked, and can have one answer only.
  package func note(_ question: DecidedQuestion) { decidedQuestions.append(question) }

  /// What is said of what steps note as undefined, by number.
  package func sayUndefined(_ words: @escaping @Sendable (Int) -> String) {
    undefinedWords = words
  }

  /// Whether all actors are at the ends of their programs.
  package var isOver: @Sendable (State) -> Bool {
    let ends = zip(counters, ends).map { (counter: $0, ends: $1) }
    return { s in ends.allSatisfy { $0.ends.contains(s[$0.counter]) } }
  }
}
