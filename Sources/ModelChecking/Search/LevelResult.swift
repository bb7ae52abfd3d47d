/// Why a search ended.
enum SearchEnding: Equatable {
  /// Every reachable state was visited.
  case complete
  /// A bug was found with this many steps; no shorter one exists.
  case found(TraceTarget)
  case limit(SearchLimit)
}

/// What a schedule is to lead to.
struct TraceTarget: Equatable {
  let kind: FindingKind
  /// What it is about; nil where the kind is about no property.
  let property: PropertyID?
  let depth: Int

  init(_ kind: FindingKind, of property: (any Property)? = nil, depth: Int) {
    self.kind = kind
    self.property = property?.id
    self.depth = depth
  }
}

/// What expanding all states of one depth showed, in both searches.
struct LevelResult {
  /// The invariants that are false in some new state, one bit each.
  var violated: UInt64 = 0
  /// The goals that some new state fulfils, one bit each.
  var reached: UInt64 = 0
  /// The assertions that some step failed, one bit each.
  var failed: UInt64 = 0
  var deadlocked = false
  /// What steps were found to be that raised a fault.
  var faults: FindingKinds = []

  mutating func merge(_ other: LevelResult) {
    violated |= other.violated
    reached |= other.reached
    failed |= other.failed
    deadlocked = deadlocked || other.deadlocked
    faults.formUnion(other.faults)
  }

  /// The bug to report after the states of depth `depth` were expanded: a deadlock among them
  /// before anything that takes a step more.
  func bug(in system: System, expanding depth: Int) -> TraceTarget? {
    if deadlocked { return TraceTarget(.deadlock, depth: depth) }
    let bug = system.invariants.first {
      violated & (1 << UInt64($0.number)) != 0 && $0.severity == .bug
    }
    if let bug { return TraceTarget(.violated, of: bug, depth: depth + 1) }
    let failures = failed & system.fatalAssertions
    if failures != 0 {
      let assertion = system.assertions[failures.trailingZeroBitCount]
      return TraceTarget(assertion.kind, of: assertion, depth: depth + 1)
    }
    return faults.elements.first.map { TraceTarget($0, depth: depth + 1) }
  }
}
