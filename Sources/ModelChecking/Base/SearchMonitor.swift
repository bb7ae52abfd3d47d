import Synchronization

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

  package var mustStop: Bool { stopRequested.load(ordering: .relaxed) }

  func update(states: Int, storedBytes: Int) {
    statesSoFar.store(states, ordering: .relaxed)
    bytesInUse.store(storedBytes, ordering: .relaxed)
  }

  func beginLevel(depth: Int, frontier: Int) {
    currentDepth.store(depth, ordering: .relaxed)
    frontierSize.store(frontier, ordering: .relaxed)
  }
}
