/// Random walks through a system: from an initial state, at each place one of the enabled steps,
/// all equally likely.
///
/// It shows that something can happen where it does happen. It is no proof that anything can't.
public struct Simulation: Sendable {
  public struct Options: Sendable {
    /// The same seed takes the same walks.
    public var seed: UInt64
    /// How many walks, at least 1.
    public var walks: Int
    /// The steps after which a walk is broken off, at least 1.
    public var depth: Int

    public init(seed: UInt64 = 1, walks: Int = 1_000, depth: Int = 200) {
      self.seed = seed
      self.walks = walks
      self.depth = depth
    }
  }

  /// Why a walk ended.
  public enum Ending: Sendable, Hashable, CaseIterable {
    /// Nothing could move, and every actor was finished or allowed to rest.
    case rested
    /// A bug was there, of this kind.
    case found(FindingKind)
    /// It had as many steps as a walk may have.
    case brokenOff
    /// Somebody ended the simulation; at most one walk ends so.
    case interrupted

    public static var allCases: [Ending] {
      [.rested] + FindingKind.allCases.map(Ending.found) + [.brokenOff, .interrupted]
    }
  }

  /// Something wrong, and the walks that came to it.
  public struct Hit: Sendable {
    /// With the shortest of those walks, which need not be the shortest schedule there is.
    public let finding: Finding
    public let walks: Int
  }

  /// A goal, and the walks that reached it.
  public struct GoalHit: Sendable {
    public let name: String
    public let walks: Int
    /// The steps of the shortest of those walks up to there.
    public let steps: Int?
  }

  public let options: Options
  /// The walks that were made: fewer than asked for where somebody ended the simulation.
  public private(set) var walks = 0
  public private(set) var steps = 0
  /// The distinct states, counted up to `mostStates`.
  public private(set) var states = 0
  public private(set) var depth = 0
  public private(set) var endings: [Ending: Int] = [:]
  /// Bugs before warnings, then by the length of their walks.
  public private(set) var hits: [Hit] = []
  public private(set) var goals: [GoalHit] = []

  /// Where the count of distinct states stops, so that memory doesn't run out.
  public static let mostStates = 4_000_000

  /// Walks until all walks are made or `monitor` ends it.
  ///
  /// - Complexity: each step runs every step that is enabled beside it once. Memory is some 60 bytes
  ///   a distinct state.
  public init(
    _ system: System, _ options: Options = Options(), monitor: SearchMonitor = SearchMonitor()
  ) {
    self.options = options
    var walker = RandomWalker(system, seed: options.seed)
    monitor.begin(.walking, of: options.walks)
    while walks < options.walks && !monitor.mustStop {
      endings[walker.walk(to: options.depth, unless: monitor), default: 0] += 1
      walks += 1
      monitor.update(states: walker.states.count, storedBytes: 0)
      monitor.advance(by: 1)
    }
    steps = walker.steps
    depth = walker.depth
    states = walker.states.count
    hits = walker.hits
    goals = zip(system.goals, walker.goals).map {
      GoalHit(name: $0.name, walks: $1.walks, steps: $1.steps)
    }
  }
}

/// Takes one walk after the other and keeps the tally.
private struct RandomWalker {
  /// What can be wrong at the end of a walk.
  private struct Wrong: Hashable {
    let kind: FindingKind
    var property: PropertyID?
    var fault: Fault?
  }

  private struct Tally {
    let wrong: Wrong
    var walks = 0
    var shortest: Schedule
  }

  private let system: System
  private let semantics: PlainSemantics
  private let initialStates: [[UInt64]]
  private var random: SplitMix64
  private var tallies: [Tally] = []

  private(set) var states: Set<[UInt64]> = []
  private(set) var steps = 0
  private(set) var depth = 0
  private(set) var goals: [(walks: Int, steps: Int?)]

