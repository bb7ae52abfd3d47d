import Synchronization

/// Many variants, each held against what it is expected to show, within one budget.
///
/// Every check is first tried small: on one thread, in little memory, side by side with others. What
/// needs more memory then gets all threads and all memory, one check after the other. The size of a
/// check decides and not the time it takes, so that the same checks are small on every run.
public struct Gate: Sendable {
  /// The memory of a small check, and the least that a gate can do with.
  package static let smallMemory = 64 << 20

  public let checks: [GateCheck]
  /// What all checks may use together.
  public let budget: SearchOptions

  /// - Throws: `InputError` for less than 64 MB of memory.
  public init(_ checks: [GateCheck], budget: SearchOptions) throws(InputError) {
    guard budget.memory >= Self.smallMemory else {
      throw InputError(
        "a budget of \(max(0, budget.memory) >> 20) MB of memory is too small; it must be at least "
          + "\(Self.smallMemory >> 20) MB")
    }
    self.checks = checks
    self.budget = budget
  }

  /// Runs every check for which the budget lasts.
  ///
  /// - Parameters:
  ///   - monitor: ends the run; what is under way is then inconclusive, and the rest not run.
  ///   - report: gets each result as soon as it and all before it are there, one at a time.
  /// - Returns: the results in the order of the checks.
  public func run(
    monitor: SearchMonitor = SearchMonitor(), report: @Sendable (GateResult) -> Void = { _ in }
  ) -> [GateResult] {
    let time = TimeBudget(budget.seconds)
    let results = Mutex(ResultsInOrder(count: checks.count))
    let large = Mutex<[Int: GateResult]>([:])

    let small = SearchOptions(memory: Self.smallMemory)
    let lanes = lanes
    shareOut(checks.count, among: lanes) { number, _ in
      let rounds = Double(checks.count - number) / Double(lanes)
      let result = run(checks[number], small, time.share(among: rounds), monitor)
      if mayGetFurther(result) {
        large.withLock { $0[number] = result }
      } else {
        results.withLock { $0.add(result, at: number, report) }
      }
    }

    let left = large.withLock { $0 }
    for (place, number) in left.keys.sorted().enumerated() {
      let seconds = time.share(among: Double(left.count - place))
      var result = run(checks[number], budget, seconds, monitor)
      // A share of the time that was used up is more than a turn that never came.
      if case .notRun = result.ending, let tried = left[number], tried.limit == .time {
        result = tried
      }
      results.withLock { $0.add(result, at: number, report) }
    }
    return results.withLock { $0.all }
  }

  /// How many small checks run side by side: no more than the memory is enough for.
  package var lanes: Int {
    max(1, min(budget.threads, budget.memory / Self.smallMemory, checks.count))
  }

  private func run(
    _ check: GateCheck, _ options: SearchOptions, _ seconds: Double?, _ monitor: SearchMonitor
  ) -> GateResult {
    if monitor.mustStop { return GateResult(check: check, ending: .notRun("interrupted")) }
    if let seconds, seconds <= 0 {
      return GateResult(check: check, ending: .notRun("the time of the budget was used up"))
    }
    var options = options
    options.seconds = seconds
    let system: System
    do throws(InputError) {
      system = try check.system()
    } catch {
      return GateResult(check: check, ending: .broken(error.message))
    }
    do throws(InputError) {
      let outcome = try system.search(options, monitor: monitor)
      return GateResult(check: check, ending: .searched(system, outcome))
    } catch {
      return GateResult(check: check, ending: .notRun(error.message))
    }
  }

  /// Whether a small check that came to no verdict may come to one with more.
  private func mayGetFurther(_ result: GateResult) -> Bool {
    switch result.limit {
    case .memory: budget.memory > Self.smallMemory
    case .time: true
    case .interrupted, .stateCount, nil: false
    }
  }
}

extension GateResult {
  /// What ended the search before there was a verdict.
  fileprivate var limit: SearchLimit? {
    if case .inconclusive(let limit) = outcome?.verdict { limit } else { nil }
  }
}

/// Time that is shared out among what is still to be done.
private struct TimeBudget {
  private let end: ContinuousClock.Instant?

  init(_ seconds: Double?) {
    end = seconds.map { ContinuousClock.now + .seconds(min(max(0, $0), 1e9)) }
  }

  /// The seconds for the next of so many rounds; nil without a limit. What a round leaves goes to
  /// those after it.
  func share(among rounds: Double) -> Double? {
    end.map { ($0 - ContinuousClock.now) / .seconds(1) / max(1, rounds) }
  }
}

/// Results that come in any order and are reported in theirs.
private struct ResultsInOrder {
  private var results: [GateResult?]
  private var reported = 0

  init(count: Int) { results = Array(repeating: nil, count: count) }

  var all: [GateResult] { results.compactMap(\.self) }

  mutating func add(
    _ result: GateResult, at number: Int, _ report: @Sendable (GateResult) -> Void
  ) {
    results[number] = result
    while reported < results.count, let next = results[reported] {
      report(next)
      reported += 1
    }
  }
}
