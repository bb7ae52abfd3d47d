import ModelChecking
import Synchronization

/// A layer that holds every step to what its operation says of it.
///
/// A step changes nothing but the fields that it says it writes, its actor's registers and ghosts; and
/// whatever values the fields have that it doesn't say it reads, it is enabled as before and does the
/// same. Each such field is given other values, and the steps are taken again. (As the checking layers
/// of LTSmin do: pins2pins-check.c.)
package final class FootprintCheck: TransitionRelation {
  package let system: System
  package var initialStates: [[UInt64]] { relation.initialStates }

  private let relation: any TransitionRelation
  private let found = Mutex<[String]>([])

  package init(_ relation: any TransitionRelation) {
    self.relation = relation
    system = relation.system
  }

  /// What is wrong with the steps that were looked at, in sentences, each once.
  package var problems: [String] { found.withLock { $0 } }

  package func transitions(from state: [UInt64]) -> [Transition] {
    let transitions = relation.transitions(from: state)
    for step in transitions { checkChanges(of: step, from: state) }
    for field in system.layout.fields.indices where system.layout.fields[field].role != .control {
      for code in otherCodes(of: field, in: state) {
        checkReads(of: field, transitions, from: state, whenItIs: code)
      }
    }
    return transitions
  }

  /// Some values that the field does not have.
  private func otherCodes(of field: Int, in state: [UInt64]) -> Set<Int> {
    let codes = system.layout.fields[field].codes
    let code = system.layout.code(of: field, in: state)
    let next = code == codes.upperBound ? codes.lowerBound : code + 1
    return Set([codes.lowerBound, codes.upperBound, next]).subtracting([code])
  }

  private func note(_ move: Move, _ problem: String, _ field: Int) {
    let actor = system.actorNames[move.actor].name
    let name = system.layout.fields[field].name
    let sentence = "'\(system.name(of: move))' of '\(actor)' \(problem) '\(name)'"
    found.withLock { if !$0.contains(sentence) { $0.append(sentence) } }
  }

  // MARK: What a step writes

  private func checkChanges(of step: Transition, from state: [UInt64]) {
    let layout = system.layout
    for field in layout.fields.indices
    where layout.code(of: field, in: state) != layout.code(of: field, in: step.target) {
      if !mayWrite(step.move, field) { note(step.move, "writes", field) }
    }
  }

  private func mayWrite(_ move: Move, _ field: Int) -> Bool {
    switch system.layout.fields[field].role {
    case .shared: system.operation(of: move).writes.contains(field)
    case .register(let actor): actor == move.actor
    case .ghost: true
    case .control:
      system.layout.fields[field].name.hasPrefix("\(system.actorNames[move.actor].name).")
    }
  }

  // MARK: What a step reads

  private func mayRead(_ move: Move, _ field: Int) -> Bool {
    switch system.layout.fields[field].role {
    case .shared:
      system.operation(of: move).reads.contains(field)
        || system.readsAtEnd(of: move).contains(field)
    case .register(let actor): actor == move.actor
    case .ghost: false
    case .control: true
    }
  }

  /// Whether the steps that don't read a field are the same where it has another value.
  private func checkReads(
    of field: Int, _ steps: [Transition], from state: [UInt64], whenItIs code: Int
  ) {
    let otherState = system.layout.setting(field, to: code, in: state)
    let others = relation.transitions(from: otherState)
    let moves = Set((steps + others).map(\.move)).filter { !mayRead($0, field) }
    for move in moves {
      let pair = (steps.first { $0.move == move }, others.first { $0.move == move })
      guard let step = pair.0, let other = pair.1 else {
        note(move, "is enabled or not depending on", field)
        continue
      }
      if !isSame(step, from: state, other, from: otherState, but: field) {
        note(move, "does what it does depending on", field)
      }
    }
  }

  private func isSame(
    _ step: Transition, from state: [UInt64], _ other: Transition, from otherState: [UInt64],
    but changed: Int
  ) -> Bool {
    // Bookkeeping reads everything, and may leave the range of a ghost wherever it likes.
    if isAboutGhost(step.trouble.fault) || isAboutGhost(other.trouble.fault) { return true }
    if step.trouble.fault != nil || other.trouble.fault != nil {
      return step.trouble.fault == other.trouble.fault
    }
    // So does a claim, and where the kernel stops at one the step does no more.
    if step.trouble.failed != other.trouble.failed { return true }
    let layout = system.layout
    func code(_ field: Int, _ words: [UInt64]) -> Int { layout.code(of: field, in: words) }
    return layout.fields.indices.allSatisfy { field in
      if layout.fields[field].role == .ghost { return true }
      if code(field, step.target) == code(field, other.target) { return true }
      // A field that the step leaves alone keeps the value that it was given.
      return field == changed && code(field, state) == code(field, step.target)
        && code(field, otherState) == code(field, other.target)
    }
  }

  private func isAboutGhost(_ fault: Fault?) -> Bool {
    guard let fault else { return false }
    return system.layout.fields[Int(fault.field)].role == .ghost
  }
}

/// Holds the steps of a system to what their operations say, in states from near and far.
///
/// - Parameters:
///   - mostStates: how many states are looked at.
///   - reach: how many states are met, of which those are picked at equal distances.
/// - Returns: what is wrong with steps, in sentences.
package func checkFootprints(
  of system: System, mostStates: Int = 200, reach: Int = 10_000
) -> [String] {
  let semantics = PlainSemantics(system: system)
  var search = BreadthFirst(semantics, from: semantics.initialStates, limit: reach)
  while search.next() != nil {}
  let check = FootprintCheck(semantics)
  let distance = max(1, search.states.count / max(1, mostStates))
  for number in stride(from: 0, to: search.states.count, by: distance) {
    _ = check.transitions(from: search.states[number])
  }
  return check.problems
}
