/// Time that is shared out among what is still to be done.
struct TimeBudget {
  private let end: ContinuousClock.Instant?

  /// - Parameter seconds: for everything together; no limit if nil.
  init(_ seconds: Double?) {
    end = seconds.map { ContinuousClock.now + .seconds(min(max(0, $0), 1e9)) }
  }

  /// The seconds for the next of so many rounds; nil without a limit. What a round leaves goes to
  /// those after it.
  func share(among rounds: Double) -> Double? {
    end.map { ($0 - ContinuousClock.now) / .seconds(1) / max(1, rounds) }
  }
}
