import ModelChecking
import Testing

@Suite("Wide states are stored as what they are made of")
struct EncodedStatesTests {
  /// All that is told of an outcome but the memory that it took.
  private func told(_ outcome: Outcome) -> [String] {
    let statistics = outcome.statistics
    return [
      "\(outcome.verdict)", "\(outcome.goals)", "\(statistics.states) \(statistics.transitions)",
      "\(statistics.deadlocks) \(statistics.levels)",
    ] + outcome.findings.map { "\($0.trace.steps) \($0.trace.hasFewestSwitches)" }
  }

  /// Fields of 2 to 60 bits, so that leaves begin anywhere.
  @Test("verdicts, counts and traces are those of states as they are", arguments: 0..<3)
  func randomSystems(batch: Int) throws {
    var (encoded, traces) = (0, 0)
    for seed in batch * 20..<batch * 20 + 20 {
      let stretch = [1 << 20 + 77, 1 << 33 + 5, 1 << 45 + 12_345, 1 << 57 + 3][seed % 4]
      let random = RandomSystem(seed: UInt64(seed))
      let system = try random.system(stretch: stretch)
      let plain = try system.search()
      #expect(plain.verdict.name == (try random.system().search()).verdict.name)
      for (states, threads) in [(0, 1), (0, 3), (40, 1), (40, 2)] {
        var options = SearchOptions(threads: threads)
        options.mostStatesInMemory = states
        if try fastSearch(system, options).store.tree != nil { encoded += 1 }
        let outcome = try system.search(options)
        #expect(told(outcome) == told(plain), "seed \(seed), \(states), \(threads)")
        traces += outcome.findings.count
        // With dead registers set back, and one state for all that are alike.
        options.mostStatesUnreduced = 0
        options.statesToLearnFrom = 10
        let reduced = try system.search(options)
        options.mostStatesInMemory = .max
        #expect(told(reduced) == told(try system.search(options)), "seed \(seed), reduced")
      }
    }
    #expect(encoded > 20 && traces > 20)
  }

  @Test("a memory limit has room for more states than lie in it", arguments: [1, 3])
  func room(threads: Int) throws {
    let system = try countingSystem(6, to: 6, belowSum: 36, roomFor: 1 << 40)
    let all = try system.search(SearchOptions(threads: threads))
    // 117,649 states of four words.
    let options = SearchOptions(threads: threads, memory: 28 << 20)
    let search = try fastSearch(system, options)
    let tree = try #require(search.store.tree)
    #expect(tree.values.reservedCount < 4_000)
    // As they are, they would take 3.7 million alone.
    #expect(search.store.usedBytes < 5 << 19)
    let outcome = try system.search(options)
    #expect(told(outcome) == told(all))
    #expect(outcome.statistics.states == 117_649)
    #expect(outcome.findings.first?.trace.steps.count == 36)
  }

  @Test("a violation in the level that a memory limit cuts short has a shortest trace")
  func violationAtTheLimit() throws {
    let system = try countingSystem(6, to: 8, belowSum: 27, roomFor: 1 << 40)
    var (violated, inconclusive) = (0, 0)
    for kilobytes in stride(from: 28 << 10, through: 31 << 10, by: 256) {
      var options = SearchOptions(memory: kilobytes << 10)
      // So nothing is forgotten, and the limit is met with all states there.
      options.looksAtValues = true
      let outcome = try system.search(options)
      switch outcome.verdict.name {
      case "violated":
        violated += 1
        #expect(outcome.findings.first?.trace.steps.count == 27, "\(kilobytes)")
      default:
        inconclusive += 1
        #expect(outcome.limit == .memory, "\(kilobytes)")
      }
    }
    #expect(violated > 0 && inconclusive > 0, "\(violated), \(inconclusive)")
  }

  private static func forEachChunk(
    _ range: Range<Int>, _ body: @Sendable (Range<Int>) -> Void
  ) { body(range) }

  /// Inserts states until there is no room.
  private func fill(
    _ store: StateStore, words: Int, _ state: (Int) -> [UInt64]
  ) -> (states: [[UInt64]], gap: Range<Int>) {
    var states: [[UInt64]] = []
    var block = 0..<0
    while !store.isFull {
      if block.isEmpty { block = store.reserveBlock() }
      if store.isCrowded { store.growIndex(gaps: [block], Self.forEachChunk) }
      states.append(state(states.count))
      let insertion = store.index.insert(states[states.count - 1], at: block.lowerBound)
      precondition(insertion == .new)
      block = (block.lowerBound + 1)..<block.upperBound
    }
    return (states, block)
  }

