import Foundation
import ModelChecking
import Synchronization
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
  /// What searches were kept, in memory.
  private final class Shelf: Sendable {
    struct Item: Sendable {
      let search: Data
      let states: [UInt8]

      /// What goes on from it, by way of the form that files have.
      var start: Checkpoints.Start {
        get throws {
          Checkpoints.Start(try JSONDecoder().decode(SavedSearch.self, from: search)) { memory in
            memory.copyBytes(from: states)
          }
        }
      }
    }

    private let kept = Mutex<[Item]>([])
    var items: [Item] { kept.withLock { $0 } }

    func add(_ search: SavedSearch, _ states: UnsafeRawBufferPointer) {
      let item = Item(search: try! JSONEncoder().encode(search), states: Array(states))
      kept.withLock { $0.append(item) }
    }

    /// Keeps at every level.
    func checkpoints(from start: Checkpoints.Start? = nil) -> Checkpoints {
      Checkpoints(interval: 0, start: start) { self.add($0, $1) }
    }
  }

  private static func options(threads: Int, isReduced: Bool) -> SearchOptions {
    var options = SearchOptions(threads: threads)
    options.cacheInterval = 1
    options.mostStatesUnreduced = isReduced ? 0 : nil
    options.leastArrangements = 1
    // A search that is kept sets no register back.
    options.setsRegistersBack = false
    return options
  }

  private func expectSame(_ one: Outcome, _ other: Outcome, _ comment: Comment) {
    func figures(_ outcome: Outcome) -> Statistics {
      var figures = outcome.statistics
      (figures.seconds, figures.peakBytes, figures.storedBytes) = (0, 0, 0)
      return figures
    }
    #expect(one.verdict == other.verdict, comment)
    #expect(figures(one) == figures(other), comment)
    #expect(one.goals == other.goals, comment)
    #expect(one.coverage == other.coverage, comment)
    #expect(one.alike == other.alike && one.difference == other.difference, comment)
    #expect(one.findings.map(\.property) == other.findings.map(\.property), comment)
    #expect(one.findings.map(\.trace.steps) == other.findings.map(\.trace.steps), comment)
    #expect(one.findings.map(\.trace.onward) == other.findings.map(\.trace.onward), comment)
    #expect(one.findings.map(\.trace.loop) == other.findings.map(\.trace.loop), comment)
  }

  /// Goes on from some of the levels of a search, and expects what the whole search found.
  ///
  /// - Returns: from how many.
  private func expectSameFromLevels(
    of system: System, isReduced: Bool, keepsGoing: Bool = false, _ comment: Comment
  ) throws -> Int {
    var options = Self.options(threads: 2, isReduced: isReduced)
    options.keepsGoing = keepsGoing
    let whole = try system.search(options)
    let shelf = Shelf()
    options.checkpoints = shelf.checkpoints()
    expectSame(try system.search(options), whole, comment)
    let levels = shelf.items
    for (number, item) in levels.enumerated() where number % 3 == 0 || number == levels.count - 1 {
      var options = Self.options(threads: 1 + number % 3, isReduced: isReduced)
      options.keepsGoing = keepsGoing
      options.checkpoints = shelf.checkpoints(from: try item.start)
      expectSame(try system.search(options), whole, "\(comment), level \(number)")
    }
    return levels.count
  }

  @Test("a search that goes on from any level ends as if it had never been kept")
  func levels() throws {
    var levels = 0
    var verdicts: Set<String> = []
    for seed in 0..<60 {
      guard let system = try? RandomPrograms.system(seed: UInt64(seed)) else { continue }
      let outcome = try system.search()
      if outcome.statistics.states > 1_000 { continue }
      verdicts.insert(outcome.verdict.name)
      levels += try expectSameFromLevels(
        of: system, isReduced: false, keepsGoing: seed % 2 == 0, "seed \(seed)")
    }
    #expect(levels > 200)
    #expect(verdicts.count > 2)
  }

  @Test("so does one that visits one state for many")
  func reduced() throws {
    var levels = 0
    for seed in 0..<10 {
      let system = try AlikeSystem(seed: seed).system
      levels += try expectSameFromLevels(of: system, isReduced: true, "seed \(seed)")
    }
    #expect(levels > 30)
  }

  private static func counters() throws -> System {
    try System { system in
      for number in 0..<3 {
        let count = system.field("count\(number)", .range(0...9), initially: 0)
        system.actor("counter\(number)", on: system.cpu()) { _ in
          for _ in 0..<9 { Step("count", .atomic(count)) { $0 += 1 } }
        }
      }
      system.goal("all are 9") { _ in true }
    }
  }

  @Test("one that is interrupted is kept as it was when the last level was done")
  func interrupted() throws {
    let system = try Self.counters()
    let shelf = Shelf()
    let monitor = SearchMonitor()
    var options = Self.options(threads: 2, isReduced: false)
    let whole = try system.search(options)
    options.checkpoints = Checkpoints(interval: 0) { search, states in
      shelf.add(search, states)
      if search.stateCount > 200 { monitor.stop() }
    }
    let cut = try system.search(options, monitor: monitor)
    #expect(cut.verdict == .inconclusive(.interrupted))
    let items = shelf.items
    #expect(items.count > 2)
    // By interval, and once more for the interruption.
    #expect(items[items.count - 1].states == items[items.count - 2].states)
    options.checkpoints = shelf.checkpoints(from: try items[items.count - 1].start)
    let rest = try system.search(options)
    expectSame(rest, whole, "")
    #expect(rest.statistics.seconds > cut.statistics.seconds)
  }

  @Test("nothing is kept that nobody asked for, nor where a verdict comes first")
  func seldom() throws {
    let shelf = Shelf()
    var options = Self.options(threads: 1, isReduced: false)
    options.checkpoints = Checkpoints(interval: 1000) { shelf.add($0, $1) }
    #expect(try Self.counters().search(options).verdict == .holds)
    #expect(shelf.items.isEmpty)
  }

  @Test("what was kept of another search is refused")
  func strangers() throws {
    let shelf = Shelf()
    var options = Self.options(threads: 1, isReduced: true)
    options.checkpoints = shelf.checkpoints()
    let alike = try #require(
      (0..<20).compactMap { try? AlikeSystem(seed: $0).system }.first {
        (try? $0.search(options))?.alike.isEmpty == false
      })
    let start = try #require(shelf.items.last).start
    options.checkpoints = shelf.checkpoints(from: start)
    #expect(throws: InputError("the search that was kept is of another system")) {
      try Self.counters().search(options)
    }
    options.mostStatesUnreduced = nil
    #expect(throws: InputError.self) { try alike.search(options) }
  }
}
