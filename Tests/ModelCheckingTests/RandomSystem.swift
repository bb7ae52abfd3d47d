import ModelChecking

/// A small system made at random, as plain data: what the engine runs is built from it, and the
/// oracle interprets it without the engine.
struct RandomSystem {
  /// One thing that an actor can do at a place.
  struct Way {
    /// The step is enabled only while this field has this value.
    let guardField: (field: Int, value: Int)?
    /// The field that changes, and by how much, going round at the end of its range.
    let change: (field: Int, by: Int)
    /// The value of the changed field that leads to `next`; every other leads to `otherwise`.
    let pivot: Int
    let next: Int
    let otherwise: Int
  }

  let fieldSizes: [Int]
  /// By actor and place: the ways on. The place after the last is the end.
  let actors: [[[Way]]]
  /// A state in which these two fields have these values is a bug.
  let forbidden: [(field: Int, value: Int)]
  /// A state in which this field has this value is the goal.
  let goal: (field: Int, value: Int)
  var goalKind: Goal.Kind
  /// By actor: whether it has to come to its end.
  var duties: [ActorDuty]

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let sizes = (0..<random.next(below: 3) + 2).map { _ in random.next(below: 3) + 2 }
    fieldSizes = sizes
    func someField(_ random: inout SplitMix64) -> (field: Int, value: Int) {
      let field = random.next(below: sizes.count)
      return (field, random.next(below: sizes[field]))
    }
    actors = (0..<random.next(below: 2) + 2).map { _ in
      let placeCount = random.next(below: 4) + 1
      return (0..<placeCount).map { _ in
        (0..<random.next(below: 3) + 1).map { _ in
          let field = random.next(below: sizes.count)
          return Way(
            guardField: random.next(below: 3) == 0 ? someField(&random) : nil,
            change: (field, random.next(below: sizes[field])),
            pivot: random.next(below: sizes[field]),
            next: random.next(below: placeCount + 1), otherwise: random.next(below: placeCount + 1))
        }
      }
    }
    forbidden = random.next(below: 3) == 0 ? [] : [someField(&random), someField(&random)]
    goal = someField(&random)
    goalKind = random.next(below: 3) == 0 ? .reachable : .alwaysReachable
    duties = actors.map { _ in
      [.end, .end, .mayRunForever, .mayRunForever, .mayBeStopped][random.next(below: 5)]
    }
  }

  /// The same for the engine. Step names say the place and the way.
  ///
  /// - Parameter stretch: by what values are multiplied, so that a field takes more bits.
  func system(stretch: Int = 1) throws -> System {
    try System { b in
      let fields = fieldSizes.enumerated().map { number, size in
        b.field("f\(number)", .range(0...((size - 1) * stretch)), initially: 0)
      }
      for (number, places) in actors.enumerated() {
        b.actor("actor\(number)", on: b.cpu(), duty: duties[number]) { _ in
          for (place, ways) in places.enumerated() {
            Label("\(place)")
            Choose(Array(ways.enumerated())) { index, way in
              If(Self.condition("\(place).\(index)", way, fields, fieldSizes, stretch)) {
                Goto("\(way.next)")
              } otherwise: {
                Goto("\(way.otherwise)")
              }
            }
          }
          Label("\(places.count)")
        }
      }
      if !forbidden.isEmpty {
        let forbidden = forbidden
        b.invariant("never so") { s in
          !forbidden.allSatisfy { s[fields[$0.field]] == $0.value * stretch }
        }
      }
      let goal = goal
      b.goal("goal", goalKind) { s in s[fields[goal.field]] == goal.value * stretch }
    }
  }

  private static func condition(
    _ name: String, _ way: Way, _ fields: [Field<Int>], _ sizes: [Int],
    _ stretch: Int
  ) -> Condition {
    let size = sizes[way.change.field]
    let field = fields[way.change.field]
    let change: @Sendable (inout Int) -> Bool = { value in
      value = (value + way.change.by * stretch) % (size * stretch)
      return value == way.pivot * stretch
    }
    guard let wanted = way.guardField else { return Condition(name, .atomic(field), change) }
    if wanted.field == way.change.field {
      return Condition(name, .atomic(field), when: { $0 == wanted.value * stretch }, change)
    }
    // A guard about another field than the one that changes takes a section.
    let guardField = fields[wanted.field]
    return Condition(
      name, .section([guardField, field], because: "the systems are random"),
      when: { s in s[guardField] == wanted.value * stretch }
    ) { s in change(&s[field]) }
  }
}

/// Random systems of both kinds (`RandomSystem`, `RandomPrograms`) that have fewer than 2,000 states.
func smallRandomSystems(_ seeds: Range<Int>) throws -> [(seed: Int, system: System)] {
  try seeds.flatMap { seed in
    // Some random programs make no sense, and say so.
    try [
      try? RandomSystem(seed: UInt64(seed)).system(),
      try? RandomPrograms.system(seed: UInt64(seed)),
    ].compactMap { system in
      guard let system, try system.search().statistics.states < 2_000 else { return nil }
      return (seed, system)
    }
  }
}
