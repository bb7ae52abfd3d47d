/// Why a search ended.
enum SearchEnding: Equatable {
  /// Every reachable state was visited.
  case complete
  /// A bug was found, the first of the exploration's; no shorter one exists.
  case found
  case limit(SearchLimit)

  /// What ended the exploration before every state was visited, if something did.
  var limit: SearchLimit? { if case .limit(let limit) = self { limit } else { nil } }
}

/// What a schedule is to lead to.
struct TraceTarget: Sendable, Equatable, Codable {
  let kind: FindingKind
  /// What it is about; nil where the kind is about no property.
  let property: PropertyID?
  let depth: Int

  init(_ kind: FindingKind, of property: (any Property)? = nil, depth: Int) {
    self.kind = kind
    self.property = property?.id
    self.depth = depth
  }

  /// What is wrong with the last step of a schedule there; nil where the state after it is wrong.
  var trouble: TroubleTest? {
    switch (property, kind.subject) {
    case (.assertion(let number), _): TroubleTest(failed: 1 << UInt64(number))
    case (nil, .step): TroubleTest(faults: FindingKinds(kind))
    case (.invariant, _), (.goal, _), (.ending, _), (nil, _): nil
    }
  }
}

/// What was found so far that is wrong: for each kind and property, where it was met first.
struct Bugs: Sendable, Codable {
  private(set) var all: [TraceTarget] = []

  /// Adds what a level showed that is new.
  mutating func add(_ level: [TraceTarget]) {
    for bug in level
    where !all.contains(where: { $0.kind == bug.kind && $0.property == bug.property }) {
      all.append(bug)
    }
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
  /// The states in which nothing can move although an actor is not finished.
  var deadlocks = 0
  /// What steps were found to be that raised a fault.
  var faults: FindingKinds = []

  mutating func merge(_ other: LevelResult) {
    violated |= other.violated
    reached |= other.reached
    failed |= other.failed
    deadlocks += other.deadlocks
    faults.formUnion(other.faults)
  }

  /// The bugs that were met when the states of depth `depth` were expanded, in the order in which one is
  /// told before another: a deadlock among them before anything that takes a step more.
  func bugs(in system: System, expanding depth: Int) -> [TraceTarget] {
    let invariants = system.invariants.filter {
      violated & (1 << UInt64($0.number)) != 0 && $0.severity == .bug
    }
    let assertions = (failed & system.fatalAssertions).setBits.map { system.assertions[$0] }
    return (deadlocks > 0 ? [TraceTarget(.deadlock, depth: depth)] : [])
      + invariants.map { TraceTarget($0.kind, of: $0, depth: depth + 1) }
      + assertions.map { TraceTarget($0.kind, of: $0, depth: depth + 1) }
      + faults.elements.map { TraceTarget($0, depth: depth + 1) }
  }
}
