/// One step: its functions are run, under watch where something is to be learned from it.
extension Stepper {
  package enum Run {
    case notEnabled
    case taken
    /// Nothing follows: a fault, or an assertion that is no warning.
    case broken
  }

  /// Runs the step functions of an alternative, under watch where the cache asks for it.
  @inline(never)
  package func run(
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
  func take(
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
