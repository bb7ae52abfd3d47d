/// What a search of a variant must find, so that a changed verdict is noticed.
public struct Expectation: Sendable, Equatable {
  /// The verdict, with the property where the verdict is about one.
  public let verdict: Verdict
  /// The steps of the shortest trace, for verdicts that come with one.
  public let steps: Int?
  /// The warnings that appear on the way, each with the steps of its shortest trace.
  public let warnings: [String: Int]

  /// Every property holds.
  public static let holds = Expectation(verdict: .holds, steps: nil, warnings: [:])

  /// An invariant, or a claim that steps make, is violated, first after `steps` steps.
  public static func violated(
    _ invariant: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.violated, property: invariant, steps: steps, warnings: warnings)
  }

  /// An assertion of the kernel's fires, first after `steps` steps: `BUG_ON()` and its like.
  ///
  /// - Parameter statement: the text of the assertion.
  public static func assertionFailed(
    _ statement: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.assertionFailed, property: statement, steps: steps, warnings: warnings)
  }

  /// A lock is misused, first after `steps` steps: taken twice, released by somebody else, slept on
  /// where that is not allowed, or not held in a section that needs it.
  ///
  /// - Parameter deed: what the report says: "two takes 'l', which it already holds".
  public static func lockMisused(
    _ deed: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.lockMisused, property: deed, steps: steps, warnings: warnings)
  }

  /// Accesses race, and may first be made at the same time after `steps` steps.
  ///
  /// - Parameter race: as reports name it: "data-race in f / g (x = 1 / READ_ONCE(x))".
  public static func dataRace(
    _ race: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.dataRace, property: race, steps: steps, warnings: warnings)
  }

  /// Something of any kind is found.
  ///
  /// - Parameters:
  ///   - property: the invariant or goal, or what the step did; nil for a deadlock, and where anything of
  ///     that kind will do.
  ///   - steps: of its shortest trace; nil where it is true of all states.
  public static func found(
    _ kind: FindingKind, property: String? = nil, steps: Int? = nil,
    warnings: [String: Int] = [:]
  ) -> Expectation {
    Expectation(
      verdict: .found(kind, property: property), steps: steps, warnings: warnings)
  }

  /// No reachable state fulfils the goal.
  public static func goalUnreachable(
    _ goal: String, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.goalUnreachable, property: goal, warnings: warnings)
  }

  /// The goal gets out of reach, first after `steps` steps.
  public static func stuck(
    _ goal: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.stuck, property: goal, steps: steps, warnings: warnings)
  }

  /// A fair run never comes to an inevitable goal. The shortest has `steps` steps before it goes round for
  /// ever or ends.
  public static func avoidable(
    _ goal: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.avoidable, property: goal, steps: steps, warnings: warnings)
  }

  /// Some actors wait for ever, first after `steps` steps.
  public static func deadlock(steps: Int, warnings: [String: Int] = [:]) -> Expectation {
    found(.deadlock, steps: steps, warnings: warnings)
  }

  /// A step breaks a rule of the engine, first after `steps` steps, as where a value leaves its range.
  ///
  /// - Parameter deed: what the report says: "'n' would become 4, outside 0 to 3".
  public static func faulted(
    _ deed: String, steps: Int, warnings: [String: Int] = [:]
  ) -> Expectation {
    found(.faulted, property: deed, steps: steps, warnings: warnings)
  }

  /// Whether `outcome` is what was expected: verdict and warnings, with the lengths of their traces.
  ///
  /// - Parameter comparesLengths: false at bounds for which the lengths were not stated.
  public func isMet(by outcome: Outcome, comparingLengths comparesLengths: Bool = true) -> Bool {
    let found = Expectation(metBy: outcome)
    guard meets(found.verdict) else { return false }
    if comparesLengths { return steps == found.steps && warnings == found.warnings }
    return Set(warnings.keys) == Set(found.warnings.keys)
  }

  /// Whether a verdict is the one that is expected: of any property where none is named.
  private func meets(_ found: Verdict) -> Bool {
    if case .found(let kind, nil) = verdict, case .found(kind, _) = found { return true }
    return verdict == found
  }

  /// What `outcome` shows, in the form of an expectation.
  public init(metBy outcome: Outcome) {
    let shown = outcome.findings.filter { $0.severity == .warning }
    var warnings = Dictionary(
      shown.map { ($0.property, $0.trace.steps.count) }, uniquingKeysWith: min)
    var steps: Int?
    if case .found(_, let property) = outcome.verdict, let found = outcome.findings.first {
      steps = found.length
      // A verdict that is itself a warning is not listed a second time.
      if let property, found.severity == .warning { warnings[property] = nil }
    }
    self.init(verdict: outcome.verdict, steps: steps, warnings: warnings)
  }

  private init(verdict: Verdict, steps: Int?, warnings: [String: Int]) {
    self.verdict = verdict
    self.steps = steps
    self.warnings = warnings
  }
}