  init(_ system: System, seed: UInt64) {
    self.system = system
    semantics = PlainSemantics(system: system)
    initialStates = semantics.initialStates
    random = SplitMix64(seed: seed)
    goals = system.goals.map { _ in (0, nil) }
  }

  mutating func walk(to bound: Int, unless monitor: SearchMonitor) -> Simulation.Ending {
    let start = initialStates.count == 1 ? 0 : random.next(below: initialStates.count)
    var state = initialStates[start]
    var taken = Schedule(initialState: start)
    // What this walk has come to, each of which counts once.
    var seen: Set<Wrong> = []
    var reached: Set<Int> = []

    while true {
      depth = max(depth, taken.moves.count)
      if states.count < Simulation.mostStates { states.insert(state) }
      noteGoals(in: state, after: taken.moves.count, &reached)
      var isViolated = false
      for invariant in system.invariants
      where !semantics.ask(invariant.holds, of: invariant.code, in: state) {
        note(Wrong(kind: invariant.kind, property: invariant.id), after: taken, &seen)
        isViolated = isViolated || invariant.severity == .bug
      }
      if isViolated { return .found(.violated) }
      let transitions = semantics.transitions(from: state)
      if transitions.isEmpty {
        if semantics.isResting(state) { return .rested }
        note(Wrong(kind: .deadlock), after: taken, &seen)
        return .found(.deadlock)
      }
      if taken.moves.count >= bound { return .brokenOff }
      if monitor.mustStop { return .interrupted }
      let step = transitions[random.next(below: transitions.count)]
      taken.moves.append(step.move)
      steps += 1
      depth = max(depth, taken.moves.count)
      for number in step.trouble.failed.setBits {
        let assertion = system.assertions[number]
        note(Wrong(kind: assertion.kind, property: assertion.id), after: taken, &seen)
      }
      if let fault = step.trouble.fault {
        note(Wrong(kind: fault.kind.finding, fault: fault), after: taken, &seen)
        return .found(fault.kind.finding)
      }
      let fatal = step.trouble.failed & system.fatalAssertions
      if fatal != 0 { return .found(system.assertions[fatal.trailingZeroBitCount].kind) }
      state = step.target
    }
  }

  private mutating func noteGoals(
    in state: [UInt64], after length: Int, _ reached: inout Set<Int>
  ) {
    for (number, goal) in system.goals.enumerated()
    where !reached.contains(number) && semantics.ask(goal.isReached, of: goal.code, in: state) {
      reached.insert(number)
      goals[number].walks += 1
      goals[number].steps = min(length, goals[number].steps ?? length)
    }
  }

  private mutating func note(_ wrong: Wrong, after schedule: Schedule, _ seen: inout Set<Wrong>) {
    guard seen.insert(wrong).inserted else { return }
    let known = tallies.firstIndex { $0.wrong == wrong }
    let number = known ?? tallies.count
    if known == nil { tallies.append(Tally(wrong: wrong, shortest: schedule)) }
    tallies[number].walks += 1
    if schedule.moves.count < tallies[number].shortest.moves.count {
      tallies[number].shortest = schedule
    }
  }

  /// What was found, each shown by its shortest walk as the plain step functions take it.
  var hits: [Simulation.Hit] {
    let hits = tallies.map { tally in
      var walk = Walk(system, fromInitialState: tally.shortest.initialState)
      guard walk.take(tally.shortest.moves) != nil,
        let finding = walk.finding(tally.wrong.kind, of: tally.wrong.property)
      else { Trap.raiseUnrepeatable() }
      return Simulation.Hit(finding: finding, walks: tally.walks)
    }
    func rank(_ hit: Simulation.Hit) -> (Int, Int) {
      (hit.finding.severity == .bug ? 0 : 1, hit.finding.trace.steps.count)
    }
    // By the order in which they were found where all else is equal.
    return hits.enumerated().sorted {
      (rank($0.element).0, rank($0.element).1, $0.offset)
        < (rank($1.element).0, rank($1.element).1, $1.offset)
    }.map(\.element)
  }
}
