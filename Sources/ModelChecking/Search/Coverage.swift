/// What a proof is about: which steps were taken in it, which questions were answered both ways, and
/// which invariants ever claimed anything. Exact, since all states were visited.
public struct Coverage: Sendable, Equatable {
  /// Something that never happened.
  public struct Gap: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable {
      /// No step of the actor was ever taken.
      case actorNeverMoved = "never moved"
      /// An actor was there, and the step was never enabled.
      case stepNeverTaken = "never taken"
      case neverYes = "never yes"
      case neverNo = "never no"
      /// No state is one of which the invariant claims something.
      case neverClaimed = "never claimed anything"
      /// The step was taken whenever an actor came there. That is no gap in a proof.
      case neverWaited = "never had to wait"
    }

    public let kind: Kind
    /// The actors of whom it is true, which have the same program.
    public internal(set) var actors: [String]
    /// The functions that it is in, outermost first.
    public let calls: [String]
    /// The step, question or invariant; empty for an actor that never moved, and for a question about
    /// registers without a name.
    public let name: String
    public let declaration: SourceLine
    /// At how many places of that name and line in the actor's program; and how many there are.
    public internal(set) var places: Int
    public let allPlaces: Int
    /// What the model says of it.
    public let statement: Unreachable?
    /// Whether a step or question in another function has the same name, so that a statement has to say where.
    public internal(set) var isNameShared = false
    /// Whether another line of the same function has a step or question of that name.
    public internal(set) var isNameRepeated = false

    /// Why it never happens, where the model says so.
    public var reason: String? { statement?.reason }
  }

  /// How much of something happened.
  public struct Share: Sendable, Equatable {
    public internal(set) var seen = 0
    public internal(set) var all = 0
  }

  /// The steps of all actors, as they were written, questions included.
  public private(set) var steps = Share()
  /// The answers to questions: two each.
  public private(set) var answers = Share()
  /// What never happened, where it first could have: not what would only have come after it.
  public private(set) var gaps: [Gap] = []
  /// What the model says never happens, and does.
  public private(set) var untrue: [Unreachable] = []
  /// What the model says never happens and this system has nothing of. That is no mistake where other variants do.
  public private(set) var idle: [Unreachable] = []

  /// The questions that known values answer before anything runs, always alike, with the answer that they can't
  /// have. They are in no program: nothing is proved of what would follow, and that is no gap.
  public private(set) var decided: [Gap] = []

  /// The steps that could wait, and never had to.
  public private(set) var unwaited: [Gap] = []
  /// The values of their domains that fields never had, where that was asked for.
  public internal(set) var unreachedValues: [UnreachedValues]?

  /// The values that a field never had.
  public struct UnreachedValues: Sendable, Equatable {
    public let field: String
    public let values: [String]
  }

  /// What never happened and nobody accounts for.
  public var unexplained: [Gap] { gaps.filter { $0.reason == nil } }

  /// Whether the proof is not about all that the model has.
  public var isVacuous: Bool { !untrue.isEmpty || !unexplained.isEmpty }
}

// MARK: From what was seen

extension Coverage {
  init(of system: System, _ marks: StepMarks) {
    var (firstStep, firstBranch) = (0, 0)
    var items: [Item] = []
    for actor in system.actors {
      let program = actor.program
      let seen = SeenProgram(
        program: program,
        starts: Set(
          system.initialStates.map { system.layout.code(of: Int(actor.counter.number), in: $0) }),
        steps: marks.steps[firstStep..<(firstStep + program.alternatives.count)],
        branches: marks.branches[firstBranch..<(firstBranch + program.branches.count)])
      firstStep += program.alternatives.count
      firstBranch += program.branches.count
      if !actor.isStoreBuffer { items += Self.items(of: actor, seen) }
    }
    items += system.invariants.filter { $0.antecedent != nil }.map { invariant in
      Item(
        actor: nil, calls: [], name: invariant.name, declaration: invariant.declaration,
        missing: marks.antecedents >> UInt64(invariant.number) & 1 == 0 ? [.neverClaimed] : [])
    }
    for item in items {
      if item.isStep {
        steps.all += 1
        steps.seen += item.isTaken ? 1 : 0
      }
      answers.all += 2 * (item.isQuestion ? 1 : 0)
      answers.seen += item.isQuestion ? 2 - item.missingAnswers : 0
    }
    gaps = Self.gaps(items, system) { $0.missing }
    unwaited = Self.gaps(items, system) { $0.isUnwaited ? [.neverWaited] : [] }
    decided = system.decidedQuestions.map { Self.gap($0, system) }
    for statement in system.unreachable {
      let about = items.filter { $0.isMeant(by: statement) }
      if about.isEmpty {
        if !decided.contains(where: { $0.statement == statement }) { idle.append(statement) }
      } else if about.allSatisfy({ !$0.lacks(statement) }) {
        untrue.append(statement)
      }
    }
  }

  /// Something that may happen, and what of it did not.
  fileprivate struct Item {
    /// Whose it is, and where the actor is declared; nil for an invariant.
    let actor: (name: String, declaration: SourceLine)?
    let calls: [String]
    let name: String
    let declaration: SourceLine
    /// Whether it is that the actor moves at all.
    var isActor = false
    var isStep = false
    var isTaken = true
    var isQuestion = false
    /// The answers of a question that were not seen, whether or not it was asked.
    var missingAnswers = 0
    /// What did not happen although the actor came there.
    var missing: [Gap.Kind] = []
    /// Whether it could have waited, and never had to.
    var isUnwaited = false
  }

