extension SystemBuilder {
  /// Where an actor is: for properties, and for what steps claim and note.
  ///
  ///     let isInside = (0..<2).map { system.isAt("taker\($0)", "list_del") }
  ///     system.invariant("one is inside") { s in !s[isInside[0]] || !s[isInside[1]] }
  ///
  /// It is true from when the actor comes to the step until it has taken it, also while it waits there, and
  /// of every step of that name in its program.
  ///
  /// - Parameters:
  ///   - actorName: the actor, which may also be declared later.
  ///   - stepName: the step, as traces show it.
  public func isAt(_ actorName: String, _ stepName: String) -> ActorPlace {
    let nowhere = ActorPlace(
      counter: Field(FieldSlot(codes: 0...0), number: 0), isThere: [false])
    // In the first of the three runs nobody asks.
    guard let actorNames else { return nowhere }
    guard let actor = actorNames.firstIndex(of: actorName) else {
      problems.append(unknown("actor", actorName, among: actorNames))
      return nowhere
    }
    let program = knownPrograms[actor]
    let isThere = program.locations.map { location in
      program.alternatives[location.alternatives].contains { $0.step.name == stepName }
    }
    // A mistake made on purpose may leave the step out.
    if !isThere.contains(true) && mutations == nil {
      let steps = program.alternatives.map(\.step.name)
      problems.append(unknown("step of '\(actorName)' called", stepName, among: steps))
    }
    return ActorPlace(counter: counters[actor], isThere: isThere)
  }

  private func unknown(_ kind: String, _ name: String, among names: [String]) -> String {
    "isAt: there is no \(kind) '\(name)'"
      + (nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? "")
  }
}
