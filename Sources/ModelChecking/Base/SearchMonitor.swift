import Synchronization

/// Watches a search from outside and can stop it. Safe to use from any thread.
public final class SearchMonitor: Sendable {
  /// What a search is at, or a simulation.
  public enum Stage: Sendable {
    /// It visits states.
    case exploring
    /// It gives the states their positions, which goals and traces ask for.
    case numbering
    /// It asks whether what must stay possible does, and every actor can come to its end.
    case judging
    /// It makes the graph of all states.
    case graphing
    /// It looks for runs that go round in that graph for ever.
    case goingRound
    /// It goes back to a shortest schedule.
    case tracing
    /// It asks what a schedule shows: how many preemptions it takes, from where on there is no help.
    case explaining
    /// It takes random walks.
    case walking
  }

  /// A stage, and how far it is.
  public struct Work: Sendable {
    public let stage: Stage
    /// The states or walks that are done, of those that are to be; 0 of 0 where it isn't known how many there are.
    public let done: Int
    public let all: Int
    /// Since it began.
    public let seconds: Double

    package init(stage: Stage, done: Int, all: Int, seconds: Double) {
      self.stage = stage
      self.done = done
      self.all = all
      self.seconds = seconds
    }
  }

  private let statesSoFar = Atomic<Int>(0)
  private let currentDepth = Atomic<Int>(0)
  private let frontierSize = Atomic<Int>(0)
  private let bytesInUse = Atomic<Int>(0)
  private let thingsDone = Atomic<Int>(0)
  private let stopRequested = Atomic<Bool>(false)
  private let stage = Mutex((kind: Stage.exploring, all: 0, start: ContinuousClock.now))

  public init() {}

  public var states: Int { statesSoFar.load(ordering: .relaxed) }
  public var depth: Int { currentDepth.load(ordering: .relaxed) }
  /// The states at the depth being expanded.
  public var frontier: Int { frontierSize.load(ordering: .relaxed) }
  public var storedBytes: Int { bytesInUse.load(ordering: .relaxed) }

  public var work: Work {
    let (kind, all, start) = stage.withLock { $0 }
    return Work(
      stage: kind, done: min(all, thingsDone.load(ordering: .relaxed)), all: all,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// Asks the search to end soon; its verdict is then inconclusive.
  public func stop() { stopRequested.store(true, ordering: .relaxed) }

  package var mustStop: Bool { stopRequested.load(ordering: .relaxed) }

  package func update(states: Int, storedBytes: Int) {
    statesSoFar.store(states, ordering: .relaxed)
    bytesInUse.store(storedBytes, ordering: .relaxed)
  }

  package func beginLevel(depth: Int, frontier: Int) {
    currentDepth.store(depth, ordering: .relaxed)
    frontierSize.store(frontier, ordering: .relaxed)
    begin(.exploring)
  }

  /// - Parameter all: how many states or walks it goes through; 0 where that isn't known.
  package func begin(_ kind: Stage, of all: Int = 0) {
    thingsDone.store(0, ordering: .relaxed)
    stage.withLock { $0 = (kind, all, ContinuousClock.now) }
  }

  /// Counts states or walks that are done in this stage.
  package func advance(by count: Int) { thingsDone.add(count, ordering: .relaxed) }
}
