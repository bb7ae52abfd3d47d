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
