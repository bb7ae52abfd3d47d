/// What is wrong where a walk stands, as findings with the steps so far.
extension Walk {
  private var trace: Trace { Trace(from: initialState, steps: steps) }

  /// All that is wrong: bugs first, then warnings.
  public var findings: [Finding] {
    let violations = failedAssertions.map(failure) + violatedInvariants.map(violation)
    return [faulted].compactMap(\.self) + violations.filter { $0.severity == .bug }
      + (isDeadlocked ? [deadlock(of: unfinishedActors)] : [])
      + violations.filter { $0.severity == .warning }
  }

  /// The finding to which a search led the walk; nil if it is not there.
  ///
  /// - Parameter property: what the kind is about, if that is a property. A goal is taken to be out of
  ///   reach.
  func finding(_ kind: FindingKind, of property: PropertyID?) -> Finding? {
    switch (property, kind.subject) {
    case (.invariant(let number), _):
      violatedInvariants.first { $0.number == number }.map(violation)
    case (.assertion(let number), _):
      failedAssertions.first { $0.number == number }.map(failure)
    case (.goal(let number), _): outOfReach(system.goals[number], kind)
    case (.ending(let actor), _): outOfReach(system.endings[actor], kind)
    case (nil, .standstill): isDeadlocked ? deadlock(of: unfinishedActors) : nil
    case (nil, .step): faulted
    case (nil, .claim), (nil, .goal), (nil, .run): nil
    }
  }

  private func violation(of invariant: Invariant) -> Finding {
    Finding(
      kind: invariant.kind, subject: invariant, property: invariant.name,
      severity: invariant.severity,
      trace: trace, evidence: reads(of: invariant.holds, invariant.code),
      races: invariant.race.map(racingAccesses) ?? [])
  }

  private func racingAccesses(_ race: DataRace) -> [RacingAccess] {
    var copy = words
    guard let (one, other) = system.run(on: &copy, { race.accesses(in: $0.readOnly) }) else {
      return []
    }
    return [one, other].map { made in
      let (actor, step) = (system.actors[made.access.actor], made.access.step)
      return RacingAccess(
        kind: made.kind, isPlain: made.access.isPlain,
        field: system.layout.fields[made.field].name, actor: actor.name, actorKind: actor.kind,
        cpu: actor.cpu.index, function: made.access.alternative.calls.last ?? actor.name,
        step: step.name, declaration: step.declaration, isMade: made.isDone)
    }
  }

  /// The last step failed an assertion.
  private func failure(of assertion: Assertion) -> Finding {
    Finding(
      kind: assertion.kind, subject: assertion, property: assertion.name,
      severity: assertion.severity, trace: trace, evidence: [])
  }

  /// The last step raises a fault.
  private var faulted: Finding? {
    lastFault.map {
      Finding(
        kind: $0.kind.finding, subject: nil, property: $0.description(in: system), severity: .bug,
        trace: trace, evidence: [])
    }
  }

  /// The goal can't be reached any more; the trace goes on to a nearest loop.
  private func outOfReach(_ goal: Goal, _ kind: FindingKind) -> Finding {
    let lasso = LoopFinder(system: system).lasso(from: words)
    var walk = self
    let onward = walk.take(lasso.stem) ?? []
    let loop = walk.take(lasso.loop) ?? []
    return walk.outOfReach(
      goal, kind, trace: Trace(from: initialState, steps: steps, onward: onward, loop: loop))
  }

  /// The goal got out of reach on the way to where the walk stands, after the first `steps` of the
  /// trace.
  func outOfReach(_ goal: Goal, _ kind: FindingKind, trace: Trace) -> Finding {
    Finding(
      kind: kind, subject: goal, property: goal.name, severity: .bug, trace: trace,
      evidence: reads(of: goal.isReached, goal.code))
  }
}
