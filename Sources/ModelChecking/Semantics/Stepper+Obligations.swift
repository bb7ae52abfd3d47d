/// What must stay possible, as far as one state shows it.
extension Stepper {
  /// Whether a state may be a hang: nobody can come nearer to home there, and not all that must stay
  /// possible is so at once.
  @inline(never)
  func mayHang(_ current: UnsafePointer<UInt64>) -> Bool {
    !canAdvance(in: current) && fulfilled(in: current) != obligations
  }

  /// How far all actors are from home together.
  func distance(of words: UnsafePointer<UInt64>) -> Int {
    actors.reduce(0) { $0 + Int(location(of: $1, in: words).distance) }
  }

  /// The obligations that are fulfilled in a state: goals that are reached, actors that may rest or that
  /// can move and need do no more.
  func fulfilled(in words: UnsafePointer<UInt64>) -> Obligations {
    var fulfilled = Obligations(goals: reachedGoals(in: words) & obligations.goals)
    for number in 0..<actors.count where obligations.actors >> UInt64(number) & 1 != 0 {
      let actor = actors[number]
      if location(of: actor, in: words).mayRest
        || actor.obligation == .keepsMoving && canMove(number, in: words)
      {
        fulfilled.actors |= 1 << UInt64(number)
      }
    }
    return fulfilled
  }

  /// What is true of a state by itself, whoever can move.
  func marks(of words: UnsafePointer<UInt64>) -> StateMarks {
    var marks = StateMarks()
    marks.fulfilled.goals = reachedGoals(in: words)
    marks.due = dueGoals(in: words)
    for number in 0..<actors.count where location(of: actors[number], in: words).mayRest {
      marks.fulfilled.actors |= 1 << UInt64(number)
    }
    return marks
  }

  private func location(
    of actor: StepTable.Actor, in words: UnsafePointer<UInt64>
  ) -> StepTable.Location {
    locations[actor.firstLocation + actor.counter.code(in: words)]
  }

  /// Whether some actor has a step that brings it nearer to home.
  private func canAdvance(in words: UnsafePointer<UInt64>) -> Bool {
    (0..<actors.count).contains {
      location(of: actors[$0], in: words).advances && canMove($0, in: words)
    }
  }

  /// Whether an actor has a step to take.
  private func canMove(_ number: Int, in words: UnsafePointer<UInt64>) -> Bool {
    let actor = actors.baseAddress! + number
    if isBlocked(actor, in: words) { return false }
    let location = location(of: actors[number], in: words)
    let first = Int(location.firstAlternative)
    return (first..<(first + Int(location.alternativeCount))).contains {
      make($0, from: words, to: memory.scratch.base)
    }
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
      let location = location(of: actors[number], in: current)
      let first = Int(location.firstAlternative)
      for alternative in first..<(first + Int(location.alternativeCount))
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
