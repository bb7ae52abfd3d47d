/// What must stay possible, as far as one state shows it.
extension Stepper {
  /// Whether a state may be a hang: nobody can come nearer to home there, and not all that must stay
  /// possible is so at once.
  ///
  /// - Parameters:
  ///   - successors: what `expand` made of it.
  ///   - isEachMade: whether each step has made one. Where a twin's stands for some, that twin has moved.
  @inline(never)
  func mayHang(
    _ current: UnsafePointer<UInt64>, _ successors: UnsafeBufferPointer<UInt64>, isEachMade: Bool
  ) -> Bool {
    let changes = memory.changes.base
    noteChanges(from: current, to: successors, in: changes)
    for number in 0..<actors.count {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      if hasMoved(actor, by: changes) && location(of: actor, in: current).pointee.advances {
        return false
      }
    }
    for number in 0..<actors.count where isObliged(number) {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      let location = location(of: actor, in: current)
      if location.pointee.mayRest { continue }
      if actor.pointee.obligation != .keepsMoving { return true }
      if hasMoved(actor, by: changes) { continue }
      if isEachMade && !location.pointee.mayStay || !canMove(actor, in: current) { return true }
    }
    return reachedGoals(in: current) & obligations.goals != obligations.goals
  }

  /// Whether what changes shows that an actor has moved. A step that leads back to where it began may change nothing of
  /// its actor's.
  @inline(__always)
  private func hasMoved(
    _ actor: UnsafePointer<StepTable.Actor>, by changes: UnsafePointer<UInt64>
  ) -> Bool {
    changes[actor.pointee.counter.word] & actor.pointee.own != 0
  }

  /// Notes the bits in which some of a state's successors differ from it.
  @inline(__always)
  private func noteChanges(
    from current: UnsafePointer<UInt64>, to successors: UnsafeBufferPointer<UInt64>,
    in changes: UnsafeMutablePointer<UInt64>
  ) {
    for word in 0..<wordCount {
      var changed: UInt64 = 0
      var number = word
      while number < successors.count {
        changed |= successors[number] ^ current[word]
        number &+= wordCount
      }
      changes[word] = changed
    }
  }

  /// How far all actors are from home together.
  func distance(of words: UnsafePointer<UInt64>) -> Int {
    var distance = 0
    for number in 0..<actors.count {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      distance += Int(location(of: actor, in: words).pointee.distance)
    }
    return distance
  }

  /// The obligations that are fulfilled in a state: goals that are reached, actors that may rest or that
  /// can move and need do no more.
  func fulfilled(in words: UnsafePointer<UInt64>) -> Obligations {
    var fulfilled = Obligations(goals: reachedGoals(in: words) & obligations.goals)
    for number in 0..<actors.count where isObliged(number) {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      if location(of: actor, in: words).pointee.mayRest
        || actor.pointee.obligation == .keepsMoving && canMove(actor, in: words)
      {
        fulfilled.actors |= 1 << UInt64(number)
      }
    }
    return fulfilled
  }

  @inline(__always)
  private func isObliged(_ number: Int) -> Bool { obligations.actors &>> UInt64(number) & 1 != 0 }

  /// What is true of a state by itself, whoever can move.
  func marks(of words: UnsafePointer<UInt64>) -> StateMarks {
    var marks = StateMarks()
    marks.fulfilled.goals = reachedGoals(in: words)
    marks.due = dueGoals(in: words)
    for number in 0..<actors.count {
      let actor = actors.baseAddress.unsafelyUnwrapped + number
      if location(of: actor, in: words).pointee.mayRest {
        marks.fulfilled.actors |= 1 << UInt64(number)
      }
    }
    return marks
  }

  @inline(__always)
  private func location(
    of actor: UnsafePointer<StepTable.Actor>, in words: UnsafePointer<UInt64>
  ) -> UnsafePointer<StepTable.Location> {
    locations + (actor.pointee.firstLocation &+ actor.pointee.counter.code(in: words))
  }

  /// Whether an actor has a step to take.
  private func canMove(
    _ actor: UnsafePointer<StepTable.Actor>, in words: UnsafePointer<UInt64>
  ) -> Bool {
    if hasBlockers && isBlocked(actor, in: words) { return false }
    let location = location(of: actor, in: words)
    let first = Int(location.pointee.firstAlternative)
    for alternative in first..<(first &+ Int(location.pointee.alternativeCount))
    where isEnabled(alternative, in: words) {
      return true
    }
    return false
  }

  /// Whether a step can be taken, and something may follow it.
  @inline(__always)
  private func isEnabled(_ alternative: Int, in words: UnsafePointer<UInt64>) -> Bool {
    if wordCount == 1 {
      let value = shortcuts[alternative].pair(for: words[0])[1]
      if _fastPath(value != WordChange.unknown) { return value != WordChange.disabled }
    }
    return make(alternative, from: words, to: memory.scratch.base)
  }

  /// Makes the successor of a state by one alternative. Returns whether the step is enabled and something
  /// may follow it.
  func make(
    _ alternative: Int, from current: UnsafePointer<UInt64>,
    to target: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    memos[alternative].makeSuccessor(of: current, into: target, wordCount: wordCount)
      ?? (run(alternative, from: current, to: target) == .taken)
  }

  /// Makes all successors of a state, as `expand` does, and tells whose step each is.
  ///
  /// - Returns: how many they are.
  func expand(
    _ current: UnsafePointer<UInt64>, into batch: UnsafeMutablePointer<UInt64>,
    actors movers: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var count = 0
    for number in 0..<actors.count {
      let actor = actors.baseAddress! + number
      if isBlocked(actor, in: current) { continue }
      let location = location(of: actor, in: current)
      let first = Int(location.pointee.firstAlternative)
      for alternative in first..<(first + Int(location.pointee.alternativeCount))
      where make(alternative, from: current, to: batch + count * wordCount) {
        movers[count] = UInt8(number)
        count += 1
      }
    }
    return count
  }
}

/// What is true of a state by itself.
struct StateMarks: Sendable {
  /// The goals that it fulfils, and the actors that may rest in it.
  var fulfilled = Obligations.none
  /// The goals that are due from it on, of those that say when they are.
  var due: UInt64 = 0
}
