/// One of two accesses that race.
public struct RacingAccess: Sendable, Equatable {
  public enum Kind: String, Sendable, Equatable, Encodable {
    case read, write
    case readWrite = "read-write"
    case assertNoWrites = "assert no writes"
    case assertNoAccesses = "assert no accesses"

    /// Whether it races with every other access, and not only with stores.
    var isLikeStore: Bool { self != .read && self != .assertNoWrites }

    /// Whether nothing is accessed, and that of others is ruled out.
    public var isClaim: Bool { self == .assertNoWrites || self == .assertNoAccesses }
  }

  public let kind: Kind
  /// Whether it is a plain C access, which a compiler may cut into parts, and others see them.
  public let isPlain: Bool
  public let field: String
  public let actor: String
  public let actorKind: ActorKind
  public let cpu: Int
  /// The innermost function; outside of all, the actor.
  public let function: String
  /// The step, as traces show it.
  public let step: String
  public let declaration: SourceLine
  /// Whether it was made, and the other, which is about to be, is not ordered behind it; if not of either, both may
  /// be made at the same time.
  public let isMade: Bool
}

extension RaceExclusion {
  fileprivate var kind: RacingAccess.Kind {
    self == .writes ? .assertNoWrites : .assertNoAccesses
  }
}

/// A step that accesses memory, where it stands in its actor's program.
struct MemoryAccess: Sendable {
  let actor: Int
  let location: Int
  /// The number of the alternative in the program.
  let number: Int
  let alternative: Program.Alternative
  /// The fields that it may access, which are memory of the kernel's and no locks.
  let fields: Set<Int>
  /// The locks under which it is made, whatever way the actor came.
  let locks: Set<Int>

  var step: StepDefinition { alternative.step }
  var isPlain: Bool { step.operation.isPlain }
  /// Whether it has a middle. A claim is about a time.
  var isDivisible: Bool { isTold && step.operation.isInterruptible }

  /// Whether it may race with one of another actor.
  func mayRace(with other: MemoryAccess) -> Bool {
    actor != other.actor && (isTold || other.isTold) && (isLikeStore || other.isLikeStore)
      && locks.isDisjoint(with: other.locks) && !fields.isDisjoint(with: other.fields)
  }

  /// Whether something that races with it is told of, whatever that is.
  private var isTold: Bool { isPlain || step.exclusion != nil }
  private var isLikeStore: Bool {
    !step.operation.writes.isEmpty || step.exclusion == .accesses
  }
}

/// Accesses of two steps that may be made at the same time, or that nothing orders, of which one is a store and one
/// is plain.
/// Docs/MemoryModels.md has the rules.
struct DataRace: Sendable {
  /// Two actors, and by location of their programs the accesses that are meant.
  struct Encounter: Sendable {
    let actors: (one: Int, other: Int)
    let accesses: (one: [[MemoryAccess]], other: [[MemoryAccess]])
  }

  /// One access as it is made in a state.
  struct Made: Sendable {
    let access: MemoryAccess
    let field: Int
    let kind: RacingAccess.Kind
    /// Whether that was before.
    var isDone = false
  }

  let encounters: [Encounter]
  let actors: [System.ActorProgram]
  let wordCount: Int
  /// nil under sequential consistency.
  let unordered: UnorderedAccesses?

  /// The accesses that race in a state; nil where none do.
  func accesses(in state: State) -> (one: Made, other: Made)? {
    for encounter in encounters {
      let (one, other) = encounter.actors
      let ones = encounter.accesses.one[state[actors[one].counter]]
      let others = encounter.accesses.other[state[actors[other].counter]]
      for one in ones {
        for other in others {
          if let met = meeting(one, other, in: state) { return met }
        }
      }
      guard let unordered else { continue }
      for one in ones {
        if let met = meeting(one, unordered, other, encounter.accesses.other, in: state) {
          return (met.access, met.made)
        }
      }
      for other in others {
        if let met = meeting(other, unordered, one, encounter.accesses.one, in: state) {
          return (met.made, met.access)
        }
      }
    }
    return nil
  }

