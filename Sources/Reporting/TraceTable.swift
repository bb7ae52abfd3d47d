import ModelChecking

/// A trace as kernel changelogs draw races: time goes down, each actor has a column under its CPU,
/// exactly one acts a row, and what it changed or saw stands at the right.
///
/// Only one column of a row is written in, so a long name may run on into the columns right of it.
/// What doesn't fit beside the step goes on below; nothing is cut off.
public struct TraceTable {
  /// An actor's column.
  package struct Lane {
    let actor: String
    let cpu: Int

    package init(actor: String, cpu: Int) {
      self.actor = actor
      self.cpu = cpu
    }

    var heading: String { "CPU\(cpu) \(actor)" }
  }

  let lines: [Line]
  private let style: TextStyle

  /// The table of a finding's trace.
  public init(_ finding: Finding, of system: System, style: TextStyle = TextStyle()) {
    self.init(finding.trace, of: system, about: finding.evidence.map(\.field), style: style)
  }

  /// - Parameters:
  ///   - trace: steps of `system`, from its initial state.
  ///   - fields: the fields that the trace is about, besides those by which actors meet.
  ///   - marksLastStep: whether the last of the trace's `steps` is what the trace is shown for.
  public init(
    _ trace: Trace, of system: System, about fields: [String] = [], marksLastStep: Bool = true,
    style: TextStyle = TextStyle()
  ) {
    self.init(
      trace, of: system, about: fields, marksLastStep: marksLastStep, form: .report, style: style)
  }

  /// The same in another form.
  init(
    _ trace: Trace, of system: System, about fields: [String], marksLastStep: Bool = true,
    form: TraceForm, style: TextStyle
  ) {
    let steps = trace.allSteps
    let lanes = Self.lanes(of: trace, in: system)
    let rows = TraceRows(
      trace, of: system, lanes: lanes, evidence: fields, marksLastStep: marksLastStep,
      form: form, folds: style.folds)
    self.style = style
    lines = TraceLayout.best(
      rows: rows.rows, lanes: lanes, steps: steps.count, form: form, style: style)
  }

  /// A column for each actor that takes a step; those of a CPU side by side, in their order.
  static func lanes(of trace: Trace, in system: System) -> [Lane] {
    let acting = Set(trace.allSteps.map(\.actor))
    return system.actorNames.filter { acting.contains($0.name) }
      .map { Lane(actor: $0.name, cpu: $0.cpu.index) }
      .enumerated().sorted { ($0.element.cpu, $0.offset) < ($1.element.cpu, $1.offset) }
      .map(\.element)
  }

  /// The table in lines that are no longer than the width, each with its line end.
  public var text: String { lines.map { $0.text(style) + "\n" }.joined() }
}
