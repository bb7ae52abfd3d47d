/// One model's checks at many bounds within one budget, small ones first.
///
/// Nothing follows from smaller bounds for larger ones, as a bound may do more than add to what there is. Where
/// something is wrong at smaller bounds already, larger ones are *not tried*, which is no verdict.
public struct Sweep: Sendable {
  /// A check, and what is known of it.
  public struct Row: Sendable {
    public let configuration: Configuration
    public let fate: Fate
    /// About how many states it has, by the growth of smaller ones; nil where too few of those are known.
    public let estimate: Int?
  }

  public enum Fate: Sendable {
    /// It was searched, in this run or one before.
    case searched(SweepResult)
    /// It can't be: something is wrong with the model, or it can't be checked for that machine. There may be lines of
    /// details.
    case refused(String)
    case notTried(Reason)
  }

  /// Why a check was not tried.
  public enum Reason: Sendable, Equatable {
    /// Something is wrong at bounds of which none is larger.
    case found(Verdict, at: Bounds)
    /// The memory was too little at bounds of which none is larger.
    case outOfMemory(at: Bounds)
    /// It never began, because of a limit, in a sentence.
    case limit(SearchLimit, String)
    /// It belongs to another part.
    case otherPart
  }

  /// Where results are kept from run to run.
  public struct Store {
    /// The result of a check, where there is one.
    let known: (Configuration, System) -> SweepResult?
    /// Keeps the result of a search.
    let keep: (Configuration, System, Outcome) -> Void

    public init(
      known: @escaping (Configuration, System) -> SweepResult?,
      keep: @escaping (Configuration, System, Outcome) -> Void
    ) {
      self.known = known
      self.keep = keep
    }
  }

  /// In the order of the reports.
  public let checks: [Configuration]
  private let budget: SearchOptions

  /// - Parameters:
  ///   - checks: configurations of one model.
  ///   - budget: what all searches may use together.
  /// - Throws: `InputError` for less memory than a search needs.
  public init(_ checks: [Configuration], budget: SearchOptions) throws(InputError) {
    try Campaign.requireRoom(budget)
    self.checks = checks
    self.budget = budget
  }

  /// Searches what is not known yet, as far as the budget lasts.
  ///
  /// - Parameters:
  ///   - shard: which of the checks are searched here; all if nil.
  ///   - monitor: ends the run; what is under way is then inconclusive, and the rest not tried.
  ///   - begin: gets each check that is searched, and about how many states it has.
  /// - Returns: a row for each check, in their order.
  public func run(
    _ store: Store, _ shard: Shard? = nil, monitor: SearchMonitor = SearchMonitor(),
    begin: (_ number: Int, _ estimate: Int?) -> Void = { _, _ in }
  ) -> [Row] {
    let time = TimeBudget(budget.seconds)
    var progress = SweepProgress(checks)
    for (number, check) in checks.enumerated() {
      let system: System
      do throws(InputError) {
        system = try check.system()
      } catch {
        progress.end(number, .refused(error.lines.joined(separator: "\n")))
        continue
      }
      if let result = store.known(check, system) {
        progress.end(number, .searched(result))
      } else if let shard, !shard.includes(check.name) {
        progress.end(number, .notTried(.otherPart))
      }
    }
    while let number = progress.next {
      if let reason = progress.reasonAgainst(number) {
        progress.end(number, .notTried(reason))
        continue
      }
      begin(number, progress.estimate(number))
      var options = budget
      options.seconds = time.share(among: 1)
      let check = checks[number]
      let endings = Campaign(budget: options).run(
        [check], monitor: monitor,
        system: { check throws(InputError) in try check.system() })
      switch endings[0] {
      case .searched(let system, let outcome):
        store.keep(check, system, outcome)
        progress.end(number, .searched(SweepResult(outcome)))
      case .broken(let reason): progress.end(number, .refused(reason))
      case .notRun(let limit, let reason): progress.end(number, .notTried(.limit(limit, reason)))
      }
    }
    return progress.rows
  }
}

/// What is known of a sweep's checks so far.
private struct SweepProgress {
  private let checks: [Configuration]
  private var fates: [Sweep.Fate?]
  /// By machine and variant, which checks have in common that tell something of each other.
  private var growth: [String: Growth] = [:]

  init(_ checks: [Configuration]) {
    self.checks = checks
    fates = Array(repeating: nil, count: checks.count)
  }

  var rows: [Sweep.Row] {
    checks.indices.compactMap { number in
      fates[number].map {
        Sweep.Row(configuration: checks[number], fate: $0, estimate: estimate(number))
      }
    }
  }

  mutating func end(_ number: Int, _ fate: Sweep.Fate) {
    fates[number] = fate
    if case .searched(let result) = fate, result.isWhole {
      growth[family(number), default: Growth()].add(checks[number].bounds, states: result.states)
    }
  }

  /// From smaller bounds alone, so it is the same before and after the check itself.
  func estimate(_ number: Int) -> Int? {
    growth[family(number)]?.estimate(checks[number].bounds)
  }

  /// The smallest of those that are left: by the product of its bounds, then by their sum, then by the states that it
  /// is guessed to have.
  var next: Int? {
    fates.indices.filter { fates[$0] == nil }.min { isSmaller($0, $1) }
  }

  private func isSmaller(_ a: Int, _ b: Int) -> Bool {
    size(a).lexicographicallyPrecedes(size(b))
  }

  private func size(_ number: Int) -> [Double] {
    let values = checks[number].bounds.values.map { Double($0.value) }
    return [
      values.reduce(1) { $0 * max(1, $1) }, values.reduce(0, +),
      estimate(number).map(Double.init) ?? .infinity, Double(number),
    ]
  }

  /// What is known of smaller bounds that speaks against trying a check.
  func reasonAgainst(_ number: Int) -> Sweep.Reason? {
    for (smaller, fate) in fates.enumerated() {
      guard case .searched(let result) = fate, family(smaller) == family(number),
        checks[smaller].bounds.isSmaller(than: checks[number].bounds)
      else { continue }
      switch result.verdict {
      case .found: return .found(result.verdict, at: checks[smaller].bounds)
      case .inconclusive(.memory): return .outOfMemory(at: checks[smaller].bounds)
      case .holds, .inconclusive: continue
      }
    }
    return nil
  }

  private func family(_ number: Int) -> String { checks[number].checkName }
}

extension Bounds {
  /// Whether no value is larger, and not all are the same.
  fileprivate func isSmaller(than other: Bounds) -> Bool {
    self != other && zip(values, other.values).allSatisfy { $0.value <= $1.value }
  }
}