  /// An access that is about to be made, and one of another actor that was and that it isn't ordered behind, if that is
  /// one of those that are meant.
  private func meeting(
    _ access: MemoryAccess, _ unordered: UnorderedAccesses, _ other: Int,
    _ others: [[MemoryAccess]], in state: State
  ) -> (access: Made, made: Made)? {
    // A claim is about a time, and nothing is ordered by it.
    if access.step.exclusion != nil || !canRun(access.actor, in: state) { return nil }
    let kinds = kinds(of: access, in: state)
    for field in access.fields.sorted() {
      guard let kind = kinds[field] else { continue }
      let first = unordered.first(before: access, kind, to: field, in: state) { first in
        first.actor == other && access.mayRace(with: first)
          && others[first.location].contains { $0.number == first.number }
      }
      guard let (first, isStore) = first else { continue }
      let made = first.step.operation.kindMade(isStore: isStore)
      return (
        Made(access: access, field: field, kind: kind),
        Made(access: first, field: field, kind: made, isDone: true)
      )
    }
    return nil
  }

  private func meeting(
    _ one: MemoryAccess, _ other: MemoryAccess, in state: State
  ) -> (one: Made, other: Made)? {
    guard one.mayRace(with: other), mayMeet(one, other, in: state) else { return nil }
    let (ones, others) = (kinds(of: one, in: state), kinds(of: other, in: state))
    for field in one.fields.intersection(other.fields).sorted() {
      guard let kind = ones[field], let otherKind = others[field],
        kind.isLikeStore || otherKind.isLikeStore
      else { continue }
      return (
        Made(access: one, field: field, kind: kind),
        Made(access: other, field: field, kind: otherKind)
      )
    }
    return nil
  }

  /// Whether two actors that are at the steps may be so at the same time: of one CPU, one in the middle of the
  /// access, which the other has interrupted; of two, each about to make it or in the middle.
  private func mayMeet(
    _ one: MemoryAccess, _ other: MemoryAccess, in state: State
  ) -> Bool {
    if actors[one.actor].cpu == actors[other.actor].cpu {
      return mayInterrupt(other.actor, one, in: state) || mayInterrupt(one.actor, other, in: state)
    }
    return [one, other].allSatisfy {
      mayBeInside($0, in: state) || canRun($0.actor, in: state)
    }
  }

  /// Whether an actor may come in the middle of an access on its CPU. A softirq may have begun with it, and an
  /// interrupt comes all the same.
  private func mayInterrupt(_ actor: Int, _ access: MemoryAccess, in state: State) -> Bool {
    if !canRun(actor, in: state) { return false }
    if mayBeInside(access, in: state) { return true }
    return actors[actor].kind == .interrupt && actors[access.actor].kind == .softirq
      && access.isDivisible && canRun(access.actor, in: state)
  }

  /// Whether the actor may be in the middle of the access, though another of its CPU runs: it was begun and is no
  /// single instruction.
  private func mayBeInside(_ access: MemoryAccess, in state: State) -> Bool {
    let actor = actors[access.actor]
    return access.isDivisible && (!actor.kind.isHandler || state[actor.active])
  }

  /// Whether nothing else occupies the actor's CPU.
  private func canRun(_ number: Int, in state: State) -> Bool {
    actors.indices.allSatisfy { other in
      other == number
        || actors[number].mayRun(
          beside: actors[other], isOff: { state[$0] > 0 }, isActive: { state[$0] })
    }
  }

  /// What the step does to which fields. While it waits it looks.
  private func kinds(
    of access: MemoryAccess, in state: State
  ) -> [Int: RacingAccess.Kind] {
    state.asked(as: access.actor) { state in
      let isThere = access.alternative.conditions.allSatisfy { condition in
        condition.predicate(state) == condition.expected
      }
      if !isThere { return [:] }
      if access.fields.count > 1 || access.step.operation.isSection {
        let seen = kindsSeen(of: access, in: state)
        return access.step.exclusion.map { claim in seen.mapValues { _ in claim.kind } } ?? seen
      }
      if let claim = access.step.exclusion { return [access.fields.first!: claim.kind] }
      let kind = access.step.operation.kind(
        isEnabled: access.step.guardCondition?(state) ?? true)
      return kind.map { kind in [access.fields.first!: kind] } ?? [:]
    }
  }

