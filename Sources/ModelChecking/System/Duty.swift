/// What must stay possible for an actor, so that it doesn't wait or go round for ever unseen.
public enum ActorDuty: Sendable, Equatable {
  /// Where the program has an end, the actor can always still come to it, or to where it may rest.
  case end
  /// The actor need not come to an end: a daemon. Where it must not rest it can always still move.
  case mayRunForever
  /// The actor may be stopped for good anywhere, as by a panic of the machine.
  case mayBeStopped
}

extension System {
  /// What a search must show of an actor.
  enum ActorObligation: Sendable, Equatable {
    /// It can always still come to its end, or to where it may rest.
    case comesHome
    /// Where it may not rest, it can always still move.
    case keepsMoving
    /// Its program is enough to show that it does what it must.
    case none
  }

  /// By actor: what a search must show of it.
  var obligationsOfActors: [ActorObligation] { actors.indices.map(obligation) }

  private func obligation(of number: Int) -> ActorObligation {
    let actor = actors[number]
    let progress = ProgramProgress(actor.program)
    let isNeverHeldUp = contextBlockers(of: number).isEmpty
    if progress.hasEnd && actor.duty == .end {
      return progress.isSureToGetHome && isNeverHeldUp ? .none : .comesHome
    }
    return progress.neverWaits && isNeverHeldUp ? .none : .keepsMoving
  }

  /// By word: the bits by which others on the actor's CPU keep it from running.
  func contextBlockers(of number: Int) -> [Int: UInt64] {
    let me = actors[number]
    var masks: [Int: UInt64] = [:]
    func block(on field: Int32) {
      let slot = layout.fields[Int(field)].slot
      if slot.width > 0 { masks[slot.word, default: 0] |= slot.mask << UInt64(slot.shift) }
    }
    // A store buffer is emptied whatever runs on its CPU.
    if me.isStoreBuffer { return [:] }
    for (other, actor) in actors.enumerated() where other != number && actor.cpu == me.cpu {
      block(on: actor.depths.interrupts.number)
      // An interrupt comes in between the steps of a softirq.
      if !(me.kind == .interrupt && actor.kind == .softirq) { block(on: actor.active.number) }
      if me.kind != .interrupt { block(on: actor.depths.bottomHalves.number) }
      if me.kind == .task { block(on: actor.depths.preemption.number) }
    }
    return masks
  }

  /// For each actor, that it comes home: what it is stuck without. They are no goals that a model
  /// declared, so no report lists them.
  var endings: [Goal] {
    actors.indices.map { number in
      let actor = actors[number]
      let mayRest = actor.program.locations.map(\.mayRest)
      return Goal(
        number: number, name: "\(actor.name) comes to its end", declaration: actor.declaration,
        kind: .alwaysReachable, isEnding: true,
        isReached: { state in mayRest[actor.counter.code(in: state.words)] },
        code: AuthorCode("actor", actor.name, at: actor.declaration))
    }
  }
}

/// Some of what must stay possible: goals, and what actors are obliged to, a bit each.
struct Obligations: Equatable, Sendable {
  var goals: UInt64 = 0
  var actors: UInt64 = 0

  static let none = Obligations()

  init(goals: UInt64 = 0, actors: UInt64 = 0) {
    self.goals = goals
    self.actors = actors
  }

  /// All that a system has.
  init(of system: System) {
    for goal in system.goals where goal.kind == .alwaysReachable {
      goals |= 1 << UInt64(goal.number)
    }
    for (actor, obligation) in system.obligationsOfActors.enumerated() where obligation != .none {
      actors |= 1 << UInt64(actor)
    }
  }

  mutating func formUnion(_ other: Obligations) {
    goals |= other.goals
    actors |= other.actors
  }

  func intersection(_ other: Obligations) -> Obligations {
    Obligations(goals: goals & other.goals, actors: actors & other.actors)
  }

  func subtracting(_ other: Obligations) -> Obligations {
    Obligations(goals: goals & ~other.goals, actors: actors & ~other.actors)
  }
}
