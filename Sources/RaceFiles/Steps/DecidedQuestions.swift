import ModelChecking

extension CompiledRace {
  /// The file's questions about local variables that known values answer the same way wherever they are asked.
  var decidedQuestions: [DecidedQuestion] {
    /// What the file asks, at one place of its text.
    struct Place: Hashable {
      let text: String
      let line: SourceLine
    }
    var order: [Place] = []
    var asked: [Place: (calls: [String], actors: [String], yes: Bool, no: Bool)] = [:]
    for (number, program) in programs.enumerated() {
      let names = members.filter { $0.program == number }.map(\.name)
      for (_, answers) in program.settled.answers.sorted(by: { $0.key < $1.key }) {
        let question = answers.question
        let place = Place(text: question.text, line: question.line)
        if asked[place] == nil {
          order.append(place)
          asked[place] = (question.calls.map(\.name), [], false, false)
        }
        asked[place]!.yes = asked[place]!.yes || answers.mayBeYes
        asked[place]!.no = asked[place]!.no || answers.mayBeNo
        for name in names where !asked[place]!.actors.contains(name) {
          asked[place]!.actors.append(name)
        }
      }
    }
    return order.compactMap { place in
      guard let found = asked[place], found.yes != found.no else { return nil }
      return DecidedQuestion(
        name: place.text, calls: found.calls, actors: found.actors, answer: found.yes,
        declaration: place.line)
    }
  }
}
