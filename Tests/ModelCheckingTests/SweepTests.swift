import ModelChecking
import Testing

@Suite("A sweep over bounds")
struct SweepTests {
  private enum Design: Sendable { case sound, unsound, wide }

  /// Walkers that count to a last number, each on its own: (last + 1) to the power of walkers states.
  private static func model(mostWalkers: Int = 6) -> Model {
    let walkers = Bound("walkers", "", default: 1, large: 2, in: 1...mostWalkers)
    let last = Bound("last", "", default: 1, large: 2, in: 1...60)
    return Model(
      name: "counting", summary: "", sources: [], bounds: [walkers, last],
      variants: [
        Variant("sound", "", source: "", expect: .holds, design: Design.sound),
        Variant("unsound", "", source: "", expect: .holds, design: .unsound),
        Variant("wide", "", source: "", expect: .holds, design: .wide),
      ]
    ) { b, design, bounds in
      for number in 0..<(design == .wide ? 63 : 0) {
        _ = b.field("padding\(number)", .range(0...(1 << 61)), initially: 0)
      }
      // No numbers, for of things that are alike one would stand for many.
      let counts = "abcdef".prefix(bounds[walkers]).map { name in
        let count = b.field("count of \(name)", .range(0...bounds[last]), initially: 0)
        b.actor("counter \(name)", on: b.cpu()) { _ in
          Loop {
            Step("count", .atomic(count), when: { $0 < bounds[last] }) { $0 += 1 }.mayRest()
          }
        }
        return count
      }
      if design == .unsound {
        b.invariant("not two are at 1") { s in counts.count { s[$0] == 1 } < 2 }
      }
    }
  }

  private static func checks(
    _ variant: String = "sound", walkers: ClosedRange<Int>, last: ClosedRange<Int>
  ) throws -> [Configuration] {
    try walkers.flatMap { walkers in
      try last.map {
        try Configuration(
          model(), variant: variant, settings: ["walkers": walkers, "last": $0])
      }
    }
  }

  /// Keeps nothing.
  private static var nowhere: Sweep.Store {
    Sweep.Store(known: { _, _ in nil }, keep: { _, _, _ in })
  }

  private func states(_ row: Sweep.Row) -> Int? {
    if case .searched(let result) = row.fate { result.states } else { nil }
  }

  @Test("small ones come first, and rows are in the order of the checks")
  func order() throws {
    let checks = try Self.checks(walkers: 1...3, last: 1...3)
    var order: [String] = []
    let rows = try Sweep(checks, budget: SearchOptions()).run(Self.nowhere) { number, _ in
      order.append(checks[number].bounds.values.map { "\($0.value)" }.joined())
    }
    #expect(order == ["11", "12", "21", "13", "31", "22", "23", "32", "33"])
    #expect(rows.map(states) == [2, 3, 4, 4, 9, 16, 8, 27, 64])
    #expect(rows.map(\.configuration.name) == checks.map(\.name))
  }

  @Test("what it may have is guessed from ratios of smaller ones, before it is tried")
  func estimates() throws {
    let checks = try Self.checks(walkers: 1...4, last: 1...1)
    var guesses: [Int?] = []
    let rows = try Sweep(checks, budget: SearchOptions()).run(Self.nowhere) { _, estimate in
      guesses.append(estimate)
    }
    #expect(guesses == [nil, nil, 8, 16])
    #expect(rows.map(\.estimate) == guesses)
    // Of one bound there are no two below.
    let square = try Self.checks(walkers: 3...4, last: 1...2)
    let both = try Sweep(square, budget: SearchOptions()).run(Self.nowhere)
    #expect(both.map(\.estimate) == [nil, nil, nil, 16 * 27 / 8])
  }

