/// The fields of a lock that one may hold for writing or many for reading, and what can be said of them.
struct ReadWriteFields: Sendable {
  let name: String
  /// 0, or the number of the writer plus 1.
  let writer: Field<Int>
  /// A bit for each actor that reads.
  let readers: Field<Int>
  /// Who waits, as a `LockQueue`; of no bits where nobody can tell the order.
  let queue: Field<Int>
  let form: LockQueue.Form
  let readingActors: LockUsers
  let writingActors: LockUsers
  /// Whether it matters to others that somebody spins on it; see `WaitsUnderLocks`.
  let isWaitedUnder: Bool

  var numbers: [Int] { [writer, readers, queue].map { Int($0.number) } }
  var forWriting: Holding { Holding(writer) }
  var forReading: Holding { Holding(readers, bitsOf: readingActors) }

  /// Whether there is a queue: somebody reads and somebody else writes.
  var hasQueue: Bool { form.places > 0 }

  func isFree(_ state: RawState) -> Bool { state[writer] == 0 && state[readers] == 0 }
  func isMine(_ state: RawState) -> Bool {
    forWriting.isHeld(in: state) || forReading.isHeld(in: state)
  }

  // MARK: Steps

  /// A step on the lock.
  func step(
    _ function: String, _ operation: Operation.LockOperation, answers: Bool,
    when isEnabled: (@Sendable (RawState) -> Bool)?, _ file: String, _ line: Int,
    _ action: @escaping StepDefinition.Action
  ) -> StepDefinition {
    var guardCondition: StepDefinition.Guard?
    if let isEnabled { guardCondition = { state in isEnabled(state.raw) } }
    return StepDefinition(
      "\(function)(\(name))", .lock(operation, numbers), answers: answers, when: guardCondition,
      at: SourceLine(file: file, line: line), action)
  }

  /// An assertion that the acting actor holds the lock in some way.
  func asserting(
    _ function: String, _ file: String, _ line: Int,
    _ isHeld: @escaping @Sendable (RawState) -> Bool
  ) -> Step {
    Step(
      step(function, .assertHeld, answers: false, when: nil, file, line) { state in
        if !isHeld(state) { state.raise(.lockNotHeld, writer) }
        return true
      })
  }

  // MARK: Holding

  func beginReading(_ state: RawState) {
    if state[writer] != 0 || forReading.isHeld(in: state) {
      return state.raise(.recursiveLock, readers)
    }
    state[readers] |= myBit(state)
  }

  func endReading(_ state: RawState) -> Bool {
    guard forReading.isHeld(in: state) else {
      state.raise(.unlockByNonOwner, readers)
      return false
    }
    state[readers] &= ~myBit(state)
    return true
  }

  func beginWriting(_ state: RawState) {
    if !isFree(state) { return state.raise(.recursiveLock, writer) }
    state[writer] = state.me
  }

  func endWriting(_ state: RawState) -> Bool {
    guard forWriting.isHeld(in: state) else {
      state.raise(.unlockByNonOwner, writer)
      return false
    }
    state[writer] = 0
    return true
  }

  private func myBit(_ state: RawState) -> Int { readingActors.bit(of: actor(state)) }
  private func actor(_ state: RawState) -> Int { state.context.pointee.actor }

  // MARK: Waiting

  func waiting(_ state: RawState) -> LockQueue { LockQueue(form, code: state[queue]) }

  func isFirst(_ state: RawState, writes: Bool) -> Bool {
    waiting(state).isFirst(actor(state), writes: writes)
  }

  func isWaiting(_ state: RawState) -> Bool { waiting(state).contains(actor(state)) }

  func enqueue(_ state: RawState, writes: Bool) {
    var waiting = waiting(state)
    waiting.append(actor(state), writes: writes)
    state[queue] = waiting.code
  }

  func dequeueFirst(_ state: RawState) {
    var waiting = waiting(state)
    waiting.removeFirst()
    state[queue] = waiting.code
  }

  /// Takes back what `grant` gave the acting actor.
  func ungrant(_ state: RawState) { state[readers] &= ~myBit(state) }

  /// If a reader is first in the queue, lets readers in.
  func grant(_ state: RawState, toAll: Bool) {
    var waiting = waiting(state)
    guard waiting.firstReads else { return }
    let granted = waiting.removeReaders(all: toAll)
    state[queue] = waiting.code
    state[readers] |= granted.members.reduce(0) { $0 | readingActors.bit(of: $1) }
  }
}
