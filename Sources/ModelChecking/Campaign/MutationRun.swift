import Synchronization

/// What became of the mistakes that can be made in a configuration's programs.
public struct MutationRun: Sendable {
  /// A mistake, and whether anything notices it.
  public struct Mutant: Sendable {
    public enum Fate: Sendable, Equatable, Codable {
      /// Something is found that the configuration without the mistake doesn't have.
      case killed(Verdict, steps: Int?)
      /// It holds, but something never happens that did.
      case killedByCoverage(String)
      /// A function of the model went wrong.
      case killedByError(String)
      /// Nothing that is checked is different, although others see something new.
      case survived
      /// Others see nothing that they don't see without it: no value of a shared field, and no step between
      /// two. The mistake can only leave things out, and no invariant could tell.
      case nothingNew
      /// The same, and the model says why.
      case explained(String)
      /// A program can't be so.
      case notBuilt(String)
      case inconclusive(SearchLimit)
    }

    /// Its number, by which a command line has it, from 1.
    public let number: Int
    public let mutation: Mutation
    public let fate: Fate
    public let states: Int
  }

  public let configuration: Configuration
  /// In the order of their numbers; of one part of several, those of the part.
  public let mutants: [Mutant]
  public let seconds: Double

  /// Why nothing can be said: the configuration itself does not hold.
  public let objection: String?

  /// The mutants that can be built and were decided.
  public var decided: [Mutant] {
    mutants.filter {
      switch $0.fate {
      case .notBuilt, .inconclusive: false
      default: true
      }
    }
  }

  public var survivors: [Mutant] { mutants.filter { $0.fate == .survived } }

  /// How many mutants have a fate of this name.
  public func count(of fate: String) -> Int { mutants.count { $0.fate.name == fate } }
}

extension MutationRun.Mutant.Fate {
  /// The fate in a word, for programs and tables.
  public var name: String {
    switch self {
    case .killed, .killedByCoverage, .killedByError: "killed"
    case .survived: "survived"
    case .nothingNew: "nothing new"
    case .explained: "explained"
    case .notBuilt: "not built"
    case .inconclusive: "inconclusive"
    }
  }
}

extension Configuration {
  /// The mistakes that can be made in its programs, in the order of the text.
  ///
  /// - Throws: `InputError` for a model whose declarations are wrong.
  public func mutations() throws(InputError) -> [Mutation] {
    try system(mutating: .listing).mutations
  }

  /// The same with a mistake in it.
  ///
  /// - Parameter number: of the mistake among `mutations()`, from 1.
  /// - Throws: `InputError` for a number that is not there.
  public func mutated(by number: Int) throws(InputError) -> Configuration {
    let all = try mutations()
    guard all.indices.contains(number - 1) else {
      throw InputError(
        "there is no mistake \(number) in '\(name)'; there are \(all.count), counted from 1")
    }
    return with(all[number - 1], numbered: number)
  }

  private func with(_ mutation: Mutation, numbered number: Int) -> Configuration {
    var configuration = self
    configuration.mistake = Mistake(number: number, mutation: mutation)
    return configuration
  }

  /// What a mistake is called where many are shared out: two may read the same.
  func checkName(ofMistake number: Int) -> String { "\(name) with mistake \(number)" }

