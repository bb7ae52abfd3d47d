import ModelChecking
import Testing

/// States of any number of words.
@Suite("Wide states")
struct WideStateTests {
  @Test("an empty place among the recent states is no state that was met, at any width")
  func emptyPlaces() {
    for width in Array(1...1_200) + [2_000, 4_096, 16_384, 16_385, 32_768, 32_769] {
      for (word, value) in [(0, 0), (0, 1), (width - 1, 2), (0, 1 << 63)] as [(Int, UInt64)] {
        let recent = RecentStates(wordCount: width)
        var state = [UInt64](repeating: 0, count: width)
        state[word] = value
        let kept = (1...2).map { _ in
          state.withUnsafeMutableBufferPointer {
            recent.view.keepNews($0.baseAddress!, 1, wordCount: width) - $0.baseAddress!
          }
        }
        #expect(kept == [width, 0], "\(value) in word \(word) of \(width)")
      }
    }
  }

  /// One step sets the first of some fields that take a word each.
  private func system(words: Int) throws(ModelError) -> System {
    try System { b in
      let fields = (0..<words).map {
        b.field("field\($0)", .range(0...(1 << 61 - 1)), initially: 0)
      }
      b.actor("actor", on: b.cpu()) { _ in Step("set", .store(fields[0])) { 1 } }
      b.invariant("the first field is 0") { s in s[fields[0]] == 0 }
    }
  }

  @Test(
    "the searches agree on states of any width",
    arguments: Array(1...12) + [100, 351, 352, 353, 358, 442, 520, 600])
  func agreement(words: Int) throws {
    let system = try system(words: words)
    #expect(system.layout.wordCount == words)
    let expected = try system.search(strategy: .reference)
    #expect(expected.verdict == .found(.violated, property: "the first field is 0"))
    for threads in [1, 2] {
      let found = try system.search(SearchOptions(threads: threads))
      #expect(found.verdict == expected.verdict)
      #expect(found.findings.map(\.trace.steps) == expected.findings.map(\.trace.steps))
      #expect(found.statistics.states == expected.statistics.states)
      #expect(found.statistics.transitions == expected.statistics.transitions)
    }
  }

  @Test("a state that is too wide is refused, and the error says how wide it may be")
  func tooWide() {
    let error = #expect(throws: ModelError.self) { try system(words: 2_200) }
    #expect(error?.problems == ["its fields take 134201 bits, and a state has at most 131072"])
  }
}
