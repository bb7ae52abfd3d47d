/// A system's steps laid out for the fast search: flat arrays of constants and closure pointers.
///
/// Looking up and running a step touches no reference count and allocates nothing. The table keeps
/// the closures alive and owns the arrays.
final class StepTable: @unchecked Sendable {
  // Unchecked: written only by `init`, read by all workers afterwards.

  /// The fixed facts about a step, and where its actor goes on.
  struct Alternative {
    let guardBox: Unmanaged<PredicateBox>?
    let actionBox: Unmanaged<ActionBox>
    let assertionBox: Unmanaged<AssertionBox>?
    let actor: Int32
    /// The next location of the actor, or -1 - n for the branch numbered n.
    let next: Int32
    let otherwise: Int32
  }

  struct Location {
    let firstAlternative: Int32
    let alternativeCount: Int32
    let mayRest: Bool
  }

  struct Branch {
    let box: Unmanaged<PredicateBox>
    let yes: Int32
    let no: Int32
  }

  struct Actor {
    let counter: Field<Int>
    let active: Field<Bool>
    let isInterrupt: Bool
    /// Positions in `locations` and `branches` where this actor's begin.
    let firstLocation: Int
    let firstBranch: Int
    /// Bits of the state that must all be 0 for the actor to run, as positions in `blockers`.
    let blockers: Range<Int>
  }

  /// Some bits of a word.
  struct Blocker {
    let word: Int
    let mask: UInt64
  }

  final class PredicateBox: Sendable {
    let body: @Sendable (State) -> Bool
    init(_ body: @escaping @Sendable (State) -> Bool) { self.body = body }
  }
  final class ActionBox: Sendable {
    let body: StepDefinition.Action
    init(_ body: @escaping StepDefinition.Action) { self.body = body }
  }
  /// Answers which assertions of a step are false, one bit each.
  final class AssertionBox: Sendable {
    private let alternative: Program.Alternative
    init(_ alternative: Program.Alternative) { self.alternative = alternative }

    func failed(_ moment: StepAssertion.Moment, in state: State, answer: Bool = true) -> UInt64 {
      alternative.failedAssertions(moment, in: state, answer: answer)
    }
  }

  let layout: StateLayout
  let wordCount: Int
  /// The most successors that a state can have.
  let mostSuccessors: Int

  let actors: OwnedBuffer<Actor>
  let locations: OwnedBuffer<Location>
  let alternatives: OwnedBuffer<Alternative>
  let branches: OwnedBuffer<Branch>
  let blockers: OwnedBuffer<Blocker>
  let depths: OwnedBuffer<ContextDepths>
  let invariants: OwnedBuffer<Unmanaged<PredicateBox>>
  let goals: OwnedBuffer<Unmanaged<PredicateBox>>

  /// By alternative: the move it is.
  let moves: [Move]

  /// The assertions that end the search, one bit each.
  let fatalAssertions: UInt64
  /// Those of them at which the kernel stops.
  let fatalStatements: UInt64

  private var boxes: [AnyObject] = []

  init(_ system: System) {
    var actors: [Actor] = []
    var locations: [Location] = []
    var alternatives: [Alternative] = []
    var branches: [Branch] = []
    var blockers: [Blocker] = []
    var moves: [Move] = []
    var boxes: [AnyObject] = []
    var mostSuccessors = 0

    func predicate(_ body: @escaping @Sendable (State) -> Bool) -> Unmanaged<PredicateBox> {
      let box = PredicateBox(body)
      boxes.append(box)
      return .passUnretained(box)
    }
    func encode(_ continuation: Program.Continuation) -> Int32 {
      switch continuation {
      case .location(let number): Int32(number)
      case .branch(let number): Int32(-1 - number)
      }
    }

    for (number, actor) in system.actors.enumerated() {
      let firstBlocker = blockers.count
      blockers += Self.blockers(of: number, in: system)
      actors.append(
        Actor(
          counter: actor.counter, active: actor.active, isInterrupt: actor.kind == .interrupt,
          firstLocation: locations.count, firstBranch: branches.count,
          blockers: firstBlocker..<blockers.count))
      let program = actor.program
      locations += program.locations.map {
        Location(
          firstAlternative: Int32(alternatives.count + $0.alternatives.lowerBound),
          alternativeCount: Int32($0.alternatives.count), mayRest: $0.mayRest)
      }
      mostSuccessors += program.locations.map(\.alternatives.count).max() ?? 0
      branches += program.branches.map {
        Branch(box: predicate($0.predicate), yes: encode($0.yes), no: encode($0.no))
      }
      for (position, alternative) in program.alternatives.enumerated() {
        let action = ActionBox(alternative.step.action)
        boxes.append(action)
        var assertions: AssertionBox?
        if !alternative.assertions.isEmpty {
          assertions = AssertionBox(alternative)
          boxes.append(assertions!)
        }
        alternatives.append(
          Alternative(
            guardBox: Self.enabling(alternative).map(predicate),
            actionBox: .passUnretained(action),
            assertionBox: assertions.map { .passUnretained($0) },
            actor: Int32(number), next: encode(alternative.next),
            otherwise: encode(alternative.otherwise)))
        moves.append(Move(actor: number, alternative: position))
      }
    }

    layout = system.layout
    wordCount = system.layout.wordCount
    self.mostSuccessors = mostSuccessors
    self.actors = OwnedBuffer(actors)
    self.locations = OwnedBuffer(locations)
    self.alternatives = OwnedBuffer(alternatives)
    self.branches = OwnedBuffer(branches)
    self.blockers = OwnedBuffer(blockers)
    depths = OwnedBuffer(system.actors.map(\.depths))
    invariants = OwnedBuffer(system.invariants.map { predicate($0.holds) })
    goals = OwnedBuffer(system.goals.map { predicate($0.isReached) })
    self.moves = moves
    fatalAssertions = system.fatalAssertions
    fatalStatements = system.fatalStatements
    self.boxes = boxes
  }

  /// When a step is there and enabled: its guard and its questions about registers as one.
  private static func enabling(
    _ alternative: Program.Alternative
  ) -> (@Sendable (State) -> Bool)? {
    let conditions = alternative.conditions
    guard !conditions.isEmpty else { return alternative.step.guardCondition }
    let guardCondition = alternative.step.guardCondition
    return { state in
      conditions.allSatisfy { $0.predicate(state) == $0.expected }
        && (guardCondition?(state) ?? true)
    }
  }

  /// The bits by which others on the actor's CPU keep it from running.
  private static func blockers(of number: Int, in system: System) -> [Blocker] {
    let me = system.actors[number]
    var masks: [Int: UInt64] = [:]
    func block(on field: Int32) {
      let slot = system.layout.fields[Int(field)].slot
      if slot.width > 0 { masks[slot.word, default: 0] |= slot.mask << UInt64(slot.shift) }
    }
    for (other, actor) in system.actors.enumerated() where other != number && actor.cpu == me.cpu {
      block(on: actor.depths.interrupts.number)
      block(on: actor.active.number)
      if me.kind == .task { block(on: actor.depths.preemption.number) }
    }
    return masks.keys.sorted().map { Blocker(word: $0, mask: masks[$0]!) }
  }
}
