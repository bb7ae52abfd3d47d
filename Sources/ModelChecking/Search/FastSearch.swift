import Synchronization

/// The parallel breadth-first search.
///
/// Level by level: the workers share out the states of one depth, expand them and add the
/// successors to the store, where they form the next depth. All that is reported is taken between
/// levels, from sets and not from orders, so that it is the same for any number of workers.
package final class FastSearch: Exploration, @unchecked Sendable {
  // Unchecked: changed by the calling thread only, between rounds of the workers.

  let system: System
  private(set) var ending = SearchEnding.complete
  /// What is known of the levels that are done.
  var progress = SearchProgress()
  /// The states at the depth that is next to be expanded, on all ranks.
  private var frontier = 0
  let scope: PropertyScope
  let keepsGoing: Bool
  let looksAtValues: Bool

  /// The initial states: the first positions of the store have them, in this order.
  let initialStates: [[UInt64]]
  let table: StepTable
  package let store: StateStore
  let options: SearchOptions
  let threads: Int
  let stop: StopCondition

  /// The ranks that it shares the states with, if there are others; it has one worker then.
  let peers: (any Peers)?
  let mailbox: Mailbox?
  /// Whether it came on something that ranks can't tell of together: nothing of the search is then of use.
  private(set) var isForOneMachine = false

  /// Whether and how it is kept, when that was last done, and what was before it was.
  let keeping: Keeping?
  var lastKept = 0.0
  var secondsBefore = 0.0
  var marksBefore: StepMarks?

  /// What is out of reach from which states, once somebody asked.
  var hangs: Hangs<TransitionGraph>?
  /// Whether walks have shown that nothing is.
  var isFreeOfHangs = false

  /// The steps between all states, once a question needed them.
  var knownGraph: TransitionGraph?

  /// What the memory limit leaves for what grows with the number of states.
  let bytesForStates: Int
  private let most: Int
  private let lastDepth: Int
  let traceMemory: Int?

  let workers: OwnedBuffer<Worker>

  /// What is alike in the system, where one state stands for all that differ in that alone.
  let symmetry: Symmetry?
  let differences = SymmetryWatch.Differences()
  /// What was taken to be alike and is not: nothing of the search is then of use.
  private(set) var difference: SymmetryWatch.Difference?

  /// What was learned of registers; nil where nobody asks. Where steps set some back, these are the live ones
  /// by which they do.
  package private(set) var live: LiveRegisters?
  /// Whether a register was live where it was set back: nothing of the search is then of use.
  private(set) var wasLive = false

  /// Whether it was given up because it has more states than it was to have.
  private(set) var isTooLarge = false

  /// The first trap in an author's function.
  let metTrap = Mutex<Trap?>(nil)

  /// Memory that the process has apart from the store: code, stacks, batches. It is the same for any
  /// number of threads, so that a memory limit means the same.
  static let overheadBytes = 24 << 20

  /// On so many threads or fewer the same limit is the least.
  private static let fewThreads = 8

  /// What of that the workers' caches of transitions may take, all together.
  private static let cacheBytes = 8 << 20

  /// Visits every state, until all were, a bug was found or a limit was reached.
  ///
  /// - Throws: as the other one.
  package convenience init(
    _ system: System, _ options: SearchOptions, stop: StopCondition, monitor: SearchMonitor
  ) throws(InputError) {
    try self.init(system, options, stop: stop, monitor: monitor, symmetry: nil, keeping: nil)
  }

  /// The same under watch, which learns the registers that are live (`live`); and ends after a level with more
  /// than so many states.
  package convenience init(
    _ system: System, _ options: SearchOptions, stop: StopCondition, monitor: SearchMonitor,
    learning live: LiveRegisters, most: Int = .max
  ) throws(InputError) {
    try self.init(
      system, options, stop: stop, monitor: monitor, symmetry: nil, live: live, most: most)
  }

  /// Explores the system until everything was visited, a bug was found or a limit was reached.
  ///
  /// - Parameters:
  ///   - symmetry: what is alike; nil where every state is to be visited.
  ///   - live: what is known of registers, if more is to be learned; where the system sets some back, what it
  ///     does that by.
  ///   - most: how many states there may be for it to go on after a level.
  ///   - lastDepth: the depth whose states are not expanded any more.
  ///   - keeping: whether it is kept as it goes on, and what it goes on from.
  /// - Throws: `InputError` where the memory limit leaves no room to search in, the system does not
  ///   give the memory, or an author's function traps.
  init(
    _ system: System, _ options: SearchOptions, stop: StopCondition, monitor: SearchMonitor,
    symmetry: Symmetry?, live: LiveRegisters? = nil, most: Int = .max, lastDepth: Int = .max,
    keeping: Keeping? = nil
  ) throws(InputError) {
    self.system = system
    self.options = options
    self.symmetry = symmetry
    self.live = live
    self.most = most
    self.lastDepth = lastDepth
    self.keeping = keeping
    let start = try Self.start(of: system, options, stop)
    initialStates = start.states
    if let limit = start.limit { ending = .limit(limit) }
    self.stop = stop
    scope = options.scope
    keepsGoing = options.keepsGoing
    looksAtValues = options.looksAtValues
    peers = options.peers
    threads = peers == nil ? max(1, min(options.threads, 1024)) : 1
    table = StepTable(system)
    let slack = threads * Worker.slack(mostSuccessors: table.mostSuccessors)
    traceMemory = options.traceMemory
    bytesForStates =
      max(0, options.memory) - Self.overheadBytes
      - Self.byteCount(of: initialStates, wordCount: table.wordCount)
    // Workers notice late that the store is full; what they add until then must be little. It is part
    // of the overhead, so that a limit leaves room for as many states on any number of threads, and is as
    // soon too small on few of them.
    let leastBytes = StateStore.leastBytes(
      wordCount: table.wordCount, slack: slack / threads * max(threads, Self.fewThreads))
    if bytesForStates < leastBytes {
      let neededBytes = max(0, options.memory) - bytesForStates + leastBytes
      let neededMegabytes = (neededBytes + (1 << 20) - 1) >> 20
      throw InputError(
        "a memory limit of \(max(0, options.memory) >> 20) MB is too small to search in; with "
          + (threads > Self.fewThreads ? "\(threads)" : "up to \(Self.fewThreads)")
          + " threads it must be at least \(neededMegabytes) MB")
    }
    guard
      let store = StateStore(
        wordCount: table.wordCount, bitCount: system.layout.span, byteLimit: bytesForStates,
        slack: slack, isShared: threads > 1,
        // A search that is kept needs all states, and so does the question which values there are.
        mayForget: keeping == nil && !looksAtValues, disk: options.disk,
        // What ranks send each other are states as they are.
        coders: keeping == nil && peers == nil ? max(threads, Self.fewThreads) : nil)
    else {
      let error = InputError(
        "the system does not give the address space for a memory limit of \(options.memory >> 20) MB; "
          + "a smaller limit takes less")
      // Other ranks may have it, and go on.
      peers?.abort(error)
      throw error
    }
    self.store = store
    let (table, cacheBytes, differences) = (table, Self.cacheBytes / threads, differences)
    let mailbox = peers.map {
      Mailbox($0, store.index.stateHash, mostSuccessors: table.mostSuccessors)
    }
    self.mailbox = mailbox
    let symmetryTable = symmetry.map(SymmetryTable.init)
    workers = OwnedBuffer(count: threads) { _ in
      Worker(
        table: table, store: store,
        cache: TransitionCache(
          alternativeCount: table.alternatives.count, wordCount: table.wordCount,
          byteLimit: cacheBytes,
          interval: symmetry == nil && live == nil ? options.cacheInterval : 1),
        canonizer: symmetryTable.map(Canonizer.init),
        watch: symmetryTable.map { SymmetryWatch($0, table, differences) },
        liveWatch: live.map { _ in LiveWatch(system, table) }, mailbox: mailbox)
    }
    if let start = keeping?.start {
      do throws(InputError) {
        try restore(start)
      } catch {
        store.discard()
        throw error
      }
    }
    if let (trap, depth) = explore(monitor) {
      let error = error(for: trap, expanding: depth)
      // Frames that were given up may hold the search for ever.
      store.discard()
      throw error
    }
    if difference == nil && !isTooLarge && !wasLive && !isForOneMachine {
      let error = unrepeatable
      do throws(InputError) {
        try agree(on: error)
      } catch {
        store.discard()
        throw error
      }
    }
    assertSoundStore()
    progress.statistics.storedBytes = sum(store.usedBytes)
    progress.statistics.bitsPerState = system.layout.bitCount
    progress.statistics.wordsPerState = system.layout.wordCount
  }

  package var statistics: Statistics { progress.statistics }
  var violationDepths: [Int: Int] { progress.violationDepths }
  var assertionDepths: [Int: Int] { progress.assertionDepths }
  var goalDepths: [Int: Int] { progress.goalDepths }
  var bugs: Bugs { progress.bugs }

  /// The positions of the states of a depth.
  func level(_ depth: Int) -> Range<Int> { progress.level(depth) }

  /// Whether all states of a depth are in the store: a limit may have ended the search before.
  func hasLevel(_ depth: Int) -> Bool { progress.hasLevel(depth) }

  var triedDepth: Int? { hasLevel(0) ? statistics.depth : nil }

  /// Returns what trapped and at which depth, if something did: nothing of the search is then of use
  /// but the levels before.
  private func explore(_ monitor: SearchMonitor) -> (trap: Trap, depth: Int)? {
    ending = agreed(ending.limit).map { .limit($0) } ?? ending
    guard case .complete = ending else { return nil }
    frontier = progress.hasLevel(0) ? level(progress.frontierDepth).count : 0
    if keeping?.start == nil {
      catchTrap {
        workers[0].stepper.watch?.check(initialStates: initialStates)
        for state in initialStates {
          if store.isFull { makeRoom(expanding: 0..<0) }
          while !workers[0].insertInitial(state) { growIndex() }
        }
      }
      isForOneMachine = hasTrappedOnAnyRank
      if isForOneMachine { return nil }
      if let trap { return (trap, -1) }
      endLevel(depth: -1)
    }
    var depth = max(0, progress.frontierDepth)
    while case .complete = ending, frontier > 0, depth < lastDepth {
      let level = level(depth)
      monitor.beginLevel(depth: depth, frontier: frontier)
      let queue = LevelQueue(
        level, threads: threads, store: store, stop: stop, monitor: monitor)
      let limit = agreed(expand(queue))
      isForOneMachine = hasTrappedOnAnyRank
      if isForOneMachine { return nil }
      if let trap { return (trap, depth) }
      if let limit {
        keep()
        closeGaps()
        ending = .limit(limit)
        countStates(upTo: store.reservedCount)
        return nil
      }
      endLevel(depth: depth)
      difference = agreedDifference
      if let learned = agreedRegisters {
        wasLive = system.setsRegistersBack && learned.live != live?.live
        live = learned
      }
      isTooLarge = store.reservedCount > most
      if difference != nil || wasLive || isTooLarge { return nil }
      if ending == .complete { keepIfDue() }
      depth += 1
      if store.disk == nil || ending == .complete,
        store.reservedCount - max(store.forgotten, store.onDisk) > options.mostStatesInMemory
      {
        makeRoom(expanding: progress.level(depth))
      }
    }
    if ending.limit != nil { keep() }
    countStates(upTo: progress.stateCount)
    return nil
  }

  // MARK: What states stand for

  /// Counts the states of the store, and those for which they stand.
  private func countStates(upTo end: Int) {
    progress.statistics.visited = sum(end)
    guard symmetry != nil else {
      progress.statistics.states = statistics.visited
      return
    }
    // A level that is whole was counted as it was expanded, but for the last.
    let last = sum(orbits(progress.counted..<progress.stateCount))
    if last > 0 { progress.statistics.levels.append(last) }
    progress.statistics.states += last + sum(orbits(progress.stateCount..<end))
  }

  /// The states for which those of some positions stand.
  private func orbits(_ positions: Range<Int>) -> Int {
    // So many can always be counted (`Symmetry.mostArrangements`).
    let sum = Atomic<Int>(0)
    forEachChunk(of: positions) { chunk, worker in
      let orbits = chunk.reduce(0) {
        $0 + Int(worker.canonizer!.orbitSize(of: worker.state(at: $1)))
      }
      sum.wrappingAdd(orbits, ordering: .relaxed)
    }
    return sum.load(ordering: .relaxed)
  }

  /// The state that stands for a state in the store.
  func canonical(_ state: [UInt64]) -> [UInt64] {
    guard let canonizer = workers[0].canonizer else { return state }
    var state = state
    state.withUnsafeMutableBufferPointer { canonizer.canonize($0.baseAddress!) }
    return state
  }

  var trap: Trap? { metTrap.withLock { $0 } }

  /// Expands a level, in as many rounds as the growth of the index makes necessary.
  ///
  /// - Returns: the limit that was reached before the level was done.
  private func expand(_ queue: LevelQueue) -> SearchLimit? {
    if let mailbox { return expand(queue, with: mailbox) }
    for worker in workers.indices { workers[worker].beginLevel() }
    let active = min(threads, queue.chunkCount)
    while true {
      // Each iteration has a worker to itself, so nothing is shared but the queue and the store.
      concurrently(active) { worker in
        catchTrap { workers[worker].run(queue) }
        if trap != nil { queue.pause() }
      }
      if trap != nil { return nil }
      if workers.indices.allSatisfy({ workers[$0].isIdle }) && queue.isEmpty { return nil }
      if let limit = stop.reached { return limit }
      if store.isFull { makeRoom(expanding: queue.level) }
      if store.isCrowded { growIndex() }
      if store.isBroken { return .memory }
      queue.resume()
    }
  }

  func valuesSeen(by survey: ValueSurvey) -> [UInt64] {
    let all = Mutex(survey.none)
    forEachChunk(of: 0..<store.reservedCount) { chunk, worker in
      var seen = all.withLock { $0 }
      survey.note(chunk, in: &seen) { worker.state(at: $0) }
      all.withLock { all in for field in all.indices { all[field] |= seen[field] } }
    }
    let seen = all.withLock { seen in peers.map { $0.union(seen) } ?? seen }
    return symmetry?.spread(seen, of: survey) ?? seen
  }

  /// Takes stock of a level: what its expansion showed, and where the next one begins.
  private func endLevel(depth: Int) {
    let totals = takeTotals(expanding: depth)
    let transitions = totals.transitions.flatMap { statistics.transitions.sum($0) }
    progress.note(totals.result, expanding: depth)
    frontier = totals.found
    if totals.isComplete, let transitions {
      progress.beginLevel(at: store.reservedCount)
      progress.statistics.transitions = transitions
      progress.statistics.deadlocks += totals.result.deadlocks
      if symmetry == nil {
        progress.statistics.states += frontier
        if frontier > 0 { progress.statistics.levels.append(frontier) }
      } else {
        progress.statistics.states += totals.expanded
        if totals.expanded > 0 { progress.statistics.levels.append(totals.expanded) }
        progress.counted = level(depth + 1).lowerBound
      }
    }
    progress.bugs.add(totals.result.bugs(in: system, expanding: depth))
    if !keepsGoing && bugs.all.contains(where: scope.includes) {
      ending = .found
    } else if !totals.isComplete {
      ending = .limit(
        totals.isBoundByNumbering ? .stateCount : store.diskTrouble.map(SearchLimit.init) ?? .memory
      )
    } else if transitions == nil {
      ending = .limit(.stateCount)
    }
  }

  /// What a level came to, on all ranks. Nothing of its states is missing afterwards.
  private func takeTotals(expanding depth: Int) -> LevelTotals {
    var totals = LevelTotals()
    for worker in workers.indices {
      totals.result.merge(workers[worker].result)
      totals.transitions = workers[worker].transitions.flatMap { totals.transitions?.sum($0) }
      totals.expanded += workers[worker].expanded
    }
    closeGaps()
    totals.found = store.reservedCount - progress.stateCount
    let level = depth < 0 ? 0..<0 : level(depth)
    while !isStoreComplete && store.canMakeRoom(expanding: level) { makeRoom(expanding: level) }
    store.releaseRead()
    totals.isComplete = isStoreComplete
    totals.isBoundByNumbering = store.isBoundByNumbering
    return peers.map(totals.merged) ?? totals
  }

  // MARK: Threads

  static let chunkSize = 4096

  /// Runs `body` on all of `range`, piece by piece, on all threads.
  func forEachChunk(
    of range: Range<Int>, size: Int = FastSearch.chunkSize,
    _ body: @Sendable (Range<Int>, borrowing Worker) -> Void
  ) {
    let chunkCount = (range.count + size - 1) / size
    shareOut(chunkCount, among: min(threads, max(1, chunkCount))) { chunk, thread in
      let first = range.lowerBound + chunk * size
      let last = min(first + size, range.upperBound)
      catchTrap { body(first..<last, workers[thread]) }
      store.noteReading(first..<last)
      stop.monitor.advance(by: last - first)
    }
    store.releaseRead()
    // A step that trapped only now. Whoever began the search catches it.
    trap?.raise()
  }
}
