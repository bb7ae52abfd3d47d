import ModelChecking

extension CheckReport {
  /// Where there are more states, Graphviz takes minutes to draw the steps round each other.
  private static let mostStatesWithCurves = 60

  /// The states and steps as a graph for Graphviz, with the way of the first finding in colour.
  ///
  /// A state is labelled with what differs from the initial state and has all its values as a
  /// tooltip. The graph ends at states that violate an invariant of severity `bug`.
  ///
  /// - Parameter graph: of the report's system, from the initial state.
  public func dot(_ graph: StateGraph) -> String {
    let way = Way(main, in: graph)
    let initial = graph.walk(from: 0).shownValues
    var lines = [
      "digraph \(heading.asDOT) {",
      "  graph [rankdir=TB, label=\([heading, verdict].joined(separator: "\n").asDOT), "
        + "fontname=\"sans-serif\", nodesep=0.3, ranksep=0.4"
        + (graph.edges.count > Self.mostStatesWithCurves ? ", splines=line, nslimit=1" : "") + "];",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#fdfcfa\", color=\"#625d55\", "
        + "fontname=\"monospace\", fontsize=10, margin=\"0.12,0.06\"];",
      "  edge [color=\"#8a847a\", fontcolor=\"#625d55\", fontname=\"monospace\", fontsize=9];",
    ]
    var edges: [String] = []
    for state in graph.edges.indices {
      let walk = graph.walk(from: state)
      let isOnWay = way.states.contains(state)
      lines.append("  s\(state) [\(attributes(of: walk, state, since: initial, isOnWay))];")
      for (edge, option) in zip(graph.edges[state], walk.enabled) {
        let step = option.step
        var target = edge.target.map { "s\($0)" }
        if let fault = option.breakage {
          target = "f\(state)_\(edge.move.actor)_\(edge.move.alternative)"
          lines.append(
            "  \(target!) [label=\(fault.asDOT), shape=octagon, fillcolor=\"#fae6df\", "
              + "color=\"#a62f17\"];")
        }
        let mark = way.takes(edge.move, from: state) ? ", color=\"#a62f17\", penwidth=2.5" : ""
        edges.append(
          "  s\(state) -> \(target!) [label=\("\(step.actor)\n\(step.name)".asDOT)\(mark)];")
      }
    }
    return (lines + edges + ["}", ""]).joined(separator: "\n")
  }

  private func attributes(
    of walk: Walk, _ state: Int, since initial: [FieldReading], _ isOnWay: Bool
  ) -> String {
    let values = walk.shownValues
    let differing = zip(initial, values).filter { $0.value != $1.value }.map {
      "\($1.field) = \($1.value)"
    }
    let label =
      (state == 0 ? ["initial state"] : differing) + walk.findings.map { "✗ \($0.property)" }
    var attributes = ["label=\((label.isEmpty ? ["as at first"] : label).asLeftAlignedDOT)"]
    attributes.append(
      "tooltip=\(values.map { "\($0.field) = \($0.value)" }.joined(separator: "\n").asDOT)")
    if state == 0 { attributes.append("peripheries=2") }
    if label.contains(where: { $0.hasPrefix("✗") }) { attributes.append("fillcolor=\"#fae6df\"") }
    if isOnWay { attributes.append("color=\"#a62f17\", penwidth=2.5") }
    return attributes.joined(separator: ", ")
  }
}

/// The states and steps of a finding's trace in a graph.
private struct Way {
  private struct Departure: Hashable {
    let state: Int
    let move: Move
  }

  private(set) var states: Set<Int> = []
  private var departures: Set<Departure> = []

  init(_ finding: Finding?, in graph: StateGraph) {
    guard let trace = finding?.trace else { return }
    var walk = Walk(graph.system, fromInitialState: trace.initialState)
    if let start = graph.number(of: walk) { states.insert(start) }
    for step in trace.steps + trace.onward + trace.loop {
      if let state = graph.number(of: walk) {
        departures.insert(Departure(state: state, move: step.move))
      }
      _ = walk.take(step.move)
      if let state = graph.number(of: walk) { states.insert(state) }
    }
  }

  func takes(_ move: Move, from state: Int) -> Bool {
    departures.contains(Departure(state: state, move: move))
  }
}

extension Walk {
  /// The values that a model declared.
  fileprivate var shownValues: [FieldReading] { values.filter { $0.role != .control } }
}

extension String {
  /// The text as a quoted string of DOT, its lines centred.
  var asDOT: String { "\"" + escapedForDOT + "\"" }

  fileprivate var escapedForDOT: String {
    replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}

extension [String] {
  /// The lines as a quoted string of DOT, each beginning at the left.
  fileprivate var asLeftAlignedDOT: String {
    "\"" + map { $0.escapedForDOT + "\\l" }.joined() + "\""
  }
}
