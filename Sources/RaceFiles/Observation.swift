import ModelChecking

/// What `exists`, `~exists` or `forall` finds in the final states: herd's answer.
public struct Observation: Sendable {
  public enum Answer: String, Sendable {
    case never = "Never", sometimes = "Sometimes", always = "Always"
    /// Not all states were looked at, and the rest may be otherwise.
    case undecided = "Undecided"
  }

  /// A final state by what the condition and `locations` look at.
  public struct FinalState: Hashable, Sendable {
    /// "0:r0=1; [x]=2;"
    public let text: String
    /// Whether the condition is true of it.
    public let isPositive: Bool
  }

  /// "exists (0:r0=1)".
  public let condition: String
  /// The final states that `filter` leaves, each once, by their texts.
  public let states: [FinalState]
  /// False where there were too many states to look at all of them.
  public let isComplete: Bool
  /// Whether a search that visited every state has shown already that no final state fulfils the condition.
  let isRuledOut: Bool

  /// How often the condition is true of a final state.
  public var answer: Answer {
    let positive = states.count(where: \.isPositive)
    if positive > 0 && positive < states.count { return .sometimes }
    if isRuledOut { return .never }
    return !isComplete ? .undecided : positive == 0 ? .never : .always
  }

  /// More states are not looked at.
  public static let mostStates = 400_000
}

extension RaceFile {
  /// What the file's condition of final states finds; nil where it has none.
  ///
  /// - Parameters:
  ///   - system: the one of the configuration.
  ///   - outcome: of a search of that, if there was one: its answer stands where the states were not all looked at.
  ///   - isOver: whether to look at no further state.
  public func observation(
    of configuration: Configuration, in system: System, after outcome: Outcome? = nil,
    unless isOver: () -> Bool = { false }
  ) throws(InputError) -> Observation? {
    let pieces = pieces(of: configuration)
    let race = try cache.race(pieces: pieces, bounds: configuration.bounds.byName)
    guard let final = race.final else { return nil }
    let (words, isComplete) = system.finalStates(
      mostStates: Observation.mostStates, unless: isOver)
    let reader = FinalReader(race, of: system)
    var states: Set<Observation.FinalState> = []
    for state in words {
      var source = reader
      source.words = state
      if let filter = final.filter, (filter.evaluated(in: &source) ?? 0) == 0 { continue }
      let parts = final.shown.map { item in
        "\(item.name)=\(reader.shown(item.term.evaluated(in: &source) ?? 0, item.type));"
      }
      states.insert(
        Observation.FinalState(
          text: parts.joined(separator: " "),
          isPositive: (final.condition.evaluated(in: &source) ?? 0) != 0))
    }
    return Observation(
      condition: final.text, states: states.sorted { $0.text < $1.text }, isComplete: isComplete,
      isRuledOut: outcome.map { final.isRuledOut(by: $0, of: system) } ?? false)
  }

  /// The pieces that a configuration has.
  func pieces(of configuration: Configuration) -> Set<String> {
    let variant = outline.variants.first { $0.name == configuration.variant.name }
    let names = variant?.pieces.map(\.name) ?? outline.pieces.map(\.name)
    return Set(names).subtracting(configuration.takenOutNames)
  }
}

extension CompiledRace.Final {
  /// Whether a search has shown that no final state fulfils the condition.
  fileprivate func isRuledOut(by outcome: Outcome, of system: System) -> Bool {
    switch kind {
    case .exists: outcome.goals.contains { $0.name == text && $0.isDecided && $0.steps == nil }
    case .notExists:
      outcome.coverage != nil && !outcome.findings.contains { $0.property == text }
        && system.claims(judgedIn: outcome).contains { $0.name == text }
    case .forall: false
    }
  }
}

/// Reads what terms of properties look at from a state's words, by the names of fields.
private struct FinalReader: TermSource {
  private let race: CompiledRace
  private let layout: StateLayout
  private let fields: [String: Int]
  private let labels: ValueLabels
  var words: [UInt64] = []

  init(_ race: CompiledRace, of system: System) {
    self.race = race
    layout = system.layout
    fields = Dictionary(system.layout.fields.enumerated().map { ($1.name, $0) }) { first, _ in first
    }
    labels = ValueLabels(race.world)
  }

  func shown(_ value: Int, _ type: CType) -> String {
    // herd shows an address by the variable's name.
    let label = labels.label(value, type == .boolean ? .integer : type)
    return label.hasPrefix("&") ? String(label.dropFirst()) : label == "NULL" ? "0" : label
  }

  mutating func seen() -> Int { 0 }

  mutating func cell(at address: Int) -> Int? {
    guard let cell = Address.cell(address), race.world.memory.cells.indices.contains(cell),
      let field = fields[race.world.memory.cells[cell].name]
    else { return nil }
    return race.domains[cell].value(of: layout.code(of: field, in: words))
  }

  mutating func variable(_ number: Int) -> Int {
    let (actor, variable) = (Observed.actor(number), Observed.variable(number))
    guard let member = race.members.first(where: { $0.syntax.number == actor }),
      let domain = race.programs[member.program].domains[variable]
    else { return 0 }
    if domain.codes.count == 1 { return domain.value(of: domain.codes.lowerBound) }
    let name = race.programs[member.program].registerNames[variable] ?? ""
    guard let field = fields["\(member.name).\(name)"] else { return 0 }
    return domain.value(of: layout.code(of: field, in: words))
  }
}
