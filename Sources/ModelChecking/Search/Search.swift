/// How to explore a system.
public enum SearchStrategy: Sendable {
  /// The parallel search.
  case fast
  /// The plain sequential search that the fast one is checked against. Ignores the number of
  /// threads and the memory limit.
  case reference
}

extension System {
  /// Visits every reachable state and judges the system.
  ///
  /// - Parameters:
  ///   - options: the limits of the search. Reaching one makes the verdict inconclusive, unless a
  ///     bug was found before.
  ///   - monitor: shows progress to another thread, which can also end the search with it.
  /// - Returns: the verdict with its traces and figures. They are the same for any number of
  ///   threads, the seconds apart, unless time ran out or somebody ended the search.
  /// - Throws: `InputError` if the memory limit is too small to begin.
  /// - Complexity: time is proportional to the transitions, which a trace may double and a goal that
  ///   must stay reachable may multiply; memory is, for each state, 8 bytes a word and 5 to 10 more.
  public func search(
    _ options: SearchOptions = SearchOptions(), strategy: SearchStrategy = .fast,
    monitor: SearchMonitor = SearchMonitor()
  ) throws(InputError) -> Outcome {
    let stop = StopCondition(options, monitor)
    var outcome =
      switch strategy {
      case .fast: try FastSearch(self, options, stop: stop, monitor: monitor).outcome()
      case .reference: ReferenceSearch(self, stop: stop).outcome()
      }
    outcome.statistics.seconds = stop.elapsedSeconds
    outcome.statistics.peakBytes = peakResidentBytes()
    return outcome
  }

  /// Visits every state that a relation of this system reaches, one by one.
  package func search(through relation: any TransitionRelation) -> Outcome {
    ReferenceSearch(
      self, stop: StopCondition(SearchOptions(), SearchMonitor()), through: relation
    ).outcome()
  }
}
