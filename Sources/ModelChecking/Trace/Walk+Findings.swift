/// What is wrong where a walk stands, as findings with the steps so far.
extension Walk {
  /// Whether nothing can move although an actor is not finished.
  public var isDeadlocked: Bool { fault == nil && !isResting && enabled.isEmpty }

  /// All that is wrong: bugs first, then warnings.
  public var findings: [Finding] {
    if let faulted { return [faulted] }
    let violations = violatedInvariants.map(violation)
    return violations.filter { $0.severity == .bug } + (isDeadlocked ? [deadlock] : [])
      + violations.filter { $0.severity == .warning }
  }

  /// The finding to which a search led the walk; nil if it is not there.
  ///
  /// - Parameter number: of the invariant or goal, for a kind that is about one. A goal is taken to
  ///   be out of reach.
  func finding(_ kind: FindingKind, ofProperty number: Int?) -> Finding? {
    switch (kind.subject, number) {
    case (.invariant, let number?):
      violatedInvariants.first { $0.number == number }.map(violation)
    case (.goal, let number?): outOfReach(system.goals[number], kind)
    case (.standstill, _): isDeadlocked ? deadlock : nil
    case (.step, _): faulted
    case (.invariant, nil), (.goal, nil): nil
    }
  }

  private func violation(of invariant: Invariant) -> Finding {
    Finding(
      kind: .violated, subject: invariant, property: invariant.name, severity: invariant.severity,
      trace: Trace(steps: steps), evidence: reads(of: invariant.holds))
  }

  private var deadlock: Finding {
    Finding(
      kind: .deadlock, subject: nil, property: "nothing can move although an actor is not finished",
      severity: .bug, trace: Trace(steps: steps), evidence: readsOfWaitingSteps)
  }

  /// The last step raises a fault.
  private var faulted: Finding? {
    lastFault.map {
      Finding(
        kind: $0.kind.finding, subject: nil, property: $0.description(in: system), severity: .bug,
        trace: Trace(steps: steps), evidence: [])
    }
  }

  /// The goal can't be reached any more; the trace goes on to a nearest loop.
  private func outOfReach(_ goal: Goal, _ kind: FindingKind) -> Finding {
    let lasso = LoopFinder(system: system).lasso(from: words)
    var walk = self
    let onward = walk.take(lasso.stem) ?? []
    let loop = walk.take(lasso.loop) ?? []
    return walk.outOfReach(goal, kind, trace: Trace(steps: steps, onward: onward, loop: loop))
  }

  /// The goal got out of reach on the way to where the walk stands, after the first `steps` of the
  /// trace.
  func outOfReach(_ goal: Goal, _ kind: FindingKind, trace: Trace) -> Finding {
    Finding(
      kind: kind, subject: goal, property: goal.name, severity: .bug, trace: trace,
      evidence: reads(of: goal.isReached))
  }
}
