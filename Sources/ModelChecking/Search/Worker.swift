/// One thread's part of the search: it expands states of the current level and adds their
/// successors to the store.
///
/// Successors are collected in a batch before they are looked up, and the memory of each is asked
/// for ahead of time, so that the waits for memory overlap.
struct Worker: ~Copyable {
  /// The successors that are looked up together.
  static let batchSize = 256

  /// What a worker may reserve or insert before it asks again whether the store is crowded.
  static func slack(mostSuccessors: Int) -> Int {
    batchSize + mostSuccessors + StateStore.blockSize
  }

  let stepper: Stepper
  private let store: StateStore
  /// The store's index, until it next grows.
  private(set) var index: StateIndex
  let wordCount: Int

  /// Successors not yet looked up, and where they belong in the index.
  let batch: OwnedBuffer<UInt64>
  let places: OwnedBuffer<StateIndex.Place>
  /// What makes one word of each of them, if the store has states as that; and those words.
  private(set) var coder: OwnedBuffer<StateCoder>
  private let encoded: OwnedBuffer<UInt64>
  private let recent: RecentStates
  /// What makes states canonical; nil where each stands for itself alone.
  let canonizer: Canonizer?
  /// What is exchanged with other ranks; nil where there are none.
  let mailbox: Mailbox?
  var batchCount = 0

  /// States of the level that this worker has taken on.
  var todo = 0..<0
  /// What came from another rank and is not in the store yet.
  var inbox = UnsafeBufferPointer<UInt64>(start: nil, count: 0)

  /// Reserved positions not yet used.
  private(set) var block = 0..<0

  private(set) var result = LevelResult()
  /// Those of the level, and of all states that those stand for which were expanded; nil where they are too
  /// many to be counted.
  private(set) var transitions: Int? = 0
  /// The states that those stand for which were expanded.
  private(set) var expanded = 0

  /// The states that may be hangs, by their positions; and the words of those that were forgotten.
  private(set) var suspects: [Int] = []
  private var forgottenSuspects: [UInt64] = []
  /// More of them than these are not listed; a look at the whole graph is then quicker anyway.
  static let mostSuspects = 1 << 18

  init(
    table: StepTable, store: StateStore, cache: TransitionCache, canonizer: Canonizer? = nil,
    watch: SymmetryWatch? = nil, liveWatch: LiveWatch? = nil, mailbox: Mailbox? = nil
  ) {
    stepper = Stepper(table, cache, watch: watch, liveWatch: liveWatch)
    self.canonizer = canonizer
    self.mailbox = mailbox
    self.store = store
    index = store.index
    wordCount = table.wordCount
    let room = Self.batchSize + table.mostSuccessors + 1
    batch = OwnedBuffer(repeating: 0, count: room * wordCount)
    places = OwnedBuffer(repeating: StateIndex.Place(), count: room)
    coder = OwnedBuffer(count: 0) { _ in fatalError() }
    encoded = OwnedBuffer(repeating: 0, count: room)
    recent = RecentStates(wordCount: wordCount)
  }

  /// Goes over to the index that the store has now.
  mutating func adopt(_ index: StateIndex) {
    self.index = index
    if let tree = store.tree {
      if isEncoding {
        coder[0].adopt()
      } else {
        coder = OwnedBuffer(count: 1) { _ in StateCoder(tree) }
      }
      return
    }
    for number in 0..<batchCount {
      places[number] = index.place(of: batch.base + number * wordCount)
    }
  }

  /// Whether the store has states as one word each that are more.
  var isEncoding: Bool { coder.count > 0 }

  /// Reserved names of parts of states that were not yet given.
  var unusedNames: Range<Int> { isEncoding ? coder.base.pointee.block : 0..<0 }

  /// The state at a position, valid until the next is asked for.
  func state(at position: Int) -> UnsafePointer<UInt64> {
    let stored = index.state(at: position)
    return isEncoding ? coder.base.pointee.decode(stored.pointee) : stored
  }

  /// The position of a state; nil if it isn't there. Only where slots name positions.
  func find(_ state: UnsafePointer<UInt64>) -> Int? {
    withStored(state) { index.find($0, index.place(of: $0)) }
  }

  /// Shows the words by which the store has a state; nil if it can't have it.
  private func withStored<Result>(
    _ state: UnsafePointer<UInt64>, _ body: (UnsafePointer<UInt64>) -> Result?
  ) -> Result? {
    if !isEncoding { return body(state) }
    return coder.base.pointee.find(state).flatMap { withUnsafePointer(to: $0, body) }
  }

  mutating func beginLevel() {
    result = LevelResult()
    transitions = 0
    expanded = 0
  }

  /// Takes over suspects of a search that goes on.
  mutating func take(suspects: ArraySlice<Int>) { self.suspects += suspects }

  /// Keeps the words of the suspects before a position, where states are going to be forgotten.
  mutating func keepSuspects(before position: Int) {
    forgottenSuspects += words(of: suspects.filter { $0 < position })
    suspects.removeAll { $0 < position }
  }

