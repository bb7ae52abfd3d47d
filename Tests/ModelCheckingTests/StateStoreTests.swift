import Foundation
import ModelChecking
import Testing

/// Many threads on few slots, which a search on few processors hardly ever shows. To be run under
/// the thread sanitizer too: Tests/thread-sanitizer.
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

  /// Inserts from many threads that begin with the smallest index there is, and have it grow under
  /// way as the search does: whoever finds it crowded stops, and it grows when all have stopped.
  ///
  /// - Parameter numbers: by thread, the states to insert in order.
  private func insert(_ numbers: [[Int]], words: Int) throws -> (StateStore, newStates: Int) {
    let threads = numbers.count
    let slack = threads * 2 * StateStore.blockSize
    let store = try #require(
      StateStore(wordCount: words, bytes: 64 << 20, slack: slack, isShared: true))
    // Each thread writes its own element only, and nobody reads before all have ended.
    nonisolated(unsafe) let places = UnsafeMutablePointer<Place>.allocate(capacity: threads)
    places.initialize(repeating: Place(), count: threads)
    defer { places.deallocate() }
    let everyPlace = UnsafeBufferPointer(start: places, count: threads)
    while zip(everyPlace, numbers).contains(where: { $0.done < $1.count }) {
      concurrently(threads) { thread in
        var place = places[thread]
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { state in
          let state = state.baseAddress!
          while place.done < numbers[thread].count {
            if place.done % StateStore.blockSize == 0 && store.isCrowded { break }
            Self.write(numbers[thread][place.done], to: state, words: words)
            if place.block.isEmpty { place.block = store.reserveBlock() }
            let position = place.block.lowerBound
            if store.index.insert(state, hash: store.index.hash(of: state), at: position) == .new {
              place.block.removeFirst()
              place.newStates += 1
            }
            place.done += 1
          }
        }
        places[thread] = place
      }
      if store.isCrowded { grow(store, gaps: everyPlace.map(\.block), threads: threads) }
    }
    store.close(gaps: everyPlace.map(\.block))
    return (store, everyPlace.reduce(0) { $0 + $1.newStates })
  }

  private func grow(_ store: StateStore, gaps: [Range<Int>], threads: Int) {
    let used = store.enlargeIndex()
    concurrently(threads) { store.index.clearSlots(Self.share($0, of: threads, in: used)) }
    var first = 0
    for gap in gaps.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound })
      + [store.reservedCount..<store.reservedCount]
    {
      let positions = first..<gap.lowerBound
      concurrently(threads) { store.index.add(Self.share($0, of: threads, in: positions)) }
      first = gap.upperBound
    }
  }

  private static func share(_ thread: Int, of threads: Int, in range: Range<Int>) -> Range<Int> {
    let bound = { range.lowerBound + range.count * $0 / threads }
    return bound(thread)..<bound(thread + 1)
  }

  /// As many threads as are asked for, however few processors there are.
  private func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
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
  private func check(_ store: StateStore, newStates: Int, states: Set<Int>, words: Int) {
    #expect(newStates == states.count)
    #expect(store.reservedCount == states.count)
    var positions: Set<Int> = []
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { state in
      let state = state.baseAddress!
      for number in states {
        Self.write(number, to: state, words: words)
        if let position = store.index.find(state, hash: store.index.hash(of: state)) {
          positions.insert(position)
          #expect(store.index.state(at: position)[words - 1] == state[words - 1])
        }
      }
      Self.write(states.count + 1_000_000, to: state, words: words)
      #expect(store.index.find(state, hash: store.index.hash(of: state)) == nil)
    }
    #expect(positions == Set(0..<states.count))
  }

  @Test("all threads insert the same few states at once", arguments: [1, 2, 5])
  func sameStates(words: Int) throws {
    for round in 0..<20 {
      let numbers = (0..<Self.threadCount).map { thread in
        (0..<600).map { ($0 * (2 * thread + 1) + round) % 300 }
      }
      let (store, newStates) = try insert(numbers, words: words)
      check(store, newStates: newStates, states: Set(numbers.joined()), words: words)
    }
  }

  @Test("the index grows under way, again and again", arguments: [1, 3])
  func growth(words: Int) throws {
    let numbers = (0..<Self.threadCount).map { thread in
      // Two threads have each state, and come to it from opposite ends.
      (0..<30_000).map { (thread / 2) * 30_000 + (thread % 2 == 0 ? $0 : 29_999 - $0) }
    }
    let (store, newStates) = try insert(numbers, words: words)
    check(store, newStates: newStates, states: Set(numbers.joined()), words: words)
  }
}
