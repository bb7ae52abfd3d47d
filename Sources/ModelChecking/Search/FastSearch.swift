/// The parallel breadth-first search.
///
/// Level by level: the workers share out the states of one depth, expand them and add the
/// successors to the store, where they form the next depth. All that is reported is taken between
/// levels, from sets and not from orders, so that it is the same for any number of workers.
package final class FastSearch: Exploration, @unchecked Sendable {
  // Unchecked: changed by the calling thread only, between rounds of the workers.

  let system: System
  private(set) var ending = SearchEnding.complete
  package private(set) var statistics = Statistics()
  private(set) var violationDepths: [Int: Int] = [:]
  private(set) var assertionDepths: [Int: Int] = [:]
  private(set) var goalDepths: [Int: Int] = [:]

  /// The initial states: the first positions of the store have them, in this order.
  let initialStates: [[UInt64]]
  let table: StepTable
  package let store: StateStore
  let threads: Int
  let stop: StopCondition

  /// The positions in the store at which each depth begins, and the end of the last.
  private var levelStarts = [0]

  /// By goal: the states from which it can be reached, once somebody asked.
  var reachingSets: [Int: PositionSet] = [:]

  /// The successors of all states, once somebody asked for a goal and there was memory for them.
  var allSuccessors: [Successors]?

  /// What the memory limit leaves for what grows with the number of states.
  let bytesForStates: Int

  let workers: OwnedBuffer<Worker>

  /// Memory that the process has apart from the store: code, stacks, batches. It is the same for any
  /// number of threads, so that a memory limit means the same.
  private static let overheadBytes = 24 << 20

  /// What of that the workers' caches of transitions may take, all together.
  private static let cacheBytes = 8 << 20

  /// Explores the system until everything was visited, a bug was found or a limit was reached.
  ///
  /// - Throws: `InputError` where the memory limit leaves no room to search in, or the system does
  ///   not give the memory.
  package init(
    _ system: System, _ options: SearchOptions, stop: StopCondition, monitor: SearchMonitor
  ) throws(InputError) {
    self.system = system
    initialStates = PlainSemantics(system: system).initialStates
    self.stop = stop
    threads = max(1, min(options.threads, 1024))
    table = StepTable(system)
    let slack = threads * Worker.slack(mostSuccessors: table.mostSuccessors)
    bytesForStates = max(0, options.memory) - Self.overheadBytes
    // Workers notice late that the store is full; what they add until then must be little.
    let leastBytes = max(4 << 20, 8 * slack * (8 * table.wordCount + 6))
    if bytesForStates < leastBytes {
      let neededMegabytes = (Self.overheadBytes + leastBytes + (1 << 20) - 1) >> 20
      throw InputError(
        "a memory limit of \(max(0, options.memory) >> 20) MB is too small to search in; with "
          + "\(threads) threads it must be at least \(neededMegabytes) MB")
    }
    guard
      let store = StateStore(
        wordCount: table.wordCount, bitCount: system.layout.bitCount, byteLimit: bytesForStates,
        slack: slack, isShared: threads > 1)
    else {
      throw InputError("the system does not give \(bytesForStates >> 20) MB of address space")
    }
    self.store = store
    let (table, cacheBytes) = (table, Self.cacheBytes / threads)
    workers = OwnedBuffer(count: threads) { _ in
      Worker(
        table: table, store: store,
        cache: TransitionCache(
          alternativeCount: table.alternatives.count, wordCount: table.wordCount,
          byteLimit: cacheBytes, interval: options.cacheInterval))
    }
    explore(monitor)
    assertSoundStore()
    statistics.storedBytes = store.usedBytes
    statistics.bitsPerState = system.layout.bitCount
    statistics.wordsPerState = system.layout.wordCount
  }

  /// The positions of the states of a depth.
  func level(_ depth: Int) -> Range<Int> { levelStarts[depth]..<levelStarts[depth + 1] }

  private func explore(_ monitor: SearchMonitor) {
    for state in initialStates {
      while !workers[0].insertInitial(state) { growIndex() }
    }
    endLevel(depth: -1)
    var depth = 0
    while case .complete = ending, !level(depth).isEmpty {
      let level = level(depth)
      monitor.beginLevel(depth: depth, frontier: level.count)
      let queue = LevelQueue(
        level, threads: threads, store: store, stop: stop, monitor: monitor)
      if let limit = expand(queue) {
        closeGaps()
        statistics.states = store.reservedCount
        ending = .limit(limit)
        return
      }
      endLevel(depth: depth)
      depth += 1
    }
  }

  /// Expands a level, in as many rounds as the growth of the index makes necessary.
  ///
  /// - Returns: the limit that was reached before the level was done.
  private func expand(_ queue: LevelQueue) -> SearchLimit? {
    for worker in workers.indices { workers[worker].beginLevel() }
    let active = min(threads, queue.chunkCount)
    while true {
      // Each iteration has a worker to itself, so nothing is shared but the queue and the store.
      concurrently(active) { workers[$0].run(queue) }
      if workers.indices.allSatisfy({ workers[$0].isIdle }) && queue.isEmpty { return nil }
      if let limit = stop.reached { return limit }
      growIndex()
      queue.resume()
    }
  }

  /// Takes stock of a level: what its expansion showed, and where the next one begins.
  private func endLevel(depth: Int) {
    var result = LevelResult()
    var transitions = 0
    for worker in workers.indices {
      result.merge(workers[worker].result)
      transitions += workers[worker].transitions
    }
    closeGaps()
    for invariant in result.violated.setBits where violationDepths[invariant] == nil {
      violationDepths[invariant] = depth + 1
    }
    for goal in result.reached.setBits where goalDepths[goal] == nil {
      goalDepths[goal] = depth + 1
    }
    for assertion in result.failed.setBits where assertionDepths[assertion] == nil {
      assertionDepths[assertion] = depth + 1
    }
    let isComplete = store.isComplete
    if isComplete {
      levelStarts.append(store.reservedCount)
      statistics.states = store.reservedCount
      statistics.transitions += transitions
      let count = level(depth + 1).count
      if count > 0 { statistics.depth = depth + 1 }
      statistics.widestLevel = max(statistics.widestLevel, count)
    }
    if let bug = result.bug(in: system, expanding: depth) {
      ending = .found(bug)
    } else if !isComplete {
      ending = .limit(store.isBoundByNumbering ? .stateCount : .memory)
    }
  }

  // MARK: The index

  private func growIndex() {
    store.growIndex(gaps: gaps) { range, body in forEachChunk(of: range) { chunk, _ in body(chunk) }
    }
    for worker in workers.indices { workers[worker].adopt(store.index) }
    assertSoundStore()
  }

  /// Makes the states' positions known, which only what follows the search asks for.
  func nameStates() {
    store.nameStates { range, body in forEachChunk(of: range) { chunk, _ in body(chunk) } }
    for worker in workers.indices { workers[worker].adopt(store.index) }
    assertSoundStore()
  }

  /// Ends a debug build whose store is broken.
  private func assertSoundStore() {
    assert(
      {
        try! store.checkInvariants(gaps: gaps)
        return true
      }())
  }

  /// The reserved positions that hold no state yet.
  private var gaps: [Range<Int>] {
    workers.indices.map { workers[$0].block }.filter { !$0.isEmpty }
  }

  private func closeGaps() {
    store.close(gaps: gaps)
    for worker in workers.indices { workers[worker].dropBlock() }
  }

  // MARK: Threads

  static let chunkSize = 4096

  /// Runs `body` on all of `range`, piece by piece, on all threads.
  func forEachChunk(
    of range: Range<Int>, _ body: @Sendable (Range<Int>, borrowing Worker) -> Void
  ) {
    let size = Self.chunkSize
    let chunkCount = (range.count + size - 1) / size
    shareOut(chunkCount, among: min(threads, max(1, chunkCount))) { chunk, thread in
      let first = range.lowerBound + chunk * size
      body(first..<min(first + size, range.upperBound), workers[thread])
    }
  }
}
