import Foundation
import ModelChecking

extension CheckReport {
  /// The report as people read it: the verdict first, then the traces, then the figures.
  ///
  /// All of it but the line with the seconds is the same on every run.
  ///
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let width = style.width
    var lines = [heading, ""]
    let verdict = verdictText
    lines += verdict.wrapped(to: width)
    for (index, finding) in outcome.findings.enumerated() {
      lines.append("")
      if index > 0 || outcome.findings.count > 1 || isInconclusive {
        lines += Self.title(of: finding).wrapped(to: width) + [""]
      }
      lines += TraceTable(finding, of: system, style: style).lines
    }
    if let first = outcome.findings.first, !isInconclusive {
      lines += [""] + consequence(of: first).wrapped(to: width)
    }
    lines += [""] + goalLines(width) + figures.flatMap { $0.wrapped(to: width) }
    if outcome.verdict != .holds { lines += ["", "Again: \(command)"] }
    return lines.joined(separator: "\n") + "\n"
  }

  private var heading: String {
    ([model, variant] + bounds.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
  }

  private var isInconclusive: Bool {
    if case .inconclusive = outcome.verdict { true } else { false }
  }

  private var verdictText: String {
    let steps = outcome.findings.first.map { Self.count($0.trace.steps.count, "step") } ?? ""
    return switch outcome.verdict {
    case .holds:
      "HOLDS: every reachable state was visited and every property is true in it."
    case .violated(let name): "VIOLATED after \(steps): \(name)"
    case .deadlock: "DEADLOCK after \(steps): \(outcome.findings.first?.property ?? "")"
    case .stuck(let goal): "STUCK after \(steps), out of reach from then on: \(goal)"
    case .goalUnreachable(let goal): "GOAL UNREACHABLE: in no reachable state is \(goal)"
    case .faulted(let text): "FAULTED after \(steps), a mistake of the model: \(text)"
    case .inconclusive(let limit): "INCONCLUSIVE: \(Self.reason(limit)) before all was visited."
    }
  }

  private static func reason(_ limit: SearchLimit) -> String {
    switch limit {
    case .memory: "the memory limit was reached"
    case .time: "the time limit was reached"
    case .interrupted: "the search was interrupted"
    case .stateCount: "the search ran out of numbers for states"
    }
  }

  private static func title(of finding: Finding) -> String {
    let kind = finding.severity == .warning ? "Warning" : "Trace"
    return "\(kind), \(count(finding.trace.steps.count, "step")): \(finding.property)"
  }

  /// The sentence that changelogs put under the diagram.
  private func consequence(of finding: Finding) -> String {
    switch outcome.verdict {
    case .violated:
      return "In this case it is no longer true that \(finding.property)."
    case .deadlock:
      return "In this case nothing can move any more, and an actor is not finished."
    case .stuck(let goal), .goalUnreachable(let goal):
      let end =
        finding.trace.loop.isEmpty ? "" : ", and the last \(finding.trace.loop.count) steps repeat"
      return "In this case it can't happen any more that \(goal)\(end)."
    case .faulted, .holds, .inconclusive:
      return "In this case \(finding.property)."
    }
  }

  private func goalLines(_ width: Int) -> [String] {
    outcome.goals.flatMap { goal in
      let found =
        goal.steps.map { "first reached after \(Self.count($0, "step"))" } ?? "not reached"
      return "Goal \(found): \(goal.name)".wrapped(to: width)
    }
  }

  private var figures: [String] {
    let figures = outcome.statistics
    var parts = [
      Self.count(figures.states, "state"), Self.count(figures.transitions, "transition"),
      "depth \(figures.depth)", "widest level \(Self.grouped(figures.widestLevel))",
      "\(figures.bitsPerState) bits a state",
    ]
    if case .inconclusive = outcome.verdict { parts[0] = "so far " + parts[0] }
    var costs = [
      String(format: "%.3f s", figures.seconds), "\(figures.peakBytes >> 20) MB peak memory",
    ]
    // A rate says nothing about a search that was over at once.
    if figures.seconds > 0.05 {
      costs.append("\(Self.grouped(Int(Double(figures.states) / figures.seconds))) states/s")
    }
    return [parts.joined(separator: ", "), costs.joined(separator: ", ")]
  }

  private static func count(_ number: Int, _ thing: String) -> String {
    "\(grouped(number)) \(thing)\(number == 1 ? "" : "s")"
  }

  /// 1234567 as 1,234,567, whatever the locale.
  static func grouped(_ number: Int) -> String {
    var groups: [Substring] = []
    var rest = Substring(String(number))
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: ",")
  }
}

extension String {
  /// The text in lines of at most `width` columns, broken between words.
  func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      if !line.isEmpty && line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [line]
  }
}
