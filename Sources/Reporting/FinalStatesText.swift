import ModelChecking

extension CheckReport {
  /// herd's answer about the final states, in herd's form, so that the two can be compared.
  ///
  /// - Parameters:
  ///   - name: of the test.
  ///   - answer: "Never", "Sometimes" or "Always".
  ///   - states: each once, and whether the condition is true of it.
  public static func finalStates(
    of name: String, condition: String, answer: String, states: [(text: String, isPositive: Bool)],
    isComplete: Bool
  ) -> String {
    let positive = states.count(where: \.isPositive)
    return
      (["States \(states.count)"] + states.map(\.text)
      + [
        "Condition \(condition)",
        "Observation \(name) \(answer) \(positive) \(states.count - positive)"
          + (isComplete ? "" : " (not all states were looked at)"),
      ]).joined(separator: "\n") + "\n"
  }
}
