import ModelChecking

/// A trace as a table of a web page, made from the rows that the text report shows: a lane for each
/// actor, one of them acts a row, and beside it stands what the step changed and saw.
struct WebTable {
  /// More lanes than these get a rail each, but no column.
  private static let mostColumns = 4

  let html: String

  /// - Parameter number: the finding's on the web page, from 1.
  init(_ finding: Finding, number: Int, of system: System) {
    let trace = finding.trace
    let lanes = TraceTable.lanes(of: trace, in: system)
    let source = TraceRows(
      trace, of: system, lanes: lanes, evidence: finding.evidence.map(\.field),
      marksLastStep: true, form: .report, folds: false)
    let text = FindingText(finding, of: system, TextStyle())
    let empty = String(repeating: "<td></td>", count: lanes.count)
    let start = (["the initial state"] + text.startingValues.map(\.asCode)).joined(
      separator: "<br>")
    var rows = [
      Self.row(number, point: 0, class: "start", empty + "<td class=\"effect\">\(start)</td>")
    ]
    var calls: [TraceRow] = []
    for row in source.rows {
      switch row.kind {
      case .call: calls.append(row)
      case .note, .fold: rows.append(Self.note(row.text, class: "note", lanes: lanes.count))
      case .step(let point, let isMarked):
        let cells = lanes.indices.map {
          $0 == row.lane ? Self.cell(calls + [row], lane: $0, lanes[$0].heading) : "<td></td>"
        }
        rows.append(
          Self.row(
            number, point: point, class: isMarked ? "marked" : "",
            cells.joined() + Self.effect(of: row)))
        calls = []
      }
    }
    rows.append(
      Self.note(finding.words.consequence(finding), class: "consequence", lanes: lanes.count))
    html = Self.table(lanes, rows)
  }

  private static func table(_ lanes: [TraceTable.Lane], _ rows: [String]) -> String {
    let heads = lanes.map {
      "<th scope=\"col\"><span class=\"cpu\">CPU\($0.cpu)</span> \($0.actor.asHTML)</th>"
    }
    return """
      <table class="trace\(lanes.count > mostColumns ? " many" : "")" style="--lanes:\(lanes.count)">
      <thead><tr><th scope="col" class="number">Step</th>\(heads.joined())\
      <th scope="col" class="effect">What it changed and saw</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>

      """
  }

  /// A row with its number, which is a link to it.
  private static func row(
    _ finding: Int, point: Int, class name: String, _ cells: String
  ) -> String {
    "<tr id=\"\(finding).\(point)\" data-point=\"\(point)\" class=\"\(name)\"><th scope=\"row\">"
      + "<a href=\"#\(finding).\(point)\">\(point)</a></th>\(cells)</tr>"
  }

  private static func note(_ text: String, class name: String, lanes: Int) -> String {
    "<tr class=\"\(name)\"><th></th><td colspan=\"\(lanes + 1)\">\(text.asHTML)</td></tr>"
  }

  /// The calls that a step enters, and the step.
  private static func cell(_ rows: [TraceRow], lane: Int, _ name: String) -> String {
    let lines = rows.map { row in
      "<span class=\"\(row.kind == .call ? "call" : "step")\" style=\"--depth:\(row.depth)\">"
        + "\(row.text.asCode)</span>"
    }
    return "<td class=\"acts\" data-lane=\"\(name.asHTML)\" style=\"--lane:\(lane)\">"
      + "\(lines.joined())</td>"
  }

  private static func effect(of row: TraceRow) -> String {
    let remarks = row.remarks.map { remark in
      switch remark {
      case .change(let change):
        "<span class=\"change\">\(change.field.asCode) \(change.before.asCode) → "
          + "<b>\(change.after.asCode)</b></span>"
      case .same(let store):
        "<span class=\"change\">\(store.field.asCode) = \(store.value.asCode)</span>"
      case .sees(let reads):
        "<span class=\"seen\">sees "
          + reads.map { "\($0.field.asCode) = \($0.value.asCode)" }.joined(separator: ", ")
          + "</span>"
      }
    }
    return "<td class=\"effect\">\(remarks.joined())</td>"
  }
}
