import Foundation
import ModelChecking
import Synchronization
import Testing

@Suite("A campaign of searches")
struct CampaignTests {
  /// A system to search, or none.
  enum Item: Sendable {
    /// Two states.
    case small
    /// 91,125 states of 64 words, which is more than a small search's memory.
    case large
    /// Its search takes 20 seconds or more, a millisecond for each state.
    case slow
    /// There is no such system.
    case broken

    func system() throws(InputError) -> System {
      switch self {
      case .small: try Self.counting(to: 1)
      case .large: try Self.counting(to: 44, counters: 3, padding: 63)
      case .slow: try Self.counting(to: 20_000, pause: 0.001)
      case .broken: throw InputError("it is broken")
      }
    }

    private static func counting(
      to last: Int, counters: Int = 1, padding: Int = 0, pause: Double = 0
    ) throws(InputError) -> System {
      do {
        return try System { b in
          for number in 0..<padding {
            _ = b.field("padding\(number)", .range(0...(1 << 61)), initially: 0)
          }
          // No numbers, for of things that are alike one would stand for many.
          for name in "abc".prefix(counters) {
            let count = b.field("count of \(name)", .range(0...last), initially: 0)
            b.actor("counter \(name)", on: b.cpu()) { _ in
              Loop {
                Step("count", .atomic(count), when: { $0 < last }) { count in
                  if pause > 0 { Thread.sleep(forTimeInterval: pause) }
                  count += 1
                }.mayRest()
              }
            }
          }
        }
      } catch {
        throw InputError("\(error)")
      }
    }
  }

  private func run(
    _ items: [Item], _ budget: SearchOptions, monitor: SearchMonitor = SearchMonitor(),
    progress: @Sendable (Int) -> Void = { _ in },
    report: @Sendable (Int, Campaign.Ending) -> Void = { _, _ in }
  ) -> [Campaign.Ending] {
    Campaign(budget: budget).run(items, monitor: monitor, progress: progress, report: report) {
      item throws(InputError) in try item.system()
    }
  }

  /// An ending in a word, with the states of a search that was completed.
  private func word(_ ending: Campaign.Ending) -> String {
    switch ending {
    case .searched(_, let outcome):
      outcome.verdict.limit.map { "ended by \($0)" } ?? "\(outcome.statistics.states)"
    case .broken(let reason): reason
    case .notRun(let limit, _): "not run: \(limit)"
    }
  }

  @Test(
    "endings are reported once each, in the order of the items, and counted as they come",
    arguments: [1, 2, 4])
  func order(threads: Int) {
    let items = Array(repeating: Item.small, count: 9) + [.large, .broken, .large, .small]
    let reported = Mutex<[(number: Int, word: String)]>([])
    let counts = Mutex<[Int]>([])
    let endings = run(
      items, SearchOptions(threads: threads, memory: 512 << 20),
      progress: { done in counts.withLock { $0.append(done) } },
      report: { number, ending in reported.withLock { $0.append((number, word(ending))) } })
    let words = Array(repeating: "2", count: 9) + ["91125", "it is broken", "91125", "2"]
    #expect(endings.map(word) == words)
    #expect(reported.withLock { $0.map(\.number) } == Array(items.indices))
    #expect(reported.withLock { $0.map(\.word) } == words)
    #expect(counts.withLock { $0 } == Array(1...items.count))
  }

  @Test("the same searches are small on any number of threads", arguments: [1, 2, 7, 256])
  func small(threads: Int) {
    let made = Mutex<[Int: Int]>([:])
    let items = [Item.large, .small, .broken, .small, .large, .small]
    _ = Campaign(budget: SearchOptions(threads: threads, memory: 1 << 30)).run(
      Array(items.indices)
    ) { number throws(InputError) in
      made.withLock { $0[number, default: 0] += 1 }
      return try items[number].system()
    }
    #expect(made.withLock { $0 } == [0: 2, 1: 1, 2: 1, 3: 1, 4: 2, 5: 1])
  }

  @Test("small searches together keep within the memory", arguments: [30, 64, 100, 1000, 4096])
  func lanes(megabytes: Int) {
    for threads in [1, 2, 7, 256] {
      let campaign = Campaign(budget: SearchOptions(threads: threads, memory: megabytes << 20))
      let lanes = campaign.lanes(for: 30)
      #expect((1...min(threads, 30)).contains(lanes))
      #expect(lanes == 1 || lanes * Campaign.smallMemory <= megabytes << 20)
    }
  }

  @Test("a budget below a small search's memory is kept", arguments: [1, 4])
  func littleMemory(threads: Int) {
    let items = [Item.small, .large, .small]
    #expect(
      run(items, SearchOptions(threads: threads, memory: 40 << 20)).map(word)
        == ["2", "ended by memory", "2"])
    #expect(
      run(items, SearchOptions(threads: threads, memory: 1 << 20)).map(word)
        == Array(repeating: "not run: memory", count: 3))
  }

  @Test("what comes when the time is used up is not run")
  func time() {
    #expect(
      run([.small, .broken, .large], SearchOptions(threads: 2, seconds: 0)).map(word)
        == Array(repeating: "not run: time", count: 3))
    // The first takes all of it.
    let endings = Campaign(budget: SearchOptions(threads: 1, seconds: 1)).run([0, 1, 2]) {
      number throws(InputError) in
      if number == 0 { Thread.sleep(forTimeInterval: 1.1) }
      return try Item.small.system()
    }
    #expect(endings.map(word) == ["2", "not run: time", "not run: time"])
  }

  @Test(
    "a search that takes its share of the time leaves the others theirs, and stays inconclusive")
  func shares() {
    let endings = run([.slow, .small, .small], SearchOptions(threads: 1, seconds: 3))
    #expect(endings.map(word) == ["ended by time", "2", "2"])
    // Its share was all there was, and nothing is left for a turn with the whole machine.
    #expect(run([.slow], SearchOptions(seconds: 1)).map(word) == ["ended by time"])
  }

  @Test("what was not begun when somebody ended the run is not run")
  func interruption() {
    let monitor = SearchMonitor()
    let endings = run(
      [.large, .small, .small], SearchOptions(memory: 512 << 20), monitor: monitor,
      progress: { done in if done == 2 { monitor.stop() } })
    // The large one was tried small, and its turn with the whole machine never came.
    #expect(endings.map(word) == ["not run: interrupted", "2", "2"])
    #expect(run([.small], SearchOptions(), monitor: monitor).map(word) == ["not run: interrupted"])
  }

  @Test("a campaign of nothing ends at once")
  func empty() {
    #expect(run([], SearchOptions(threads: 4)).isEmpty)
  }
}
