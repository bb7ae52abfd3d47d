/// The pairs of steps that may race, each an invariant that warns.
extension SystemBuilder {
  /// Has data races told of, as the kernel's KCSAN does: each pair of steps whose accesses race is a warning.
  ///
  ///     system.reportDataRaces()
  ///
  /// It is judged under sequential consistency and under the kernel's memory model. A step's accesses are plain where nothing else is said: `.relaxed` is
  /// `READ_ONCE()` and `WRITE_ONCE()`, and `mayRace()` is `data_race()`. At most 64 pairs of functions, the invariants
  /// included.
  public func reportDataRaces(file: String = #filePath, line: Int = #line) {
    reportDataRaces(at: SourceLine(file: file, line: line))
  }

  /// - Parameter declaration: where somebody asks for it; the first counts.
  package func reportDataRaces(at declaration: SourceLine) {
    dataRacesReported = dataRacesReported ?? declaration
  }

  /// Pairs of steps, and for each the accesses that may race.
  typealias RacingPairs = [(pair: RacyPair, accesses: [(MemoryAccess, MemoryAccess)])]

  /// Declares an invariant for each pair of steps that may race, once all programs are known.
  ///
  /// - Parameter unordered: what tells of accesses that nothing has ordered, where there are any.
  func declareDataRaces(_ pairs: RacingPairs, unordered: UnorderedAccesses? = nil) {
    guard let declaration = dataRacesReported else { return }
    let room = 64 - invariants.count
    // Where there is no room for each pair of steps, each pair of functions is one.
    let races = pairs.count <= room ? pairs : pairs.merged(by: \.ofFunctions)
    if races.count > room {
      problems.append(
        "\(races.count) pairs of functions access the same fields, and data races are told of \(room)"
      )
      return
    }
    let running = actors
    let wordCount = layout?.wordCount ?? 0
    for (pair, accesses) in races {
      let race = DataRace(
        encounters: encounters(accesses), actors: running, wordCount: wordCount,
        unordered: unordered)
      let invariant = Invariant(
        number: invariants.count, name: pair.name, declaration: declaration, severity: .warning,
        antecedent: nil, claim: { race.accesses(in: $0) == nil },
        code: AuthorCode("invariant", pair.name, at: declaration), race: race)
      checkName(of: invariant)
      invariants.append(invariant)
    }
  }

  /// Which accesses may race, by the pairs of steps that make them, in the order of the programs. None unless
  /// somebody asks.
  var racingPairs: RacingPairs {
    if dataRacesReported == nil { return [] }
    let accesses = memoryAccesses
    var byField: [Int: [Int]] = [:]
    for (number, access) in accesses.enumerated() {
      for field in access.fields { byField[field, default: []].append(number) }
    }
    let sites = accesses.map { RacySite(of: $0, in: actors) }
    var places: [RacySite: Int] = [:]
    for site in sites where places[site] == nil { places[site] = places.count }
    var pairs: RacingPairs = []
    for (number, access) in accesses.enumerated() {
      let others = Set(access.fields.flatMap { byField[$0]! }).filter { $0 > number }.sorted()
      for other in others where access.mayRace(with: accesses[other]) {
        let isInOrder = places[sites[number]]! <= places[sites[other]]!
        let (first, second) = isInOrder ? (number, other) : (other, number)
        pairs.append(
          (RacyPair(sites[first], sites[second]), [(accesses[first], accesses[second])]))
      }
    }
    return pairs.merged { $0 }
  }

  /// Every access to memory that a program may come to.
  private var memoryAccesses: [MemoryAccess] {
    let memory = memoryFields
    return actors.enumerated().flatMap { number, actor in
      let held = actor.program.locksHeld
      return actor.program.locations.indices.flatMap { place -> [MemoryAccess] in
        guard let locks = held[place] else { return [] }
        return actor.program.locations[place].alternatives.compactMap { position in
          let alternative = actor.program.alternatives[position]
          let step = alternative.step
          if alternative.beginsWait || step.isSafetyNet || step.mayRace { return nil }
          let fields = memory.intersection(step.operation.memory)
          if fields.isEmpty { return nil }
          return MemoryAccess(
            actor: number, location: place, number: position, alternative: alternative,
            fields: fields, locks: locks.union(step.operation.locksOfSection))
        }
      }
    }
  }

  /// The fields that are the kernel's memory, and no locks.
  private var memoryFields: Set<Int> {
    let steps = actors.flatMap { $0.program.alternatives.map(\.step.operation) }
    let standing = Set(abstractions.keys)
      .union(actorAbstractions.keys.flatMap(numbersOfOwnFields))
      .union(idealFields).union(handedOverFields).union(steps.flatMap(\.locks))
    return Set(declarations.indices.filter { declarations[$0].role == .shared })
      .subtracting(standing)
  }

  private func encounters(
    _ accesses: [(MemoryAccess, MemoryAccess)]
  ) -> [DataRace.Encounter] {
    var byActors: [[Int]: [(MemoryAccess, MemoryAccess)]] = [:]
    for pair in accesses { byActors[[pair.0.actor, pair.1.actor], default: []].append(pair) }
    func byLocation(_ accesses: [MemoryAccess], of actor: Int) -> [[MemoryAccess]] {
      var places = [[MemoryAccess]](
        repeating: [], count: actors[actor].program.locations.count)
      for access in accesses
      where !places[access.location].contains(where: { $0.number == access.number }) {
        places[access.location].append(access)
      }
      return places
    }
    return byActors.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { actors, pairs in
      DataRace.Encounter(
        actors: (actors[0], actors[1]),
        accesses: (
          byLocation(pairs.map(\.0), of: actors[0]), byLocation(pairs.map(\.1), of: actors[1])
        ))
    }
  }
}

/// A step as KCSAN's reports name it: all that have a name in a function are one.
struct RacySite: Hashable {
  /// The innermost function; outside of all, the actor, without a number at the end of its name.
  let function: String
  /// nil: any step of the function.
  var step: String?
  /// Whether it accesses nothing and rules the accesses of others out.
  let isClaim: Bool

  init(of access: MemoryAccess, in actors: [System.ActorProgram]) {
    function = access.alternative.calls.last ?? actors[access.actor].name.withoutNumber
    step = access.step.name
    isClaim = access.step.exclusion != nil
  }
}

struct RacyPair: Hashable {
  var first: RacySite
  var second: RacySite

  init(_ first: RacySite, _ second: RacySite) {
    self.first = first
    self.second = second
  }

  /// The functions alone, in the order of their names.
  var ofFunctions: RacyPair {
    var pair = first.function <= second.function ? self : RacyPair(second, first)
    pair.first.step = nil
    pair.second.step = nil
    return pair
  }

  /// "data-race in f / g (x = 1 / READ_ONCE(x))"; "assert: race in" where one of them rules out the other.
  var name: String {
    let steps = [first.step, second.step].compactMap(\.self).joined(separator: " / ")
    let kind = first.isClaim || second.isClaim ? "assert: race" : "data-race"
    return "\(kind) in \(first.function) / \(second.function)"
      + (steps.isEmpty ? "" : " (\(steps))")
  }
}

extension SystemBuilder.RacingPairs {
  /// The same where several pairs are one, in the order in which the first of them came.
  fileprivate func merged(by key: (RacyPair) -> RacyPair) -> Self {
    var places: [RacyPair: Int] = [:]
    var merged: Self = []
    for (pair, accesses) in self {
      let pair = key(pair)
      if let place = places[pair] {
        merged[place].accesses += accesses
      } else {
        places[pair] = merged.count
        merged.append((pair, accesses))
      }
    }
    return merged
  }
}
