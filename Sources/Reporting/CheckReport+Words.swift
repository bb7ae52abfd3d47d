import ModelChecking

/// What the reports for people say alike.
extension CheckReport {
  var heading: String { configuration.name }

  /// What the verdict is about. When a limit ended the search there may be warnings only.
  var main: Finding? { outcome.findingOfVerdict }

  /// What was found beside that: bugs where the search went on, and warnings.
  var others: ArraySlice<Finding> { outcome.findings.dropFirst(main == nil ? 0 : 1) }

  package var isInconclusive: Bool {
    if case .inconclusive = outcome.verdict { true } else { false }
  }

  package var verdict: String {
    switch outcome.verdict {
    case .holds where outcome.lookedAt == nil && !system.statesProperty:
      "HOLDS: every reachable state was visited. No property is stated"
        + (outcome.deadlocks == nil
          ? ", so nothing is shown but that \(ClaimWords.always)."
          : ", and deadlocks are ignored: next to nothing is shown.")
    case .holds:
      "HOLDS: every reachable state was visited and \(Self.claim(outcome.lookedAt)) is true in it."
    case .found: main.map { $0.words.verdict($0) } ?? ""
    case .inconclusive(let limit): "INCONCLUSIVE: \(reason(limit)) before all was visited."
    }
  }

  /// Which properties hold.
  private static func claim(_ lookedAt: [String]?) -> String {
    switch lookedAt?.count {
    case nil: "every property"
    case 1: "the one property looked at"
    case let count?: "each of the \(count) properties looked at"
    }
  }

  /// What the verdict says nothing about.
  var scope: [String] {
    let properties = outcome.lookedAt.map {
      "Looked at: \($0.joined(separator: "; ")). Nothing else was judged."
    }
    let rest = outcome.limit.map { limit in
      "More may be wrong: \(reason(limit)) before all was visited."
    }
    let deadlocks = outcome.deadlocks.map { count in
      "Deadlocks are ignored: in \(count.of("state")) nothing can move, and not all actors are at an end. "
        + "That others wait for ever was not judged either."
    }
    return [properties, deadlocks, isInconclusive ? nil : rest, undecidedRaces].compactMap(\.self)
  }

  /// That data races were told of only as far as the search went, where a bug ended it.
  private var undecidedRaces: String? {
    guard outcome.coverage == nil, outcome.limit == nil, main?.severity == .bug,
      system.claims(judgedIn: outcome).contains(where: { $0.kind == .raceFree })
    else { return nil }
    return "Data races were looked for only up to there: --keep-going looks in all states."
  }

  /// What was judged, and for what: a heading and lines under it. Empty where it isn't known to be true.
  package var proof: (heading: String, lines: [String])? {
    guard outcome.verdict == .holds else { return nil }
    let bounds = configuration.bounds.values.map { "\($0.name)=\($0.value)" }
    let scope = bounds.isEmpty ? "" : ", for \(bounds.joined(separator: " "))"
    return (
      "Shown under \(configuration.memoryModel.words)\(scope):",
      ClaimWords.lines(system.claims(judgedIn: outcome))
        + (outcome.lookedAt == nil && outcome.deadlocks == nil ? [ClaimWords.always] : [])
    )
  }

  /// What is known all the same where a limit ended the search and nothing was found.
  package var partialProof: String? {
    guard isInconclusive else { return nil }
    guard let steps = outcome.triedSteps else {
      return outcome.limit == .error || outcome.statistics.states == 0
        ? nil
        : "Every reachable state was visited and nothing is wrong in one. What actors and goals can always "
          + "still come to was not settled."
    }
    let claim =
      outcome.lookedAt == nil
      ? "breaks an invariant, fails an assertion, misuses a lock or is at fault"
      : "breaks one of the invariants and assertions looked at"
    return "No schedule of up to \(steps.of("step")) \(claim); all of them were tried."
  }

  /// What must be said of a trace for which a limit was reached.
  static func reservation(_ trace: Trace) -> String? {
    trace.hasFewestSwitches
      ? nil
      : "A limit was reached: no trace has fewer steps, but one may have fewer switches between actors."
  }

  private func reason(_ limit: SearchLimit) -> String {
    switch limit {
    case .memory: "the memory limit was reached"
    case .time: "the time limit was reached"
    case .interrupted: "the search was interrupted"
    case .storeBuffer: "a store buffer was full"
    case .keptStores: "there was no room for more stores that somebody may not have seen"
    case .stateCount: "the search ran out of numbers for states"
    case .diskSpace, .diskFull, .diskFailure: disk(limit)
    case .otherPart: "it belongs to another part"
    case .error: "a function of the model went wrong"
    }
  }

