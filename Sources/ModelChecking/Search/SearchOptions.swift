import Synchronization

/// How a search may use the machine.
public struct SearchOptions: Sendable {
  /// Worker threads, at least 1. The outcome doesn't depend on it.
  public var threads: Int
  /// Bytes of memory the process may use.
  public var memory: Int
  /// Seconds the search may take; no limit if nil.
  public var seconds: Double?
  /// Every so many runs of a step function one is watched, to be remembered; a power of two. Tests
  /// set 1, so that small systems are remembered too.
  package var cacheInterval = 64

  public init(threads: Int = 1, memory: Int = 4 << 30, seconds: Double? = nil) {
    self.threads = max(1, threads)
    self.memory = memory
    self.seconds = seconds
  }
}

/// Watches a search from outside and can stop it. Safe to use from any thread.
public final class SearchMonitor: Sendable {
  private let statesSoFar = Atomic<Int>(0)
  private let currentDepth = Atomic<Int>(0)
  private let frontierSize = Atomic<Int>(0)
  private let bytesInUse = Atomic<Int>(0)
  private let stopRequested = Atomic<Bool>(false)

  public init() {}

  public var states: Int { statesSoFar.load(ordering: .relaxed) }
  public var depth: Int { currentDepth.load(ordering: .relaxed) }
  /// The states at the depth being expanded.
  public var frontier: Int { frontierSize.load(ordering: .relaxed) }
  public var storedBytes: Int { bytesInUse.load(ordering: .relaxed) }

  /// Asks the search to end soon; its verdict is then inconclusive.
  public func stop() { stopRequested.store(true, ordering: .relaxed) }

  var mustStop: Bool { stopRequested.load(ordering: .relaxed) }

  func update(states: Int, storedBytes: Int) {
    statesSoFar.store(states, ordering: .relaxed)
    bytesInUse.store(storedBytes, ordering: .relaxed)
  }

  func beginLevel(depth: Int, frontier: Int) {
    currentDepth.store(depth, ordering: .relaxed)
    frontierSize.store(frontier, ordering: .relaxed)
  }
}

/// Decides whether a limit other than memory ends the search.
package struct StopCondition: Sendable {
  private let start = ContinuousClock.now
  private let deadline: ContinuousClock.Instant?
  private let monitor: SearchMonitor

  package init(_ options: SearchOptions, _ monitor: SearchMonitor) {
    deadline = options.seconds.map { ContinuousClock.now + .seconds(min(max(0, $0), 1e9)) }
    self.monitor = monitor
  }

  var reached: SearchLimit? {
    if monitor.mustStop { return .interrupted }
    if let deadline, ContinuousClock.now >= deadline { return .time }
    return nil
  }

  var elapsedSeconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