  /// Searches it with the mistakes that can be made in it.
  ///
  /// - Parameters:
  ///   - options: the limits, for all searches together.
  ///   - share: which of the mistakes are searched here. The configuration as it is always is, for the others are
  ///     held against it.
  ///   - monitor: can end the work; what was not searched by then is inconclusive.
  ///   - progress: called with the number of searches done and to do, one call at a time.
  /// - Throws: `InputError` for a model whose declarations are wrong, and for parts of another one.
  public func mutationRun(
    _ options: SearchOptions = SearchOptions(), _ share: WorkShare = .all,
    monitor: SearchMonitor = SearchMonitor(),
    progress: @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(InputError) -> MutationRun {
    let start = ContinuousClock.now
    let mutations = try mutations()
    let original = try system()
    if case .joined(let parts) = share { return try joined(parts, mutations, original) }
    let own = mutations.indices.filter { share.includes(checkName(ofMistake: $0 + 1)) }
    // The first is the configuration as it is.
    let items = [self] + own.map { with(mutations[$0], numbered: $0 + 1) }
    let endings = Campaign(budget: options).run(
      items, monitor: monitor, progress: { progress($0, items.count) },
      system: { item throws(InputError) in try item.system() })
    let measure = MutationMeasure(original: endings[0], redundant: original.redundant)
    var fates = own.enumerated().map { place, number in
      measure.fate(of: items[place + 1], mutations[number], endings[place + 1])
    }
    let stop = StopCondition(options, monitor)
    compareSurvivors(Array(items.dropFirst()), with: original, &fates, options.threads) {
      stop.reached != nil
    }
    return MutationRun(
      configuration: self,
      mutants: own.enumerated().map { place, number in
        MutationRun.Mutant(
          number: number + 1, mutation: mutations[number], fate: fates[place],
          states: endings[place + 1].outcome?.statistics.states ?? 0)
      },
      seconds: (ContinuousClock.now - start) / .seconds(1), objection: measure.objection)
  }

  /// Finds the survivors of which others see nothing new.
  private func compareSurvivors(
    _ mutants: [Configuration], with original: System, _ fates: inout [MutationRun.Mutant.Fate],
    _ threads: Int, unless isOver: @Sendable () -> Bool
  ) {
    let survivors = fates.indices.filter { fates[$0] == .survived }
    guard !survivors.isEmpty, let seen = SharedBehaviour(of: original, unless: isOver) else {
      return
    }
    let hasNothingNew = Mutex<[Int]>([])
    shareOut(survivors.count, among: min(threads, survivors.count)) { number, _ in
      let mutant = survivors[number]
      if let system = try? mutants[mutant].system(), seen.includes(system, unless: isOver) {
        hasNothingNew.withLock { $0.append(mutant) }
      }
    }
    for mutant in hasNothingNew.withLock({ $0 }) { fates[mutant] = .nothingNew }
  }
}

/// Holds mutants against the original.
private struct MutationMeasure {
  let original: Campaign.Ending
  let redundant: [Redundant]

  /// Why mutants can't be judged.
  var objection: String? {
    switch original {
    case .searched(_, let outcome):
      outcome.verdict == .holds
        ? nil : "it does not hold without any mistake: \(Expectation(metBy: outcome))"
    case .broken(let reason), .notRun(_, let reason): reason
    }
  }

  func fate(
    of mutant: Configuration, _ mutation: Mutation, _ ending: Campaign.Ending
  ) -> MutationRun.Mutant.Fate {
    switch ending {
    case .notRun(let limit, _): return .inconclusive(limit)
    case .broken(let reason):
      // What can't be declared is no program; what goes wrong in a search is noticed.
      return (try? mutant.system()) == nil ? .notBuilt(reason) : .killedByError(reason)
    case .searched(_, let outcome):
      if let limit = outcome.verdict.limit { return .inconclusive(limit) }
      let found = Expectation(metBy: outcome)
      if let before = original.outcome.map({ Expectation(metBy: $0) }), before != found {
        return .killed(outcome.verdict, steps: found.steps)
      }
      if let gap = newGap(outcome.coverage) { return .killedByCoverage(gap) }
      let reason = redundant.first { $0.explains(mutation) }?.reason
      return reason.map { .explained($0) } ?? .survived
    }
  }

  /// What never happens with a mistake and did without, or is said to.
  private func newGap(_ coverage: Coverage?) -> String? {
    guard let coverage else { return nil }
    let known = original.outcome?.coverage?.unexplained ?? []
    let gap = coverage.unexplained.first { gap in
      !known.contains {
        $0.kind == gap.kind && $0.name == gap.name && $0.calls == gap.calls
          && $0.actors == gap.actors
      }
    }
    if let gap { return "\((gap.actors + [gap.name]).joined(separator: " ")) \(gap.kind.rawValue)" }
    return coverage.untrue.first.map { "'\($0.name)' happens" }
  }
}
