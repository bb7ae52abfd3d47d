import ModelChecking

/// A trace as a table of a web page, made from the rows that the text report shows: a lane for each
/// actor, one of them acts a row, and beside it stands what the step changed and saw.
struct WebTable {
  private let finding: Finding
  private let number: Int
  private let system: System
  private let lanes: WebLanes
  private let seen: SeenWrites

  /// - Parameter number: the finding's on the web page, from 1.
  init(_ finding: Finding, number: Int, of system: System) {
    self.finding = finding
    self.number = number
    self.system = system
    lanes = WebLanes(lanes: TraceTable.lanes(of: finding.trace, in: system))
    seen = SeenWrites(of: finding.trace.allSteps)
  }

  var html: String {
    let count = lanes.lanes.count
    var html = Self.start(
      FindingText(finding, of: system, TextStyle()).startingValues, number, lanes: count)
    var folds = rows(folds: true).filter { $0.folded != nil }[...]
    var fold: ClosedRange<Int>?
    var calls: [TraceRow] = []
    for row in rows(folds: false) {
      switch row.kind {
      case .call: calls.append(row)
      case .note, .fold: html += Self.note(row.text, class: "note", lanes: count)
      case .step(let point, let isMarked):
        if let next = folds.first, next.folded?.lowerBound == point {
          fold = next.folded
          folds = folds.dropFirst()
          html += Self.fold(next.text, at: point, lanes: count)
        }
        let stretch = fold.flatMap { $0.contains(point) ? $0.lowerBound : nil }
        html += step(row, after: calls, at: point, isMarked: isMarked, foldedAt: stretch)
        calls = []
      }
    }
    html += Self.note(finding.words.consequence(finding), class: "consequence", lanes: count)
    return Self.table(lanes, html)
  }

  private func rows(folds: Bool) -> [TraceRow] {
    TraceRows(
      finding.trace, of: system, lanes: lanes.lanes, evidence: finding.evidence.map(\.field),
      marksLastStep: true, form: .report, folds: folds
    ).rows
  }

  private static func table(_ lanes: WebLanes, _ rows: String) -> String {
    let heads = lanes.lanes.map {
      "<th scope=\"col\"><span class=\"cpu\">CPU\($0.cpu)</span> \($0.actor.asHTML)</th>"
    }
    return """
      <table class="trace\(lanes.isCrowded ? " many" : "")" style="--lanes:\(lanes.lanes.count)">
      <thead><tr><th scope="col" class="number">Step</th>\(heads.joined())\
      <th scope="col" class="effect">What it changed and saw</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table>

      """
  }

  // MARK: Rows

  private static func start(_ values: [String], _ finding: Int, lanes: Int) -> String {
    let text = (["the initial state"] + values.map(\.asCode)).joined(separator: "<br>")
    return row(
      finding, point: 0, attributes: " class=\"start\"",
      String(repeating: "<td></td>", count: lanes) + "<td class=\"effect\">\(text)</td>")
  }

  private func step(
    _ row: TraceRow, after calls: [TraceRow], at point: Int, isMarked: Bool, foldedAt fold: Int?
  ) -> String {
    let writers = seen.writers(seenBy: point).map(String.init)
    let attributes = [
      isMarked ? " class=\"marked\"" : "", fold.map { " data-in=\"\($0)\"" } ?? "",
      writers.isEmpty ? "" : " data-from=\"\(writers.joined(separator: " "))\"",
    ]
    return Self.row(
      number, point: point, attributes: attributes.joined(),
      cells(of: calls + [row]) + effect(of: row, at: point))
  }

  /// A row with its number, which is a link to it.
  private static func row(
    _ finding: Int, point: Int, attributes: String, _ cells: String
  ) -> String {
    "<tr id=\"\(finding).\(point)\" data-point=\"\(point)\"\(attributes)><th scope=\"row\">"
      + "<a href=\"#\(finding).\(point)\">\(point)</a></th>\(cells)</tr>\n"
  }

  private static func note(_ text: String, class name: String, lanes: Int) -> String {
    "<tr class=\"\(name)\"><th></th><td colspan=\"\(lanes + 1)\">\(text.asHTML)</td></tr>\n"
  }

  /// Stands for the steps below it, where a script folds them.
  private static func fold(_ text: String, at point: Int, lanes: Int) -> String {
    "<tr class=\"fold\" data-fold=\"\(point)\" hidden><th></th><td colspan=\"\(lanes + 1)\">"
      + "<button type=\"button\" aria-expanded=\"false\">\(text.asHTML)</button></td></tr>\n"
  }

  // MARK: Cells

  /// The cells of a row's lanes: the one that acts, with the calls that the step enters and the step, and
  /// empty ones beside it.
  private func cells(of rows: [TraceRow]) -> String {
    let lane = rows[0].lane
    let width = rows.map { $0.depth + $0.text.count }.max() ?? 0
    let extent =
      lanes.isCrowded
      ? WebLanes.Extent(lanes: lane...lane, isLeft: false) : lanes.extent(of: width, in: lane)
    let lines = rows.map { row in
      "<span class=\"\(row.kind == .call ? "call" : "step")\" style=\"--depth:\(row.depth)\">"
        + "\(row.text.asCode)</span>"
    }
    let span = extent.lanes.count
    let wide =
      span == 1 ? "" : " colspan=\"\(span)\""
    let acting =
      "<td class=\"acts\(extent.isLeft ? " left" : "")\"\(wide) "
      + "data-lane=\"\(lanes.lanes[lane].heading.asHTML)\" style=\"--lane:\(lane);--span:\(span)\">"
      + "\(lines.joined())</td>"
    func empty(_ count: Int) -> String { String(repeating: "<td></td>", count: count) }
    return empty(extent.lanes.lowerBound) + acting
      + empty(lanes.lanes.count - 1 - extent.lanes.upperBound)
  }

  private func effect(of row: TraceRow, at point: Int) -> String {
    let remarks = row.remarks.map { remark in
      switch remark {
      case .change(let change):
        "<span class=\"change\">\(change.field.asCode) \(change.before.asCode) → "
          + "<b>\(change.after.asCode)</b></span>\(origin(of: [change.field], at: point))"
      case .same(let store):
        "<span class=\"change\">\(store.field.asCode) = \(store.value.asCode)</span>"
      case .local(let local):
        "<span class=\"local\">\(local.field.asCode) = \(local.value.asCode)</span>"
      case .sees(let reads):
        "<span class=\"seen\">sees "
          + reads.map { "\($0.field.asCode) = \($0.value.asCode)" }.joined(separator: ", ")
          + "</span>\(origin(of: reads.map(\.field), at: point))"
      }
    }
    return "<td class=\"effect\">\(remarks.joined())</td>"
  }

  /// Whose writes the values are that a step saw, as links.
  private func origin(of fields: [String], at point: Int) -> String {
    let writers = Set(fields.compactMap { seen.writer(of: $0, seenBy: point) }).sorted()
    if writers.isEmpty { return "" }
    let links = writers.map { "<a href=\"#\(number).\($0)\">\($0)</a>" }
    return "<span class=\"from\">written by step\(links.count == 1 ? "" : "s") "
      + "\(links.joined(separator: ", "))</span>"
  }
}
