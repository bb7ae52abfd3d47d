import ModelChecking
import Testing

@Suite("One space, explored by several ranks", .serialized)
struct PeersTests {
  /// What each of some ranks comes to; nil where the first came to it alone.
  private func outcomes(
    of system: System, ranks: Int, mostWords: Int = 12, _ options: SearchOptions
  ) throws -> [Outcome]? {
    let outcomes = try ThreadPeers.onRanks(ranks, mostWords: mostWords) { peers in
      var options = options
      options.peers = peers
      return try system.search(options)
    }.values
    let isAlone = outcomes.dropFirst().allSatisfy { $0.verdict == .inconclusive(.otherPart) }
    return ranks > 1 && isAlone ? nil : outcomes
  }

  private static let everyState: SearchOptions = {
    var options = SearchOptions()
    options.cacheInterval = 1
    return options
  }()

  @Test("verdict, counts, coverage and traces are those of one", arguments: 0..<2)
  func randomSystems(batch: Int) throws {
    var (shared, alone) = (0, 0)
    var verdicts: Set<String> = []
    for (seed, system) in try smallRandomSystems(batch * 12..<batch * 12 + 12) {
      let reference = try system.search(strategy: .reference)
      for ranks in 1...3 {
        guard let all = try outcomes(of: system, ranks: ranks, Self.everyState) else {
          alone += 1
          continue
        }
        shared += 1
        verdicts.insert(reference.verdict.name)
        for outcome in all {
          expectEqual(outcome, reference, "seed \(seed), \(ranks) ranks")
          #expect(outcome.statistics.levels == reference.statistics.levels)
        }
      }
    }
    #expect(shared > 2 * alone && verdicts.count >= 3)
  }

  @Test("one state stands for those that are alike, as on one")
  func alike() throws {
    var shared = 0
    for seed in 0..<20 {
      let system = try AlikeSystem(seed: seed).system
      var options = Self.everyState
      options.mostStatesUnreduced = 0
      options.leastArrangements = 1
      let expected = try system.search(options)
      for outcome in try outcomes(of: system, ranks: 3, options) ?? [] {
        expectEqual(outcome, expected, "seed \(seed)")
        #expect(outcome.statistics.visited == expected.statistics.visited)
        #expect(outcome.alike == expected.alike && outcome.setBack == expected.setBack)
        #expect(outcome.difference == expected.difference)
        shared += 1
      }
    }
    #expect(shared > 10, "\(shared)")
  }

  @Test("dead registers are set back as on one")
  func registers() throws {
    var setBack = 0
    for (seed, system) in try smallRandomSystems(0..<15) {
      var options = Self.everyState
      options.mostStatesUnreduced = 0
      options.statesToLearnFrom = 10
      let expected = try system.search(options)
      for outcome in try outcomes(of: system, ranks: 2, options) ?? [] {
        expectEqual(outcome, expected, "seed \(seed)")
        #expect(outcome.setBack == expected.setBack)
        setBack += outcome.setBack.isEmpty ? 0 : 1
      }
    }
    #expect(setBack > 10)
  }

  @Test("what was forgotten, or a trace without room, is told as on one", arguments: [12, .max])
  func shortOfMemory(sum: Int) throws {
    let system = try countingSystem(4, to: 6, belowSum: sum)
    var options = Self.everyState
    options.mostStatesInMemory = 100
    let expected = try system.search(options)
    let outcomes = try #require(try outcomes(of: system, ranks: 3, options))
    for outcome in outcomes { expectEqual(outcome, expected, "forgotten") }
    options.mostStatesInMemory = .max
    options.traceMemory = 0
    let all = try system.search(options)
    for outcome in try #require(try self.outcomes(of: system, ranks: 3, options)) {
      expectEqual(outcome, all, "no room")
    }
  }

  @Test(
    "each rank has its share, waits for room where more is sent than is taken, and loses nothing")
  func shares() throws {
    // Levels of more states than a batch has.
    let system = try countingSystem(5, to: 6)
    let (ranks, refused) = try ThreadPeers.onRanks(3) { peers in
      var options = Self.everyState
      options.peers = peers
      let monitor = SearchMonitor()
      return (try system.search(options, monitor: monitor), monitor.states)
    }
    #expect(ranks.allSatisfy { $0.0.verdict == .holds && $0.0.statistics.states == 16807 })
    #expect(ranks.allSatisfy { (5000..<6200).contains($0.1) }, "\(ranks.map(\.1))")
    #expect(refused > 0)
  }

  @Test("a small space each rank visits for itself")
  func small() throws {
    let system = try countingSystem(2, to: 3)
    var options = SearchOptions()
    options.mostStatesUnreduced = 100
    let outcomes = try #require(try outcomes(of: system, ranks: 3, options))
    #expect(outcomes.allSatisfy { $0.verdict == .holds && $0.statistics.states == 16 })
  }

  @Test(
    "what several ranks can't tell of is refused before the search, or found by the first alone")
  func alone() throws {
    let never = try System { b in
      let n = b.field("n", .range(0...40), initially: 0)
      for actor in 0..<2 {
        b.actor("actor\(actor)", on: b.cpu()) { _ in
          for _ in 0..<20 { Step("raise", .atomic(n)) { $0 += 1 } }
          Step("wait", .wait(n)) { $0 == 41 }
        }
      }
    }
    #expect(try outcomes(of: never, ranks: 2, Self.everyState) == nil)
    let first = try ThreadPeers.onRanks(2) { peers in
      var options = Self.everyState
      options.peers = peers
      return try never.search(options)
    }.values[0]
    expectEqual(first, try never.search(strategy: .reference), "deadlock")
  }

  @Test("ranks that were given different systems say so, all of them")
  func differentSystems() throws {
    let systems = try [countingSystem(2, to: 3), countingSystem(2, to: 4)]
    let messages = try ThreadPeers.onRanks(2) { peers -> String in
      var options = Self.everyState
      options.peers = peers
      do { _ = try systems[peers.rank].search(options) } catch { return "\(error)" }
      return ""
    }.values
    #expect(messages[0].contains("has another system") && messages[0] == messages[1])
  }
}
