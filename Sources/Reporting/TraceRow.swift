import ModelChecking

/// What a trace's table says in one row, before it is known what fits beside what.
struct TraceRow {
  enum Kind: Equatable {
    /// A function that is entered.
    case call
    /// A step, by its number from 1.
    case step(number: Int, isMarked: Bool)
    /// A stretch of steps that is folded.
    case fold
    /// A sentence about the rows below.
    case note
  }

  let kind: Kind
  /// The column of the table, from 0.
  var lane = 0
  /// How many calls it is nested in.
  var depth = 0
  let text: String
  /// What a step changed and saw.
  var remarks: [Remark] = []
  /// The steps that are folded into it, from 1.
  var folded: ClosedRange<Int>?

  enum Remark {
    case change(FieldChange)
    /// A store of the value that is there.
    case same(FieldRead)
    /// A local variable that is kept in the place in the program, with its new value.
    case local(FieldRead)
    case sees([FieldRead])
  }
}

extension TraceRow.Remark {
  /// The remark as it is written.
  ///
  /// - Parameter width: the columns of a line; by default as many as the remark needs.
  func lines(_ style: TextStyle, width: Int = .max) -> [String] {
    switch self {
    case .change(let change):
      return ["\(change.field) \(change.before)", "\(style.arrow) \(change.after)"]
        .wrapped(to: width, indent: 2)
    case .same(let store), .local(let store):
      return [store.field, "= \(store.value)"].wrapped(to: width, indent: 2)
    case .sees(let reads):
      let phrases = reads.enumerated().map { number, read in
        (number == 0 ? "/* " : "") + "\(read.field) == \(read.value)"
          + (number < reads.count - 1 ? "," : " */")
      }
      return phrases.wrapped(to: width, indent: 3)
    }
  }
}

/// Makes the rows of a trace.
struct TraceRows {
  /// A trace of so many steps is a screen or less, and never folded.
  static let longestUnfolded = 20
  /// Fewer uneventful steps than this in a row are not worth folding.
  static let shortestFold = 3

  private(set) var rows: [TraceRow] = []
  private let lanes: [String: Int]
  private let sharedFields: Set<String>
  private let eventful: EventfulSteps?
  private let markedStep: Int?
  private let form: TraceForm
  /// The fields of which a changelog tells: those that the property looks at or several steps touch.
  private let toldFields: Set<String>
  private var number = 0
  /// By actor: the sites of the calls that it is in, as far as rows have told.
  private var openCalls: [String: [Int]] = [:]

  /// - Parameters:
  ///   - lanes: the table's columns.
  ///   - evidence: the fields that the property looks at.
  ///   - form: what the table is for.
  ///   - folds: whether a long trace is folded.
  init(
    _ trace: Trace, of system: System, lanes: [TraceTable.Lane], evidence: [String],
    marksLastStep: Bool, form: TraceForm, folds: Bool
  ) {
    self.form = form
    self.lanes = Dictionary(uniqueKeysWithValues: lanes.enumerated().map { ($1.actor, $0) })
    sharedFields = Set(system.layout.fields.filter { $0.role == .shared }.map(\.name))
    markedStep = marksLastStep ? trace.steps.count : nil
    let all = trace.allSteps
    toldFields = Self.toldFields(of: all).union(evidence)
    if folds && form == .report && all.count > Self.longestUnfolded {
      // What the marked step saw matters as much as what the property looks at.
      let seen = marksLastStep ? trace.steps.last.map { $0.reads + $0.ghostReads } ?? [] : []
      eventful = EventfulSteps(of: all, evidence: evidence + seen.map(\.field))
    } else {
      eventful = nil
    }
    add(trace.steps)
    if !trace.onward.isEmpty {
      note(trace.steps.isEmpty ? "for example:" : "from here on, for example:")
      add(trace.onward)
    }
    if !trace.loop.isEmpty {
      note("round and round, for ever:")
      openCalls = [:]
      for step in trace.loop { add(step) }
    }
  }

  private mutating func note(_ text: String) {
    rows.append(TraceRow(kind: .note, text: text))
  }

  private mutating func add(_ steps: [TraceStep]) {
    var rest = steps[...]
    while let step = rest.first {
      let stretch = rest.indices.prefix {
        rest[$0].actor == step.actor && isUneventful(number + $0 - rest.startIndex)
      }
      if stretch.count >= Self.shortestFold {
        fold(rest.prefix(stretch.count))
        rest = rest.dropFirst(stretch.count)
      } else {
        add(step)
        rest = rest.dropFirst()
      }
    }
  }

