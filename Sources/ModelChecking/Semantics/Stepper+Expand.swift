/// What can happen from a state.
extension Stepper {
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
  typealias Row = SIMD8<Int32>

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

  /// The alternatives that a state's actors have, enabled or not.
  func alternatives(out current: UnsafePointer<UInt64>) -> [Int] {
    (0..<listCandidates(out: current).count).map { Int(candidates[$0]) }
  }

  @inline(__always)
  func isBlocked(
    _ actor: UnsafePointer<StepTable.Actor>, in words: UnsafePointer<UInt64>
  ) -> Bool {
    for position in actor.pointee.blockers
    where words[blockers[position].word] & blockers[position].mask != 0 { return true }
    return false
  }
}
