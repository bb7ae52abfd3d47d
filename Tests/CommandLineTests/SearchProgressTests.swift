import ModelChecking
import StraypageCLI
import Testing

@Suite("How far the work got, in a line")
struct SearchProgressTests {
  private let monitor = SearchMonitor()

  init() {
    monitor.beginLevel(depth: 23, frontier: 1_234_567)
    monitor.update(states: 10_661_625, storedBytes: 190 << 20)
  }

  private func line(
    of count: String? = nil, seconds: Double? = nil, after elapsed: Double = 5, columns: Int = 120
  ) -> String {
    let options = SearchOptions(memory: 4 << 30, seconds: seconds)
    return SearchProgress(monitor, within: options).line(
      of: count, after: elapsed, columns: columns)
  }

  @Test("A search tells its time, states, rate, depth, frontier and memory, and guesses nothing")
  func search() {
    #expect(
      line()
        == "5 s: 10,661,625 states, 2,132,325/s, depth 23, frontier 1,234,567, 190 of 4,096 MB")
  }

  @Test("What has no room is left out whole, from the end")
  func narrow() {
    #expect(line(columns: 62) == "5 s: 10,661,625 states, 2,132,325/s, depth 23")
    #expect(line(columns: 4) == "5 s")
    // The last column stays free: 61 characters don't fit into 61.
    let whole = "5 s: 10,661,625 states, 2,132,325/s, depth 23"
    #expect(line(columns: whole.count + 1) == whole)
    #expect(line(columns: whole.count) == "5 s: 10,661,625 states, 2,132,325/s")
  }

  @Test("Of several searches the count comes first")
  func several() {
    #expect(
      line(of: "3 of 57 checks", columns: 60)
        == "5 s: 3 of 57 checks, 10,661,625 states, 2,132,325/s")
  }

  @Test("A limit of time says what is left at most")
  func limit() {
    #expect(line(seconds: 100, columns: 50) == "5 s: 10,661,625 states, at most 1:35 left")
  }

  @Test(
    "A stage whose states are counted says how much of it is done; one that has just begun guesses nothing"
  )
  func stage() {
    monitor.begin(.tracing, of: 1000)
    monitor.advance(by: 250)
    monitor.advance(by: 5)
    #expect(
      line(columns: 70) == "5 s: looking for the shortest trace 25 %, 10,661,625 states")
    monitor.begin(.goingRound)
    #expect(
      line(columns: 80)
        == "5 s: looking for runs that go on for ever, 10,661,625 states, 190 of 4,096 MB")
  }

  @Test(
    "What is left is guessed by what was done since the stage began",
    arguments: [
      (SearchMonitor.Work(stage: .tracing, done: 250, all: 1000, seconds: 10), "about 30 s left"),
      (.init(stage: .tracing, done: 250, all: 1000, seconds: 0.5), "at most 4:55 left"),
      (.init(stage: .goingRound, done: 0, all: 0, seconds: 10), "at most 4:55 left"),
    ])
  func guess(_ work: SearchMonitor.Work, _ words: String) {
    let options = SearchOptions(seconds: 300)
    let left = SearchProgress(monitor, within: options).left(in: work, after: 5)
    #expect(left == words)
  }

  @Test("Minutes and hours", arguments: [(59.9, "59 s"), (65, "1:05"), (7209, "2:00:09")])
  func time(_ seconds: Double, _ words: String) {
    #expect(line(after: seconds, columns: words.count + 2) == words)
  }

  @Test("A search says what it is at, as it goes on")
  func stages() throws {
    let system = try System { b in
      let count = b.field("count", .range(0...3), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        for _ in 0..<3 { Step("count++", .atomic(count)) { $0 += 1 } }
      }
      b.invariant("count is less than 3") { s in s[count] < 3 }
    }
    let monitor = SearchMonitor()
    _ = try system.search(monitor: monitor)
    // Of when the last level began.
    #expect(monitor.states == 3)
    #expect(monitor.depth == 2)
    // All of the trace's levels were gone through once.
    let work = monitor.work
    #expect(work.stage == .tracing && work.done == 4 && work.all == 4)
  }
}
