/// Whether others explore the same space, as a type: the loop of a lone search has nothing of it.
protocol RankCount {
  static var areSeveral: Bool { get }
}

enum OneRank: RankCount {
  @inline(__always) static var areSeveral: Bool { false }
}

enum SeveralRanks: RankCount {
  @inline(__always) static var areSeveral: Bool { true }
}

/// A worker whose states are one rank's share of all.
extension Worker {
  /// Works on the level until all ranks have done what this one needs of theirs, or the index must grow.
  ///
  /// What others sent comes first, so that nobody waits for room. Nothing is expanded while what was made for
  /// others can't be sent.
  mutating func run<Words: WordCount>(
    _ level: LevelQueue, with mailbox: Mailbox, _ words: Words.Type
  ) {
    while true {
      if batchCount > 0 && !flush(level, words) { return }
      if !takeIn(from: mailbox, level, words) { return }
      if todo.isEmpty && !mailbox.hasGivenUp {
        if level.mustStop { mailbox.giveUp() } else { todo = level.next() }
      }
      if mailbox.hasGivenUp { todo = 0..<0 }
      if todo.isEmpty {
        mailbox.sendLast()
        if mailbox.isComplete && inbox.isEmpty { return }
        mailbox.peers.wait()
      } else if mailbox.sendFull() {
        fillBatch(words, SeveralRanks.self)
      } else {
        mailbox.peers.wait()
      }
    }
  }

  /// Adds what has arrived.
  ///
  /// - Returns: false if the index must grow first.
  private mutating func takeIn<Words: WordCount>(
    from mailbox: Mailbox, _ level: LevelQueue, _ words: Words.Type
  ) -> Bool {
    let wordCount = Words.count(wordCount)
    while true {
      if inbox.isEmpty || mailbox.hasGivenUp {
        guard let arrived = mailbox.receive() else {
          if mailbox.hasGivenUp { dropInbox() }
          return true
        }
        inbox = arrived
        continue
      }
      let count = min(Self.batchSize, inbox.count / wordCount)
      batch.base.update(from: inbox.baseAddress!, count: count * wordCount)
      for number in 0..<count {
        places[number] = index.place(of: batch.base + number &* wordCount, wordCount: wordCount)
        index.prefetchBucket(of: places[number])
      }
      batchCount = count
      inbox = UnsafeBufferPointer(rebasing: inbox[(count * wordCount)...])
      if !flush(level, words) { return false }
    }
  }

  private mutating func dropInbox() { inbox = UnsafeBufferPointer(start: nil, count: 0) }

  /// Drops what is left of a level that can't be gone on with.
  mutating func dropLevel() {
    todo = 0..<0
    batchCount = 0
    dropInbox()
  }

  /// Calls `visit` for each step out of a state, in their order. What the batch held is lost.
  ///
  /// - Parameter visit: gets the step's alternative, where it leads, the state that stands for that, and what the
  ///   step's actor is called there. The states are there during the call.
  func forEachNamedSuccessor(
    of state: UnsafePointer<UInt64>,
    visit: (
      _ alternative: Int, _ target: UnsafePointer<UInt64>, _ canonical: UnsafePointer<UInt64>,
      _ mover: Int
    ) -> Void
  ) {
    let target = OwnedBuffer<UInt64>(repeating: 0, count: wordCount)
    let names = OwnedBuffer<Int32>(repeating: 0, count: places.count)
    let end = stepper.expand(state, into: batch.base, wordCount: wordCount, naming: names.base).end
    for number in 0..<((end - batch.base) / wordCount) {
      let successor = batch.base + number * wordCount
      stepper.copy(successor, to: target.base)
      let alternative = Int(names[number])
      let mover = name(actor: stepper.actor(of: alternative), afterCanonizing: successor)
      visit(alternative, target.base, successor, Int(mover))
    }
  }
}
