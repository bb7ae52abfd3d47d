import Foundation
import ModelChecking

extension CheckReport {
  /// The report for programs: one JSON object, described in Docs/CommandLine.md.
  ///
  /// All of it but `seconds`, `storedBytes` and `peakBytes` is the same on every run.
  public func json() throws -> String {
    try JSONEncoder.report.text(JSONForm(self))
  }
}

extension JSONEncoder {
  /// Writes the same bytes for the same report, to be read by people too.
  static var report: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  func text(_ value: some Encodable) throws -> String {
    String(decoding: try encode(value), as: UTF8.self) + "\n"
  }
}

/// The shape of the JSON report.
struct JSONForm: Encodable {
  let format = 1
  let model: String
  let variant: String
  /// The pieces taken out of the variant; nil where none is.
  let without: [String]?
  let bounds: [String: Int]
  let command: String

  let verdict: String
  let property: String?
  let limit: SearchLimit?
  let trace: TraceForm?
  let warnings: [FindingForm]
  let goals: [GoalForm]

  let states: Int
  let transitions: Int
  let depth: Int
  let widestLevel: Int
  let bitsPerState: Int
  let wordsPerState: Int
  let storedBytes: Int
  let peakBytes: Int
  let seconds: Double

  init(_ report: CheckReport) {
    let (configuration, outcome) = (report.configuration, report.outcome)
    model = configuration.model.name
    variant = configuration.variant.name
    without = configuration.takenOut.isEmpty ? nil : configuration.takenOutNames
    bounds = configuration.bounds.byName
    command = report.command
    verdict = outcome.verdict.name
    limit = outcome.verdict.limit
    property = outcome.propertyOfVerdict
    trace = report.main.map { TraceForm($0.trace) }
    warnings = report.warnings.map(FindingForm.init)
    goals = outcome.goals.map(GoalForm.init)
    states = outcome.statistics.states
    transitions = outcome.statistics.transitions
    depth = outcome.statistics.depth
    widestLevel = outcome.statistics.widestLevel
    bitsPerState = outcome.statistics.bitsPerState
    wordsPerState = outcome.statistics.wordsPerState
    storedBytes = outcome.statistics.storedBytes
    peakBytes = outcome.statistics.peakBytes
    seconds = outcome.statistics.seconds
  }

  struct FindingForm: Encodable {
    let kind: FindingKind
    let property: String
    let severity: Severity
    let trace: TraceForm

    init(_ finding: Finding) {
      kind = finding.kind
      property = finding.property
      severity = finding.severity
      trace = TraceForm(finding.trace)
    }
  }

  struct GoalForm: Encodable {
    let goal: String
    let kind: Goal.Kind
    let reachedAfterSteps: Int?

    init(_ result: GoalResult) {
      goal = result.name
      kind = result.kind
      reachedAfterSteps = result.steps
    }
  }

  struct TraceForm: Encodable {
    /// Absent where the system has one initial state only, or the trace begins at the first.
    let initialState: Int?
    let length: Int
    let contextSwitches: Int
    let steps: [SavedTrace.Step]
    let onward: [SavedTrace.Step]
    let loop: [SavedTrace.Step]

    init(_ trace: Trace) {
      initialState = trace.initialState == 0 ? nil : trace.initialState
      length = trace.steps.count
      contextSwitches = trace.contextSwitches
      steps = trace.steps.map(SavedTrace.Step.init)
      onward = trace.onward.map(SavedTrace.Step.init)
      loop = trace.loop.map(SavedTrace.Step.init)
    }
  }
}
