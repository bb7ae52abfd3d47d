/// Runs steps for one worker, without allocation, locks or reference counts.
///
/// It means the same as `PlainSemantics`; the tests compare the two on every model.
struct Stepper {
  private let wordCount: Int
  private let actors: UnsafeBufferPointer<StepTable.Actor>
  private let locations: UnsafePointer<StepTable.Location>
  private let alternatives: UnsafePointer<StepTable.Alternative>
  private let branches: UnsafePointer<StepTable.Branch>
  private let blockers: UnsafePointer<StepTable.Blocker>
  private let hasBlockers: Bool
  private let invariants: UnsafeBufferPointer<Unmanaged<StepTable.PredicateBox>>
  private let goals: UnsafeBufferPointer<Unmanaged<StepTable.PredicateBox>>
  private let context: UnsafeMutablePointer<StepContext>
  private let trouble: UnsafeMutablePointer<Trouble>
  private let summary: UnsafeMutablePointer<TroubleSummary>
  private let fatalAssertions: UInt64
  private let fatalStatements: UInt64
  private let layout: StateLayout
  private let cache: TransitionCache
  private let shortcuts: UnsafePointer<Shortcut>
  private let memos: UnsafePointer<Memos>
  /// The alternatives that the state's actors have, and the numbers of all.
  private let candidates: UnsafeMutablePointer<Int32>
  private let numbers: UnsafeMutablePointer<Int32>
  private let memory: Memory

  /// - Parameter cache: what the stepper is to remember with.
  init(_ table: StepTable, _ cache: TransitionCache) {
    self.cache = cache
    layout = table.layout
    wordCount = table.wordCount
    memory = Memory(table)
    actors = table.actors.elements
    locations = UnsafePointer(table.locations.base)
    alternatives = UnsafePointer(table.alternatives.base)
    branches = UnsafePointer(table.branches.base)
    blockers = UnsafePointer(table.blockers.base)
    hasBlockers = !table.blockers.isEmpty
    invariants = table.invariants.elements
    goals = table.goals.elements
    shortcuts = UnsafePointer(cache.shortcuts.base)
    memos = UnsafePointer(cache.memos.base)
    candidates = memory.candidates.base
    numbers = memory.numbers.base
    context = memory.context.base
    trouble = memory.trouble.base
    summary = memory.summary.base
    fatalAssertions = table.fatalAssertions
    fatalStatements = table.fatalStatements
  }

  /// Owns what a stepper points to, but for its cache; its pointers are valid as long as it lives.
  private final class Memory {
    let table: StepTable
    let context: OwnedBuffer<StepContext>
    let trouble = OwnedBuffer(repeating: Trouble(), count: 1)
    let summary = OwnedBuffer(repeating: TroubleSummary(), count: 1)
    let candidates: OwnedBuffer<Int32>
    let numbers: OwnedBuffer<Int32>

    init(_ table: StepTable) {
      self.table = table
      context = OwnedBuffer(
        repeating: StepContext(depths: UnsafePointer(table.depths.base)), count: 1)
      // A row is read and written whole, however short it is.
      candidates = OwnedBuffer(repeating: 0, count: table.mostSuccessors + Row.scalarCount)
      numbers = OwnedBuffer(count: table.alternatives.count + Row.scalarCount) { Int32($0) }
    }
  }

  /// What expanding a state showed.
  struct Expansion {
    /// The end of the successors made: one for each enabled step that is not broken.
    let end: UnsafeMutablePointer<UInt64>
    /// The enabled steps after which nothing follows.
    let broken: Int
  }

  /// What was wrong with some steps.
  struct TroubleSummary {
    /// What those that raised a fault are found to be.
    var faults: FindingKinds = []
    /// The assertions that failed, one bit each.
    var failed: UInt64 = 0
  }

  /// What was wrong with all steps since this was last asked.
  func takeSummary() -> TroubleSummary {
    defer { summary.pointee = TroubleSummary() }
    return summary.pointee
  }

  /// Makes all successors of a state, one after the other.
  ///
  /// This is the innermost loop. How many ways out an actor's place has, and which of them are
  /// enabled, is hard to foresee, and a branch that is foreseen wrongly costs more than a lookup. So
  /// the ways out of all actors are listed first and taken in one loop; and each makes its successor
  /// and only then counts it or not.
  ///
  /// - Parameter batch: room for a successor for each way out of every actor's place, and one.
  @inline(__always)
  func expand(
    _ current: UnsafePointer<UInt64>, into batch: UnsafeMutablePointer<UInt64>, wordCount: Int
  ) -> Expansion {
    var end = batch
    var broken = 0
    let candidateCount = listCandidates(out: current)
    for number in 0..<candidateCount {
      let alternative = Int(candidates[number])
      if wordCount == 1 {
        let pair = shortcuts[alternative].pair(for: current[0])
        let value = pair[1]
        if _fastPath(value != WordChange.unknown) {
          end[0] = current[0] & pair[0] | value
          end += value == WordChange.disabled ? 0 : 1
          continue
        }
      }
      if let isEnabled = memos[alternative].makeSuccessor(
        of: current, into: end, wordCount: wordCount)
      {
        end += isEnabled ? wordCount : 0
        continue
      }
      switch run(alternative, from: current, to: end) {
      case .notEnabled: break
      case .taken: end += wordCount
      case .broken: broken &+= 1
      }
    }
    return Expansion(end: end, broken: broken)
  }

