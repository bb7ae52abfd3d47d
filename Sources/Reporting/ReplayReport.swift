import ModelChecking

/// A saved trace that was run again, ready to be shown.
public struct ReplayReport: Sendable {
  private let saved: SavedTrace
  private let replay: Replay
  private let configuration: Configuration
  private let system: System

  public init(
    _ replay: Replay, of saved: SavedTrace, in configuration: Configuration, system: System
  ) {
    self.saved = saved
    self.replay = replay
    self.configuration = configuration
    self.system = system
  }

  /// What came of it, the steps as they were run, and what was shown by that.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let ink: Line.Ink =
      replay.difference != nil ? .alarm : replay.isSettled ? .good : .caution
    let blocks =
      [style.paragraph(configuration.name, .heading), style.paragraph(verdict, ink)] + story(style)
      + [style.paragraph(conclusion)]
    return style.text(of: blocks)
  }

  /// Whether the trace went as it was saved, in a line.
  public var verdict: String {
    if let difference = replay.difference {
      let place = difference.step.map { "step \($0)" } ?? "the end"
      return "DIFFERS at \(place): \(difference.description)"
    }
    return "AS SAVED\(replay.isSettled ? "" : ", BUT NOT SETTLED"), \(stepCount.of("step")), \(end)"
  }

  /// What was shown of the end.
  private var end: String {
    guard let verdict = replay.finding?.verdict else { return "a walk that just stops" }
    return verdict.name + (verdict.property.map { ": \($0)" } ?? "")
  }

  private var stepCount: Int {
    replay.trace.allSteps.count
  }

  private func story(_ style: TextStyle) -> [[Line]] {
    if let finding = replay.finding { return FindingText(finding, of: system, style).story }
    if stepCount == 0 { return [] }
    let table = TraceTable(
      replay.trace, of: system, marksLastStep: replay.difference != nil, style: style)
    return [table.lines]
  }

  private var conclusion: String {
    if replay.difference != nil {
      return "The trace does not go as it was saved; what it said of its end is not shown."
    }
    let run = "\(stepCount.of("step")) \(stepCount == 1 ? "was" : "were") run again as saved."
    guard let finding = replay.finding else {
      return "\(run) The walk just stops there, and says nothing of its end."
    }
    let states = replay.statesSearched.of("state")
    guard replay.isSettled else {
      return "\(run) Whether it can still happen that \(finding.property) is not known: more than "
        + "\(states) can be reached from there."
    }
    let shown = finding.words.consequence(finding)
    let search =
      finding.kind.subject == .goal
      ? " That was looked for in every state from there on: \(states)." : ""
    return "\(run) \(shown)\(search)"
  }
}