  @Test(
    "where something is wrong at smaller bounds, larger ones are not tried, which is no verdict")
  func skipping() throws {
    let checks = try Self.checks("unsound", walkers: 1...3, last: 1...2)
    let rows = try Sweep(checks, budget: SearchOptions()).run(Self.nowhere)
    let outcomes = rows.map { row -> String in
      switch row.fate {
      case .searched(let result): return result.verdict.name
      case .refused(let reason): return reason
      case .notTried(.found(let verdict, let bounds)):
        return "\(verdict.name) at \(bounds.values.map(\.value))"
      case .notTried(let reason): return "\(reason)"
      }
    }
    #expect(
      outcomes == [
        "holds", "holds", "violated", "violated at [2, 1]", "violated at [2, 1]",
        "violated at [2, 1]",
      ])
  }

  @Test("where the memory was too little, it is for larger bounds too; others are searched")
  func memory() throws {
    let checks = try Self.checks("wide", walkers: 2...4, last: 44...44)
    let rows = try Sweep(checks, budget: SearchOptions(memory: 64 << 20)).run(Self.nowhere)
    #expect(states(rows[0]) == 45 * 45)
    guard case .searched(let result) = rows[1].fate, case .notTried(let reason) = rows[2].fate
    else {
      Issue.record("\(rows.map(\.fate))")
      return
    }
    #expect(result.verdict == .inconclusive(.memory))
    #expect(!result.isWhole)
    #expect(reason == .outOfMemory(at: checks[1].bounds))
  }

  @Test("what is known is not searched again, and stands for what it is")
  func known() throws {
    let checks = try Self.checks(walkers: 1...3, last: 1...1)
    var kept: [String: SweepResult] = [:]
    let store = Sweep.Store(
      known: { check, _ in kept[check.name] },
      keep: { check, _, outcome in kept[check.name] = SweepResult(outcome) })
    let sweep = try Sweep(checks, budget: SearchOptions())
    // As many parts as it takes to have the first and the last check in two of them.
    let homes = { (count: Int) in checks.map { Shard.number(of: $0.name, among: count) } }
    let count = try #require((2...20).first { homes($0)[0] != homes($0)[2] })
    let first = try sweep.run(store, Shard(homes(count)[0], of: count))
    #expect(!kept.isEmpty && kept.count < checks.count)
    for (check, row) in zip(checks, first) where kept[check.name] == nil {
      guard case .notTried(.otherPart) = row.fate else {
        Issue.record("\(row)")
        continue
      }
    }
    var searches = 0
    let rows = sweep.run(store) { _, _ in searches += 1 }
    #expect(searches == checks.count - first.count { states($0) != nil })
    #expect(rows.map(states) == [2, 4, 8])
    _ = sweep.run(store) { _, _ in Issue.record("searched again") }
  }

  @Test("where it is ended, nothing more begins")
  func ended() throws {
    let monitor = SearchMonitor()
    monitor.stop()
    let rows = try Sweep(
      Self.checks(walkers: 1...2, last: 1...1), budget: SearchOptions()
    ).run(Self.nowhere, monitor: monitor)
    for row in rows {
      guard case .notTried(.limit(.interrupted, _)) = row.fate else {
        Issue.record("\(row)")
        continue
      }
    }
  }

  @Test("what a limit ended is final only where the same limit would come again")
  func finality() throws {
    let system = try Self.checks(walkers: 3...3, last: 40...40)[0].system()
    func kept(_ options: SearchOptions, _ monitor: SearchMonitor = SearchMonitor()) throws
      -> KeptResult
    {
      let result = SweepResult(try system.search(options, monitor: monitor))
      return KeptResult(result, of: [:], memory: options.memory)
    }
    #expect(try kept(SearchOptions()).isFinal(within: 1 << 40))
    #expect(try !kept(SearchOptions(seconds: 0)).isFinal(within: 1 << 20))
    let monitor = SearchMonitor()
    monitor.stop()
    #expect(try !kept(SearchOptions(), monitor).isFinal(within: 1 << 20))
    let wide = try Self.checks("wide", walkers: 3...3, last: 44...44)[0].system()
    let cut = SweepResult(try wide.search(SearchOptions(memory: 64 << 20)))
    let short = KeptResult(cut, of: [:], memory: 64 << 20)
    #expect(short.isFinal(within: 64 << 20))
    #expect(!short.isFinal(within: 1 << 30))
  }
}
