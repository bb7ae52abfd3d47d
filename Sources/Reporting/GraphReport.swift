import ModelChecking

extension CheckReport {
  /// Where there are more states, Graphviz takes minutes to draw the steps round each other.
  private static let mostStatesWithCurves = 60

  /// The states and steps as a graph for Graphviz, with the path of a trace in colour.
  ///
  /// A state is labelled with what differs from the first initial state and has all its values as a
  /// tooltip. The graph ends at states that violate an invariant of severity `bug`.
  ///
  /// - Parameter graph: of the report's system, from its initial states.
  public func dot(_ graph: AnnotatedGraph) -> String {
    let initial = graph.nodes[0].values
    var lines = [
      "digraph \(heading.asDOT) {",
      "  graph [rankdir=TB, label=\([heading, verdict].joined(separator: "\n").asDOT), "
        + "fontname=\"sans-serif\", nodesep=0.3, ranksep=0.4"
        + (graph.nodes.count > Self.mostStatesWithCurves ? ", splines=line, nslimit=1" : "") + "];",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#fdfcfa\", color=\"#625d55\", "
        + "fontname=\"monospace\", fontsize=10, margin=\"0.12,0.06\"];",
      "  edge [color=\"#8a847a\", fontcolor=\"#625d55\", fontname=\"monospace\", fontsize=9];",
    ]
    var edges: [String] = []
    for (state, node) in graph.nodes.enumerated() {
      lines.append("  s\(state) [\(attributes(of: node, state, since: initial))];")
      for edge in node.edges {
        let step = edge.step
        let target: String
        switch edge.end {
        case .state(let number): target = "s\(number)"
        case .broken(let description):
          target = "f\(state)_\(step.move.actor)_\(step.move.alternative)"
          lines.append(
            "  \(target) [label=\(description.asDOT), shape=octagon, fillcolor=\"#fae6df\", "
              + "color=\"#a62f17\"];")
        }
        let mark = edge.isOnPath ? ", color=\"#a62f17\", penwidth=2.5" : ""
        edges.append(
          "  s\(state) -> \(target) [label=\("\(step.actor)\n\(step.name)".asDOT)\(mark)];")
      }
    }
    return (lines + edges + ["}", ""]).joined(separator: "\n")
  }

  private func attributes(
    of node: AnnotatedGraph.Node, _ state: Int, since initial: [FieldReading]
  ) -> String {
    let values = node.values
    let differing = zip(initial, values).filter { $0.value != $1.value }.map {
      "\($1.field) = \($1.value)"
    }
    var wrong = node.violatedInvariants.map { "✗ \($0.name)" }
    if node.isDeadlocked { wrong.append("✗ nothing can move") }
    let label = (node.isInitial ? ["initial state"] : []) + (state == 0 ? [] : differing) + wrong
    var attributes = ["label=\((label.isEmpty ? ["as at first"] : label).asLeftAlignedDOT)"]
    attributes.append(
      "tooltip=\(values.map { "\($0.field) = \($0.value)" }.joined(separator: "\n").asDOT)")
    if node.isInitial { attributes.append("peripheries=2") }
    if !wrong.isEmpty { attributes.append("fillcolor=\"#fae6df\"") }
    if node.isOnPath { attributes.append("color=\"#a62f17\", penwidth=2.5") }
    return attributes.joined(separator: ", ")
  }
}

extension String {
  /// The text as a quoted string of DOT, its lines centred.
  var asDOT: String { "\"" + escapedForDOT + "\"" }

  fileprivate var escapedForDOT: String {
    // Entities have a meaning in DOT, as in HTML; NUL would end the file.
    shown(keeping: "\n") { text, _ in text += "\u{FFFD}" }
      .replacing("&", with: "&amp;").replacing("\\", with: "\\\\")
      .replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}

extension [String] {
  /// The lines as a quoted string of DOT, each beginning at the left.
  fileprivate var asLeftAlignedDOT: String {
    "\"" + map { $0.escapedForDOT + "\\l" }.joined() + "\""
  }
}
