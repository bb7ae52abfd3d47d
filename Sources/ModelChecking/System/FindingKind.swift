/// What can be wrong with a system: the one list of it.
///
/// The name is the same wherever programs read it: in reports, expectations and saved traces. What
/// people are told of each kind is said in `Reporting`.
public enum FindingKind: String, Codable, CaseIterable, Sendable {
  /// An invariant is false in a state, or what the model claims at a step is.
  case violated
  /// An assertion of the kernel's fires at a step: BUG_ON(), WARN_ON().
  case assertionFailed = "assertion failed"
  /// Two accesses race, one of which is a store and one plain.
  case dataRace = "data race"
  /// Some actors wait for ever.
  case deadlock
  /// A goal that must stay reachable, or the end of an actor, can't be reached any more.
  case stuck
  /// A fair run never comes to an inevitable goal.
  case avoidable = "not inevitable"
  /// No reachable state fulfils a goal.
  case goalUnreachable = "goal unreachable"
  /// A lock was misused: a bug of the kernel.
  case lockMisused = "lock misused"
  /// A step did what it can't: a value left its range, a mistake of the model or a count that must not get
  /// there; or, in a race file, what C leaves undefined, as to follow NULL.
  case faulted
}

extension FindingKind {
  /// What a finding is about, by which searches and replays know it again.
  public enum Subject: Sendable {
    /// An invariant that is false in the state where the trace ends, or an assertion that its last step
    /// fails.
    case claim
    /// A goal that is out of reach from the state where the trace ends.
    case goal
    /// Actors that wait for ever from where the trace ends.
    case standstill
    /// A run that never comes to a goal: the trace, which ends or goes round for ever.
    case run
    /// The last step of the trace, which raises a fault of this kind.
    case step
  }

  /// What all findings of a kind have in common.
  private struct Facts {
    let subject: Subject
    var isAboutAllStates = false
  }

  private var facts: Facts {
    switch self {
    case .violated, .assertionFailed, .dataRace: Facts(subject: .claim)
    case .deadlock: Facts(subject: .standstill)
    case .stuck: Facts(subject: .goal)
    case .avoidable: Facts(subject: .run)
    case .goalUnreachable: Facts(subject: .goal, isAboutAllStates: true)
    case .lockMisused, .faulted: Facts(subject: .step)
    }
  }

  public var subject: Subject { facts.subject }

  /// Whether it is true from the initial states on, so that no steps lead to it and none are counted.
  public var isAboutAllStates: Bool { facts.isAboutAllStates }
}

extension Fault.Kind {
  /// What a step that raises such a fault is found to be.
  var finding: FindingKind {
    switch self {
    case .recursiveLock, .unlockByNonOwner, .lockNotHeld, .sleepInAtomicContext, .sleepingStep,
      .bottomHalvesInInterrupt, .contextNotOff, .lockHeldAtEnd, .contextOffAtEnd:
      .lockMisused
    case .outOfRange, .unlistedField, .foreignRegister, .indexOutOfRange, .undefined: .faulted
    }
  }
}

/// Some kinds of findings, in a word that the inner loop can keep.
struct FindingKinds: OptionSet, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(_ kind: FindingKind) {
    rawValue = 1 << UInt32(FindingKind.allCases.firstIndex(of: kind)!)
  }

  /// The kinds, in the order of the list.
  var elements: [FindingKind] { FindingKind.allCases.filter { contains(FindingKinds($0)) } }
}