  private static func items(of actor: System.ActorProgram, _ seen: SeenProgram) -> [Item] {
    let who = (actor.name, actor.declaration)
    let moves = seen.steps.contains { $0.contains(.taken) }
    let mover = Item(
      actor: who, calls: [], name: "", declaration: actor.declaration, isActor: true,
      isTaken: moves, missing: moves ? [] : [.actorNeverMoved])
    let steps = seen.writtenSteps.map { site in
      var item = Item(
        actor: who, calls: site.calls, name: site.step.name, declaration: site.step.declaration,
        isStep: true, isTaken: site.isTaken, isQuestion: site.isQuestion)
      item.note(site.isTaken, site.answers, isReached: moves && site.isReached)
      item.isUnwaited = site.isTaken && site.mayWait && !site.hasWaited
      return item
    }
    return [mover] + steps
      + seen.writtenQuestions.map { site in
        var item = Item(
          actor: who, calls: site.question.calls, name: site.question.words.name,
          declaration: site.question.words.declaration, isQuestion: true)
        item.note(true, site.answers, isReached: !site.answers.isEmpty)
        return item
      }
  }

  /// What is missing, told once for the same thing in several places and of several actors.
  private static func gaps(
    _ items: [Item], _ system: System, _ missing: (Item) -> [Gap.Kind]
  ) -> [Gap] {
    var gaps: [Gap] = []
    for item in items {
      for kind in missing(item) {
        let statement = system.unreachable.first { $0.explains(item, kind) }
        let same = gaps.firstIndex { gap in
          gap.kind == kind && gap.calls == item.calls && gap.name == item.name
            && gap.declaration == item.declaration && gap.statement == statement
        }
        guard let same else {
          let places = items.count {
            $0.isSamePlace(as: item) && $0.actor?.name == item.actor?.name
          }
          gaps.append(
            Gap(
              kind: kind, actors: item.actor.map { [$0.name] } ?? [], calls: item.calls,
              name: item.name, declaration: item.declaration, places: 1, allPlaces: places,
              statement: statement,
              isNameShared: items.contains {
                $0.name == item.name && !$0.isActor && $0.calls.last != item.calls.last
              },
              isNameRepeated: items.contains {
                $0.name == item.name && !$0.isActor && $0.calls.last == item.calls.last
                  && $0.declaration != item.declaration
              }))
          continue
        }
        guard let actor = item.actor?.name else { continue }
        if gaps[same].actors.contains(actor) {
          if gaps[same].actors == [actor] { gaps[same].places += 1 }
        } else {
          gaps[same].actors.append(actor)
        }
      }
    }
    return gaps
  }
}

extension Coverage {
  /// What a question can't be answered that a front end answered.
  private static func gap(_ question: DecidedQuestion, _ system: System) -> Gap {
    let kind = question.answer ? Gap.Kind.neverNo : .neverYes
    let items = question.actors.map { actor in
      Item(
        actor: (actor, question.declaration), calls: question.calls, name: question.name,
        declaration: question.declaration, isQuestion: true)
    }
    let statement = system.unreachable.first { statement in
      items.contains { statement.explains($0, kind) }
    }
    return Gap(
      kind: kind, actors: question.actors, calls: question.calls, name: question.name,
      declaration: question.declaration, places: 1, allPlaces: 1, statement: statement)
  }

  /// The statements about a step or question that account for gaps at more than one place of what was written, with
  /// those places.
  public var broadStatements: [(statement: Unreachable, places: [SourceLine])] {
    var found: [(statement: Unreachable, places: [SourceLine])] = []
    for gap in gaps {
      // What names a function or an actor is about all that is in it.
      guard let statement = gap.statement, statement.name == gap.name else { continue }
      guard let known = found.firstIndex(where: { $0.statement == statement }) else {
        found.append((statement, [gap.declaration]))
        continue
      }
      if !found[known].places.contains(gap.declaration) {
        found[known].places.append(gap.declaration)
      }
    }
    return found.filter { $0.places.count > 1 }
  }
}

extension Coverage.Item {
  fileprivate mutating func note(_ isTaken: Bool, _ answers: StepMarks.Mark, isReached: Bool) {
    if isQuestion { missingAnswers = [.yes, .no].count { !answers.contains($0) } }
    if !isTaken {
      if isReached { missing = [.stepNeverTaken] }
      return
    }
    if isQuestion && isReached {
      if !answers.contains(.yes) { missing.append(.neverYes) }
      if !answers.contains(.no) { missing.append(.neverNo) }
    }
  }

  fileprivate func isSamePlace(as other: Self) -> Bool {
    calls == other.calls && name == other.name && declaration == other.declaration
  }

  /// Whether a statement speaks of it.
  fileprivate func isMeant(by statement: Unreachable) -> Bool {
    if let actor, !statement.isAbout(actor: actor.name) { return false }
    if !statement.isAbout(placeIn: calls, at: declaration) { return false }
    if statement.name == name || calls.contains(statement.name) { return true }
    guard isActor, let actor else { return false }
    return [actor.name, actor.name.withoutNumber].contains(statement.name)
  }

  /// Whether something of it did not happen, of which a statement speaks.
  fileprivate func lacks(_ statement: Unreachable) -> Bool {
    if !isTaken || statement.answer == nil && missingAnswers > 0 { return true }
    if missing.contains(.neverClaimed) { return true }
    guard let answer = statement.answer else { return false }
    return missingAnswers == 2 || missing.contains(answer ? .neverYes : .neverNo)
  }
}

extension Unreachable {
  fileprivate func explains(_ item: Coverage.Item, _ kind: Coverage.Gap.Kind) -> Bool {
    guard item.isMeant(by: self) else { return false }
    switch kind {
    case .neverYes: return isAbout(answer: true)
    case .neverNo: return isAbout(answer: false)
    case .actorNeverMoved, .stepNeverTaken, .neverClaimed, .neverWaited: return answer == nil
    }
  }
}
