import ModelChecking
import Reporting

/// What a walk by hand shows of where it stands.
enum WalkText {
  /// Where the walk stands: what is wrong or reached, and the steps that can be taken.
  static func place(_ walk: Walk) -> String {
    let enabled = walk.enabled
    var lines = [walk.steps.isEmpty ? start(of: walk) : "after \(count(of: walk.steps))"]
    lines += walk.findings.map { "  !! \($0.words.alarm($0).shown())" }
    lines += walk.reachedGoals.map { "  ** goal reached: \($0.name.shown())" }
    if enabled.isEmpty && walk.isResting {
      lines.append("  every actor is finished or rests: no step can be taken")
    }
    let rows = enabled.enumerated().map { number, step in
      ["\(number + 1)".leftPadded(to: 3)] + row(step.step)
        + (step.breakage.map { ["!! \($0.shown())"] } ?? [])
    }
    return (lines + aligned(rows)).joined(separator: "\n") + "\n"
  }

  private static func start(of walk: Walk) -> String {
    let count = walk.system.initialStateCount
    return count == 1
      ? "at the start" : "at the start, initial state \(walk.initialState + 1) of \(count)"
  }

  /// The steps so far.
  static func steps(of walk: Walk) -> String {
    if walk.steps.isEmpty { return "no step was taken yet\n" }
    let rows = walk.steps.enumerated().map { number, step in
      ["\(number + 1)".leftPadded(to: 3)] + row(step)
    }
    return aligned(rows).joined(separator: "\n") + "\n"
  }

  /// Every field but the program counters.
  static func state(of walk: Walk) -> String {
    let shown = walk.values.filter { $0.role != .control }
    let names = shown.map { $0.field.shown() }
    let width = names.map(\.count).max() ?? 0
    return zip(names, shown).map { name, field in
      "  \(name.padded(to: width)) = \(field.value.shown())\n"
    }.joined()
  }

  /// A step that was just taken.
  static func taken(_ step: TraceStep, number: Int) -> String {
    "step \(number): \(row(step).joined(separator: "  "))\n"
  }

  /// Who takes the step, what it is, and what it sees and changes.
  private static func row(_ step: TraceStep) -> [String] {
    let sees = step.reads
      .filter { read in !step.changes.contains { $0.field == read.field } }
      .map { "sees \($0.field) = \($0.value)" }
    let changes = step.toldChanges.map { "\($0.field) \($0.before) -> \($0.after)" }
    return [
      "CPU\(step.cpu) \(step.actor)", (step.calls + [step.name]).joined(separator: " > "),
      (sees + changes + step.placed.map { "\($0.field) = \($0.value)" }).joined(separator: ", "),
    ].map { $0.shown() }
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
    }
    return rows.map { row in
      let cells = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
      return String(cells.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// "1 step", "2 steps".
  static func count(of steps: [TraceStep]) -> String {
    "\(steps.count) step\(steps.count == 1 ? "" : "s")"
  }
}
