/// One thread's part of the search: it expands states of the current level and adds their
/// successors to the store.
///
/// Successors are collected in a batch before they are looked up, and the memory of each is asked
/// for ahead of time, so that the waits for memory overlap.
struct Worker {
  /// The successors that are looked up together.
  private static let batchSize = 128

  /// What a worker may reserve or insert before it asks again whether the store is crowded.
  static func slack(mostSuccessors: Int) -> Int {
    batchSize + mostSuccessors + StateStore.blockSize
  }

  private let stepper: Stepper
  private let store: StateStore
  /// The store's index, until it next grows.
  var index: StateIndex
  private let wordCount: Int

  /// Successors not yet looked up, and their hashes.
  private let batch: UnsafeMutablePointer<UInt64>
  private let hashes: UnsafeMutablePointer<UInt64>
  private let recent: RecentStates
  private var batchCount = 0

  /// States of the level that this worker has taken on.
  private var todo = 0..<0

  /// Reserved positions not yet used.
  private(set) var block = 0..<0

  private(set) var result = LevelResult()
  private(set) var transitions = 0

  init(table: StepTable, store: StateStore, cache: TransitionCache) {
    stepper = Stepper(table, cache)
    self.store = store
    index = store.index
    wordCount = table.wordCount
    let room = Self.batchSize + table.mostSuccessors + 1
    batch = .allocate(capacity: room * wordCount)
    hashes = .allocate(capacity: room)
    recent = RecentStates(wordCount: wordCount)
  }

  func deallocate() {
    stepper.deallocate()
    batch.deallocate()
    hashes.deallocate()
    recent.deallocate()
  }

  mutating func beginLevel() {
    result = LevelResult()
    transitions = 0
  }

  /// Forgets the positions that are left of the last block.
  mutating func dropBlock() { block = 0..<0 }

  /// The initial state, added before the first level.
  mutating func insertInitial(_ state: [UInt64]) {
    for (word, value) in state.enumerated() { batch[word] = value }
    hashes[0] = index.hash(of: batch)
    batchCount = 1
    flush(checkOnly: false)
  }

  /// Works on the level until nothing of it is left, or until the round must end early.
  mutating func run(_ level: LevelQueue) {
    while true {
      if todo.isEmpty {
        if level.mustPause { return }
        todo = level.next()
        if todo.isEmpty { break }
      }
      while !todo.isEmpty {
        if batchCount >= Self.batchSize && !flush(level) { return }
        expand(todo.lowerBound)
        todo = (todo.lowerBound &+ 1)..<todo.upperBound
      }
    }
    if batchCount > 0 { _ = flush(level) }
  }

  /// Whether all of the level that the worker took on is done.
  var isIdle: Bool { todo.isEmpty && batchCount == 0 }

  /// Whether a state fulfils a goal. Between levels only, as all that follows.
  func reaches(goal: Int, _ state: UnsafePointer<UInt64>) -> Bool {
    stepper.reachedGoals(in: state) & (1 << UInt64(goal)) != 0
  }

  /// Whether the position of some successor of a state is as asked.
  func anySuccessor(
    of state: UnsafePointer<UInt64>, _ isAsAsked: (_ position: Int) -> Bool
  ) -> Bool {
    let count = stepper.expand(state, into: batch).successors
    for number in 0..<count {
      hashes[number] = index.hash(of: batch + number * wordCount)
      index.prefetchSlot(for: hashes[number])
    }
    return (0..<count).contains { number in
      index.find(batch + number * wordCount, hash: hashes[number]).map(isAsAsked) ?? false
    }
  }

  /// Expands a single state, with all that a trace tells of a step.
  ///
  /// - Parameter visit: gets for each enabled step its alternative, its actor, whether it raised a
  ///   fault, and the state it leads to, which is valid during the call.
  func forEachSuccessor(
    of state: UnsafePointer<UInt64>,
    visit: (Int, Int, Bool, UnsafePointer<UInt64>) -> Void
  ) {
    stepper.forEachSuccessor(of: state, into: batch) { alternative, actor, faulted in
      visit(alternative, actor, faulted, batch)
    }
  }

  /// Looks the batch up, unless the store needs attention first.
  private mutating func flush(_ level: LevelQueue) -> Bool {
    let isFull = store.isFull
    if !isFull && store.isCrowded {
      level.pause()
      return false
    }
    flush(checkOnly: isFull)
    return true
  }

  @inline(__always)
  private mutating func expand(_ position: Int) {
    let current = index.state(at: position)
    let made = batch + batchCount &* wordCount
    let expansion = stepper.expand(current, into: made)
    transitions &+= expansion.transitions
    if _slowPath(expansion.faulted) { result.faulted = true }
    if _slowPath(expansion.transitions == 0) && !stepper.isResting(current) {
      result.deadlocked = true
    }
    keepNews(made, expansion.successors)
  }

  /// Adds those of the successors just made to the batch that were not met a short while ago.
  ///
  /// Which those are is hard to foresee, so each is moved down and only then counted or not.
  @inline(__always)
  private mutating func keepNews(_ made: UnsafeMutablePointer<UInt64>, _ count: Int) {
    var kept = made
    if wordCount == 1 {
      for number in 0..<count {
        let state = made[number]
        kept.pointee = state
        kept += recent.noteOneWord(state) ? 0 : 1
      }
    } else {
      for number in 0..<count {
        let state = made + number &* wordCount
        if recent.note(state) { continue }
        if kept != state { stepper.copy(state, to: kept) }
        kept += wordCount
      }
    }
    var state = made
    while state < kept {
      let hash = index.hash(of: state)
      hashes[batchCount] = hash
      index.prefetchSlot(for: hash)
      batchCount &+= 1
      state += wordCount
    }
  }

  /// Looks up the batch and adds what is new; checks the properties of every new state.
  ///
  /// - Parameter checkOnly: the store is full. Properties are checked and nothing is added, so
  ///   that whether this level has a violation does not depend on which states still had room.
  private mutating func flush(checkOnly: Bool) {
    for i in 0..<batchCount { index.prefetchState(for: hashes[i]) }
    for i in 0..<batchCount {
      let state = UnsafePointer(batch + i &* wordCount)
      if _slowPath(checkOnly) {
        if index.find(state, hash: hashes[i]) == nil { check(state) }
        continue
      }
      if block.isEmpty { block = store.reserveBlock() }
      if index.insert(state, hash: hashes[i], at: block.lowerBound) == .new {
        block = (block.lowerBound &+ 1)..<block.upperBound
        check(state)
      }
    }
    batchCount = 0
  }

  @inline(__always)
  private mutating func check(_ state: UnsafePointer<UInt64>) {
    result.violated |= stepper.violatedInvariants(in: state)
    result.reached |= stepper.reachedGoals(in: state)
  }
}
