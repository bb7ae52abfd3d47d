/// One thing that a search judges, and has shown where the verdict is that everything holds.
public struct Claim: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// True in every reachable state.
    case invariant
    /// That no two accesses race.
    case raceFree
    /// True whenever a step that claims it is taken.
    case assertion
    /// What can happen, or must.
    case goal(Goal.Kind)
    /// An actor can always still come to the end of its program, or to where it may rest.
    case comesToEnd
    /// An actor can always still move, unless it may rest where it is.
    case goesOn
  }

  public let kind: Kind
  /// The property's name, or the actor's.
  public let name: String
  /// Where the property or the actor is declared.
  public let declaration: SourceLine
  /// Whether it ends a search where it is false.
  public let severity: Severity
}

extension System {
  /// Everything that a search judges, but for what is held against every system: that nobody waits for ever,
  /// misuses a lock or ends with one held, and that no step is at fault.
  ///
  /// The properties come first, in the order of their numbers on a command line, then data races, then the actors.
  public var claims: [Claim] {
    invariants.filter { !$0.isLimit && $0.race == nil }.map {
      Claim(.invariant, $0, $0.severity)
    }
      + goals.map { Claim(.goal($0.kind), $0, .bug) }
      + assertions.map { Claim(.assertion, $0, $0.severity) }
      + [raceFreedom].compactMap(\.self)
      + actors.compactMap { actor in
        let kind: Claim.Kind
        switch actor.duty {
        case .mayBeStopped: return nil
        case .mayRunForever: kind = .goesOn
        case .end: kind = ProgramProgress(actor.program).hasEnd ? .comesToEnd : .goesOn
        }
        return Claim(
          kind: kind, name: actor.name, declaration: actor.declaration, severity: .bug)
      }
  }

  /// That no two accesses race, where somebody asks for that.
  private var raceFreedom: Claim? {
    dataRacesReported.map { declaration in
      let count = races.count
      return Claim(
        kind: .raceFree,
        name: "\(count) pair\(count == 1 ? "" : "s") of steps that could race"
          + (memoryModel == .lkmm ? ", by the rules of Docs/MemoryModels.md" : ""),
        declaration: declaration, severity: .warning)
    }
  }

  /// Each pair of steps that could race by itself, as it can be looked at alone: with the numbers behind those of
  /// the properties.
  public var pairsThatCouldRace: [Claim] { races.map { Claim(.raceFree, $0, .warning) } }

  /// Whether a property is stated, or a step claims something.
  public var statesProperty: Bool { claims.contains { $0.isOfProperty || $0.kind == .raceFree } }

  /// The claims that a search judged.
  ///
  /// - Parameter outcome: of a search of this system.
  public func claims(judgedIn outcome: Outcome) -> [Claim] {
    guard let names = outcome.lookedAt.map(Set.init) else { return claims }
    return claims.filter { $0.isOfProperty && names.contains($0.name) }
      + pairsThatCouldRace.filter { names.contains($0.name) }
  }
}

extension Claim {
  /// Whether a property claims it, which has a number on a command line.
  public var isOfProperty: Bool { ![.raceFree, .comesToEnd, .goesOn].contains(kind) }

  fileprivate init(_ kind: Kind, _ property: some Property, _ severity: Severity) {
    self.init(
      kind: kind, name: property.name, declaration: property.declaration, severity: severity)
  }
}