  /// A row of candidates is written in one go, as if it had so many.
  private typealias Row = SIMD8<Int32>

  /// Lists the ways out of all actors' places. Returns how many they are.
  @inline(__always)
  private func listCandidates(out current: UnsafePointer<UInt64>) -> Int {
    var candidateCount = 0
    for number in 0..<actors.count {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      if hasBlockers && isBlocked(actor, in: current) { continue }
      let location =
        locations + (actor.pointee.firstLocation &+ actor.pointee.counter.code(in: current))
      let first = Int(location.pointee.firstAlternative)
      let count = Int(location.pointee.alternativeCount)
      var done = 0
      repeat {
        let row = UnsafeRawPointer(numbers + (first &+ done)).loadUnaligned(as: Row.self)
        UnsafeMutableRawPointer(candidates + (candidateCount &+ done)).storeBytes(
          of: row, as: Row.self)
        done &+= Row.scalarCount
      } while _slowPath(done < count)
      candidateCount &+= count
      assert(candidateCount + Row.scalarCount <= memory.candidates.count)
    }
    return candidateCount
  }

  /// Calls `visit` for every step enabled in a state, ordered by actor and program. It remembers
  /// nothing and asks nothing that is remembered.
  ///
  /// - Parameters:
  ///   - current: the state.
  ///   - target: room for one state, where each successor is made in turn.
  ///   - visit: gets the step's alternative, its actor, and what is wrong with it.
  @inline(__always)
  func forEachSuccessor(
    of current: UnsafePointer<UInt64>,
    into target: UnsafeMutablePointer<UInt64>,
    visit: (_ alternative: Int, _ actor: Int, _ trouble: Trouble) -> Void
  ) {
    for number in 0..<actors.count {
      let actor = actors.baseAddress! + number
      if isBlocked(actor, in: current) { continue }
      context.pointee.actor = number
      let location =
        locations + (actor.pointee.firstLocation + actor.pointee.counter.code(in: current))
      let first = Int(location.pointee.firstAlternative)
      for position in first..<(first + Int(location.pointee.alternativeCount)) {
        trouble.pointee = Trouble()
        if take(position, of: actor, from: current, to: target) != .notEnabled {
          visit(position, number, trouble.pointee)
        }
      }
    }
  }
  /// Whether every actor is finished or may stop where it is.
  func isResting(_ words: UnsafePointer<UInt64>) -> Bool {
    actors.allSatisfy { locations[$0.firstLocation + $0.counter.code(in: words)].mayRest }
  }

  /// Whether there are invariants or goals to ask of states.
  @inline(__always)
  var hasProperties: Bool { invariants.count &+ goals.count != 0 }

  /// The invariants that are false in a state, one bit each.
  @inline(__always)
  func violatedInvariants(in words: UnsafePointer<UInt64>) -> UInt64 {
    ~answers(of: invariants, in: words) & Self.bits(invariants.count)
  }

  /// The goals that a state fulfils, one bit each.
  @inline(__always)
  func reachedGoals(in words: UnsafePointer<UInt64>) -> UInt64 {
    answers(of: goals, in: words)
  }

  @inline(__always)
  func copy(_ source: UnsafePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>) {
    target[0] = source[0]
    for word in 1..<max(1, wordCount) { target[word] = source[word] }
  }

  private static func bits(_ count: Int) -> UInt64 {
    count == 64 ? .max : (1 << UInt64(count)) - 1
  }

  @inline(__always)
  private func answers(
    of predicates: UnsafeBufferPointer<Unmanaged<StepTable.PredicateBox>>,
    in words: UnsafePointer<UInt64>
  ) -> UInt64 {
    var answers: UInt64 = 0
    let state = State(words: words, context: context)
    for number in 0..<predicates.count
    where predicates[number]._withUnsafeGuaranteedRef({ $0.body(state) }) {
      answers |= 1 &<< UInt64(number)
    }
    return answers
  }

  @inline(__always)
  private func isBlocked(
    _ actor: UnsafePointer<StepTable.Actor>, in words: UnsafePointer<UInt64>
  ) -> Bool {
    for position in actor.pointee.blockers
    where words[blockers[position].word] & blockers[position].mask != 0 { return true }
    return false
  }

