/// What is wrong where a walk stands, as findings with the steps so far.
extension Walk {
  /// Whether nothing can move although an actor is not finished.
  public var isDeadlocked: Bool { !isBroken && !isResting && enabled.isEmpty }

  /// All that is wrong: bugs first, then warnings.
  public var findings: [Finding] {
    let violations = failedAssertions.map(failure) + violatedInvariants.map(violation)
    return (fault != nil ? [faulted] : []) + violations.filter { $0.severity == .bug }
      + (isDeadlocked ? [deadlock] : []) + violations.filter { $0.severity == .warning }
  }

  /// The invariant is false.
  func violation(of invariant: Invariant) -> Finding {
    Finding(
      kind: .violation, property: invariant.name, severity: invariant.severity,
      trace: Trace(steps: steps), evidence: reads(of: invariant.holds))
  }

  /// The last step failed an assertion.
  func failure(of assertion: Assertion) -> Finding {
    Finding(
      kind: .violation, property: assertion.name, severity: assertion.severity,
      trace: Trace(steps: steps), evidence: [])
  }

  /// Nothing can move, and somebody is unfinished.
  var deadlock: Finding {
    Finding(
      kind: .deadlock, property: "nothing can move although an actor is not finished",
      severity: .bug, trace: Trace(steps: steps), evidence: readsOfWaitingSteps)
  }

  /// The last step raises a fault.
  var faulted: Finding {
    Finding(
      kind: .fault, property: fault ?? "a step raises a fault", severity: .bug,
      trace: Trace(steps: steps), evidence: [])
  }

  /// The goal can't be reached any more; the trace goes on to a nearest loop.
  func loss(of goal: Goal) -> Finding {
    let lasso = LoopFinder(system: system).lasso(from: words)
    var walk = self
    let onward = walk.take(lasso.stem) ?? []
    let loop = walk.take(lasso.loop) ?? []
    return walk.loss(of: goal, trace: Trace(steps: steps, onward: onward, loop: loop))
  }

  /// The goal is lost on the way to where the walk stands, after the first `steps` of the trace.
  func loss(of goal: Goal, trace: Trace) -> Finding {
    Finding(
      kind: .goalLost, property: goal.name, severity: .bug, trace: trace,
      evidence: reads(of: goal.isReached))
  }
}