  /// The same of a step that may access one field or another: it is run, and what comes of it is dropped.
  private func kindsSeen(of access: MemoryAccess, in state: State) -> [Int: RacingAccess.Kind] {
    let log = AccessLog()
    let outer = state.context.pointee.log
    state.context.pointee.log = .passUnretained(log)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount) { copy in
      for word in 0..<wordCount { copy.initializeElement(at: word, to: state.words[word]) }
      let raw = RawState(words: copy.baseAddress!, context: state.context)
      if access.step.guardCondition?(raw.readOnly) ?? true { _ = access.step.action(raw) }
    }
    withExtendedLifetime(log) { state.context.pointee.log = outer }
    var (read, written): (Set<Int>, Set<Int>) = ([], [])
    for entry in log.accesses {
      switch entry {
      case .read(let field, let code):
        // Whoever watches the question is to know what the answer depends on.
        if !written.contains(field) { state.context.pointee.logRead(Int32(field), code) }
        read.insert(field)
      case .write(let field, _, _): written.insert(field)
      }
    }
    var kinds: [Int: RacingAccess.Kind] = [:]
    for field in access.fields where read.contains(field) || written.contains(field) {
      kinds[field] =
        !written.contains(field) ? .read : read.contains(field) ? .readWrite : .write
    }
    return kinds
  }
}

extension State {
  /// Asks what an actor's own functions say, and what they do wrong counts for nothing.
  fileprivate func asked<Answer>(as actor: Int, _ question: (State) -> Answer) -> Answer {
    let (asker, fault) = (context.pointee.actor, context.pointee.fault)
    context.pointee.actor = actor
    defer {
      context.pointee.actor = asker
      context.pointee.fault = fault
    }
    return question(self)
  }
}

extension Operation {
  /// The numbers of the fields that it accesses, its locks left out.
  var memory: [Int] {
    switch self {
    case .load(let fields, _), .store(let fields, _), .atomic(let fields, _), .wait(let fields, _),
      .section(_, let fields):
      fields
    case .local, .fence, .lock, .context: []
    }
  }

  /// Whether its accesses are plain C accesses. Of those under a lock nobody says otherwise; where a reason says
  /// that nobody comes in between, that is believed.
  var isPlain: Bool {
    switch self {
    case .load(_, let ordering), .store(_, let ordering), .wait(_, let ordering):
      ordering == .plain
    case .section(let grounds, _): grounds.reason == nil
    case .local, .atomic, .fence, .lock, .context: false
    }
  }

  /// Whether others may come while it is made: a section that takes its lock has it then.
  fileprivate var isInterruptible: Bool {
    if case .section(let grounds, _) = self { grounds.taking == nil } else { true }
  }

  fileprivate var isSection: Bool { if case .section = self { true } else { false } }

  /// What an access to one field was that was made.
  ///
  /// - Parameter isStore: whether it is known as a store.
  fileprivate func kindMade(isStore: Bool) -> RacingAccess.Kind {
    switch self {
    case .atomic: .readWrite
    case .store: .write
    case .section: isStore ? .write : .read
    case .load, .wait, .local, .fence, .lock, .context: .read
    }
  }

  /// What an access to one field is.
  fileprivate func kind(isEnabled: @autoclosure () -> Bool) -> RacingAccess.Kind? {
    switch self {
    case .load, .wait: .read
    case .store: isEnabled() ? .write : nil
    case .atomic: isEnabled() ? .readWrite : .read
    case .local, .section, .fence, .lock, .context: nil
    }
  }
}

extension System.ActorProgram {
  /// Whether another actor, be it of the same CPU, lets it run.
  func mayRun(
    beside other: Self, isOff: (Field<Int>) -> Bool, isActive: (Field<Bool>) -> Bool
  ) -> Bool {
    if other.cpu != cpu || isStoreBuffer { return true }
    if isOff(other.depths.interrupts) { return false }
    switch kind {
    case .interrupt: return !(other.kind == .interrupt && isActive(other.active))
    case .softirq: return !isActive(other.active) && !isOff(other.depths.bottomHalves)
    case .task:
      return !isActive(other.active) && !isOff(other.depths.bottomHalves)
        && !isOff(other.depths.preemption)
    }
  }
}
