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
    String(decoding: try encode(value), as: UTF8.self).escapedForJSON(keeping: "\n") + "\n"
  }
}

extension String {
  /// JSON with escapes for what can't be shown, which the encoder leaves as it is.
  func escapedForJSON(keeping kept: String = "") -> String {
    shown(keeping: kept) { text, scalar in
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
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
  /// What machine it was checked for.
  let memoryModel: MemoryModel
  let command: String

  let verdict: String
  let property: String?
  let limit: SearchLimit?
  let trace: TraceForm?
  /// The two accesses, where the verdict is a data race.
  let races: [AccessForm]?
  let preemptions: PreemptionsForm?
  let pointOfNoReturn: TurningForm?
  /// What else is wrong, where the search went on after the first bug; absent where nothing is.
  let alsoFound: [FindingForm]?
  let warnings: [FindingForm]
  let goals: [GoalForm]
  /// What happened of all that the model has; absent where not every state was visited.
  let coverage: CoverageForm?
  /// The properties looked at, where that was only some.
  let lookedAt: [String]?
  /// What was judged.
  let claims: [ClaimForm]
  /// So many steps that every schedule of no more was tried; nil but for where a limit came first.
  let triedSteps: Int?

  /// Where deadlocks are ignored: the states that are some.
  let deadlocks: Int?
  let states: Int
  let visited: Int
  /// Families of which one arrangement was visited for all; nil where every state was.
  let alike: [String]?
  /// Registers that states counted as one differ in; nil where there are none.
  let setBack: [String]?
  /// Why something that has alike names is not alike.
  let difference: String?
  let transitions: Int
  let depth: Int
  let widestLevel: Int
  let bitsPerState: Int
  let wordsPerState: Int
  let storedBytes: Int
  let peakBytes: Int
  /// What lay on a disk, and why no more did; nil where nothing was to, or all found room.
  let diskBytes: Int?
  let diskTrouble: String?
  let seconds: Double

  init(_ report: CheckReport) {
    let (configuration, outcome) = (report.configuration, report.outcome)
    model = configuration.model.name
    variant = configuration.variant.name
    without = configuration.takenOut.isEmpty ? nil : configuration.takenOutNames
    bounds = configuration.bounds.byName
    memoryModel = configuration.memoryModel
    command = report.command
    verdict = outcome.verdict.name
    limit = outcome.limit
    lookedAt = outcome.lookedAt
    deadlocks = outcome.deadlocks
    claims = report.system.claims(judgedIn: outcome).map(ClaimForm.init)
    triedSteps = outcome.triedSteps
    coverage = outcome.coverage.map(CoverageForm.init)
    property = outcome.propertyOfVerdict
    trace = report.main.map { TraceForm($0.trace) }
    races = report.main.flatMap(AccessForm.all)
    preemptions = report.preemptions.map(PreemptionsForm.init)
    pointOfNoReturn = report.turningPoint.map(TurningForm.init)
    let bugs = report.others.filter { $0.severity == .bug }
    alsoFound = bugs.isEmpty ? nil : bugs.map(FindingForm.init)
    warnings = report.others.filter { $0.severity == .warning }.map(FindingForm.init)
    goals = outcome.goals.map(GoalForm.init)
    states = outcome.statistics.states
    visited = outcome.statistics.visited
    alike = outcome.alike.isEmpty ? nil : outcome.alike
    setBack = outcome.setBack.isEmpty ? nil : outcome.setBack
    difference = outcome.difference
    transitions = outcome.statistics.transitions
    depth = outcome.statistics.depth
    widestLevel = outcome.statistics.widestLevel
    bitsPerState = outcome.statistics.bitsPerState
    wordsPerState = outcome.statistics.wordsPerState
    storedBytes = outcome.statistics.storedBytes
    peakBytes = outcome.statistics.peakBytes
    diskBytes = outcome.disk?.bytes
    diskTrouble = outcome.disk?.trouble?.reason
    seconds = outcome.statistics.seconds
  }

  struct ClaimForm: Encodable {
    let kind: String
    let name: String
    let severity: Severity
    let file: String
    let line: Int

    init(_ claim: Claim) {
      kind = claim.kind.code
      name = claim.name
      severity = claim.severity
      file = claim.declaration.path
      line = claim.declaration.line
    }
  }

  struct FindingForm: Encodable {
    let kind: FindingKind
    let property: String
    let severity: Severity
    let trace: TraceForm
    /// Of a data race, the two accesses.
    let races: [AccessForm]?

    init(_ finding: Finding) {
      kind = finding.kind
      property = finding.property
      severity = finding.severity
      trace = TraceForm(finding.trace)
      races = AccessForm.all(of: finding)
    }
  }

  /// One of the two accesses of a data race.
  struct AccessForm: Encodable {
    let actor: String
    let cpu: Int
    let function: String
    let step: String
    let field: String
    let access: RacingAccess.Kind
    /// Whether it is a plain C access; otherwise it is marked.
    let isPlain: Bool
    /// Whether it was made before, and the other is not ordered behind it.
    let isMade: Bool
    let file: String
    let line: Int

    init(_ access: RacingAccess) {
      actor = access.actor
      cpu = access.cpu
      function = access.function
      step = access.step
      field = access.field
      self.access = access.kind
      isPlain = access.isPlain
      isMade = access.isMade
      file = access.declaration.path
      line = access.declaration.line
    }

    /// nil of what is no data race.
    static func all(of finding: Finding) -> [AccessForm]? {
      finding.races.isEmpty ? nil : finding.races.map(AccessForm.init)
    }
  }

  struct PreemptionsForm: Encodable {
    let ofTrace: Int
    let least: Int
    let isExact: Bool

    init(_ preemptions: Preemptions) {
      ofTrace = preemptions.ofTrace
      least = preemptions.least
      isExact = preemptions.isExact
    }
  }

  struct TurningForm: Encodable {
    let step: Int
    /// The step that would have helped in its place, and the steps of the run that it begins.
    let instead: SavedTrace.Step?
    let length: Int

    init(_ point: TurningPoint) {
      step = point.step
      instead = point.instead.map(SavedTrace.Step.init)
      length = point.length
    }
  }

  struct CoverageForm: Encodable {
    let isVacuous: Bool
    let steps: Int
    let stepsTaken: Int
    let answers: Int
    let answersGiven: Int
    /// What never happened, where it first could have.
    let gaps: [GapForm]
    /// What the model says never happens, and does.
    let untrue: [StatementForm]
    /// What the model says never happens, where nothing is called so.
    let idle: [StatementForm]
    /// Questions that are answered before anything runs, with the answer that they can't have.
    let decided: [GapForm]
    /// The steps that could wait and never had to.
    let neverWaited: [GapForm]
    /// By field: the values that it never had; absent where nobody asked.
    let unreachedValues: [String: [String]]?

    init(_ coverage: Coverage) {
      isVacuous = coverage.isVacuous
      steps = coverage.steps.all
      stepsTaken = coverage.steps.seen
      answers = coverage.answers.all
      answersGiven = coverage.answers.seen
      gaps = coverage.gaps.map(GapForm.init)
      untrue = coverage.untrue.map(StatementForm.init)
      idle = coverage.idle.map(StatementForm.init)
      decided = coverage.decided.map(GapForm.init)
      neverWaited = coverage.unwaited.map(GapForm.init)
      unreachedValues = coverage.unreachedValues.map { all in
        Dictionary(all.map { ($0.field, $0.values) }) { first, _ in first }
      }
    }
  }

  struct GapForm: Encodable {
    let kind: Coverage.Gap.Kind
    let actors: [String]
    let calls: [String]
    let name: String
    let file: String
    let line: Int
    let places: Int
    let allPlaces: Int
    /// Why, where the model says so.
    let reason: String?

    init(_ gap: Coverage.Gap) {
      kind = gap.kind
      actors = gap.actors
      calls = gap.calls
      name = gap.name
      file = gap.declaration.path
      line = gap.declaration.line
      places = gap.places
      allPlaces = gap.allPlaces
      reason = gap.reason
    }
  }

  struct StatementForm: Encodable {
    let name: String
    let answer: Bool?
    let actor: String?
    let function: String?
    /// The line that it is about, where it is about one.
    let at: Int?
    let reason: String
    let file: String
    let line: Int

    init(_ statement: Unreachable) {
      name = statement.name
      answer = statement.answer
      actor = statement.actor
      function = statement.function
      at = statement.line
      reason = statement.reason
      file = statement.declaration.path
      line = statement.declaration.line
    }
  }

  struct GoalForm: Encodable {
    let goal: String
    let kind: Goal.Kind
    let reachedAfterSteps: Int?
    /// Whether it is known if it can be reached.
    let isDecided: Bool

    init(_ result: GoalResult) {
      isDecided = result.isDecided
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
    /// False where a limit was reached before that was known.
    let hasFewestSwitches: Bool
    let steps: [SavedTrace.Step]
    let onward: [SavedTrace.Step]
    let loop: [SavedTrace.Step]

    init(_ trace: Trace) {
      initialState = trace.initialState == 0 ? nil : trace.initialState
      length = trace.steps.count
      contextSwitches = trace.contextSwitches
      hasFewestSwitches = trace.hasFewestSwitches
      steps = trace.steps.map(SavedTrace.Step.init)
      onward = trace.onward.map(SavedTrace.Step.init)
      loop = trace.loop.map(SavedTrace.Step.init)
    }
  }
}
