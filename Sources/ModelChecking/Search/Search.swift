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
  /// - Throws: `InputError` if the memory limit is too small to begin; and if a function of the model
  ///   traps, with its name and line, the state on which it did and the shortest way there. Swift has
  ///   then said on standard error why it did. The process goes on, less the memory that the function
  ///   and its callers held.
  /// - Complexity: time is proportional to the transitions, which a trace may double and a goal that
  ///   must stay reachable may multiply; memory is, for each state, 8 bytes a word and 5 to 10 more;
  ///   where that is short, 5 to 7 for states of few bits.
  public func search(
    _ options: SearchOptions = SearchOptions(), strategy: SearchStrategy = .fast,
    monitor: SearchMonitor = SearchMonitor()
  ) throws(InputError) -> Outcome {
    let stop = StopCondition(options, monitor)
    var outcome: Outcome
    switch strategy {
    case .fast:
      outcome =
        if let peers = options.peers {
          try self.outcome(among: peers, options, stop, monitor)
        } else if let disk = options.disk {
          try self.outcome(on: disk, options, stop, monitor)
        } else {
          try fastOutcome(options, stop, monitor)
        }
    case .reference: outcome = try ReferenceSearch(self, options, stop: stop).reportedOutcome()
    }
    outcome.statistics.seconds =
      stop.elapsedSeconds + (options.checkpoints?.start?.search.seconds ?? 0)
    outcome.statistics.peakBytes = max(outcome.statistics.peakBytes, peakResidentBytes())
    return outcome
  }

  /// The outcome of the parallel search whose states may lie on a disk. That they can't be read again may show
  /// anywhere.
  private func outcome(
    on disk: DiskSpace, _ options: SearchOptions, _ stop: StopCondition, _ monitor: SearchMonitor
  ) throws(InputError) -> Outcome {
    let outcome = Trap.catching(wordCount: layout.wordCount) {
      Result { () throws(InputError) in try fastOutcome(options, stop, monitor) }
    }
    switch outcome {
    case .success(let result): return try result.get()
    case .failure(let trap): throw trap.error(on: disk)
    }
  }

  /// The outcome of the parallel search. Where that gets large and something in the system is alike or a
  /// register dead, it begins again with one state for all that differ in that alone; and where this can't be
  /// done, once more without.
  func fastOutcome(
    _ options: SearchOptions, _ stop: StopCondition, _ monitor: SearchMonitor
  ) throws(InputError) -> Outcome {
    var keeping = options.checkpoints.map {
      Keeping(
        checkpoints: $0, reduction: $0.start?.search.reduction,
        difference: $0.start?.search.difference, start: $0.start)
    }
    guard let most = options.mostStatesUnreduced, mayBeReduced else {
      if keeping?.reduction != nil {
        throw InputError(
          "the search that was kept leaves out states that are alike, and this one may not")
      }
      return try everyState(options, stop, monitor, keeping, difference: nil)
    }
    if let keeping, keeping.start != nil, keeping.reduction == nil {
      return try everyState(options, stop, monitor, keeping, difference: keeping.difference)
    }
    if keeping?.start == nil {
      let search = try FastSearch(
        self, options, stop: stop, monitor: monitor, symmetry: nil, most: most, keeping: nil)
      if !search.isTooLarge { return try search.reportedOutcome() }
    }
    var reduced = ReducedSearch(self, options, stop, monitor, keeping)
    let outcome = try reduced.outcome()
    keeping = reduced.keeping
    switch outcome {
    case .success(let outcome): return outcome
    case .failure(let none):
      if keeping?.start != nil {
        throw InputError("the search that was kept is of another system")
      }
      keeping?.reduction = nil
      keeping?.difference = none.reasons.first
      return try everyState(options, stop, monitor, keeping, difference: none.reasons.first)
    }
  }

  private func everyState(
    _ options: SearchOptions, _ stop: StopCondition, _ monitor: SearchMonitor, _ keeping: Keeping?,
    difference: String?
  ) throws(InputError) -> Outcome {
    let search = try FastSearch(
      self, options, stop: stop, monitor: monitor, symmetry: nil, keeping: keeping)
    var outcome = try search.keptOutcome()
    outcome.difference = difference
    return outcome
  }

  /// Whether a search may leave out states. Which runs are fair is not known from one state for many.
  var mayBeReduced: Bool {
    // Nor is it worked out what becomes of store buffers where CPUs are exchanged.
    memoryModel == .sc && !goals.contains { $0.kind.fairness != nil }
  }

  /// Visits every state that a relation of this system reaches, one by one.
  package func search(
    through relation: any TransitionRelation
  ) throws(InputError) -> Outcome {
    let search = try ReferenceSearch(
      self, stop: StopCondition(SearchOptions(), SearchMonitor()), through: relation)
    return try search.reportedOutcome()
  }
}

extension FastSearch {
  /// The outcome; where a limit came between, the search is kept.
  func keptOutcome() throws(InputError) -> Outcome {
    let outcome: Outcome
    do throws(InputError) {
      outcome = try reportedOutcome()
    } catch {
      // The others wait for this rank's share.
      if let peers { peers.abort(error) }
      throw error
    }
    if ending == .complete && outcome.limit != nil { keep() }
    return outcome
  }
}

extension Exploration {
  /// The outcome.
  ///
  /// - Throws: `InputError` for an author's function that traps when it is drawn.
  func reportedOutcome() throws(InputError) -> Outcome {
    switch Trap.catching(wordCount: system.layout.wordCount, outcome) {
    case .success(let outcome): return outcome
    case .failure(let trap): throw error(afterSearch: trap)
    }
  }
}
