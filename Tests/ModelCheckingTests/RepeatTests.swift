import ModelChecking
import Synchronization
import Testing

/// Steps and properties that look at something else than the state.
@Suite("Functions that answer differently when they are asked again")
struct RepeatTests {
  /// What a function looks at that it may not.
  enum Cause: CaseIterable {
    case chance, clock, order, counter, alternation

    private static let calls = Atomic<Int>(0)

    var answer: Bool {
      switch self {
      case .chance: Bool.random()
      case .clock:
        (ContinuousClock.now - Self.start).components.attoseconds / 1_000_000_000 % 2 == 0
      case .order: Set((0..<20).map { "\($0)" }).first!.count == 1
      case .counter: Self.calls.wrappingAdd(1, ordering: .relaxed).newValue % 7 == 0
      case .alternation: Self.calls.wrappingAdd(1, ordering: .relaxed).newValue % 2 == 0
      }
    }

    private static let start = ContinuousClock.now
  }

  enum Place: CaseIterable {
    case step, wait, question, registers, claim, bookkeeping, invariant, goal, whenever

    var told: String {
      switch self {
      case .step, .wait, .question, .registers, .claim, .bookkeeping:
        "step 'odd' of a (RepeatTests.swift:"
      case .invariant: "invariant 'it is well' (RepeatTests.swift:"
      case .goal, .whenever: "goal 'it is reached' (RepeatTests.swift:"
      }
    }
  }

  /// Two states or some more, at the last of which something is asked.
  private func system(_ place: Place, _ cause: Cause, after states: Int = 0) throws -> System {
    try System { b in
      let f = b.field("f", .flag, initially: false)
      let g = b.ghost("g", .flag, initially: false)
      let n = b.field("n", .range(0...max(1, states)), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        for _ in 0..<states { Step("go", .atomic(n)) { $0 += 1 } }
        switch place {
        case .step: Step("odd", .store(f)) { cause.answer }
        case .wait: Step("odd", .wait(f)) { _ in cause.answer }
        case .question: If(Condition("odd", .load(f)) { _ in cause.answer }) { Step("on") }
        case .registers:
          Step("odd")
          If(Condition(register: { _ in cause.answer })) { Step("on") }
        case .claim: Step("odd").asserting("it is so") { _ in cause.answer }
        case .bookkeeping: Step("odd").noting { s in s[g] = cause.answer }
        case .invariant, .goal, .whenever: Step("on")
        }
      }
      if place == .invariant { b.invariant("it is well") { s in s[n] < states || cause.answer } }
      if place == .whenever {
        b.goal("it is reached", .inevitable, whenever: { s in s[n] == states && cause.answer }) {
          s in
          s[f]
        }
      }
      if place == .goal { b.goal("it is reached") { s in s[n] == states && cause.answer } }
    }
  }

  private func error(
    _ system: System, _ strategy: SearchStrategy, threads: Int = 1
  ) -> InputError? {
    do throws(InputError) {
      _ = try system.search(SearchOptions(threads: threads), strategy: strategy)
      return nil
    } catch { return error }
  }

  @Test(
    "are named, whatever they are and whatever they look at", arguments: Place.allCases,
    Cause.allCases)
  func named(place: Place, cause: Cause) throws {
    for states in [0, 9] {
      let system = try system(place, cause, after: states)
      for _ in 0..<4 {
        for (strategy, threads) in [(SearchStrategy.reference, 1), (.fast, 1), (.fast, 2)] {
          let found = error(system, strategy, threads: threads)
          #expect(found?.message.hasPrefix(place.told) == true, "\(found?.message ?? "nothing")")
          #expect(found?.details.count == 3)
        }
      }
    }
  }

  @Test("both answers are told, and the state")
  func answers() throws {
    let found = try #require(error(system(.step, .chance), .fast))
    #expect(found.details[0] == "state: f = false, g = false, n = 0")
    #expect(
      Set(found.details[1...]).count == 2 && found.details[1].hasPrefix("once: ")
        && found.details[2].hasPrefix("and then: "))
    #expect(found.details[1...].contains { $0.hasSuffix(": f false -> true") })
  }

  @Test("a step that is odd among many states only is noticed when it is remembered")
  func rare() throws {
    let system = try System { b in
      let counters = (0..<3).map { b.field("n\($0)", .range(0...15), initially: 0) }
      let f = b.field("f", .range(0...31), initially: 0)
      for (number, counter) in counters.enumerated() {
        b.actor("counter\(number)", on: b.cpu()) { _ in
          Loop { Step("count", .atomic(counter)) { $0 = ($0 + 1) % 16 } }
        }
      }
      b.actor("a", on: b.cpu()) { _ in
        Loop {
          Step("odd", .section([f, counters[0]], because: "it is a test")) { s in
            s[f] = s[counters[0]] == 13 ? Int.random(in: 0...31) : 0
          }
        }
      }
    }
    for threads in [1, 2] {
      let found = error(system, .fast, threads: threads)
      #expect(found?.message.hasPrefix("step 'odd' of a (RepeatTests.swift:") == true)
    }
  }
}
