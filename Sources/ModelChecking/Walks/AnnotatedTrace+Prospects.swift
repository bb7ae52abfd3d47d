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

/// Sees from the states of a trace, and from those near it, what lies ahead.
struct Lookout {
  let graph: StateGraph
  /// By state of the graph.
  let prospects: [AnnotatedTrace.Prospect]
  private let finding: Finding

  init(for finding: Finding, from walks: [Walk], unless isOver: () -> Bool) {
    let graph = StateGraph(from: walks, mostStates: AnnotatedTrace.mostStates, unless: isOver)
    self.graph = graph
    self.finding = finding
    prospects =
      switch finding.kind.subject {
      case .goal, .run:
        graph.outlooks { walk in
          (finding.subject as? Goal).flatMap { walk.fulfils($0) ? $0.name : nil }
        }.map(Self.prospect(ofGoal:))
      case .standstill:
        Self.deadlocks(in: graph, like: finding).map(Self.prospect(ofMishap:))
      case .claim, .step:
        graph.outlooks { walk in Self.mishap(at: walk, for: finding) }.map(Self.prospect(ofMishap:))
      }
  }

  /// What is wrong where a walk stands.
  func mishap(at walk: Walk) -> AnnotatedTrace.Mishap? { Self.mishap(at: walk, for: finding) }

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

  /// How near a state is from which one of the actors waits for ever that do so in a finding, or where
  /// something else is wrong.
  private static func deadlocks(
    in graph: StateGraph, like finding: Finding
  ) -> [Outlook<AnnotatedTrace.Mishap>] {
    let hangs = Hangs(graph, of: graph.system)
    let actors = graph.system.actors.enumerated().reduce(UInt64(0)) { bits, actor in
      finding.waits.contains { $0.actor == actor.element.name }
        ? bits | 1 << UInt64(actor.offset) : bits
    }
    return graph.outlooks { walk in
      let isDeadlocked = graph.number(of: walk).map { hangs.waiting(from: $0) & actors != 0 }
      return isDeadlocked ?? false
        ? AnnotatedTrace.Mishap(finding) : Self.mishap(at: walk, for: finding)
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