extension Expectation {
  /// What is wrong with the properties that it names; nil if the system has them all.
  func propertyProblem(in system: System) -> String? {
    let claims = system.invariants.map(\.name) + system.assertions.map(\.name)
    let goals = system.goals.map(\.name)
    func problem(_ name: String, among names: [String]) -> String? {
      if names.contains(name) { return nil }
      let nearest = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
      return "it expects '\(name)', and no property is called so" + nearest
    }
    if case .found(let kind, let property?) = verdict {
      let names: [String]? =
        switch kind.subject {
        case .claim: claims
        case .goal: goals + system.endings.map(\.name)
        case .run: goals
        case .standstill, .step: nil
        }
      if let names, let problem = problem(property, among: names) { return problem }
    }
    return warnings.keys.sorted().lazy.compactMap { problem($0, among: claims) }.first
  }
}

extension Expectation: CustomStringConvertible {
  public var description: String {
    let extra = warnings.sorted { $0.key < $1.key }.map {
      "; warning after \($1) step\($1 == 1 ? "" : "s"): \($0)"
    }
    return outline + (verdict.property.map { ": \($0)" } ?? "") + extra.joined()
  }

  /// In which language a model is written, so that it can be pasted there.
  package enum Language: Sendable { case swift, raceFile }

  /// How a variant states it, to be pasted; nil for what no variant can state.
  ///
  /// The functions that state an expectation are called as the kinds of findings are.
  ///
  /// - Parameter memoryModel: under which it is stated.
  package func source(in language: Language, under memoryModel: MemoryModel = .sc) -> String? {
    guard let stated = statement(in: language) else { return nil }
    switch (language, memoryModel) {
    case (.swift, .sc): return "expect: \(stated)"
    case (.swift, _): return "under: [.\(memoryModel.rawValue): \(stated)]"
    case (.raceFile, .sc): return "expect \(stated);"
    case (.raceFile, _): return "expect \(stated) on \(memoryModel.rawValue);"
    }
  }

  private func statement(in language: Language) -> String? {
    let isSwift = language == .swift
    switch verdict {
    case .holds where warnings.isEmpty: return isSwift ? ".holds" : "holds"
    case .holds, .inconclusive: return nil
    case .found(_, let property) where !isSwift:
      let kind = verdict.name.replacing(" ", with: "-")
      let stated = [kind, property?.quoted, steps.map { "in \($0)" }].compactMap(\.self)
        .joined(separator: " ")
      let warned = warnings.sorted { $0.key < $1.key }.map {
        ", warning \($0.key.quoted) in \($0.value)"
      }
      return stated + warned.joined()
    case .found(let kind, let property):
      let stated = warnings.sorted { $0.key < $1.key }.map { "\($0.quoted): \($1)" }
      let arguments = [
        property?.quoted, steps.map { "steps: \($0)" },
        stated.isEmpty ? nil : "warnings: [\(stated.joined(separator: ", "))]",
      ]
      return ".\(kind)(\(arguments.compactMap(\.self).joined(separator: ", ")))"
    }
  }

  /// The verdict and the length of its trace: "violated after 5 steps".
  package var outline: String {
    let limit = verdict.limit.map { " (\($0.rawValue))" } ?? ""
    return verdict.name + (steps.map { " after \($0) step\($0 == 1 ? "" : "s")" } ?? "") + limit
  }
}

extension String {
  /// The text as Swift's source has it, and a race file's.
  package var quoted: String {
    let escaped = replacing(#"\"#, with: #"\\"#).replacing(#"""#, with: #"\""#)
    return "\"\(escaped)\""
  }
}
