import ModelChecking
import Models
import Testing

/// The counts that Spin, TLC, rumur, stateright and a program in C found for the same model.
@Suite("The counts of page-churn", .serialized)
struct PageChurnTests {
  struct Size: Sendable {
    let pages: Int
    let walkers: Int
    let states: Int
    let transitions: Int
  }

  static let sizes = [
    Size(pages: 2, walkers: 2, states: 1_125, transitions: 4_020),
    Size(pages: 3, walkers: 3, states: 94_325, transitions: 499_125),
    Size(pages: 4, walkers: 3, states: 1_184_625, transitions: 6_849_300),
    Size(pages: 3, walkers: 4, states: 660_275, transitions: 4_252_080),
    Size(pages: 4, walkers: 4, states: 10_661_625, transitions: 74_080_000),
  ]

  private func outcome(
    of size: Size, threads: Int = 1, strategy: SearchStrategy = .fast, isReduced: Bool = false
  ) throws -> Outcome {
    var options = SearchOptions(threads: threads)
    if isReduced { options.mostStatesUnreduced = SearchOptions.usualMostStatesUnreduced }
    return try Model.pageChurn.system(settings: ["pages": size.pages, "walkers": size.walkers])
      .search(options, strategy: strategy)
  }

  @Test("are exact on 1, 2 and 4 threads", arguments: sizes, [1, 2, 4])
  func fast(size: Size, threads: Int) throws {
    let found = try outcome(of: size, threads: threads)
    #expect(found.verdict == .holds)
    #expect(found.statistics.states == size.states)
    #expect(found.statistics.transitions == size.transitions)
  }

  @Test(
    "are exact where what is alike is visited once",
    arguments: sizes.dropFirst() + [
      Size(pages: 4, walkers: 5, states: 95_954_625, transitions: 781_552_300),
      Size(pages: 4, walkers: 6, states: 863_591_625, transitions: 8_089_579_800),
    ])
  func reduced(size: Size) throws {
    let found = try outcome(of: size, threads: 2, isReduced: true)
    #expect(found.verdict == .holds)
    #expect(found.statistics.states == size.states)
    #expect(found.statistics.transitions == size.transitions)
    #expect(found.statistics.visited * 10 < size.states && found.alike.count == 2)
  }

  // The larger ones take minutes; Tests/Peers/compare does them.
  @Test("are exact by the reference search", arguments: sizes.prefix(2))
  func reference(size: Size) throws {
    let found = try outcome(of: size, strategy: .reference)
    #expect(found.verdict == .holds)
    #expect(found.statistics.states == size.states)
    #expect(found.statistics.transitions == size.transitions)
  }

  @Test("are the same with wide states, a word a page and one more", arguments: [1, 2, 4])
  func wide(threads: Int) throws {
    let size = Self.sizes[3]
    let found = try Model.pageChurn.system(
      variant: "wide", settings: ["pages": size.pages, "walkers": size.walkers]
    ).search(SearchOptions(threads: threads))
    #expect(found.verdict == .holds)
    #expect(found.statistics.states == size.states)
    #expect(found.statistics.transitions == size.transitions)
    #expect(found.statistics.wordsPerState == size.pages + 1)
  }
}
