import Foundation
import ModelChecking
import Testing

/// Many threads on few slots, which a search on few processors hardly ever shows. To be run under
/// the thread sanitizer too: `swift test --sanitize thread --filter StateStoreTests`.
@Suite("The store of states")
struct StateStoreTests {
  static let threadCount = 8

  /// The state numbered `number`: every word of it depends on the number.
  static func write(_ number: Int, to state: UnsafeMutablePointer<UInt64>, words: Int) {
    for word in 0..<words { state[word] = UInt64(number) &* (word == 0 ? 1 : 1_000_003) }
  }

  /// How far a thread has come, and the positions it has left.
  private struct Place {
    var done = 0
    var block = 0..<0
    var newStates = 0
  }

  @Test("there is room for as many states on any number of threads", arguments: [1, 2, 7, 60, 351])
  func capacity(words: Int) throws {
    let most = StateStore.leastBytes(wordCount: words, slack: 256 * 400)
    for bytes in [most, most + 1, most * 3 / 2, most * 2 - 1, most * 7, 64 << 30] {
      let capacities = try [1, 2, 3, 4, 16, 255, 256].map { threads in
        try #require(
          StateStore(
            wordCount: words, bitCount: 64 * words, byteLimit: bytes, slack: threads * 400,
            isShared: threads > 1)
        ).capacity
      }
      #expect(Set(capacities).count == 1, "\(bytes): \(capacities)")
      #expect(capacities[0] * (8 * words + 5) > bytes / 5 * 3 || capacities[0] > 2_000_000_000)
    }
  }

  /// Inserts from many threads that begin with the smallest index there is, and have it grow under
  /// way as the search does: whoever finds it crowded stops, and it grows when all have stopped.
  ///
  /// - Parameter numbers: by thread, the states to insert in order.
  private func insert(
    _ numbers: [[Int]], words: Int, bits: Int, doubling: Int = 1 << 24
  ) throws -> (StateStore, newStates: Int) {
    let threads = numbers.count
    let slack = threads * 2 * StateStore.blockSize
    let store = try #require(
      StateStore(
        wordCount: words, bitCount: words == 1 ? bits : 64 * words, byteLimit: 64 << 20,
        slack: slack,
        isShared: true, doubling: doubling))
    // Each thread writes its own element only, and nobody reads before all have ended.
    nonisolated(unsafe) let places = UnsafeMutablePointer<Place>.allocate(capacity: threads)
    places.initialize(repeating: Place(), count: threads)
    defer { places.deallocate() }
    let everyPlace = UnsafeBufferPointer(start: places, count: threads)
    while zip(everyPlace, numbers).contains(where: { $0.done < $1.count }) {
      Self.concurrently(threads) { thread in
        var place = places[thread]
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { state in
          let state = state.baseAddress!
          inserting: while place.done < numbers[thread].count {
            if place.done % StateStore.blockSize == 0 && store.isCrowded { break }
            Self.write(numbers[thread][place.done], to: state, words: words)
            if place.block.isEmpty { place.block = store.reserveBlock() }
            switch store.index.insert(state, at: place.block.lowerBound) {
            case .known: break
            case .new:
              place.block.removeFirst()
              place.newStates += 1
            case .noRoom:
              store.noteOverflow()
              break inserting
            }
            place.done += 1
          }
        }
        places[thread] = place
      }
      if store.isCrowded {
        store.growIndex(gaps: everyPlace.map(\.block), Self.forEachChunk)
        try store.checkInvariants(gaps: everyPlace.map(\.block))
      }
    }
    store.close(gaps: everyPlace.map(\.block))
    return (store, everyPlace.reduce(0) { $0 + $1.newStates })
  }

  /// Shares a range out in small pieces.
  private static func forEachChunk(
    _ range: Range<Int>, _ body: @Sendable (Range<Int>) -> Void
  ) {
    let starts = Array(stride(from: range.lowerBound, to: range.upperBound, by: 64))
    DispatchQueue.concurrentPerform(iterations: starts.count) { number in
      body(starts[number]..<min(starts[number] + 64, range.upperBound))
    }
  }

  /// As many threads as are asked for, however few processors there are.
  private static func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
      group.enter()
      Thread.detachNewThread {
        body(number)
        group.leave()
      }
    }
    group.wait()
  }

  /// Every state once, at a position of its own, and found there.
  private func check(
    _ store: StateStore, newStates: Int, states: Set<Int>, words: Int
  ) throws {
    #expect(newStates == states.count)
    #expect(store.reservedCount == states.count)
    try store.checkInvariants()
    var positions: Set<Int> = []
    store.nameStates(Self.forEachChunk)
    try store.checkInvariants()
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { state in
      let state = state.baseAddress!
      for number in states {
        Self.write(number, to: state, words: words)
        if let position = store.index.find(state, store.index.place(of: state)) {
          positions.insert(position)
          #expect(store.index.state(at: position)[words - 1] == state[words - 1])
        }
      }
      Self.write(states.count + 1_000_000, to: state, words: words)
      #expect(store.index.find(state, store.index.place(of: state)) == nil)
    }
    #expect(positions == Set(0..<states.count))
  }

  /// Words of a state and bits of them in use. Up to 36 bits a slot holds the rest of the state from
  /// the start, with 38 it does once the index has grown, with more words never.
  static let shapes = [(1, 20), (1, 38), (1, 64), (2, 128), (5, 320)]

  @Test("all threads insert the same few states at once", arguments: shapes)
  func sameStates(words: Int, bits: Int) throws {
    for round in 0..<20 {
      let numbers = (0..<Self.threadCount).map { thread in
        (0..<600).map { ($0 * (2 * thread + 1) + round) % 300 }
      }
      let (store, newStates) = try insert(numbers, words: words, bits: bits)
      try check(store, newStates: newStates, states: Set(numbers.joined()), words: words)
    }
  }

  @Test(
    "the index grows under way, again and again, twofold or in smaller steps", arguments: shapes,
    [1 << 24, 0])
  func growth(shape: (words: Int, bits: Int), doubling: Int) throws {
    let (words, bits) = shape
    let numbers = (0..<Self.threadCount).map { thread in
      // Two threads have each state, and come to it from opposite ends.
      (0..<30_000).map { (thread / 2) * 30_000 + (thread % 2 == 0 ? $0 : 29_999 - $0) }
    }
    let (store, newStates) = try insert(numbers, words: words, bits: bits, doubling: doubling)
    #expect(store.index.namesPositions == (bits > 42))
    try check(store, newStates: newStates, states: Set(numbers.joined()), words: words)
  }

  /// Numbers of states that belong in the first buckets of a small index.
  static func crowd(_ count: Int, words: Int, bits: Int) throws -> [Int] {
    let store = try #require(
      StateStore(wordCount: words, bitCount: bits, byteLimit: 1 << 20, slack: 100, isShared: false))
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { state in
      let numbers = (0...).lazy.filter { number in
        Self.write(number, to: state.baseAddress!, words: words)
        return store.index.place(of: state.baseAddress!).bucket < 2
      }
      return Array(numbers.prefix(count))
    }
  }

  @Test(
    "states that all belong in the same few buckets make it grow", arguments: [(1, 36), (2, 128)])
  func crowd(words: Int, bits: Int) throws {
    let crowd = try Self.crowd(2000, words: words, bits: bits)
    let numbers = [crowd, crowd.reversed(), crowd]
    let (store, newStates) = try insert(numbers, words: words, bits: bits)
    #expect(store.index.size.slotCount > 1 << 14)
    try check(store, newStates: newStates, states: Set(crowd), words: words)
  }

  @Test("a search goes on where states crowd into the same few buckets", arguments: [1, 2])
  func crowdedSearch(threads: Int) throws {
    let crowd = try Self.crowd(2000, words: 1, bits: 36)
    let numbers = Dictionary(uniqueKeysWithValues: crowd.enumerated().map { ($1, $0) })
    // A tree of 40 ways out of each state.
    let system = try System { b in
      let value = b.field("value", .range(0...(1 << 30)), initially: crowd[0])
      b.actor("actor", on: b.cpu()) { _ in
        Loop {
          Choose(0..<40) { way in
            Step(
              "go", .atomic(value), when: { 40 * numbers[$0]! + way + 1 < crowd.count }
            ) {
              $0 = crowd[40 * numbers[$0]! + way + 1]
            }
          }
        }
      }
    }
    let search = try fastSearch(system, SearchOptions(threads: threads))
    #expect(search.statistics.states == crowd.count)
    #expect(search.statistics.transitions == crowd.count - 1)
    #expect(search.store.index.size.slotCount > 1 << 14)
    try search.store.checkInvariants()
  }

  /// What a check of the invariants says of a store with the states 1 to 100 in two blocks, once
  /// somebody broke it.
  private func complaint(
    words: Int, bits: Int, gaps: [Range<Int>] = [100..<128],
    _ break: (StateStore) -> Void = { _ in }
  ) throws -> String? {
    let store = try #require(
      StateStore(wordCount: words, bitCount: bits, byteLimit: 1 << 20, slack: 100, isShared: true))
    for number in 1...100 { Self.insert(number, into: store, at: number - 1) }
    for _ in 0..<2 { _ = store.reserveBlock() }
    `break`(store)
    do { try store.checkInvariants(gaps: gaps) } catch { return error.description }
    return nil
  }

  private static func insert(_ number: Int, into store: StateStore, at position: Int) {
    let words = store.index.wordCount
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { state in
      write(number, to: state.baseAddress!, words: words)
      #expect(store.index.insert(state.baseAddress!, at: position) == .new)
    }
  }

  @Test("a store whose memory is broken is noticed", arguments: [(1, 36), (1, 64), (2, 128)])
  func brokenStores(words: Int, bits: Int) throws {
    func complaint(
      gaps: [Range<Int>] = [100..<128], _ break: (StateStore) -> Void = { _ in }
    ) throws -> String? {
      try self.complaint(words: words, bits: bits, gaps: gaps, `break`)
    }
    #expect(try complaint() == nil)
    #expect(try complaint(gaps: []) == "100 slots are used for 128 states")
    #expect(try complaint(gaps: [100..<129]) == "the gap 128 is not reserved")
    #expect(try complaint(gaps: [100..<128, 110..<111]) == "position 110 is in two gaps")
    // A state in the place of another.
    #expect(
      try complaint { Self.insert(500, into: $0, at: 7) } == "101 slots are used for 100 states")
    #expect(
      try complaint(gaps: [101..<128]) { Self.insert(500, into: $0, at: 7) }
        == "the state at position 100 is not in the index")
    // A state where nobody has reserved a position, or somebody handed it back.
    let namesPositions = bits > 36
    let unreserved = try complaint { Self.insert(500, into: $0, at: 128) }
    let unused = try complaint { Self.insert(500, into: $0, at: 127) }
    if namesPositions {
      #expect(unreserved?.hasSuffix("names position 128, of 128") == true)
      #expect(unused?.hasSuffix("names position 127, which is unused") == true)
    } else {
      #expect(unreserved == "101 slots are used for 100 states" && unused == unreserved)
    }
  }
}
