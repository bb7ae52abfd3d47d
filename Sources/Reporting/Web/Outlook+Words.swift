import ModelChecking

extension Playback.Outlook {
  /// - Parameter consequence: what the trace comes to, which needn't be said again.
  init(_ prospect: AnnotatedTrace.Prospect, consequence: String) {
    switch prospect {
    case .reachesGoal(0):
      self.init(kind: .good, ahead: "reaches the goal", here: "The goal is reached.")
    case .reachesGoal(let steps):
      let within = "within \(steps.of("more step"))"
      self.init(
        kind: .good, ahead: "can reach the goal \(within)",
        here: "The goal can be reached \(within).")
    case .losesGoal:
      self.init(
        kind: .bad, ahead: "the goal is out of reach from there", here: "The goal is out of reach.")
    case .goesWrong(0, let mishap):
      self.init(kind: .bad, ahead: "goes wrong at once: \(mishap.place)", here: mishap.sentence)
    case .goesWrong(let steps, let mishap):
      let words =
        "can go wrong within \(steps.of("more step"))"
        + (consequence.contains(mishap.place) ? "" : ": \(mishap.place)")
      self.init(kind: .open, ahead: words, here: "It \(words).")
    case .staysRight:
      self.init(
        kind: .good, ahead: "nothing can go wrong from there",
        here: "Nothing can go wrong any more.")
    case .unknown:
      self.init(
        kind: .unknown, ahead: "not known: too many states to look at from there",
        here: "What lies ahead is not known: there are too many states to look at.")
    }
  }
}

extension AnnotatedTrace.Mishap {
  /// What is wrong, in the middle of a sentence.
  var place: String { kind.words.place(property) }

  fileprivate var sentence: String { "\(place.prefix(1).uppercased())\(place.dropFirst())." }
}
