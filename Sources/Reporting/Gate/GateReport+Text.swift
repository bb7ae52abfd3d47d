import Foundation
import ModelChecking

extension GateResult {
  /// The result in a line, or where the style's width has no room for that, in more. A width of 100 has room
  /// for names of 44 columns.
  ///
  /// - Parameter nameWidth: the columns of the longest name.
  public func row(nameWidth: Int, _ style: TextStyle = TextStyle()) -> String {
    let width = min(style.width, 100)
    var row = Line()
    switch status {
    case .expected: row.add("ok", .good)
    case .unexpected: row.add("UNEXPECTED", .alarm)
    case .vacuous: row.add("VACUOUS", .alarm)
    case .error: row.add("ERROR", .alarm)
    case .inconclusive, .notRun: row.add(status.rawValue, .caution)
    }
    row.move(to: 14)
    var column = 14 + nameWidth + 2
    var above: [Line] = []
    /// Goes on below where there is no room for so many columns.
    func makeRoom(for columns: Int) {
      if row.columns + 2 + columns <= width { return }
      above.append(row)
      row = Line()
      column = 16
    }
    let (variant, name) = (configuration.variantName, configuration.checkName)
    if row.columns + name.count <= width {
      row.add(name)
    } else {
      // The machine's name may stand below the variant's.
      row.add(variant)
      makeRoom(for: name.count - variant.count)
      row.move(to: column)
      row.add(String(name.dropFirst(variant.count).drop { $0 == " " }))
    }
    switch ending {
    case .searched(_, let outcome):
      let outline = Expectation(metBy: outcome).outline
      var states = outcome.statistics.states.of("state")
      if row.columns + 2 + outline.columns + 2 + states.columns > width {
        states = String(states.prefix { $0 != " " })
      }
      makeRoom(for: outline.columns + 2 + states.columns)
      if !above.isEmpty { states = outcome.statistics.states.of("state") }
      // A long one begins as far to the left as the name lets it.
      let last = width - outline.columns - 2 - states.columns
      row.move(to: min(column, max(row.columns + 2, last)))
      row.add(outline)
      row.move(to: max(row.columns + 2, min(column + 40, width) - states.columns))
      row.add(states)
    case .broken(let reason), .notRun(_, let reason):
      makeRoom(for: 20)
      row.move(to: column)
      let room = max(20, width - row.columns)
      let line = reason.firstLine
      row.add(line.count > room ? line.prefix(room - 3) + "..." : line)
    }
    return (above + [row]).map { $0.text(style) }.joined(separator: "\n")
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
    let variants = Set(entries.map(\.result.configuration.variantName)).count.of("variant")
    let checks = entries.count
    let all =
      memoryModels.isSubset(of: [.sc])
      ? checks.of("variant") : "\(checks.of("verdict")) of \(variants)"
    var lines = ["\(all): \(counts.joined(separator: ", "))"]
    lines.append(String(format: "%.1f s, %d MB peak memory", seconds, peakBytes >> 20))
    if let part {
      lines.append(
        "This is \(part.shard); the others have \((part.checks - entries.count).of("verdict")).")
    }
    let silent = entries.filter(\.isSilent)
    if !silent.isEmpty {
      let heading = "Without a property, so nothing is shown but that \(ClaimWords.always):"
      lines += [""] + heading.wrapped(to: width)
      lines += silent.flatMap { $0.name.wrapped(to: width - 2, indent: 2) }.map { "  \($0)" }
    }
    let idle = idleStatements
    if !idle.isEmpty {
      lines += ["", "Said never to happen, and nothing is called so in any variant that holds:"]
      lines += idle.flatMap { $0.complaint.wrapped(to: width - 2, indent: 2) }.map { "  \($0)" }
    }
    let open = entries(.inconclusive) + entries(.notRun)
    if !open.isEmpty {
      lines +=
        ["", "Without a verdict:"]
        + open.flatMap { "\($0.name): \($0.found)".wrapped(to: width - 2, indent: 2) }.map {
          "  \($0)"
        }
    }
    if !leftOut.isEmpty || !otherMachines.isEmpty {
      lines += ["", "Left out by the command line:"]
      lines += leftOutLines.flatMap { $0.wrapped(to: width - 2, indent: 2) }.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Those of what was asked for.
  private var memoryModels: Set<MemoryModel> {
    Set(entries.map(\.result.configuration.memoryModel))
  }

  /// Whole models in one line, so that it stays short; of the others, each variant.
  private var leftOutLines: [String] {
    let whole = leftOut.filter { $0.variants.count == $0.model.variants.count }.map(\.model.name)
    let parts = leftOut.filter { $0.variants.count < $0.model.variants.count }.map {
      "\($0.model.name), \($0.variants.count) of \($0.model.variants.count): "
        + $0.variants.joined(separator: ", ")
    }
    let machines = MemoryModel.allCases.compactMap { machine in
      let count = otherMachines.count { $0.memoryModel == machine }
      return count == 0 ? nil : "\(count.of("verdict")) under \(machine.rawValue)"
    }
    return (whole.isEmpty ? [] : ["\(whole.count.of("model")): \(whole.joined(separator: ", "))"])
      + parts + machines
  }
}
