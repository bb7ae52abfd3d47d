/// Several fields at once: what a critical section does, as one step.
///
///     Step("list_del", .section([page.type, page.freeList], taking: zone.lock)) { s in ... }
///
/// A section lists its fields, and says why nobody can see the middle of it: by the lock that its
/// actor holds, which is checked whenever the section runs; by the lock that it takes and gives back
/// within the step, for which it waits; or by a reason, in a sentence that a reader can judge.
public struct Section: Sendable {
  /// Why nobody sees the middle of a section.
  public struct Grounds: Sendable, Equatable {
    /// The lock that the actor holds.
    public let holding: String?
    /// The lock that the section takes and gives back.
    public let taking: String?
    public let reason: String?
    /// The numbers of the fields of the locks.
    let lockFields: [Int]
  }

  let fields: [FieldExtent]
  let grounds: Grounds
  let held: Lock?
  let taken: Lock?

  /// By word: the bits of the fields.
  @usableFromInline let masks: [UInt64]

  private init(
    _ fields: [any SharedField], holding held: Lock?, taking taken: Lock?, because reason: String?
  ) {
    self.fields = fields.map(\.extent)
    self.held = held
    self.taken = taken
    grounds = Grounds(
      holding: held?.name, taking: taken?.name, reason: reason,
      lockFields: [held, taken].compactMap { $0.map { Int($0.holder.number) } })
    var masks = [UInt64](repeating: 0, count: (self.fields.map(\.word).max() ?? -1) + 1)
    for field in self.fields { masks[field.word] |= field.bits }
    self.masks = masks
  }

  /// All accesses to the fields are made under a lock that the actor has taken before.
  public static func section(_ fields: [any SharedField], holding lock: Lock) -> Section {
    Section(fields, holding: lock, taking: nil, because: nil)
  }

  /// The lock is taken at the beginning of the section and given back at its end.
  public static func section(_ fields: [any SharedField], taking lock: Lock) -> Section {
    Section(fields, holding: nil, taking: lock, because: nil)
  }

  /// A section within a section.
  public static func section(
    _ fields: [any SharedField], holding outer: Lock, taking inner: Lock
  ) -> Section {
    Section(fields, holding: outer, taking: inner, because: nil)
  }

  /// Another reason that no interleaving is lost, in a sentence.
  public static func section(_ fields: [any SharedField], because reason: String) -> Section {
    Section(fields, holding: nil, taking: nil, because: reason)
  }

  /// Whether a lock is its grounds.
  var hasLock: Bool { held != nil || taken != nil }

  /// The same fields, and nobody asks for a lock.
  var unlocked: Section {
    Section(self, because: "the lock was taken out on purpose")
  }

  private init(_ section: Section, because reason: String) {
    fields = section.fields
    masks = section.masks
    held = nil
    taken = nil
    grounds = Grounds(holding: nil, taking: nil, reason: reason, lockFields: [])
  }

  /// What is wrong with the section as it is written.
  var problem: String? {
    if fields.isEmpty { return "its section lists no field" }
    if let reason = grounds.reason, reason.split(separator: " ").count < 3 {
      return "its section gives no reason in a sentence"
    }
    return nil
  }

  var operation: Operation { .section(grounds, fields.map(\.number)) }

  /// Runs `body` with what the section may use.
  @usableFromInline func run<Result>(
    in state: RawState, _ body: (inout SectionState) -> Result
  ) -> Result {
    if let held { held.checkIsHeld(in: state) }
    if let taken { taken.checkMayBeTaken(in: state) }
    return masks.withUnsafeBufferPointer {
      var view = SectionState(state, listed: $0)
      return body(&view)
    }
  }

  /// Whether the section can begin: nobody else holds the lock that it takes, and its author's guard is
  /// true. A section that misuses a lock does not wait; that is found out when it runs.
  func canBegin(
    in state: State, when isEnabled: ((borrowing SectionState) -> Bool)?
  ) -> Bool {
    let raw = state.raw
    if let held, !held.isHeld(in: raw) { return true }
    if let taken, taken.isMisused(in: raw) { return true }
    if let taken, !taken.isFree(state) { return false }
    return isWanted(in: raw, isEnabled)
  }

  /// Whether its author's guard is true.
  private func isWanted(
    in state: RawState, _ isEnabled: ((borrowing SectionState) -> Bool)?
  ) -> Bool {
    guard let isEnabled else { return true }
    return masks.withUnsafeBufferPointer { isEnabled(SectionState(state, listed: $0)) }
  }

  /// The wait of a step that is this section, where it takes a lock: that is what it goes for once its
  /// author's guard is true.
  func contention(
    when isEnabled: (@Sendable (borrowing SectionState) -> Bool)?
  ) -> Contention? {
    let wait = taken?.spinning(on: grounds.lockFields) { state in
      !canBegin(in: state.readOnly, when: nil) && isWanted(in: state, isEnabled)
    }
    guard var wait, isEnabled != nil else { return wait }
    wait.operation = operation
    wait.isInVain = { state in
      canBegin(in: state, when: nil) && !isWanted(in: state.raw, isEnabled)
    }
    return wait
  }

  /// The guard of a step that is this section; nil where it never waits.
  func guarding(
    _ isEnabled: (@Sendable (borrowing SectionState) -> Bool)?
  ) -> StepDefinition.Guard? {
    if isEnabled == nil && taken == nil { return nil }
    return { state in canBegin(in: state, when: isEnabled) }
  }
}
