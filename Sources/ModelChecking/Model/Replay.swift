/// A saved trace, run again through the step functions.
///
/// Each step must be there, be the step that was saved, and see and change what it did; then what
/// the trace says of its end must be so. The first difference ends the replay.
public struct Replay: Sendable {
  /// Where and how the replay went otherwise than was saved.
  public struct Difference: Sendable, Equatable {
    /// The number of the step, from 1; nil where all steps went as saved and the end is different.
    public let step: Int?
    /// What is different, in a sentence without its full stop.
    public let description: String
  }

  public private(set) var difference: Difference?

  /// The steps as they were run, the one that differs included where it could be taken.
  public private(set) var trace = Trace(steps: [])

  /// What the trace shows, where it went as saved and says something of its end.
  public private(set) var finding: Finding?

  /// For a goal that was out of reach: the states looked at to see that it still is.
  public private(set) var statesSearched = 0

  /// Whether these are all that can be reached from the end, as far as that was asked.
  public private(set) var isSettled = true

  /// The states looked at before giving up.
  public static let mostStates = 100_000

  private let saved: SavedTrace
  /// The goal that is said to be out of reach.
  private var goal: Goal?
  /// The actors that are said to wait for ever.
  private var waitingActors: [Int] = []
  private var walk: Walk

  /// Runs the trace.
  ///
  /// - Throws: `InputError` that names what has changed if the trace was made with another version
  ///   of the model.
  /// - Complexity: runs each enabled step of each state on the way once; for a goal, also of up to
  ///   `mostStates` states beyond.
  public init(_ saved: SavedTrace, in system: System) throws(InputError) {
    let changes = saved.fingerprint.differences(from: system.fingerprint)
    guard changes.isEmpty else {
      let more = changes.count > 3 ? ["and \(changes.count - 3) more such changes"] : []
      throw InputError(
        "it was made with another version of model '\(saved.model)': "
          + (changes.prefix(3).map(\.abridged) + more).joined(separator: ", "))
    }
    guard 0..<system.initialStateCount ~= saved.initialState else {
      throw InputError(
        "it begins at initial state \(saved.initialState), and there are "
          + "\(system.initialStateCount), counted from 0")
    }
    self.saved = saved
    walk = Walk(system, fromInitialState: saved.initialState)
    run()
  }

  private mutating func run() {
    let steps = take(saved.steps)
    if difference == nil {
      difference = judgeEnd().map { Difference(step: nil, description: $0) }
    }
    let onward = difference == nil ? take(saved.onward) : []
    let start = walk.words
    let loop = difference == nil ? take(saved.loop) : []
    if difference == nil && walk.words != start {
      difference = Difference(
        step: walk.steps.count, description: "it does not close the loop that was saved")
    }
    if difference == nil, saved.end?.subject == .run, let goal {
      difference = walk.whyNoRun(avoiding: goal, loopLength: loop.count).map {
        Difference(step: nil, description: $0)
      }
    }
    trace = Trace(from: saved.initialState, steps: steps, onward: onward, loop: loop)
    if difference != nil {
      finding = nil
    } else if let end = saved.end, let goal {
      finding =
        end.subject == .run
        ? walk.avoiding(goal, trace: trace) : walk.outOfReach(goal, end, trace: trace)
    } else if !waitingActors.isEmpty {
      finding = walk.deadlock(of: waitingActors, trace: trace)
    }
  }

  private mutating func take(_ steps: [SavedTrace.Step]) -> [TraceStep] {
    let first = walk.steps.count
    for saved in steps {
      let number = walk.steps.count + 1
      guard let step = take(saved) else {
        difference = Difference(step: number, description: whyNotTaken(saved))
        break
      }
      if let description = saved.difference(from: SavedTrace.Step(step)) {
        difference = Difference(step: number, description: description)
        break
      }
    }
    return Array(walk.steps[first...])
  }

  private mutating func take(_ step: SavedTrace.Step) -> TraceStep? {
    guard let actor = walk.system.actors.firstIndex(where: { $0.name == step.actor }) else {
      return nil
    }
    return walk.take(Move(actor: actor, alternative: step.alternative))
  }

  private func whyNotTaken(_ step: SavedTrace.Step) -> String {
    let what = "\(step.actor.abridged) can't take '\(step.step.abridged)' there"
    if !walk.system.actors.contains(where: { $0.name == step.actor }) {
      return "there is no actor '\(step.actor.abridged)'"
    }
    if let fault = walk.fault { return "\(what): nothing follows a fault, \(fault)" }
    if let breakage = walk.breakage {
      return "\(what): nothing follows where this fails: \(breakage)"
    }
    let others = walk.enabled.filter { $0.step.actor == step.actor }.map { "'\($0.step.name)'" }
    return others.isEmpty
      ? "\(what), nor any other step" : "\(what), but \(others.joined(separator: ", "))"
  }

