import ModelChecking

/// Where the columns of a table begin, and the table drawn that way.
struct TraceLayout {
  /// Lanes that are narrower than this can't be told apart.
  private static let narrowestLane = 6
  private static let narrowestText = 20
  private static let gap = 2

  private let lanes: [TraceTable.Lane]
  /// Where each lane begins; all at the same place where the actors are named in a row of their own
  /// each time another acts.
  private let starts: [Int]
  private let isList: Bool
  /// Whether some CPU has several lanes; they stand under its name then.
  private let sharesCPUs: Bool
  private let numberWidth: Int
  private let remarkColumn: Int
  private let form: TraceForm
  private let style: TextStyle

  private var lines: [Line] = []
  /// How many rows run on into the next lane.
  private var overlaps = 0

  /// The table that reads best, of those drawn with each width that the remarks could be given.
  static func best(
    rows: [TraceRow], lanes: [TraceTable.Lane], steps: Int, form: TraceForm,
    style: TextStyle
  ) -> [Line] {
    let remarks = rows.flatMap(\.remarks).flatMap { $0.lines(style) }
    let widths = Set(remarks.map(\.columns))
    // No narrower than the longest word, so that none is broken while there is room.
    let words = remarks.flatMap { $0.split(separator: " ") }.map { String($0).columns }
    let narrowest = min((words.max() ?? 0) + 3, style.width * 2 / 3)
    let widest = max(narrowest, style.width / 2)
    let candidates = widths.filter { narrowest < $0 && $0 < widest }.union([narrowest, widest])
      .sorted(by: >).map { width in
        var layout = TraceLayout(
          rows: rows, lanes: lanes, steps: steps, remarkWidth: width, form: form, style: style)
        layout.draw(rows)
        return layout
      }
    return candidates.min { $0.cost < $1.cost }?.lines ?? []
  }

  /// Two rows that leave their lane are as bad as a line more.
  private var cost: Int { 2 * lines.count + overlaps }

  private init(
    rows: [TraceRow], lanes: [TraceTable.Lane], steps: Int, remarkWidth: Int, form: TraceForm,
    style: TextStyle
  ) {
    self.form = form
    self.lanes = lanes
    self.style = style
    numberWidth = 2 + String(steps).count + Self.gap
    let sharesCPUs = Set(lanes.map(\.cpu)).count < lanes.count
    self.sharesCPUs = sharesCPUs
    // A row without remarks may run on to the right end, so it needs no room in the last lane.
    let needs = lanes.indices.map { lane in
      let texts = rows.filter { row in
        row.lane == lane && row.kind != .note && row.kind != .fold
          && (lane < lanes.count - 1 || !row.remarks.isEmpty)
      }.map { $0.depth + $0.text.columns }
      let heading = sharesCPUs ? lanes[lane].actor : lanes[lane].heading
      return max(texts.max() ?? 0, heading.columns) + Self.gap
    }
    let room = style.width - remarkWidth - numberWidth
    // The widest lanes give way first.
    var cap = needs.max() ?? 0
    while cap >= Self.narrowestLane && needs.reduce(0, { $0 + min($1, cap) }) > room { cap -= 1 }
    isList = cap < Self.narrowestLane
    var start = numberWidth
    var starts: [Int] = []
    for need in needs {
      starts.append(start)
      if !isList { start += min(need, cap) }
    }
    self.starts = starts
    remarkColumn = isList ? min(start + (needs.max() ?? 0), style.width - remarkWidth) : start
  }

  private mutating func draw(_ rows: [TraceRow]) {
    if !isList { drawHeadings() }
    var lane: Int?
    for row in rows {
      if row.kind == .note {
        drawText(row.text, at: numberWidth, ink: .heading)
        continue
      }
      if isList && lane != row.lane {
        drawText(lanes[row.lane].heading + ":", at: numberWidth, ink: .heading)
      }
      lane = row.lane
      draw(row)
    }
  }