  /// How many suspects there are, and their words, one after the other.
  var suspectCount: Int { suspects.count + forgottenSuspects.count / wordCount }
  var suspectWords: [UInt64] { forgottenSuspects + words(of: suspects) }

  private func words(of positions: [Int]) -> [UInt64] {
    positions.flatMap { UnsafeBufferPointer(start: state(at: $0), count: wordCount) }
  }

  /// Forgets the positions that are left of the last block.
  mutating func dropBlock() { block = 0..<0 }

  /// Adds an initial state, before the first level, unless another rank owns it.
  ///
  /// - Returns: false if the index must grow before it can be added.
  mutating func insertInitial(_ state: [UInt64]) -> Bool {
    for (word, value) in state.enumerated() { batch[word] = value }
    canonizer?.canonize(batch.base)
    if let mailbox, !mailbox.isOwn(batch.base) { return true }
    places[0] = index.place(of: batch.base)
    batchCount = 1
    if store.isFull {
      checkBatch()
      return true
    }
    return !store.isCrowded && insertBatch(ManyWords.self)
  }

  /// Works on the level until nothing of it is left, or until the round must end early.
  mutating func run(_ level: LevelQueue) {
    switch wordCount {
    case _ where isEncoding: run(level, EncodedWords.self)
    case 1: run(level, OneWord.self)
    case 2: run(level, TwoWords.self)
    case 3: run(level, ThreeWords.self)
    case 4: run(level, FourWords.self)
    case 5: run(level, FiveWords.self)
    default: run(level, ManyWords.self)
    }
    let trouble = stepper.takeSummary()
    result.faults.formUnion(trouble.faults)
    result.failed |= trouble.failed
  }

  private mutating func run<Words: WordCount>(_ level: LevelQueue, _ words: Words.Type) {
    if let mailbox { return run(level, with: mailbox, words) }
    while true {
      if todo.isEmpty {
        if level.mustPause { return }
        todo = level.next()
        if todo.isEmpty { break }
      }
      while !todo.isEmpty {
        if batchCount >= Self.batchSize && !flush(level, words) { return }
        fillBatch(words, OneRank.self)
      }
    }
    if batchCount > 0 { _ = flush(level, words) }
  }

  /// Whether all of the level that the worker took on is done.
  var isIdle: Bool { todo.isEmpty && batchCount == 0 && inbox.isEmpty }

  /// Looks the batch up, unless the store needs attention first.
  mutating func flush<Words: WordCount>(
    _ level: LevelQueue, _ words: Words.Type
  ) -> Bool {
    if store.isFull && !level.canMakeRoom {
      checkBatch()
    } else if store.isFull || store.isCrowded || !insertBatch(words) {
      level.pause()
      return false
    }
    return true
  }

  /// Expands states of the level until the batch is full or none is left.
  mutating func fillBatch<Words: WordCount, Ranks: RankCount>(_: Words.Type, _: Ranks.Type) {
    let wordCount = Words.count(wordCount)
    // What is reached through self would be read again after each write of a state.
    let (stepper, index, recent, places) = (stepper, index, recent.view, places.base)
    let (canonizer, coder) = (canonizer, coder.base)
    let mailbox = mailbox
    var states = todo
    var count = batchCount
    var made = batch.base + count &* wordCount
    // Of some thousand states, which each stand for 2^31 at most.
    var transitions = 0
    var posted = 0
    while count < Self.batchSize && !states.isEmpty {
      if Ranks.areSeveral && posted >= Mailbox.mostPosted { break }
      let stored = index.state(
        at: states.lowerBound, wordCount: Words.Stored.count(index.wordCount))
      let current = Words.isEncoded ? coder.pointee.decode(stored.pointee) : stored
      let expansion: Stepper.Expansion
      let ways: Int
      var orbit = 1
      if let canonizer {
        let (reduced, taken, broken) = stepper.expand(
          current, into: made, wordCount: wordCount, onceFor: canonizer)
        orbit = Int(canonizer.orbitSize(of: current))
        expansion = reduced
        ways = taken &+ broken
        transitions &+= orbit &* ways
        expanded &+= orbit
      } else {
        expansion = stepper.expand(current, into: made, wordCount: wordCount)
        ways = (expansion.end - made) / wordCount &+ expansion.broken
        transitions &+= ways
      }
      let successors = (expansion.end - made) / wordCount
      if _slowPath(!expansion.isSureToGoOn) {
        lookForHang(
          current, at: states.lowerBound, isStandstill: ways == 0, orbit: orbit,
          UnsafeBufferPointer(start: made, count: expansion.end - made))
      }
      var kept = recent.keepNews(made, successors, wordCount: wordCount)
      if Ranks.areSeveral {
        if let canonizer {
          for state in stride(from: made, to: kept, by: wordCount) { canonizer.canonize(state) }
        }
        let own = mailbox.unsafelyUnwrapped.keepOwn(made, until: kept, wordCount: wordCount)
        posted &+= (kept - own) / wordCount
        kept = own
      }
      while made < kept {
        if !Ranks.areSeveral { canonizer?.canonize(made) }
        if !Words.isEncoded {
          let place = index.place(of: made, wordCount: wordCount)
          places[count] = place
          index.prefetchBucket(of: place)
        }
        count &+= 1
        made += wordCount
      }
      states = (states.lowerBound &+ 1)..<states.upperBound
    }
    assert(count <= self.places.count && made <= batch.base + batch.count)
    batchCount = count
    todo = states
    self.transitions = self.transitions?.sum(transitions)
  }

