import Foundation
import ModelChecking

/// What a gate found, ready to be shown.
public struct GateReport: Sendable {
  /// One result, with the command line that finds the same again.
  public struct Entry: Sendable {
    public let result: GateResult
    public let command: String

    public init(_ result: GateResult, command: String) {
      self.result = result
      self.command = command
    }
  }

  /// The program's name, and its version where it has one.
  public let tool: (name: String, version: String?)
  public let entries: [Entry]
  /// The variants that were not asked for.
  public let leftOut: [(model: Model, variants: [String])]
  /// The checks of the other variants that were not asked for, because of their memory models.
  public var otherMachines: [Configuration] = []
  public let begin: Date
  public let seconds: Double
  /// Where other runs have the other checks: what this one came to.
  public var part: ShardReport?

  public init(
    tool: (name: String, version: String?), entries: [Entry],
    leftOut: [(model: Model, variants: [String])], begin: Date, seconds: Double
  ) {
    self.tool = tool
    self.entries = entries
    self.leftOut = leftOut
    self.begin = begin
    self.seconds = seconds
  }

  func entries(_ status: GateResult.Status) -> [Entry] {
    entries.filter { $0.result.status == status }
  }

  /// What models say never happens, where nothing is called so in any of their variants that hold; nothing of a model of
  /// which not every variant was looked at.
  var idleStatements: [Unreachable] {
    var (idle, others): ([Unreachable], [Unreachable]) = ([], [])
    for entry in entries where !isPartial(entry.result.configuration.model) {
      guard case .searched(let system, let outcome) = entry.result.ending,
        let coverage = outcome.coverage
      else { continue }
      for statement in system.unreachable {
        if !coverage.idle.contains(statement) {
          others.append(statement)
        } else if !idle.contains(statement) {
          idle.append(statement)
        }
      }
    }
    return idle.filter { !others.contains($0) }
  }

  private func isPartial(_ model: Model) -> Bool {
    part != nil || leftOut.contains { $0.model.name == model.name }
      || entries.contains {
        $0.result.configuration.model.name == model.name
          && [.inconclusive, .notRun, .error].contains($0.result.status)
      }
  }

  var peakBytes: Int { entries.compactMap { $0.result.outcome?.statistics.peakBytes }.max() ?? 0 }
}

extension GateReport.Entry {
  var name: String { result.configuration.checkName }
  var path: String { result.configuration.variant.declaration.path }
  var line: Int { result.configuration.variant.declaration.line }

  /// Whether it holds and nothing is claimed in it.
  var isSilent: Bool {
    guard case .searched(let system, let outcome) = result.ending else { return false }
    return outcome.verdict == .holds && !system.statesProperty
  }

  var expected: String { result.expected.description }

  /// What was found, in the words in which expectations are written.
  var found: String {
    switch result.ending {
    case .searched(_, let outcome):
      Expectation(metBy: outcome).description
        + (result.status == .vacuous
          ? ", vacuously: \(outcome.coverage?.outline ?? "")" : "")
    case .broken(let reason): reason.firstLine
    case .notRun(_, let reason): "not run: \(reason)"
    }
  }

  /// What is wrong with the model, in full.
  var error: String? {
    if case .broken(let reason) = result.ending { reason } else { nil }
  }

  /// How the variant would state what was found.
  private var source: String? {
    result.configuration.isAtDefaultBounds && result.status != .vacuous
      ? result.outcome.flatMap {
        Expectation(metBy: $0).source(
          in: result.configuration.model.language, under: result.configuration.memoryModel)
      } : nil
  }

  /// The search as `check` reports it.
  var report: CheckReport? {
    guard case .searched(let system, let outcome) = result.ending else { return nil }
    return CheckReport(result.configuration, system: system, outcome: outcome, command: command)
  }

  /// What is not as it should be: expected and found, the trace, and how to see it again.
  func details(_ style: TextStyle = TextStyle()) -> String {
    // A race file is where it was found, as seen from here.
    let model = result.configuration.model
    let place = model.language == .raceFile ? model.name : path
    var lines = ["\(name.shown()) (\(place.shown()):\(line))"]
    for (title, fact) in [("expected: ", expected), ("found:    ", found)] {
      let parts = fact.wrapped(to: style.width - 2 - title.count)
      for (number, part) in parts.enumerated() {
        lines.append("  \(number == 0 ? title : String(repeating: " ", count: title.count))\(part)")
      }
    }
    // What is to be pasted stays in one piece.
    if let source { lines.append("  that is:  \(source.shown())") }
    lines.append("")
    if let report {
      lines.append(report.text(style).trimmingCharacters(in: .newlines))
      // The report of what holds has nothing to be seen again.
      if report.outcome.verdict == .holds { lines += ["", "Again: \(command.shown())"] }
    } else {
      if let error, error != found {
        lines += error.split(separator: "\n").map { String($0).shown() } + [""]
      }
      lines.append("Again: \(command.shown())")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension String {
  /// The text up to its first line end.
  var firstLine: String { String(prefix { $0 != "\n" }) }
}
