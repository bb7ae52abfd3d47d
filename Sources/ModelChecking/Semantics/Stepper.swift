/// Runs steps for one worker, without allocation, locks or reference counts.
///
/// It means the same as `PlainSemantics`; the tests compare the two on every model.
struct Stepper {
  let wordCount: Int
  let actors: UnsafeBufferPointer<StepTable.Actor>
  let locations: UnsafePointer<StepTable.Location>
  let alternatives: UnsafePointer<StepTable.Alternative>
  private let branches: UnsafePointer<StepTable.Branch>
  private let blockers: UnsafePointer<StepTable.Blocker>
  private let hasBlockers: Bool
  private let resets: UnsafePointer<RegisterReset>
  private let resetStarts: UnsafePointer<Int32>
  private let holdings: UnsafeBufferPointer<Holding>
  let obligations: Obligations
  private let hasObligations: UInt8
  private let invariants: UnsafeBufferPointer<StepTable.Question>
  let goals: UnsafeBufferPointer<StepTable.Question>
  let context: UnsafeMutablePointer<StepContext>
  private let trouble: UnsafeMutablePointer<Trouble>
  private let summary: UnsafeMutablePointer<TroubleSummary>
  private let fatalAssertions: UInt64
  private let fatalStatements: UInt64
  private let layout: StateLayout
  private let cache: TransitionCache
  let shortcuts: UnsafePointer<Shortcut>
  let memos: UnsafePointer<Memos>
  /// The alternatives that the state's actors have, and the numbers of all.
  private let candidates: UnsafeMutablePointer<Int32>
  private let numbers: UnsafeMutablePointer<Int32>
  let memory: Memory
  /// Some of the runs of step functions.
  let samples: RunSamples
  /// What all of them were seen to do: by alternative, by branch, and of invariants.
  private let stepMarks: UnsafeMutablePointer<StepMarks.Mark>
  private let branchMarks: UnsafeMutablePointer<StepMarks.Mark>
  private let metAntecedents: UnsafeMutablePointer<UInt64>
  /// What checks that members of families are alike; nil where nobody relies on it.
  let watch: SymmetryWatch?
  /// What learns which registers are live; nil where nobody asks.
  let liveWatch: LiveWatch?

  /// - Parameter cache: what the stepper is to remember with.
  init(
    _ table: StepTable, _ cache: TransitionCache, watch: SymmetryWatch? = nil,
    liveWatch: LiveWatch? = nil
  ) {
    self.watch = watch
    self.liveWatch = liveWatch
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
    resets = UnsafePointer(table.resets.base)
    resetStarts = UnsafePointer(table.resetStarts.base)
    holdings = table.holdings.elements
    obligations = table.obligations
    hasObligations = table.obligations == .none ? 0 : 1
    invariants = table.invariants.elements
    goals = table.goals.elements
    shortcuts = UnsafePointer(cache.shortcuts.base)
    memos = UnsafePointer(cache.memos.base)
    candidates = memory.candidates.base
    numbers = memory.numbers.base
    context = memory.context.base
    trouble = memory.trouble.base
    summary = memory.summary.base
    samples = RunSamples(memory.samples)
    stepMarks = memory.stepMarks.base
    branchMarks = memory.branchMarks.base
    metAntecedents = memory.metAntecedents.base
    fatalAssertions = table.fatalAssertions
    fatalStatements = table.fatalStatements
  }

  /// A stepper that makes every step anew.
  init(rememberingNothing table: StepTable) {
    self.init(
      table,
      TransitionCache(
        alternativeCount: table.alternatives.count, wordCount: table.wordCount, byteLimit: 0,
        interval: 64))
  }

  /// Owns what a stepper points to, but for its cache; its pointers are valid as long as it lives.
  final class Memory {
    let table: StepTable
    let context: OwnedBuffer<StepContext>
    let trouble = OwnedBuffer(repeating: Trouble(), count: 1)
    let summary = OwnedBuffer(repeating: TroubleSummary(), count: 1)
    /// Room for a state that is made to be looked at.
    let scratch: OwnedBuffer<UInt64>
    let candidates: OwnedBuffer<Int32>
    let numbers: OwnedBuffer<Int32>
    let samples: RunSamples.Memory
    let stepMarks: OwnedBuffer<StepMarks.Mark>
    let branchMarks: OwnedBuffer<StepMarks.Mark>
    let metAntecedents = OwnedBuffer<UInt64>(repeating: 0, count: 1)
    let again: OwnedBuffer<UInt64>
    /// By alternative: what came of it in a state.
    let fates: OwnedBuffer<UInt8>