  /// Notes a state where nothing can move, and one that may be a hang.
  ///
  /// - Parameters:
  ///   - orbit: the states for which it stands.
  ///   - successors: what was made of it.
  @inline(never)
  private mutating func lookForHang(
    _ state: UnsafePointer<UInt64>, at position: Int, isStandstill: Bool, orbit: Int,
    _ successors: UnsafeBufferPointer<UInt64>
  ) {
    if isStandstill && !stepper.isResting(state) { result.deadlocks += orbit }
    let isEachMade = canonizer == nil
    if suspectCount <= Self.mostSuspects
      && stepper.mayHang(state, successors, isEachMade: isEachMade)
    {
      suspects.append(position)
    }
  }

  /// Looks up the batch, adds what is new and checks the properties of every new state.
  ///
  /// - Returns: false if the index must grow before the rest of the batch can be added.
  private mutating func insertBatch<Words: WordCount>(_ words: Words.Type) -> Bool {
    if Words.isEncoded && !encodeBatch() { return false }
    if !index.namesPositions { return insertRests(words) }
    let (index, places, batch, count) = (index, places.base, batch.base, batchCount)
    let wordCount = Words.count(wordCount)
    let stored = Words.isEncoded ? encoded.base : batch
    let storedCount = Words.Stored.count(index.wordCount)
    for number in 0..<count {
      index.prefetchCandidate(of: &places[number], wordCount: storedCount)
    }
    for number in 0..<count {
      let state = UnsafePointer(stored + number &* storedCount)
      if index.isCandidate(state, of: places[number], wordCount: storedCount) { continue }
      if block.isEmpty { block = store.reserveBlock() }
      switch index.insert(state, places[number], at: block.lowerBound, Words.Stored.self) {
      case .known: break
      case .new:
        block = (block.lowerBound &+ 1)..<block.upperBound
        check(batch + number &* wordCount)
      case .noRoom: return keepBatch(from: number)
      }
    }
    batchCount = 0
    return true
  }

  /// The same where slots hold the rest of what is stored, which is a word.
  private mutating func insertRests<Words: WordCount>(_: Words.Type) -> Bool {
    assert(index.wordCount == 1)
    let (index, places, batch, count) = (index, places.base, batch.base, batchCount)
    let stored = Words.isEncoded ? encoded.base : batch
    var (next, end) = (block.lowerBound, block.upperBound)
    defer { block = next..<end }
    for number in 0..<count {
      switch index.insertRest(places[number]) {
      case .known: break
      case .new:
        if next == end {
          block = store.reserveBlock()
          (next, end) = (block.lowerBound, block.upperBound)
        }
        index.write(stored + number, at: next, wordCount: 1)
        next &+= 1
        check(batch + number &* (Words.isEncoded ? Words.count(wordCount) : 1))
      case .noRoom: return keepBatch(from: number)
      }
    }
    batchCount = 0
    return true
  }

  /// Makes the word for each state of the batch and asks for where it belongs.
  ///
  /// - Returns: false if what states are made of finds no room, and nothing was looked up.
  private mutating func encodeBatch() -> Bool {
    let (index, places, encoded) = (index, places.base, encoded.base)
    for number in 0..<batchCount {
      guard let word = coder.base.pointee.encode(batch.base + number &* wordCount) else {
        return false
      }
      encoded[number] = word
      places[number] = index.place(of: encoded + number, wordCount: 1)
      index.prefetchBucket(of: places[number])
    }
    return true
  }

  /// Drops the first states of the batch, because there is no room for the others.
  private mutating func keepBatch(from first: Int) -> Bool {
    store.noteOverflow()
    batchCount -= first
    for number in 0..<batchCount {
      stepper.copy(
        batch.base + (first + number) * wordCount, to: batch.base + number * wordCount)
      places[number] = places[first + number]
    }
    return false
  }

  /// Checks the properties of what is new in the batch and adds nothing, because the store is full.
  /// Whether this level has a violation must not depend on which states still had room.
  private mutating func checkBatch() {
    for number in 0..<batchCount {
      let state = UnsafePointer(batch.base + number &* wordCount)
      let slot = withStored(state) { index.slot(of: $0, index.place(of: $0)) }
      if slot == nil { check(state) }
    }
    batchCount = 0
  }

  @inline(__always)
  private mutating func check(_ state: UnsafePointer<UInt64>) {
    if !stepper.hasProperties { return }
    if let watch = stepper.watch {
      watch.checkProperties(of: state, with: stepper)
    } else {
      stepper.liveWatch?.noteProperties(of: state, with: stepper)
    }
    result.violated |= stepper.violatedInvariants(in: state)
    result.reached |= stepper.reachedGoals(in: state)
  }
}
