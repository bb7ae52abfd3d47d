/// A search as one rank of several: its store has the states that this rank owns, and what follows from all
/// states is agreed on between levels.
extension FastSearch {
  /// Expands a level together with the other ranks, in as many rounds as the growth of this one's index makes
  /// necessary.
  ///
  /// - Returns: the limit that this rank reached before the level was done.
  func expand(_ queue: LevelQueue, with mailbox: Mailbox) -> SearchLimit? {
    workers[0].beginLevel()
    mailbox.beginLevel()
    while true {
      catchTrap { workers[0].run(queue) }
      if trap != nil || store.isBroken {
        workers[0].dropLevel()
        mailbox.giveUpLevel()
        return trap == nil ? .memory : nil
      }
      if mailbox.isComplete && workers[0].isIdle {
        return mailbox.hasGivenUp ? stop.reached : nil
      }
      if store.isFull { makeRoom(expanding: queue.level) }
      if store.isCrowded { growIndex() }
      queue.resume()
    }
  }

  // MARK: What ranks agree on. Of a lone search it is its own.

  /// The sum of what all have.
  func sum(_ number: Int) -> Int { peers.map { $0.sum(number) } ?? number }

  /// Whether something is true on all ranks.
  func all(_ isTrue: Bool) -> Bool { peers.map { $0.all(isTrue) } ?? isTrue }

  /// The limit that one or other rank has reached.
  func agreed(_ limit: SearchLimit?) -> SearchLimit? {
    guard let peers else { return limit }
    return peers.first(limit?.rawValue, 0).flatMap { SearchLimit(rawValue: $0.text) }
  }

  func agree(on error: InputError?) throws(InputError) {
    if let peers { return try peers.agree(on: error) }
    if let error { throw error }
  }

  /// What steps were seen to do, on all ranks.
  func agreed(_ marks: StepMarks) -> StepMarks {
    guard let peers else { return marks }
    func union(_ marks: [StepMarks.Mark]) -> [StepMarks.Mark] {
      peers.union(marks.map { UInt64($0.rawValue) }).map { StepMarks.Mark(rawValue: UInt8($0)) }
    }
    var all = marks
    all.steps = union(marks.steps)
    all.branches = union(marks.branches)
    all.antecedents = peers.union([marks.antecedents])[0]
    return all
  }

  /// Whether a function trapped on one or other of several ranks: none has all states that tell where.
  var hasTrappedOnAnyRank: Bool { peers.map { $0.any(trap != nil) } ?? false }

  /// Why something is not alike.
  var agreedDifference: SymmetryWatch.Difference? {
    guard let peers, let symmetry else { return differences.first }
    let mine = differences.first
    let family = symmetry.families.firstIndex { $0.words == mine?.family.words }
    return peers.first(mine?.reason, family ?? 0).map {
      SymmetryWatch.Difference(family: symmetry.families[$0.number], reason: $0.text)
    }
  }

  /// What is known of registers after a level; nil where there is nothing new.
  var agreedRegisters: LiveRegisters? {
    guard var all = live else { return nil }
    var news: [LiveRegisters] = []
    for worker in workers.indices {
      let stepper = workers[worker].stepper
      guard let learner = stepper.liveWatch else { continue }
      // Where members are alike, properties are asked in every arrangement.
      if let watch = stepper.watch { learner.note(fields: watch.asked.fields) }
      if let learned = learner.takeNews() { news.append(learned) }
    }
    if let peers {
      let words = peers.gather(news.first?.words ?? []).filter { !$0.isEmpty }
      news = words.map { LiveRegisters($0, of: system) }
    }
    if news.isEmpty { return nil }
    for learned in news { all.formUnion(learned) }
    all.close(symmetry)
    return all
  }

  // MARK: What ranks can't tell of together

  /// Whether it is judged by the steps between all states, which only a search has that has them all. Asked where
  /// the search is over.
  var needsOneMachine: Bool {
    switch Trap.catching(wordCount: table.wordCount, { needsEveryState }) {
    case .success(let answer): return answer
    case .failure(let trap):
      // Others may be waiting for what this rank says of its states.
      peers?.abort(trap.error)
      return true
    }
  }
}
