/// A search is kept as it was when the last level was done. Until the next one is, nothing of that changes:
/// what is noted is noted at a level's end, and new states lie behind. So it can be kept at any time between
/// rounds, and what was done of a level is done again.
extension FastSearch {
  /// Keeps the search, where that is asked for and there is something to keep.
  func keep() {
    guard let keeping, progress.hasLevel(0) else { return }
    let frontier = progress.level(progress.frontierDepth).lowerBound
    let search = SavedSearch(
      wordCount: table.wordCount, progress: progress, reduction: keeping.reduction,
      difference: keeping.difference, marks: ownMarks,
      suspects: workers.indices.flatMap { workers[$0].suspects }.filter { $0 < frontier }
        .map(UInt32.init),
      seconds: secondsBefore + stop.elapsedSeconds)
    keeping.checkpoints.keep(search, store.bytes(of: progress.stateCount))
    lastKept = stop.elapsedSeconds
  }

  /// Keeps it if the last time is long ago.
  func keepIfDue() {
    guard let keeping else { return }
    if stop.elapsedSeconds - lastKept >= keeping.checkpoints.interval { keep() }
  }

  /// Takes over a search that was kept.
  ///
  /// - Throws: `InputError` where its states can't be read, or the memory limit has no room for them.
  func restore(_ start: Checkpoints.Start) throws(InputError) {
    let search = start.search
    guard search.wordCount == table.wordCount, search.marks.fits(system),
      search.progress.hasLevel(0)
    else { throw InputError("the search that was kept is of another system") }
    let hasRoom = try store.restore(
      search.stateCount,
      forEachChunk: { range, body in forEachChunk(of: range) { chunk, _ in body(chunk) } },
      read: start.read)
    guard hasRoom else {
      throw InputError(
        "the memory limit has room for \(store.capacity) states, and the search that was kept has "
          + "\(search.stateCount) already")
    }
    progress = search.progress
    marksBefore = search.marks
    secondsBefore = search.seconds
    let suspects = search.suspects.map(Int.init)
    let share = (suspects.count + threads - 1) / threads
    for worker in workers.indices {
      workers[worker].adopt(store.index)
      workers[worker].take(suspects: suspects.dropFirst(worker * share).prefix(share))
    }
    assertSoundStore()
  }

  /// What steps were seen to do, before it was kept and since.
  private var ownMarks: StepMarks {
    var marks = marksBefore ?? StepMarks(system)
    for worker in workers.indices { workers[worker].stepper.add(to: &marks) }
    return marks
  }

  var marks: StepMarks? {
    var marks = agreed(ownMarks)
    symmetry?.spread(&marks)
    return marks
  }
}

extension StateStore {
  /// The first states, as they lie in memory.
  func bytes(of count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: index.states, count: 8 * index.wordCount * count)
  }

  /// Fills the store, which is empty, with states that it had before.
  ///
  /// - Parameter read: fills memory with the states, one after the other.
  /// - Returns: false, and nothing has changed, where there is no room for so many.
  /// - Throws: what `read` throws; the store is then of no use.
  func restore(
    _ count: Int, forEachChunk: ForEachChunk,
    read: (UnsafeMutableRawBufferPointer) throws(InputError) -> Void
  ) throws(InputError) -> Bool {
    guard makeRoom(for: count) else { return false }
    try read(UnsafeMutableRawBufferPointer(mutating: bytes(of: count)))
    fillIndex(with: count, forEachChunk)
    return true
  }
}
