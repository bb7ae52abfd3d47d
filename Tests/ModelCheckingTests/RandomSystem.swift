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
  let goalKind: Goal.Kind

  init(seed: UInt64) {
    var random = SplitMix(state: seed)
    let sizes = (0..<random.below(3) + 2).map { _ in random.below(3) + 2 }
    fieldSizes = sizes
    func someField(_ random: inout SplitMix) -> (field: Int, value: Int) {
      let field = random.below(sizes.count)
      return (field, random.below(sizes[field]))
    }
    actors = (0..<random.below(2) + 2).map { _ in
      let placeCount = random.below(4) + 1
      return (0..<placeCount).map { _ in
        (0..<random.below(3) + 1).map { _ in
          let field = random.below(sizes.count)
          return Way(
            guardField: random.below(3) == 0 ? someField(&random) : nil,
            change: (field, random.below(sizes[field])), pivot: random.below(sizes[field]),
            next: random.below(placeCount + 1), otherwise: random.below(placeCount + 1))
        }
      }
    }
    forbidden = random.below(3) == 0 ? [] : [someField(&random), someField(&random)]
    goal = someField(&random)
    goalKind = random.below(3) == 0 ? .reachable : .alwaysReachable
  }

  /// The same for the engine. Step names say the place and the way.
  func system() throws -> System {
    try System { b in
      let fields = fieldSizes.enumerated().map { number, size in
        b.field("f\(number)", .range(0...(size - 1)), initially: 0)
      }
      for (number, places) in actors.enumerated() {
        b.actor("actor\(number)", on: b.cpu()) { _ in
          for (place, ways) in places.enumerated() {
            Label("\(place)")
            Choose(Array(ways.enumerated())) { index, way in
              If(Self.condition("\(place).\(index)", way, fields, fieldSizes)) {
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
        b.invariant("never so") { s in !forbidden.allSatisfy { s[fields[$0.field]] == $0.value } }
      }
      let goal = goal
      b.goal("goal", goalKind) { s in s[fields[goal.field]] == goal.value }
    }
  }

  private static func condition(
    _ name: String, _ way: Way, _ fields: [Field<Int>], _ sizes: [Int]
  ) -> Condition {
    let size = sizes[way.change.field]
    var isEnabled: (@Sendable (State) -> Bool)?
    if let wanted = way.guardField {
      isEnabled = { s in s[fields[wanted.field]] == wanted.value }
    }
    return Condition(
      name, when: isEnabled,
      collapsing: .because("the systems are random")
    ) { s in
      let field = fields[way.change.field]
      s[field] = (s[field] + way.change.by) % size
      return s[field] == way.pivot
    }
  }
}

/// Steele, Lea and Flood's generator (OOPSLA 2014): small, and the same everywhere.
struct SplitMix {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}