  /// CPU and actor above each lane: in one row, in two, or as a staircase where lanes are narrow.
  private mutating func drawHeadings() {
    let ends = starts.dropFirst().map { $0 - Self.gap } + [style.width]
    func fits(_ heading: (TraceTable.Lane) -> String) -> Bool {
      zip(lanes, zip(starts, ends)).allSatisfy { heading($0).columns <= $1.1 - $1.0 }
    }
    if !sharesCPUs && fits(\.heading) {
      lines.append(row(lanes.map(\.heading), .heading))
      lines.append(row(lanes.map { rule(under: $0.heading) }, .remark))
    } else if fits(\.actor) {
      let cpus = lanes.enumerated().map { number, lane in
        number > 0 && lanes[number - 1].cpu == lane.cpu ? "" : "CPU\(lane.cpu)"
      }
      lines.append(row(cpus, .heading))
      lines.append(row(lanes.map(\.actor), .heading))
      lines.append(row(lanes.map { rule(under: $0.actor) }, .remark))
    } else {
      for (number, lane) in lanes.enumerated() {
        for part in lane.heading.wrapped(to: style.width - starts[number]) {
          var line = row([String](repeating: style.bar, count: number), .remark)
          line.move(to: starts[number])
          line.add(part, .heading)
          lines.append(line)
        }
      }
    }
  }

  private func row(_ cells: [String], _ ink: Line.Ink) -> Line {
    zip(starts, cells).reduce(into: Line()) { line, cell in
      if cell.1.isEmpty { return }
      line.move(to: cell.0)
      line.add(cell.1, ink)
    }
  }

  private func rule(under text: String) -> String {
    String(repeating: style.rule, count: text.columns)
  }

  private mutating func draw(_ row: TraceRow) {
    // However deep the nesting is, some room stays.
    let left = min(starts[row.lane] + row.depth, style.width - Self.narrowestText)
    var ink = Line.Ink.plain
    var line = Line()
    switch row.kind {
    case .step(let number, let isMarked):
      if isMarked { ink = .alarm }
      let digits = String(number)
      line.add(isMarked && form == .report ? ">" : "", ink)
      line.move(to: numberWidth - Self.gap - digits.count)
      line.add(digits, isMarked ? ink : .remark)
    case .fold: ink = .remark
    case .call, .note: break
    }
    let margin = row.kind == .fold ? 4 : 2
    for (number, part) in row.text.wrapped(to: style.width - left, indent: margin).enumerated() {
      if number > 0 {
        lines.append(line)
        line = Line()
      }
      line.move(to: left)
      line.add(part, ink)
    }
    if row.kind != .fold, !isList, row.lane + 1 < starts.count,
      line.columns >= starts[row.lane + 1]
    {
      overlaps += 1
    }
    draw(row.remarks, after: line, under: carets(under: line, from: left, row), ink: ink)
  }

  /// In a changelog, what points at the step that the trace is shown for; else nil.
  private func carets(under line: Line, from column: Int, _ row: TraceRow) -> Line? {
    guard form != .report, case .step(_, isMarked: true) = row.kind else { return nil }
    var carets = Line()
    carets.move(to: column)
    carets.add(String(repeating: "^", count: max(1, line.columns - column)))
    return carets
  }

  /// Remarks beside a step, or below it where there is no room left.
  ///
  /// - Parameter carets: what comes under the step, beside a second remark where there is room.
  private mutating func draw(
    _ remarks: [TraceRow.Remark], after line: Line, under carets: Line?, ink: Line.Ink
  ) {
    var line = line
    var carets = carets
    func hasRoom(_ line: Line) -> Bool { line.columns + Self.gap <= remarkColumn }
    var isBeside = hasRoom(line)
    for remark in remarks {
      for part in remark.lines(style, width: style.width - remarkColumn) {
        if !isBeside {
          lines.append(line)
          line = carets ?? Line()
          carets = nil
          if !hasRoom(line) {
            lines.append(line)
            line = Line()
          }
        }
        isBeside = false
        line.move(to: remarkColumn)
        if case .sees = remark { line.add(part, .remark) } else { line.add(part, ink) }
      }
    }
    lines.append(line)
    if let carets { lines.append(carets) }
  }

  private mutating func drawText(_ text: String, at column: Int, ink: Line.Ink) {
    for part in text.wrapped(to: style.width - column) {
      var line = Line()
      line.move(to: column)
      line.add(part, ink)
      lines.append(line)
    }
  }
}