  // MARK: The end

  /// What of the end is not as the trace says; nil where all is.
  private mutating func judgeEnd() -> String? {
    let claim = saved.property?.abridged ?? ""
    finding = walk.findings.first {
      $0.kind == saved.end && $0.property == saved.property
    }
    if let fault = walk.fault, finding == nil, saved.end?.subject != .step {
      return "the last step raises a fault: \(fault)"
    }
    guard let end = saved.end else { return nil }
    switch end.subject {
    case .claim:
      let claims: [any Property] = walk.system.invariants + walk.system.assertions
      let isKnown = claims.contains { $0.name == saved.property }
      if !isKnown { return "there is no invariant or assertion '\(claim)'" }
      if finding != nil { return nil }
      return switch end {
      case .assertionFailed: "the last step does not hit \(claim)"
      case .dataRace: "it is no longer true that both accesses can be next: \(claim)"
      default: "it is true at the end that \(claim)"
      }
    case .standstill:
      return finding == nil ? judgeDeadlock() : nil
    case .run:
      goal = walk.system.goals.first { $0.name == saved.property }
      return goal == nil ? "there is no goal '\(claim)'" : nil
    case .step:
      return finding == nil
        ? "the last step's fault was: \(claim); now: \(walk.fault ?? "none")" : nil
    case .goal:
      goal = (walk.system.goals + walk.system.endings).first { $0.name == saved.property }
      guard let goal else { return "there is no goal '\(claim)'" }
      return search(
        for: goal,
        from: end.isAboutAllStates
          ? PlainSemantics(system: walk.system).initialStates : [walk.words])
    }
  }

  /// Looks whether the actors that are said to wait for ever do so.
  private mutating func judgeDeadlock() -> String? {
    let names = saved.waiting ?? []
    let actors = walk.system.actors.indices.filter {
      names.contains(walk.system.actors[$0].name)
    }
    if actors.isEmpty || actors.count < names.count { return "there is no deadlock at the end" }
    let graph = StateGraph(from: [walk], mostStates: Self.mostStates)
    statesSearched = graph.stateCount
    isSettled = graph.isComplete
    let waiting = Hangs(graph, of: walk.system).waiting(from: 0)
    // In a graph that is cut off, none is known to wait.
    if let free = actors.first(where: { graph.isComplete && waiting >> UInt64($0) & 1 == 0 }) {
      return "\(walk.system.actors[free].name) does not wait for ever"
    }
    waitingActors = actors
    return nil
  }

  /// Looks for the goal in all states that can be reached from some, and says so if it is there.
  private mutating func search(for goal: Goal, from starts: [[UInt64]]) -> String? {
    let semantics = PlainSemantics(system: walk.system)
    var search = BreadthFirst(semantics, from: starts, limit: Self.mostStates)
    while let expansion = search.next() {
      if semantics.ask(goal.isReached, of: goal.code, in: search.states[expansion.state]) {
        return "it can still be reached that \(goal.name)"
      }
      if expansion.steps.contains(where: { $0.target == .beyondLimit }) { isSettled = false }
    }
    statesSearched = search.states.count
    return nil
  }
}

extension SavedTrace.Step {
  /// What is different about the step as it went now, in a sentence.
  func difference(from now: SavedTrace.Step) -> String? {
    func said(_ step: SavedTrace.Step) -> String {
      (step.calls + [step.step]).map(\.abridged).joined(separator: " > ")
    }
    if cpu != now.cpu { return "it was on CPU\(cpu), and now is on CPU\(now.cpu)" }
    if calls != now.calls || step != now.step {
      return "it was '\(said(self))', and now is '\(said(now))'"
    }
    if let (old, new) = firstDifference(reads, now.reads) {
      return "it saw \(old?.text ?? "nothing more"), and now sees \(new?.text ?? "nothing more")"
    }
    if let (old, new) = firstDifference(changes, now.changes) {
      return "it changed \(old?.text ?? "nothing more"), and now changes "
        + (new?.text ?? "nothing more")
    }
    return nil
  }
}

/// The first place where the two lists differ; nil stands for the end of the shorter one.
private func firstDifference<Element: Equatable>(
  _ a: [Element], _ b: [Element]
) -> (Element?, Element?)? {
  let position = zip(a, b).prefix { $0 == $1 }.count
  if position == a.count && position == b.count { return nil }
  return (
    position < a.count ? a[position] : nil, position < b.count ? b[position] : nil
  )
}

extension FieldRead {
  fileprivate var text: String { "\(field.abridged) = \(value.abridged)" }
}

extension FieldChange {
  fileprivate var text: String {
    "\(field.abridged) \(before.abridged) -> \(after.abridged)"
  }
}