  /// A state of so many bits, whose first quarter follows from a number below 2^16 and tells it, and whose last
  /// from another.
  private static func state(of span: Int, _ left: Int, _ right: Int) -> [UInt64] {
    /// A bit of what a number is spread to. The lowest 16 tell it.
    func bit(_ bit: Int, of number: Int) -> UInt64 {
      (UInt64(number) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(bit % 64) & 1
    }
    var state = [UInt64](repeating: 0, count: (span + 63) / 64)
    for number in 0..<span {
      let value =
        if number < span / 4 {
          bit(number, of: left)
        } else if number < 3 * span / 4 {
          bit(number, of: span)
        } else {
          bit(number - 3 * span / 4, of: right)
        }
      state[number / 64] |= value << UInt64(number % 64)
    }
    return state
  }

  @Test("states come back as they were, whatever their width", arguments: [2, 3, 4, 5, 9, 104])
  func roundTrip(words: Int) throws {
    for span in [64 * (words - 1) + 1, 64 * (words - 1) + 17, 64 * words] {
      let store = try #require(
        StateStore(
          wordCount: words, bitCount: span, byteLimit: 12 << 20, slack: 64, isShared: false,
          coders: 1))
      let (states, gap) = fill(store, words: words) { number in
        Self.state(of: span, number / 700, number % 700)
      }
      let capacity = store.capacity
      store.encode(settled: gap.lowerBound, gaps: [gap], Self.forEachChunk)
      try store.checkInvariants(gaps: [gap])
      let tree = try #require(store.tree, "\(words) words")
      #expect(store.capacity > capacity)
      var coder = StateCoder(tree)
      for (position, state) in states.enumerated() {
        let word = store.index.state(at: position).pointee
        let decoded = coder.decode(word)
        if !(0..<words).allSatisfy({ decoded[$0] == state[$0] }) {
          Issue.record("state \(position) of \(words) words")
          return
        }
        if coder.encode(state) != word {
          Issue.record("word \(position) of \(words) words")
          return
        }
      }
    }
  }

  /// Fills a store with states of little variety and has it store them as words.
  private func encodedStore() throws -> StateStore {
    let store = try #require(
      StateStore(
        wordCount: 2, bitCount: 128, byteLimit: 12 << 20, slack: 64, isShared: false, coders: 1))
    let (_, gap) = fill(store, words: 2) { [UInt64($0 % 700), UInt64($0 / 700)] }
    store.encode(settled: gap.lowerBound, gaps: [gap], Self.forEachChunk)
    store.close(gaps: [gap])
    return store
  }

  @Test("a store is not complete whose parts have found no room")
  func noRoomForParts() throws {
    let store = try encodedStore()
    let tree = try #require(store.tree)
    #expect(store.isComplete() && !store.isFull)
    var coder = StateCoder(tree)
    var random = SplitMix64(seed: 1)
    while !store.isFull {
      if coder.encode([random.next(), random.next()]) == nil {
        tree.values.growIndex(gaps: [coder.block], Self.forEachChunk)
        coder.adopt()
      }
    }
    #expect(coder.encode([random.next(), random.next()]) == nil)
    #expect(!store.isComplete(unusedNames: coder.block.count))
  }

  @Test("states with nothing in common stay as they are")
  func nothingInCommon() throws {
    let store = try #require(
      StateStore(
        wordCount: 4, bitCount: 256, byteLimit: 12 << 20, slack: 64, isShared: false, coders: 1)
    )
    var random = SplitMix64(seed: 1)
    let (states, gap) = fill(store, words: 4) { _ in (0..<4).map { _ in random.next() } }
    let capacity = store.capacity
    store.encode(settled: gap.lowerBound, gaps: [gap], Self.forEachChunk)
    #expect(store.tree == nil && !store.canEncode)
    #expect(store.capacity > capacity)
    try store.checkInvariants(gaps: [gap])
    for (position, state) in states.enumerated() {
      let stored = store.index.state(at: position)
      if !(0..<4).allSatisfy({ stored[$0] == state[$0] }) {
        Issue.record("state \(position)")
        return
      }
    }
  }
}