  /// What of the states lay on a disk when that took no more.
  private func disk(_ limit: SearchLimit) -> String {
    guard let disk = outcome.disk else { return "there was no more room on the disk" }
    let states = disk.states.of("state")
    let use = "\(disk.bytes.grouped) bytes of \(states) lay in '\(disk.folder.shown())'"
    return switch disk.trouble {
    case .full(let reason): "the disk was full (\(reason)) when \(use)"
    case .failed(let reason): "the disk took no more states (\(reason)) when \(use)"
    case .limit, nil: "the disk limit was reached when \(use)"
    }
  }

  /// What else is known of the schedule that was found.
  var insights: [String] { [preemptions?.sentence, turningPoint?.sentence].compactMap(\.self) }

  /// What a proof is about, for reports that set no lists.
  var coverage: [String] {
    guard let coverage = outcome.coverage else { return [] }
    return coverage.lists(in: configuration.model.language).map { list in
      "\(list.heading) \(list.lines.joined(separator: "; "))."
    }
      + [coverage.summary]
  }

  static func title(of finding: Finding) -> String {
    finding.severity == .bug
      ? finding.words.verdict(finding)
      : "Warning after \(finding.trace.steps.count.of("step")): \(finding.property)"
  }

  var goals: [String] {
    outcome.goals.map { goal in
      let found =
        goal.steps.map { "reached after \($0.of("step"))" }
        ?? (goal.isDecided ? "not reached" : "not decided, the search ended before")
      return "Goal \(found): \(goal.name)"
    }
  }

  /// The size of what was explored.
  var sizes: String {
    let figures = outcome.statistics
    let parts = [
      figures.states.of("state"), figures.transitions.of("transition"),
      "depth \(figures.depth)", "widest level \(figures.widestLevel.grouped)",
      "\(figures.bitsPerState) bits a state",
    ]
    return (outcome.limit == nil ? "" : "so far ") + parts.joined(separator: ", ")
  }

  /// Which states stood for others; and what seemed alike and is not. Nil where nothing seemed so.
  var reduction: String? {
    let alike =
      outcome.alike.isEmpty
      ? nil
      : "Visited were \(outcome.statistics.visited.of("state")), one for all that differ only in which is "
        + "which of \(outcome.alike.joined(separator: ", and of "))."
    let sentences = [
      registersSetBack, alike,
      outcome.difference.map { "Not alike, whatever the names say: \($0)." },
    ].compactMap(\.self)
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// So many registers are named.
  private static let mostRegistersNamed = 4

  private var registersSetBack: String? {
    let all = outcome.setBack
    if all.isEmpty { return nil }
    let rest = all.count - Self.mostRegistersNamed
    let names =
      all.prefix(Self.mostRegistersNamed).joined(separator: ", ")
      + (rest > 0 ? " and \(rest) more" : "")
    return
      "States that differ only in a register that is written before it is read again count as one: "
      + "\(names)."
  }
}

extension Preemptions {
  /// "It takes 2 preemptions; with fewer nothing goes wrong."
  var sentence: String {
    func count(_ number: Int) -> String {
      number == 0 ? "no preemption" : number.of("preemption")
    }
    if !isExact {
      return "The schedule has \(count(ofTrace))"
        + (least == 0 ? "." : ", and none with fewer than \(least) comes to this.")
    }
    if least == ofTrace {
      return least == 0
        ? "It takes no preemption: no actor is interrupted in the middle of something."
        : "It takes \(count(least)); with \(least == 1 ? "none" : "fewer") this can't happen."
    }
    let longer = steps.map { ", as a schedule of \($0.of("step")) has" } ?? ""
    return "The schedule has \(count(ofTrace)). It takes \(count(least))\(longer)"
      + (least == 0 ? "." : "; with \(least == 1 ? "none" : "fewer") this can't happen.")
  }
}

extension TurningPoint {
  /// From where on it is too late, and what would have helped.
  var sentence: String {
    let help = instead.map { better in
      let function = better.calls.last.map { "\($0) > " } ?? ""
      return ", had \(better.actor) taken \(function)\(better.name) in its place"
    }
    let way = help == nil ? "" : " (\(length.of("step")) to where all rest)"
    return "Step \(step) is the point of no return: before it, all could still have gone well"
      + (help ?? "") + way + "."
  }
}