  /// - Parameter step: its number from 0.
  private func isUneventful(_ step: Int) -> Bool {
    guard let eventful else { return false }
    return !eventful.numbers.contains(step) && step + 1 != markedStep
  }

  private mutating func add(_ step: TraceStep) {
    number += 1
    if form.leavesOut(number) { return }
    let lane = lanes[step.actor] ?? 0
    let open = openCalls[step.actor] ?? []
    let known = open.commonPrefix(with: step.callSites).count
    openCalls[step.actor] = step.callSites
    for (depth, call) in step.calls.enumerated().dropFirst(known) {
      rows.append(TraceRow(kind: .call, lane: lane, depth: depth, text: form.name(call)))
    }
    let isMarked = number == markedStep
    rows.append(
      TraceRow(
        kind: .step(number: number, isMarked: isMarked), lane: lane, depth: step.calls.count,
        text: form.name(step.name) + (form == .report ? step.declaration.mark : ""),
        remarks: remarks(on: step, isMarked: isMarked)))
  }

  /// What a step changed. What it saw matters where that is all it did, and at the step that the
  /// trace is about.
  private func remarks(on step: TraceStep, isMarked: Bool) -> [TraceRow.Remark] {
    let reads = isMarked ? step.readsOfOthers : step.news(in: sharedFields)
    let changes = step.toldChanges.filter { isTold($0, of: step, isMarked: isMarked) }
    return (reads.isEmpty ? [] : [.sees(reads)]) + changes.map { .change($0) }
      + step.stores.map { .same($0) } + (form == .report ? step.placed.map { .local($0) } : [])
  }

  /// Whether a change is worth a line. A changelog tells of what the kernel doesn't have only what it is about,
  /// and not what the name of the step says already: `spin_lock(a)`.
  private func isTold(_ change: FieldChange, of step: TraceStep, isMarked: Bool) -> Bool {
    if form == .report { return true }
    let parts = change.field.split(separator: ".")
    if parts.count > 1, ["holder", "readers", "writer"].contains(parts[parts.count - 1]),
      step.name.contains("(\(parts.dropLast().joined(separator: ".")))")
    {
      return false
    }
    return toldFields.contains(change.field) && (isMarked || sharedFields.contains(change.field))
  }

  /// The fields that more than one step touches.
  private static func toldFields(of steps: [TraceStep]) -> Set<String> {
    var counts: [String: Int] = [:]
    for step in steps {
      let touched =
        (step.reads + step.ghostReads + step.stores).map(\.field) + step.changes.map(\.field)
      for field in Set(touched) { counts[field, default: 0] += 1 }
    }
    return Set(counts.filter { $0.value > 1 }.keys)
  }

  /// One row for several steps of one actor.
  private mutating func fold(_ steps: ArraySlice<TraceStep>) {
    guard let first = steps.first else { return }
    let folded = number + 1...number + steps.count
    number += steps.count
    let known = steps.reduce(openCalls[first.actor] ?? []) { $0.commonPrefix(with: $1.callSites) }
    openCalls[first.actor] = known
    var names: [String] = []
    for step in steps {
      let name = (step.calls + [step.name])[known.count]
      if !names.contains(name) { names.append(name) }
    }
    rows.append(
      TraceRow(
        kind: .fold, lane: lanes[first.actor] ?? 0, depth: known.count,
        text: "... \(steps.count) steps: \(names.joined(separator: ", "))", folded: folded))
  }
}

extension TraceStep {
  /// The fields to which it stored something, changed by that or not.
  private var stored: [String] { changes.map(\.field) + stores.map(\.field) }

  /// What it saw of the fields that it doesn't store to.
  fileprivate var readsOfOthers: [FieldRead] {
    (reads + ghostReads).filter { !stored.contains($0.field) }
  }

  /// The same where it is worth a line: because the step stores nothing that actors share.
  func news(in sharedFields: Set<String>) -> [FieldRead] {
    sharedFields.isDisjoint(with: stored) ? readsOfOthers : []
  }
}

extension [Int] {
  /// The numbers with which both begin.
  func commonPrefix(with other: [Int]) -> [Int] {
    zip(self, other).prefix { $0 == $1 }.map(\.0)
  }
}
