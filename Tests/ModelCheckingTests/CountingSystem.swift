import ModelChecking

/// Counters that actors raise at any time, each to `most`.
///
/// - Parameter largest: what a counter's field has room for; `most` if nil.
func countingSystem(
  _ actors: Int, to most: Int, belowSum sum: Int = .max, roomFor largest: Int? = nil
) throws -> System {
  try System { b in
    let counters = (0..<actors).map {
      b.field("n\($0)", .range(0...(largest ?? most)), initially: 0)
    }
    for (number, counter) in counters.enumerated() {
      b.actor("actor\(number)", on: b.cpu(), duty: .mayRunForever) { _ in
        // No program counter: of few bits the index holds the rests of states.
        Loop { Step("raise", .atomic(counter), when: { $0 < most }) { $0 += 1 }.mayRest() }
      }
    }
    b.invariant("the sum is small") { s in counters.reduce(0) { $0 + s[$1] } < sum }
  }
}

/// The fast search itself, for what no outcome tells.
func fastSearch(_ system: System, _ options: SearchOptions) throws -> FastSearch {
  let monitor = SearchMonitor()
  return try FastSearch(
    system, options, stop: StopCondition(options, monitor), monitor: monitor)
}
