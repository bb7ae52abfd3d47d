/// Which way a program goes on: how far each location is from where the actor may stop.
///
/// An actor is *home* at its end and where it may rest; an actor that has neither is home where its
/// program begins. The distance of a location is that of the longest way home, where a loop on the way
/// counts as one place. So each step from a location that is in no such loop brings its actor nearer,
/// whatever the step answers.
///
/// From that follows, with no look at the state space, that most states are no hang: in a state where
/// somebody can come nearer to home, the sum of all distances can still fall.
struct ProgramProgress: Sendable {
  /// By location: how far it is from home; 0 at home.
  let distances: [Int]
  /// By location: whether each step from there leads nearer to home.
  let advances: [Bool]
  /// Whether the program has an end.
  let hasEnd: Bool
  /// Whether the actor is sure to get home, as long as it may run: no location but home has to wait, and
  /// no loop is on the way.
  let isSureToGetHome: Bool
  /// Whether the actor can always take a step where it may not rest, as long as it may run.
  let neverWaits: Bool

  init(_ program: Program) {
    let locations = program.locations.indices
    let ends = locations.filter { program.locations[$0].alternatives.isEmpty }
    let resting = locations.filter { program.locations[$0].mayRest }
    let homes = Set(resting.isEmpty ? program.locations(of: program.start) : resting)
    // The ways out of home lead away from it and don't count.
    let targets = locations.map { location -> [Int] in
      homes.contains(location)
        ? [] : program.locations[location].alternatives.flatMap { program.targets(of: $0) }
    }
    let components = Components(of: targets)
    var distances = [Int](repeating: 0, count: locations.count)
    // A component is numbered after all that it leads to.
    for members in components.members {
      let onward = members.flatMap { targets[$0] }
        .filter { components.number[$0] != components.number[members[0]] }
      let distance = onward.map { distances[$0] + 1 }.max() ?? 0
      for member in members { distances[member] = distance }
    }
    self.distances = distances
    advances = locations.map { location in
      !targets[location].isEmpty
        && targets[location].allSatisfy { distances[$0] < distances[location] }
    }
    hasEnd = !ends.isEmpty
    isSureToGetHome = locations.allSatisfy { [advances] location in
      homes.contains(location) || advances[location] && program.isAlwaysEnabled(at: location)
    }
    neverWaits = locations.allSatisfy {
      program.locations[$0].mayRest || program.isAlwaysEnabled(at: $0)
    }
  }
}

extension Program {
  /// Where an alternative may lead.
  func targets(of alternative: Int) -> [Int] {
    locations(of: alternatives[alternative].next)
      + locations(of: alternatives[alternative].otherwise)
  }

  /// Whether an actor that may run can take a step at a location, whatever the state.
  func isAlwaysEnabled(at location: Int) -> Bool {
    locations[location].alternatives.contains {
      alternatives[$0].step.guardCondition == nil && alternatives[$0].conditions.isEmpty
    }
  }
}
