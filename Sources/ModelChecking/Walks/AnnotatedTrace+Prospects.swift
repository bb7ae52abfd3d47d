extension AnnotatedTrace {
  /// Where a step leads. About a goal that is out of reach, whether that can be reached; about anything else,
  /// whether something goes wrong: a bug, or what the finding is about.
  public enum Prospect: Sendable, Equatable {
    /// The goal is at most so many more steps away; 0 if this one reaches it.
    case reachesGoal(within: Int)
    case losesGoal
    /// Something goes wrong after at most so many more steps; 0 if it does at once.
    case goesWrong(within: Int, Mishap)
    case staysRight
    /// There are too many states to look at.
    case unknown
  }

  /// What goes wrong.
  public struct Mishap: Sendable, Equatable {
    public let kind: FindingKind
    /// The property, or the description of the deadlock or fault.
    public let property: String

    public init(kind: FindingKind, property: String) {
      self.kind = kind
      self.property = property
    }

    init(_ finding: Finding) { self.init(kind: finding.kind, property: finding.property) }
  }
}

/// Sees from the states of a trace where its steps lead, and those that it doesn't take.
struct Lookout {
  private let graph: StateGraph
  private let prospects: [AnnotatedTrace.Prospect]

  init(for finding: Finding, from walks: [Walk]) {
    let graph = StateGraph(from: walks, mostStates: AnnotatedTrace.mostStates)
    self.graph = graph
    prospects =
      switch finding.kind.subject {
      case .goal:
        graph.outlooks { walk in
          walk.reachedGoals.first { $0.id == finding.subject?.id }?.name
        }.map(Self.prospect(ofGoal:))
      case .claim, .standstill, .step:
        graph.outlooks { walk in Self.mishap(at: walk, for: finding) }.map(Self.prospect(ofMishap:))
      }
  }

  func options(at walk: Walk, taken: Move) -> [AnnotatedTrace.Option] {
    walk.enabled.map { option in
      AnnotatedTrace.Option(
        step: option.step, isTaken: option.step.move == taken,
        prospect: prospect(of: option, from: walk))
    }
  }

  private func prospect(of option: EnabledStep, from walk: Walk) -> AnnotatedTrace.Prospect {
    var walk = walk
    _ = walk.take(option.step.move)
    if walk.isBroken, let finding = walk.findings.first {
      return .goesWrong(within: 0, AnnotatedTrace.Mishap(finding))
    }
    return graph.number(of: walk).map { prospects[$0] } ?? .unknown
  }

  private static func prospect(ofGoal outlook: Outlook<String>) -> AnnotatedTrace.Prospect {
    switch outlook {
    case .within(let steps, _): .reachesGoal(within: steps)
    case .outOfReach: .losesGoal
    case .unknown: .unknown
    }
  }

  private static func prospect(
    ofMishap outlook: Outlook<AnnotatedTrace.Mishap>
  ) -> AnnotatedTrace.Prospect {
    switch outlook {
    case .within(let steps, let mishap): .goesWrong(within: steps, mishap)
    case .outOfReach: .staysRight
    case .unknown: .unknown
    }
  }

  /// What is wrong where a walk stands. Warnings don't count, but for the one that was found.
  private static func mishap(at walk: Walk, for finding: Finding) -> AnnotatedTrace.Mishap? {
    let wrong = walk.findings.first {
      $0.severity == .bug || ($0.kind, $0.subject?.id) == (finding.kind, finding.subject?.id)
    }
    return wrong.map(AnnotatedTrace.Mishap.init)
  }
}
