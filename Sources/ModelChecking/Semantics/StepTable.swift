/// A system's steps laid out for the fast search: flat arrays of constants and closure pointers.
///
/// Looking up and running a step touches no reference count and allocates nothing. The table keeps
/// the closures alive and owns the arrays.
package final class StepTable: @unchecked Sendable {
  // Unchecked: written only by `init`, read by all workers afterwards.

  /// The fixed facts about a step, and where its actor goes on.
  struct Alternative {
    /// The questions about registers that must be answered so for the step to be there at all.
    let conditionBox: Unmanaged<PredicateBox>?
    let guardBox: Unmanaged<PredicateBox>?
    let actionBox: Unmanaged<ActionBox>
    let assertionBox: Unmanaged<AssertionBox>?
    let code: Unmanaged<AuthorCode>
    let actor: Int32
    /// The next location of the actor, or -1 - n for the branch numbered n.
    let next: Int32
    let otherwise: Int32
  }

  struct Location {
    let firstAlternative: Int32
    let alternativeCount: Int32
    let mayRest: Bool
    /// Whether the actor must hold nothing here, and could.
    let mustBeClean: Bool
    /// How far the actor is from home, and whether each step from here brings it nearer.
    let distance: Int32
    let advances: Bool
    /// Whether it is sure to come nearer, if it may run at all: some such step never waits.
    let surelyAdvances: UInt8
    /// Whether some step from here may lead back here.
    let mayStay: Bool
  }

  struct Branch {
    let box: Unmanaged<PredicateBox>
    let yes: Int32
    let no: Int32
  }

  struct Actor {
    let counter: Field<Int>
    let active: Field<Bool>
    let isHandler: Bool
    /// Positions in `locations` and `branches` where this actor's begin.
    let firstLocation: Int
    let firstBranch: Int
    /// Bits of the state that must all be 0 for the actor to run, as positions in `blockers`.
    let blockers: Range<Int>
    /// The locks that it takes, as positions in `holdings`.
    let holdings: Range<Int>
    let obligation: System.ActorObligation
    /// The bits of the counter's word that no other actor changes: the counter, and registers.
    let own: UInt64
  }

  /// Some bits of a word.
  struct Blocker {
    let word: Int
    let mask: UInt64
  }

  /// What comes of an invariant or a goal.
  enum Answer {
    case notClaimed, no, yes
  }

  /// An invariant or a goal.
  struct Question {
    /// Of an invariant: where it claims anything; nil where everywhere.
    var antecedentBox: Unmanaged<PredicateBox>?
    let box: Unmanaged<PredicateBox>
    let code: Unmanaged<AuthorCode>
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
  let holdings: OwnedBuffer<Holding>
  /// How registers are set back; and by location, where its own begin, and the end of the last.
  let resets: OwnedBuffer<RegisterReset>
  let resetStarts: OwnedBuffer<Int32>
  let depths: OwnedBuffer<ContextDepths>
  let invariants: OwnedBuffer<Question>
  let goals: OwnedBuffer<Question>
  /// By goal: when it is due; where the goal does not say, never.
  let dues: OwnedBuffer<Question>

  /// By alternative: the move it is.
  let moves: [Move]

  /// All that must stay possible.
  let obligations: Obligations

  /// Whose step an alternative is.
  @inline(__always)
  func actor(of alternative: Int) -> Int { Int(alternatives.base[alternative].actor) }

  /// The assertions that end the search, one bit each.
  let fatalAssertions: UInt64
  /// Those of them at which the kernel stops.
  let fatalStatements: UInt64

  private var boxes: [AnyObject] = []

  package init(_ system: System) {
    var actors: [Actor] = []
    var locations: [Location] = []
    var alternatives: [Alternative] = []
    var branches: [Branch] = []
    var blockers: [Blocker] = []
    var holdings: [Holding] = []
    var moves: [Move] = []
    var boxes: [AnyObject] = []
    var mostSuccessors = 0

    func predicate(_ body: @escaping @Sendable (State) -> Bool) -> Unmanaged<PredicateBox> {
      let box = PredicateBox(body)
      boxes.append(box)
      return .passUnretained(box)
    }
    func question(
      _ body: @escaping @Sendable (State) -> Bool, _ code: AuthorCode,
      when antecedent: (@Sendable (State) -> Bool)? = nil
    ) -> Question {
      boxes.append(code)
      return Question(
        antecedentBox: antecedent.map(predicate), box: predicate(body),
        code: .passUnretained(code))
    }
    func encode(_ continuation: Program.Continuation) -> Int32 {
      switch continuation {
      case .location(let number): Int32(number)
      case .branch(let number): Int32(-1 - number)
      }
    }

    let obligations = system.obligationsOfActors
    for (number, actor) in system.actors.enumerated() {
      let program = actor.program
      let (firstBlocker, firstHolding) = (blockers.count, holdings.count)
      holdings += program.holdings
      blockers += system.contextBlockers(of: number).sorted { $0.key < $1.key }.map {
        Blocker(word: $0.key, mask: $0.value)
      }
      actors.append(
        Actor(
          counter: actor.counter, active: actor.active, isHandler: actor.kind.isHandler,
          firstLocation: locations.count, firstBranch: branches.count,
          blockers: firstBlocker..<blockers.count, holdings: firstHolding..<holdings.count,
          obligation: obligations[number],
          own: system.layout.ownBits(of: number, besides: actor.counter)))
      let mayHold = program.mayHold
      let progress = ProgramProgress(program)
      locations += program.locations.enumerated().map { number, location in
        Location(
          firstAlternative: Int32(alternatives.count + location.alternatives.lowerBound),
          alternativeCount: Int32(location.alternatives.count), mayRest: location.mayRest,
          mustBeClean: location.endsRun && mayHold,
          distance: Int32(progress.distances[number]), advances: progress.advances[number],
          surelyAdvances: progress.advances[number] && program.isAlwaysEnabled(at: number) ? 1 : 0,
          mayStay: location.alternatives.contains { program.targets(of: $0).contains(number) })
      }
      mostSuccessors += program.locations.map(\.alternatives.count).max() ?? 0
      branches += program.branches.map {
        Branch(box: predicate($0.predicate), yes: encode($0.yes), no: encode($0.no))
      }
      for (position, alternative) in program.alternatives.enumerated() {
        let action = ActionBox(alternative.step.action)
        boxes += [action, alternative.code]
        var assertions: AssertionBox?
        if !alternative.assertions.isEmpty {
          assertions = AssertionBox(alternative)
          boxes.append(assertions!)
        }
        alternatives.append(
          Alternative(
            conditionBox: Self.offering(alternative).map(predicate),
            guardBox: alternative.step.guardCondition.map(predicate),
            actionBox: .passUnretained(action),
            assertionBox: assertions.map { .passUnretained($0) },
            code: .passUnretained(alternative.code),
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
    self.holdings = OwnedBuffer(holdings)
    let resets = system.actors.flatMap { $0.program.locations.map(\.resets) }
    self.resets = OwnedBuffer(resets.flatMap(\.self))
    resetStarts = OwnedBuffer(resets.reduce(into: [0]) { $0.append($0.last! + Int32($1.count)) })
    depths = OwnedBuffer(system.actors.map(\.depths))
    invariants = OwnedBuffer(
      system.invariants.map { question($0.claim, $0.code, when: $0.antecedent) })
    goals = OwnedBuffer(system.goals.map { question($0.isReached, $0.code) })
    dues = OwnedBuffer(system.goals.map { question($0.isDue ?? { _ in false }, $0.code) })
    self.moves = moves
    self.obligations = Obligations(of: system)
    fatalAssertions = system.fatalAssertions
    fatalStatements = system.fatalStatements
    self.boxes = boxes
  }

  /// Whether a step is there: its questions about registers as one.
  private static func offering(
    _ alternative: Program.Alternative
  ) -> (@Sendable (State) -> Bool)? {
    let conditions = alternative.conditions
    if conditions.isEmpty { return nil }
    return { state in conditions.allSatisfy { $0.predicate(state) == $0.expected } }
  }
}
