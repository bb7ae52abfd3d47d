/// What a search shows, and never more than it shows.
public enum Verdict: Sendable, Equatable, Codable {
  /// Every reachable state was visited and every property is true.
  case holds
  /// Something is wrong. The property is the name of an invariant or goal, or what a step did;
  /// nil where the kind says it all.
  case found(FindingKind, property: String? = nil)
  /// A limit ended the search before it was complete.
  case inconclusive(SearchLimit)
}

extension Verdict {
  /// The verdict without what it is about, as reports for programs have it: "holds", "inconclusive",
  /// or the name of what was found.
  public var name: String {
    switch self {
    case .holds: "holds"
    case .found(let kind, _): kind.rawValue
    case .inconclusive: "inconclusive"
    }
  }

  /// The name of the invariant or goal that the verdict is about, or what a step did.
  public var property: String? {
    if case .found(_, let property) = self { property } else { nil }
  }

  /// The limit that was reached, if the verdict is inconclusive.
  public var limit: SearchLimit? {
    if case .inconclusive(let limit) = self { limit } else { nil }
  }
}

extension Finding {
  /// The verdict where nothing worse is found.
  public var verdict: Verdict {
    switch kind.subject {
    case .claim, .goal, .run, .step: .found(kind, property: property)
    case .standstill: .found(kind)
    }
  }
}

/// What ended a search early.
public enum SearchLimit: String, Sendable, Codable {
  case memory
  case time
  case interrupted
  case stateCount
  /// What states may take on a disk.
  case diskSpace = "disk space"
  /// The disk had no more room.
  case diskFull = "disk full"
  /// The disk took no more states for another reason.
  case diskFailure = "disk failure"
  /// A store buffer was full.
  case storeBuffer = "store buffer"
  /// As many stores to a field were kept as can be.
  case keptStores = "kept stores"
  /// It belongs to another part of many searches, which is not there.
  case otherPart = "another part"
  /// None: a function of the model went wrong.
  case error
}

extension SearchLimit {
  init(_ trouble: DiskTrouble) {
    self =
      switch trouble {
      case .limit: .diskSpace
      case .full: .diskFull
      case .failed: .diskFailure
      }
  }
}
