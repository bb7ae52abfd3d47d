extension System {
  /// The outcome of one search by several ranks.
  ///
  /// A small space each rank visits for itself, which is sooner done than shared. A large one they share. What they
  /// can't tell of together the first rank finds alone, as far as its memory goes: its outcome is then that of all,
  /// and the others have none (`SearchLimit.otherPart`).
  func outcome(
    among peers: any Peers, _ options: SearchOptions, _ stop: StopCondition,
    _ monitor: SearchMonitor
  ) throws(InputError) -> Outcome {
    try agree(among: peers)
    try refuse(options)
    var options = options
    // A limit means the same on each rank.
    options.memory = peers.least(options.memory)
    var alone = options
    alone.peers = nil
    if let most = options.mostStatesUnreduced, mayBeReduced,
      let small = try smallSearch(among: peers, alone, stop, monitor, most: most)
    {
      return try small.reportedOutcome()
    }
    if var outcome = try sharedOutcome(options, stop, monitor) {
      outcome.statistics.peakBytes = peers.sum(peakResidentBytes())
      return outcome
    }
    return peers.rank == 0 ? try fastOutcome(alone, stop, monitor) : .ofOtherRank
  }

  /// Throws, on all ranks, where one has another system.
  private func agree(among peers: any Peers) throws(InputError) {
    let digest = "\(layout.bitCount) \(layout.wordCount) \(fingerprint.digest)"
    let isSame = peers.first(digest, 0)?.text == digest
    try peers.agree(
      on: isSame
        ? nil
        : InputError(
          "rank \(peers.rank) has another system than others: all must run the same program with the same "
            + "arguments and files"))
  }

  /// Throws where what is asked for can't be told by several ranks, whatever the search comes to.
  private func refuse(_ options: SearchOptions) throws(InputError) {
    if options.checkpoints != nil {
      throw InputError("a search by several ranks is not kept: run it on one machine")
    }
    if options.disk != nil {
      throw InputError("of a search by several ranks no states lie on disks: run it on one machine")
    }
    if let goal = goals.first(where: { $0.kind.fairness != nil && options.scope.includes($0) }) {
      throw InputError(
        "whether every fair run comes to '\(goal.name)' is judged by the steps between all states, which several "
          + "ranks don't have together: run it on one machine")
    }
  }

  /// The search of one rank alone, the same on each; nil if it has more states.
  private func smallSearch(
    among peers: any Peers, _ alone: SearchOptions, _ stop: StopCondition,
    _ monitor: SearchMonitor, most: Int
  ) throws(InputError) -> FastSearch? {
    let search = Result { () throws(InputError) in
      try FastSearch(self, alone, stop: stop, monitor: monitor, symmetry: nil, most: most)
    }
    if case .failure(let error) = search {
      try peers.agree(on: error)
    } else {
      try peers.agree(on: nil)
    }
    let small = try search.get()
    return peers.all(!small.isTooLarge && small.ending.limit == nil) ? small : nil
  }

  /// The outcome of the search that ranks share; nil where it is for one of them alone.
  private func sharedOutcome(
    _ options: SearchOptions, _ stop: StopCondition, _ monitor: SearchMonitor
  ) throws(InputError) -> Outcome? {
    var difference: String?
    if options.mostStatesUnreduced != nil && mayBeReduced {
      var reduced = ReducedSearch(self, options, stop, monitor, nil)
      let outcome = try reduced.outcome()
      if reduced.isForOneMachine { return nil }
      switch outcome {
      case .success(let outcome): return outcome
      case .failure(let none): difference = none.reasons.first
      }
    }
    let search = try FastSearch(
      self, options, stop: stop, monitor: monitor, symmetry: nil, keeping: nil)
    if search.isForOneMachine || search.needsOneMachine {
      search.store.discard()
      return nil
    }
    var outcome = try search.keptOutcome()
    outcome.difference = difference
    return outcome
  }
}

extension Outcome {
  /// What other ranks have than the one that knows.
  fileprivate static var ofOtherRank: Outcome {
    Outcome(
      verdict: .inconclusive(.otherPart), findings: [], goals: [], statistics: Statistics(),
      lookedAt: nil, deadlocks: nil, limit: .otherPart, triedSteps: nil, coverage: nil, marks: nil)
  }
}
