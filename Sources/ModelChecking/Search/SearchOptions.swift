/// How a search may use the machine.
public struct SearchOptions: Sendable {
  /// Worker threads, at least 1. The outcome doesn't depend on it.
  public var threads: Int
  /// Bytes of memory the process may use.
  public var memory: Int
  /// Seconds the search may take; no limit if nil.
  public var seconds: Double?
  /// Whether the search goes on after the first bug, to find the shortest trace of everything that is
  /// wrong. The verdict is the same: the first.
  public var keepsGoing = false
  /// The properties to look at, and at nothing else that may be wrong; nil for everything.
  ///
  /// What breaks a step off - a fault, or a failed assertion - is told all the same where nothing else
  /// is found, because nothing was looked at behind it.
  public var properties: Set<PropertyID>?
  /// Whether it is let pass that actors wait for ever or never come to their ends. The states in which
  /// nothing can move are counted then: `Outcome.deadlocks`.
  public var ignoresDeadlocks = false
  /// Whether the coverage lists the values that fields never had, for which every state is looked at once
  /// more.
  public var looksAtValues = false
  /// Above so many states a search visits one for all that differ only in which of several things that are
  /// alike is which, or in registers that are written before they are read again; nil for every state,
  /// whatever it takes. The verdict and the traces are the same; states that differ in registers alone are
  /// counted as one.
  public var mostStatesUnreduced: Int?
  /// What the command line takes for that.
  public static let usualMostStatesUnreduced = 1 << 14
  /// In how many ways what is alike must be possible to arrange for that to be worth its while. Tests set
  /// less.
  package var leastArrangements: UInt64 = 6
  /// From so many states it is learned which registers are set back where. Tests set other sizes.
  package var statesToLearnFrom = 1 << 14
  /// Whether registers that are dead are set back at all. Some tests need every state.
  package var setsRegistersBack = true
  /// Every so many runs of a step function one is watched, to be remembered; a power of two. Tests
  /// set 1, so that small systems are remembered too.
  package var cacheInterval = 64
  /// Where states may lie that find no room in memory; nil where nothing is written. Of a search that is kept,
  /// and one that several ranks share, none may.
  public var disk: DiskSpace?
  /// Where the search is kept as it goes on, if it is. The reference search never is.
  public var checkpoints: Checkpoints?
  /// The ranks that explore the space together, of which this process is one; nil where it is alone.
  package var peers: (any Peers)?
  /// Above so many states room is made for more after each level, however much memory there is: wide ones take
  /// less, or those behind the frontier are forgotten. Tests set less.
  package var mostStatesInMemory = Int.max
  /// Bytes that a trace may use; by default, what the memory limit leaves. Tests set less.
  package var traceMemory: Int?

  public init(
    threads: Int = 1, memory: Int = 4 << 30, seconds: Double? = nil, keepsGoing: Bool = false,
    properties: Set<PropertyID>? = nil
  ) {
    self.threads = max(1, threads)
    self.memory = memory
    self.seconds = seconds
    self.keepsGoing = keepsGoing
    self.properties = properties
  }

  var scope: PropertyScope {
    PropertyScope(chosen: properties, ignoresDeadlocks: ignoresDeadlocks)
  }
}

/// Decides whether a limit other than memory ends the search.
package struct StopCondition: Sendable {
  private let start = ContinuousClock.now
  private let deadline: ContinuousClock.Instant?
  /// Where it is told how far the search is.
  let monitor: SearchMonitor

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