  private enum Run {
    case notEnabled
    case taken
    /// Nothing follows: a fault, or an assertion that is no warning.
    case broken
  }

  /// Runs the step functions of an alternative, under watch where the cache asks for it.
  @inline(never)
  private func run(
    _ position: Int, from current: UnsafePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>
  ) -> Run {
    let number = Int(alternatives[position].actor)
    let actor = actors.baseAddress! + number
    context.pointee.actor = number
    if !cache.missed(position) { return take(position, of: actor, from: current, to: target) }
    let log = AccessLog()
    trouble.pointee = Trouble()
    context.pointee.log = .passUnretained(log)
    let run = withExtendedLifetime(log) {
      take(position, of: actor, from: current, to: target)
    }
    context.pointee.log = nil
    // What is wrong with a step is not remembered, so that it is met each time.
    let isInOrder = trouble.pointee == Trouble()
    if isInOrder {
      cache.remember(
        position, before: current, after: run == .taken ? UnsafePointer(target) : nil,
        footprint(of: log, actor))
    }
    return run
  }

  /// What a step read and wrote.
  private func footprint(
    of log: AccessLog, _ actor: UnsafePointer<StepTable.Actor>
  ) -> TransitionCache.Footprint {
    var reads = [UInt64](repeating: 0, count: wordCount)
    var writes = reads
    func add(_ slot: FieldSlot, to masks: inout [UInt64]) {
      masks[slot.word] |= slot.mask << UInt64(slot.shift)
    }
    for access in log.accesses {
      switch access {
      case .read(let field, _): add(layout.fields[field].slot, to: &reads)
      case .write(let field, _, _): add(layout.fields[field].slot, to: &writes)
      }
    }
    // The engine's own writes, which no step function makes.
    writes[actor.pointee.counter.word] |=
      actor.pointee.counter.mask << actor.pointee.counter.shift
    if actor.pointee.isInterrupt {
      add(layout.fields[Int(actor.pointee.active.number)].slot, to: &writes)
    }
    return TransitionCache.Footprint(reads: reads, writes: writes)
  }

  /// Takes a step, as `PlainSemantics` does.
  @inline(__always)
  private func take(
    _ position: Int, of actor: UnsafePointer<StepTable.Actor>,
    from current: UnsafePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>
  ) -> Run {
    let alternative = alternatives + position
    var failed: UInt64 = 0
    if let box = alternative.pointee.guardBox {
      let state = State(words: current, context: context)
      if !box._withUnsafeGuaranteedRef({ $0.body(state) }) {
        if _fastPath(context.pointee.fault == nil) { return .notEnabled }
        copy(current, to: target)
        return noteTrouble(failed)
      }
    }
    copy(current, to: target)
    let state = RawState(words: target, context: context)
    if let box = alternative.pointee.assertionBox {
      failed |= box._withUnsafeGuaranteedRef { $0.failed(.before, in: state.readOnly) }
      if failed & fatalStatements != 0 { return noteTrouble(failed) }
    }
    let answer = alternative.pointee.actionBox._withUnsafeGuaranteedRef { $0.body(state) }
    if let box = alternative.pointee.assertionBox, context.pointee.fault == nil {
      failed |= box._withUnsafeGuaranteedRef {
        $0.failed(.after, in: state.readOnly, answer: answer)
      }
    }
    var next = answer ? alternative.pointee.next : alternative.pointee.otherwise
    while _slowPath(next < 0) {
      let branch = branches + (actor.pointee.firstBranch + Int(-1 - next))
      next =
        branch.pointee.box._withUnsafeGuaranteedRef { $0.body(state.readOnly) }
        ? branch.pointee.yes : branch.pointee.no
    }
    actor.pointee.counter.store(Int(next), in: target)
    if _slowPath(actor.pointee.isInterrupt) {
      let isResting = locations[actor.pointee.firstLocation + Int(next)].mayRest
      actor.pointee.active.store(isResting ? 0 : 1, in: target)
    }
    if _slowPath(context.pointee.fault != nil || failed != 0) { return noteTrouble(failed) }
    return .taken
  }

  /// Notes what is wrong with the step that was just taken, and tells whether anything follows it.
  @inline(never)
  private func noteTrouble(_ failed: UInt64) -> Run {
    let fault = context.pointee.fault
    context.pointee.fault = nil
    trouble.pointee = Trouble(fault: fault, failed: failed)
    summary.pointee.failed |= failed
    if let fault { summary.pointee.faults.insert(FindingKinds(fault.kind.finding)) }
    return fault != nil || failed & fatalAssertions != 0 ? .broken : .taken
  }
}