    init(_ table: StepTable) {
      samples = RunSamples.Memory(alternativeCount: table.alternatives.count)
      stepMarks = OwnedBuffer(repeating: [], count: table.alternatives.count)
      branchMarks = OwnedBuffer(repeating: [], count: table.branches.count)
      again = OwnedBuffer(repeating: 0, count: table.wordCount)
      fates = OwnedBuffer(repeating: 0, count: table.alternatives.count)
      self.table = table
      context = OwnedBuffer(
        repeating: StepContext(depths: UnsafePointer(table.depths.base)), count: 1)
      scratch = OwnedBuffer(repeating: 0, count: table.wordCount)
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
    /// Whether some actor is sure to come nearer to its home, so that the state is no hang; or nobody
    /// asks.
    let isSureToGoOn: Bool
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
  /// - Parameters:
  ///   - batch: room for a successor for each way out of every actor's place, and one.
  ///   - names: as much room for the alternatives that they are made by; nil, as a constant, costs
  ///     nothing.
  @inline(__always)
  func expand(
    _ current: UnsafePointer<UInt64>, into batch: UnsafeMutablePointer<UInt64>, wordCount: Int,
    naming names: UnsafeMutablePointer<Int32>? = nil
  ) -> Expansion {
    var end = batch
    var broken = 0
    let (candidateCount, isSureToGoOn) = listCandidates(out: current)
    var name = names
    for number in 0..<candidateCount {
      let alternative = Int(candidates[number])
      name?.pointee = Int32(truncatingIfNeeded: alternative)
      if wordCount == 1 {
        let pair = shortcuts[alternative].pair(for: current[0])
        let value = pair[1]
        if _fastPath(value != WordChange.unknown) {
          end[0] = current[0] & pair[0] | value
          end += value == WordChange.disabled ? 0 : 1
          if names != nil { name = name.unsafelyUnwrapped + (value == WordChange.disabled ? 0 : 1) }
          continue
        }
      }
      if let isEnabled = memos[alternative].makeSuccessor(
        of: current, into: end, wordCount: wordCount)
      {
        end += isEnabled ? wordCount : 0
        if names != nil { name = name.unsafelyUnwrapped + (isEnabled ? 1 : 0) }
        continue
      }
      switch run(alternative, from: current, to: end) {
      case .notEnabled: break
      case .taken:
        end += wordCount
        if names != nil { name = name.unsafelyUnwrapped + 1 }
      case .broken: broken &+= 1
      }
    }
    return Expansion(end: end, broken: broken, isSureToGoOn: isSureToGoOn)
  }

  /// What came of a way out of a state.
  private enum Fate {
    static let notEnabled: UInt8 = 0
    static let taken: UInt8 = 1
    static let broken: UInt8 = 2
  }

  /// The same where some members of families are alike in the state: of steps that differ only in which of
  /// those is which, one makes its successor.
  ///
  /// - Returns: beside the expansion, how many successors there are of all steps, and how many are broken.
  func expand(
    _ current: UnsafePointer<UInt64>, into batch: UnsafeMutablePointer<UInt64>, wordCount: Int,
    onceFor canonizer: Canonizer
  ) -> (Expansion, taken: Int, broken: Int) {
    canonizer.findTwins(in: current)
    var end = batch
    var (taken, broken) = (0, 0)
    let (candidateCount, isSureToGoOn) = listCandidates(out: current)
    for number in 0..<candidateCount {
      let alternative = Int(candidates[number])
      var fate = Fate.notEnabled
      let twin = canonizer.lowerTwin(of: alternative)
      if twin >= 0 {
        // Its twin comes before it.
        fate = memory.fates.base[twin]
      } else if let isEnabled = memos[alternative].makeSuccessor(
        of: current, into: end, wordCount: wordCount)
      {
        if isEnabled {
          end += wordCount
          fate = Fate.taken
        }
      } else {
        switch run(alternative, from: current, to: end) {
        case .notEnabled: break
        case .taken:
          end += wordCount
          fate = Fate.taken
        case .broken: fate = Fate.broken
        }
      }
      memory.fates.base[alternative] = fate
      taken &+= fate == Fate.taken ? 1 : 0
      broken &+= fate == Fate.broken ? 1 : 0
    }
    return (
      Expansion(end: end, broken: broken, isSureToGoOn: isSureToGoOn), taken: taken, broken: broken
    )
  }

  /// A row of candidates is written in one go, as if it had so many.
  private typealias Row = SIMD8<Int32>

  /// Lists the ways out of all actors' places. Returns how many they are, and whether some actor is
  /// sure to come nearer to its home.
  @inline(__always)
  private func listCandidates(
    out current: UnsafePointer<UInt64>
  ) -> (count: Int, isSureToGoOn: Bool) {
    var candidateCount = 0
    var isSureToGoOn = 1 &- hasObligations
    for number in 0..<actors.count {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      if hasBlockers && isBlocked(actor, in: current) { continue }
      let location =
        locations + (actor.pointee.firstLocation &+ actor.pointee.counter.code(in: current))
      let first = Int(location.pointee.firstAlternative)
      let count = Int(location.pointee.alternativeCount)
      isSureToGoOn |= location.pointee.surelyAdvances
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
    return (candidateCount, isSureToGoOn != 0)
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
        AuthorCode.note(alternatives[position].code, on: current)
        let run = take(position, of: actor, from: current, to: target)
        AuthorCode.noteNone()
        if run != .notEnabled {
          visit(position, number, trouble.pointee)
        }
      }
    }
  }

