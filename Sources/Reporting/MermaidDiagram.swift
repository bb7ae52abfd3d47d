import ModelChecking

/// A trace as a sequence diagram of Mermaid, which GitHub, GitLab and others draw where it stands in Markdown.
///
/// A participant an actor, a message to itself a step, and a dashed arrow from the actor that changed what a
/// step sees.
package struct MermaidDiagram {
  private let finding: Finding
  private let lanes: [TraceTable.Lane]
  private var lines: [String] = []
  private var number = 0
  /// By field: the actor that changed it last.
  private var lastChange: [String: String] = [:]
  /// By actor: its last step.
  private var lastSteps: [String: TraceStep] = [:]

  package init(_ finding: Finding, of system: System) {
    self.finding = finding
    lanes = TraceTable.lanes(of: finding.trace, in: system)
    draw()
  }

  package var text: String { (["sequenceDiagram"] + lines).joined(separator: "\n") + "\n" }

  private mutating func draw() {
    for (lane, place) in lanes.enumerated() {
      lines.append("  participant a\(lane) as \(place.heading.asMermaid)")
    }
    let trace = finding.trace
    for (position, step) in trace.steps.enumerated() {
      add(step, isMarked: position == trace.steps.count - 1)
    }
    if !trace.onward.isEmpty {
      note(trace.steps.isEmpty ? "for example" : "from here on, for example")
      for step in trace.onward { add(step) }
    }
    if !trace.loop.isEmpty {
      lines.append("  loop for ever")
      for step in trace.loop { add(step) }
      lines.append("  end")
    }
    note(finding.words.consequence(finding))
  }

  private mutating func add(_ step: TraceStep, isMarked: Bool = false) {
    number += 1
    let me = participant(step.actor)
    let sources = (step.reads + step.ghostReads).filter { read in
      lastChange[read.field].map { $0 != step.actor } ?? false
    }
    for read in sources {
      let writer = participant(lastChange[read.field] ?? "")
      lines.append("  \(writer)-->>\(me): \("\(read.field) = \(read.value)".asMermaid)")
    }
    let name = (calls(of: step) + [step.name]).joined(separator: " > ")
    if isMarked { lines.append("  rect rgb(250, 230, 223)") }
    lines.append("  \(me)->>\(me): \("\(number) \(name)".asMermaid)")
    let effects =
      step.toldChanges.map { "\($0.field) \($0.before) -> \($0.after)" }
      + (step.stores + step.placed).map { "\($0.field) = \($0.value)" }
    if !effects.isEmpty {
      let text = effects.map(\.asMermaid).joined(separator: "<br>")
      lines.append("  Note over \(me): \(text)")
    }
    if isMarked { lines.append("  end") }
    for change in step.changes { lastChange[change.field] = step.actor }
  }

  /// The functions that a step is in. One that was left and is called again says so, as it would seem to go on.
  private mutating func calls(of step: TraceStep) -> [String] {
    let open = lastSteps.updateValue(step, forKey: step.actor)
    guard let open else { return step.calls }
    let known = open.callSites.commonPrefix(with: step.callSites).count
    return step.calls.enumerated().map { depth, call in
      depth == known && open.calls.starts(with: step.calls.prefix(depth + 1))
        ? "\(call) again" : call
    }
  }

  private mutating func note(_ text: String) {
    guard !lanes.isEmpty else { return }
    let over = lanes.count == 1 ? "a0" : "a0,a\(lanes.count - 1)"
    lines.append("  Note over \(over): \(text.asMermaid)")
  }

  private func participant(_ actor: String) -> String {
    "a\(lanes.firstIndex { $0.actor == actor } ?? 0)"
  }
}

extension String {
  /// Text of a diagram, in which nothing ends the line or is taken for markup.
  fileprivate var asMermaid: String {
    shown().unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "#", ";", "<", ">", "&", "\"", "%": text += "#\(scalar.value);"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
