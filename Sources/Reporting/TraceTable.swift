import ModelChecking

/// A trace as kernel changelogs draw races: time goes down, each actor has a column, exactly one
/// acts a row, and what changed stands at the right.
///
/// Only one column of a row is written in, so a long name runs on into the columns right of it. What
/// changed moves to the next line where it would not fit beside.
public struct TraceTable {
  private static let numberWidth = 5
  private static let narrowestLane = 14

  private let lanes: [(name: String, cpu: Int)]
  private let width: Int
  private let laneWidth: Int
  private let stateColumn: Int
  private(set) var lines: [String] = []
  private var openCalls: [String: [String]] = [:]

  /// The table of a finding's trace.
  public init(_ finding: Finding, of system: System, style: TextStyle = TextStyle()) {
    self.init(
      finding.trace, of: system, about: finding.evidence.map(\.field), style: style)
  }

  /// - Parameters:
  ///   - trace: steps of `system`, from its initial state.
  ///   - fields: the fields that the reader cares about besides those that actors share.
  ///   - marksLastStep: whether the last of the trace's `steps` is what the trace is shown for.
  public init(
    _ trace: Trace, of system: System, about fields: [String] = [], marksLastStep: Bool = true,
    style: TextStyle = TextStyle()
  ) {
    let actors = system.actorNames.map { (name: $0.name, cpu: $0.cpu.index) }
    let width = style.width
    let steps = trace.steps + trace.onward + trace.loop
    let acting = Set(steps.map(\.actor))
    lanes = actors.filter { acting.contains($0.name) }
    self.width = width
    let changes = steps.map { Self.remarks(on: $0).map(\.count).max() ?? 0 }.max() ?? 0
    let room = width - Self.numberWidth - min(changes, width * 2 / 5) - 2
    let widest = steps.map { $0.name.count + $0.calls.count + 2 }.max() ?? 0
    let heading = lanes.map { Self.heading($0).count + 2 }.max() ?? 0
    laneWidth = min(max(widest, heading), room / max(1, lanes.count))
    stateColumn = Self.numberWidth + max(laneWidth * lanes.count, min(widest, room)) + 2
    write(trace)
  }

  /// The table in lines that are no longer than the width, each with its line end.
  public var text: String { lines.map { $0 + "\n" }.joined() }

  private mutating func write(_ trace: Trace) {
    if laneWidth >= Self.narrowestLane { writeHeadings() }
    var number = 0
    for step in trace.steps {
      number += 1
      write(step, number)
    }
    if !trace.onward.isEmpty {
      lines.append(trace.loop.isEmpty ? "     from here on, for example:" : "     and then:")
      for step in trace.onward {
        number += 1
        write(step, number)
      }
    }
    if !trace.loop.isEmpty {
      lines.append("     round and round, for ever:")
      openCalls = [:]
      for step in trace.loop {
        number += 1
        write(step, number)
      }
    }
  }

  /// CPU and actor above each column, in two rows where one is too narrow.
  private mutating func writeHeadings() {
    let fits = lanes.allSatisfy { Self.heading($0).count < laneWidth }
    if fits {
      lines.append(row(lanes.map(Self.heading)))
    } else {
      lines.append(row(lanes.map { "CPU\($0.cpu)" }))
      lines.append(row(lanes.map(\.name)))
    }
  }

  private func row(_ cells: [String]) -> String {
    cells.enumerated().reduce("") { line, cell in
      line.padded(to: Self.numberWidth + cell.offset * laneWidth)
        + cell.element.shortened(to: laneWidth - 1)
    }
  }

  private static func heading(_ lane: (name: String, cpu: Int)) -> String {
    "CPU\(lane.cpu) \(lane.name)"
  }

  private mutating func write(_ step: TraceStep, _ number: Int) {
    let lane = lanes.firstIndex { $0.name == step.actor } ?? 0
    let isList = laneWidth < Self.narrowestLane
    let left = Self.numberWidth + (isList ? 0 : lane * laneWidth)
    let open = openCalls[step.actor] ?? []
    let common = zip(open, step.calls).prefix { $0 == $1 }.count
    openCalls[step.actor] = step.calls

    var label = String(number).leftPadded(to: Self.numberWidth - 2)
    var names: [String] = []
    if isList { names.append(Self.heading(lanes[lane]) + ":") }
    for (depth, call) in step.calls.enumerated() where depth >= common {
      names.append(String(repeating: " ", count: depth) + call)
    }
    names.append(String(repeating: " ", count: step.calls.count) + step.name)
    var remarks = Self.remarks(on: step)
    for (index, name) in names.enumerated() {
      var line = label.padded(to: left) + name.shortened(to: max(20, width - left))
      label = ""
      if index == names.count - 1, let remark = remarks.first, line.count + 2 <= stateColumn {
        line = line.padded(to: stateColumn) + remark.shortened(to: width - stateColumn)
        remarks.removeFirst()
      }
      lines.append(line.shortened(to: width))
    }
    for remark in remarks {
      lines.append("".padded(to: stateColumn) + remark.shortened(to: width - stateColumn))
    }
  }

  /// What a step changed or, if nothing, what it saw.
  private static func remarks(on step: TraceStep) -> [String] {
    if step.changes.isEmpty { return step.reads.map { "sees \($0.field) = \($0.value)" } }
    return step.changes.map { "\($0.field) \($0.before) -> \($0.after)" }
  }
}

extension String {
  func padded(to width: Int) -> String {
    count >= width ? self : self + String(repeating: " ", count: width - count)
  }

  func leftPadded(to width: Int) -> String {
    count >= width ? self : String(repeating: " ", count: width - count) + self
  }

  /// The string, cut where it is longer, with two dots to say so.
  func shortened(to width: Int) -> String {
    count <= width ? self : String(prefix(max(0, width - 2))) + ".."
  }
}
