import ModelChecking

/// The trace of a verdict alone, in a form that others take.
public enum TraceFormat: String, CaseIterable, Sendable {
  /// The table, to be pasted into a changelog or a mail.
  case changelog
  /// A sequence diagram of Mermaid.
  case mermaid
  /// The exchange format of Quint and Apalache.
  case itf
}

extension CheckReport {
  /// The trace of the verdict in a form of its own; nil where there is none.
  ///
  /// - Parameter style: of a table; other forms have no width.
  public func trace(as format: TraceFormat, _ style: TextStyle) throws -> String? {
    guard let main else { return nil }
    switch format {
    case .changelog: return Changelog(main, of: system, style).text
    case .mermaid: return MermaidDiagram(main, of: system).text
    case .itf: return try ITFTrace(main, of: system, title: heading).json()
    }
  }
}

/// A trace as changelogs of the kernel have it: what is wrong, the table, and what must be known to read it.
///
/// Every line is indented, so that neither mail (`>`, `From`) nor git (`---`, `#`) takes one for its own. What
/// is too long for a screen lacks the steps in which nothing passes between actors, and says so.
private struct Changelog {
  /// A table of so many lines is shown whole.
  private static let mostLines = 36

  private let finding: Finding
  private let system: System
  private let style: TextStyle
  /// The table with every step.
  private let whole: [Line]

  init(_ finding: Finding, of system: System, _ style: TextStyle) {
    self.finding = finding
    self.system = system
    self.style = style
    whole = Self.table(of: finding, in: system, leavingOut: [], style)
  }

  var text: String {
    let idle = uneventful
    guard whole.count > Self.mostLines, style.folds, !idle.isEmpty else {
      return style.text(of: [opening, whole, legend(leftOut: [])].filter { !$0.isEmpty })
    }
    let table = Self.table(of: finding, in: system, leavingOut: idle, style)
    return style.text(of: [opening, table, legend(leftOut: idle)])
  }

  /// What the table is about, in a sentence.
  private var opening: [Line] { style.item(finding.opening, at: 2) }

  private static func table(
    of finding: Finding, in system: System, leavingOut steps: Set<Int>, _ style: TextStyle
  ) -> [Line] {
    TraceTable(
      finding.trace, of: system, about: finding.evidence.map(\.field),
      form: .changelog(leavingOut: steps), style: style
    ).lines
  }

  /// The numbers, from 1, of the steps in which nothing passes between actors and nothing of what the finding
  /// is about is changed.
  private var uneventful: Set<Int> {
    let trace = finding.trace
    let all = trace.allSteps
    let seen = trace.steps.last.map { $0.reads + $0.ghostReads } ?? []
    let eventful = EventfulSteps(of: all, evidence: (finding.evidence + seen).map(\.field))
    let waiting = Set(finding.waits.flatMap { $0.steps(in: trace) })
    return Set(
      all.indices.filter { !eventful.numbers.contains($0) && $0 + 1 != trace.steps.count }
        .map { $0 + 1 }
    ).subtracting(waiting)
  }

  private func legend(leftOut: Set<Int>) -> [Line] {
    var sentences: [String] = []
    if !leftOut.isEmpty {
      let which = "\(leftOut.count == 1 ? "Step" : "Steps") \(leftOut.ranges)"
      sentences.append(
        "\(which) \(leftOut.count == 1 ? "is" : "are") left out: nothing passes between the CPUs there."
      )
    }
    let ghosts = shownGhosts
    if !ghosts.isEmpty {
      sentences.append(
        "(\(ghosts.joined(separator: ", ")): kept by the model, not by the kernel)")
    }
    sentences += finding.waits.map { $0.sentence(in: finding.trace) }
    return sentences.flatMap { style.item($0, at: 2) }
  }

  /// The fields that the kernel doesn't have and the table shows all the same.
  private var shownGhosts: [String] {
    let ghosts = Set(system.layout.fields.filter { $0.role == .ghost }.map(\.name))
    let text = whole.map { $0.text(style) }.joined(separator: " ")
    let last = finding.trace.steps.last
    let met = (last?.ghostReads.map(\.field) ?? []) + (last?.changes.map(\.field) ?? [])
    return met.reduce(into: []) { names, name in
      if ghosts.contains(name) && !names.contains(name) && text.contains(name) {
        names.append(name)
      }
    }
  }
}

extension Set<Int> {
  /// "2, 4 to 6 and 9".
  fileprivate var ranges: String {
    var runs: [ClosedRange<Int>] = []
    for number in sorted() {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    let parts = runs.flatMap { run in
      switch run.count {
      case 1: ["\(run.lowerBound)"]
      case 2: ["\(run.lowerBound)", "\(run.upperBound)"]
      default: ["\(run.lowerBound) to \(run.upperBound)"]
      }
    }
    return parts.enumerated
  }
}