  /// Forgets the step under way, which trapped.
  func giveUpStep() {
    context.pointee.fault = nil
    context.pointee.log = nil
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

  /// The goals that are due from a state on, one bit each.
  func dueGoals(in words: UnsafePointer<UInt64>) -> UInt64 {
    answers(of: memory.table.dues.elements, in: words)
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
    of questions: UnsafeBufferPointer<StepTable.Question>,
    in words: UnsafePointer<UInt64>
  ) -> UInt64 {
    var answers: UInt64 = 0
    let state = State(words: words, context: context)
    for number in 0..<questions.count {
      AuthorCode.note(questions[number].code, on: words)
      if let box = questions[number].antecedentBox {
        if !box._withUnsafeGuaranteedRef({ $0.body(state) }) {
          answers |= 1 &<< UInt64(number)
          continue
        }
        metAntecedents.pointee |= 1 &<< UInt64(number)
      }
      if questions[number].box._withUnsafeGuaranteedRef({ $0.body(state) }) {
        answers |= 1 &<< UInt64(number)
      }
    }
    AuthorCode.noteNone()
    return answers
  }

  @inline(__always)
  func isBlocked(
    _ actor: UnsafePointer<StepTable.Actor>, in words: UnsafePointer<UInt64>
  ) -> Bool {
    for position in actor.pointee.blockers
    where words[blockers[position].word] & blockers[position].mask != 0 { return true }
    return false
  }

  enum Run {
    case notEnabled
    case taken
    /// Nothing follows: a fault, or an assertion that is no warning.
    case broken
  }

  /// Runs the step functions of an alternative, under watch where the cache asks for it.
  @inline(never)
  func run(
    _ position: Int, from current: UnsafePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>
  ) -> Run {
    let number = Int(alternatives[position].actor)
    let actor = actors.baseAddress! + number
    context.pointee.actor = number
    samples.note(position, current)
    AuthorCode.note(alternatives[position].code, on: current)
    defer { AuthorCode.noteNone() }
    // Where members must be alike, or registers dead, every run is watched.
    let isToBeRemembered = cache.missed(position)
    if !isToBeRemembered && watch == nil && liveWatch == nil {
      return take(position, of: actor, from: current, to: target)
    }
    let log = AccessLog()
    trouble.pointee = Trouble()
    context.pointee.log = .passUnretained(log)
    let run = withExtendedLifetime(log) {
      take(position, of: actor, from: current, to: target)
    }
    context.pointee.log = nil
    let met = trouble.pointee
    if let watch {
      watch.check(
        position, from: current, log, run == .notEnabled ? nil : met, target, with: self)
    }
    liveWatch?.note(
      log, of: number, from: actor.pointee.counter.code(in: current),
      to: run == .taken ? actor.pointee.counter.code(in: target) : nil)
    if !isToBeRemembered { return run }
    // What is wrong with a step is not remembered, so that it is met each time.
    let isInOrder = met == Trouble()
    // Nor is what is done differently the next time.
    let isRepeated = isInOrder && doesAgain(position, from: current, run, target)
    if isRepeated {
      cache.remember(
        position, before: current, after: run == .taken ? UnsafePointer(target) : nil,
        footprint(of: log, actor, to: run == .taken ? UnsafePointer(target) : nil))
    }
    return run
  }

  /// Whether a step that is in order comes to the same once more.
  private func doesAgain(
    _ position: Int, from current: UnsafePointer<UInt64>, _ run: Run,
    _ target: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    let again = memory.again.base
    let trouble = answer(of: position, from: current, into: again)
    let isSame =
      trouble == (run == .notEnabled ? nil : Trouble())
      && (run == .notEnabled || (0..<wordCount).allSatisfy { target[$0] == again[$0] })
    if !isSame { samples.noteDifference(position, current) }
    return isSame
  }

  /// Runs an alternative whose actor is at its place, and asks nothing that is remembered.
  ///
  /// - Parameter log: gets what the step reads and writes.
  /// - Returns: what is wrong with the step; nil if it is not enabled.
  @inline(never)
  func answer(
    of position: Int, from current: UnsafePointer<UInt64>,
    into target: UnsafeMutablePointer<UInt64>, _ log: AccessLog? = nil
  ) -> Trouble? {
    let number = Int(alternatives[position].actor)
    context.pointee.actor = number
    trouble.pointee = Trouble()
    AuthorCode.note(alternatives[position].code, on: current)
    context.pointee.log = log.map { .passUnretained($0) }
    defer {
      context.pointee.log = nil
      AuthorCode.noteNone()
    }
    let run = withExtendedLifetime(log) {
      take(position, of: actors.baseAddress! + number, from: current, to: target)
    }
    return run == .notEnabled ? nil : trouble.pointee
  }

  /// What an invariant or a goal says of a state, under watch.
  func answer(
    of question: StepTable.Question, in words: UnsafePointer<UInt64>, _ log: AccessLog
  ) -> StepTable.Answer {
    AuthorCode.note(question.code, on: words)
    context.pointee.log = .passUnretained(log)
    defer {
      context.pointee.log = nil
      AuthorCode.noteNone()
    }
    return withExtendedLifetime(log) {
      if let box = question.antecedentBox, !isTrue(box, of: words) { return .notClaimed }
      return isTrue(question.box, of: words) ? .yes : .no
    }
  }

  /// Whose step an alternative is.
  @inline(__always)
  func actor(of alternative: Int) -> Int { Int(alternatives[alternative].actor) }

  /// The alternatives that a state's actors have, enabled or not.
  func alternatives(out current: UnsafePointer<UInt64>) -> [Int] {
    (0..<listCandidates(out: current).count).map { Int(candidates[$0]) }
  }

  /// What a step read and wrote.
  ///
  /// - Parameter target: the state that it led to; nil where it was not enabled.
  private func footprint(
    of log: AccessLog, _ actor: UnsafePointer<StepTable.Actor>, to target: UnsafePointer<UInt64>?
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
    if actor.pointee.isHandler {
      add(layout.fields[Int(actor.pointee.active.number)].slot, to: &writes)
    }
    if let target {
      for reset in resets(of: actor, at: actor.pointee.counter.code(in: target)) {
        writes[reset.word] |= reset.mask
      }
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
    if let box = alternative.pointee.conditionBox, !isTrue(box, of: current) {
      if _fastPath(context.pointee.fault == nil) { return .notEnabled }
      copy(current, to: target)
      return noteTrouble(failed)
    }
    if let box = alternative.pointee.guardBox, !isTrue(box, of: current) {
      if _fastPath(context.pointee.fault == nil) {
        stepMarks[position].formUnion(.waited)
        return .notEnabled
      }
      copy(current, to: target)
      return noteTrouble(failed)
    }
    stepMarks[position].formUnion(.taken)
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
    stepMarks[position].formUnion(.answer(answer))
    var next = answer ? alternative.pointee.next : alternative.pointee.otherwise
    while _slowPath(next < 0) {
      let number = actor.pointee.firstBranch + Int(-1 - next)
      let branch = branches + number
      let answer = branch.pointee.box._withUnsafeGuaranteedRef { $0.body(state.readOnly) }
      branchMarks[number].formUnion(.answer(answer))
      next = answer ? branch.pointee.yes : branch.pointee.no
    }
    actor.pointee.counter.store(Int(next), in: target)
    for reset in resets(of: actor, at: Int(next)) { reset.apply(to: target) }
    if _slowPath(actor.pointee.isHandler) {
      let isResting = locations[actor.pointee.firstLocation + Int(next)].mayRest
      actor.pointee.active.store(isResting ? 0 : 1, in: target)
    }
    if _slowPath(locations[actor.pointee.firstLocation + Int(next)].mustBeClean) {
      state.checkEndsClean(UnsafeBufferPointer(rebasing: holdings[actor.pointee.holdings]))
    }
    if _slowPath(context.pointee.fault != nil || failed != 0) { return noteTrouble(failed) }
    return .taken
  }

  /// How an actor's registers are set back where it comes to a location.
  @inline(__always)
  private func resets(
    of actor: UnsafePointer<StepTable.Actor>, at location: Int
  ) -> UnsafeBufferPointer<RegisterReset> {
    let place = actor.pointee.firstLocation &+ location
    let (first, end) = (Int(resetStarts[place]), Int(resetStarts[place &+ 1]))
    return UnsafeBufferPointer(start: resets + first, count: end &- first)
  }

  @inline(__always)
  private func isTrue(
    _ box: Unmanaged<StepTable.PredicateBox>, of words: UnsafePointer<UInt64>
  ) -> Bool {
    let state = State(words: words, context: context)
    return box._withUnsafeGuaranteedRef { $0.body(state) }
  }

  /// Adds what steps and questions were seen to do.
  func add(to marks: inout StepMarks) {
    marks.formUnion(
      steps: memory.stepMarks.elements, branches: memory.branchMarks.elements,
      antecedents: metAntecedents.pointee)
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
