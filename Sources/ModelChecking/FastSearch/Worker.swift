/// One thread's part of the search: it expands states of the current level and adds their
/// successors to the store.
///
/// Successors are collected in a batch before they are looked up, and the memory of each is asked
/// for ahead of time, so that the waits for memory overlap.
struct Worker {
  /// The successors that are looked up together.
  private static let batchSize = 256

  /// What a worker may reserve or insert before it asks again whether the store is crowded.
  static func slack(mostSuccessors: Int) -> Int {
    batchSize + mostSuccessors + StateStore.blockSize
  }

  private let stepper: Stepper
  private let store: StateStore
  private let wordCount: Int

  /// Successors not yet looked up, and their hashes.
  private let batch: UnsafeMutablePointer<UInt64>
  private let hashes: UnsafeMutablePointer<UInt64>
  private var batchCount = 0

  /// States of the level that this worker has taken on.
  private var todo = 0..<0

  /// Reserved positions not yet used.
  private(set) var block = 0..<0

  private(set) var result = LevelResult()
  private(set) var transitions = 0

  init(table: StepTable, store: StateStore) {
    stepper = Stepper(table)
    self.store = store
    wordCount = table.wordCount
    let room = Self.batchSize + table.mostSuccessors + 1
    batch = .allocate(capacity: room * wordCount)
    hashes = .allocate(capacity: room)
  }

  func deallocate() {
    stepper.deallocate()
    batch.deallocate()
    hashes.deallocate()
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
    hashes[0] = store.hash(of: batch)
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
    let current = store.state(at: position)
    var count = batchCount
    var faulted = false
    let firstCount = count
    var stepCount = 0
    stepper.forEachSuccessor(of: current) {
      batch + count &* wordCount
    } visit: { _, _, didFault in
      stepCount &+= 1
      if _slowPath(didFault) {
        faulted = true
        return
      }
      let hash = store.hash(of: batch + count &* wordCount)
      hashes[count] = hash
      store.prefetchSlot(for: hash)
      count &+= 1
    }
    batchCount = count
    transitions &+= stepCount
    if _slowPath(faulted) { result.faulted = true }
    if _slowPath(stepCount == 0 && firstCount == count) && !stepper.isResting(current) {
      result.deadlocked = true
    }
  }

  /// Looks up the batch and adds what is new; checks the properties of every new state.
  ///
  /// - Parameter checkOnly: the store is full. Properties are checked and nothing is added, so
  ///   that whether this level has a violation does not depend on which states still had room.
  private mutating func flush(checkOnly: Bool) {
    for i in 0..<batchCount { store.prefetchState(for: hashes[i]) }
    for i in 0..<batchCount {
      let state = UnsafePointer(batch + i &* wordCount)
      if _slowPath(checkOnly) {
        if store.find(state, hash: hashes[i]) == nil { check(state) }
        continue
      }
      if block.isEmpty { block = store.reserveBlock() }
      if store.insert(state, hash: hashes[i], at: block.lowerBound) == .new {
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
