import Foundation
import ModelChecking

extension GateResult {
  /// The result in one line of at most 100 columns, for names of at most 44.
  ///
  /// - Parameter nameWidth: the columns of the longest name.
  public func row(nameWidth: Int, _ style: TextStyle = TextStyle()) -> String {
    var row = Line()
    switch status {
    case .expected: row.add("ok", .good)
    case .unexpected: row.add("UNEXPECTED", .alarm)
    case .vacuous: row.add("VACUOUS", .alarm)
    case .error: row.add("ERROR", .alarm)
    case .inconclusive, .notRun: row.add(status.rawValue, .caution)
    }
    row.move(to: 14)
    row.add(configuration.variantName)
    let column = 14 + nameWidth + 2
    switch ending {
    case .searched(_, let outcome):
      let outline = Expectation(metBy: outcome).outline
      var states = outcome.statistics.states.of("state")
      if row.columns + 2 + outline.columns + 2 + states.columns > 100 {
        states = String(states.prefix { $0 != " " })
      }
      // A long one begins as far to the left as the name lets it.
      let last = 100 - outline.columns - 2 - states.columns
      row.move(to: min(column, max(row.columns + 2, last)))
      row.add(outline)
      row.move(to: max(row.columns + 2, column + 40 - states.columns))
      row.add(states)
    case .broken(let reason), .notRun(_, let reason):
      row.move(to: column)
      let room = max(20, 100 - row.columns)
      let line = reason.firstLine
      row.add(line.count > room ? line.prefix(room - 3) + "..." : line)
    }
    return row.text(style)
  }
}

extension GateReport {
  /// Everything that is not as it should be in full, then what was done and what wasn't.
  ///
  /// All but the line with the seconds is the same on every run that reaches no limit of time.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let unexpected = entries(.unexpected).map { "UNEXPECTED: \($0.details(style))" }
    let errors = entries(.error).map { "ERROR: \($0.details(style))" }
    let vacuous = entries(.vacuous).map { "VACUOUS: \($0.details(style))" }
    return (unexpected + vacuous + errors + [summary(width: style.width)]).map { "\n\($0)" }
      .joined()
  }

  private func summary(width: Int) -> String {
    let counts = GateResult.Status.allCases.compactMap { status in
      let count = entries(status).count
      let word = status == .expected ? "as expected" : status.rawValue
      return count == 0 && status != .expected ? nil : "\(count) \(word)"
    }
    var lines = ["\(entries.count.of("variant")): \(counts.joined(separator: ", "))"]
    lines.append(String(format: "%.1f s, %d MB peak memory", seconds, peakBytes >> 20))
    let open = entries(.inconclusive) + entries(.notRun)
    if !open.isEmpty {
      lines +=
        ["", "Without a verdict:"] + open.map { "  \($0.name.shown()): \($0.found.shown())" }
    }
    if !leftOut.isEmpty {
      lines += ["", "Left out by the command line:"]
      lines += leftOutLines.flatMap { $0.wrapped(to: width - 2, indent: 2) }.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whole models in one line, so that it stays short; of the others, each variant.
  private var leftOutLines: [String] {
    let whole = leftOut.filter { $0.variants.count == $0.model.variants.count }.map(\.model.name)
    let parts = leftOut.filter { $0.variants.count < $0.model.variants.count }.map {
      "\($0.model.name), \($0.variants.count) of \($0.model.variants.count): "
        + $0.variants.joined(separator: ", ")
    }
    return (whole.isEmpty ? [] : ["\(whole.count.of("model")): \(whole.joined(separator: ", "))"])
      + parts
  }
}
