import ModelChecking

/// All that reports tell people of a kind of finding.
///
/// A name that programs read is `FindingKind.rawValue`, everywhere.
package struct FindingWords {
  /// What was found by a search, in a line.
  package let verdict: (Finding) -> String
  /// What begins a line about a finding of random walks: "DEADLOCK in 3 of 100 walks".
  package let title: (Finding) -> String
  /// What walks at random did that came to it: "3 deadlocked".
  package let ofWalks: String
  /// What is said where a person's walk comes to it.
  package let alarm: (Finding) -> String
  /// The sentence that changelogs put under the diagram.
  package let consequence: (Finding) -> String
  /// What is true where it is found, in the middle of a sentence.
  package let place: (_ property: String) -> String
}

extension FindingKind {
  /// One place for each kind, which the compiler asks for.
  package var words: FindingWords {
    switch self {
    case .violated:
      FindingWords(
        verdict: { "VIOLATED after \($0.stepCount): \($0.property)" },
        title: { $0.severity == .bug ? "VIOLATED" : "WARNING" },
        ofWalks: "ended in a violation",
        alarm: {
          "\($0.severity == .bug ? "violated" : "warning"), no longer true: \($0.property)"
        },
        consequence: {
          let steps = $0.trace.steps.count
          let time = steps == 0 ? "At the start it is not" : "After step \(steps) it is no longer"
          return "\(time) true that \($0.property)."
        },
        place: { "it is no longer true that \($0)" })
    case .assertionFailed:
      FindingWords(
        verdict: { "ASSERTION FAILED after \($0.stepCount): \($0.property)" },
        title: { $0.severity == .bug ? "ASSERTION FAILED" : "WARNING" },
        ofWalks: "failed an assertion",
        alarm: { "\($0.severity == .bug ? "assertion failed" : "warning"): \($0.property)" },
        consequence: {
          // Some of the kernel's warnings are sentences.
          "Step \($0.trace.steps.count) hits \($0.property)\($0.property.hasSuffix(".") ? "" : ".")"
        },
        place: { "the last step hits \($0)" })
    case .dataRace:
      FindingWords(
        verdict: { "DATA RACE after \($0.stepCount): \($0.property)" },
        title: { _ in "DATA RACE" },
        ofWalks: "met a data race",
        alarm: { "data race: \($0.property)" },
        consequence: {
          let functions = $0.races.map(\.function).joined(separator: " / ")
          let kind = $0.races.contains { $0.kind.isClaim } ? "assert: race" : "data-race"
          let found = "BUG: KCSAN: \(kind) in \(functions)."
          guard let made = $0.races.first(where: \.isMade),
            let next = $0.races.first(where: { !$0.isMade })
          else {
            return "\(found) At the same time may be made, after \($0.stepCount): "
              + "\($0.races.map(\.sentence).joined(separator: "; "))."
          }
          return "\(found) After \($0.stepCount) nothing orders \(next.sentence), which comes "
            + "next, behind \(made.sentence)."
        },
        place: { "nothing orders two accesses: \($0)" })
    case .deadlock:
      FindingWords(
        verdict: { "DEADLOCK after \($0.stepCount): \($0.property)" },
        title: { _ in "DEADLOCK" },
        ofWalks: "deadlocked",
        alarm: { "deadlock: \($0.property)" },
        consequence: {
          let trace = $0.trace
          let waits = $0.waits.map { $0.sentence(in: trace) }
          return waits.isEmpty ? "In this case \($0.property)." : waits.joined(separator: " ")
        },
        place: { $0 })
    case .stuck:
      FindingWords(
        verdict: {
          $0.trace.steps.isEmpty
            ? "STUCK from the start, out of reach: \($0.property)"
            : "STUCK after \($0.stepCount), out of reach from then on: \($0.property)"
        },
        title: { _ in "STUCK" },
        ofWalks: "got stuck",
        alarm: { "stuck, out of reach: \($0.property)" },
        consequence: {
          let steps = $0.trace.steps.count
          let claim = "that \($0.property)\($0.repetition)."
          return steps == 0
            ? "It can't happen \(claim)" : "After step \(steps) it can't happen any more \(claim)"
        },
        place: { _ in "the goal is out of reach" })
    case .avoidable:
      FindingWords(
        verdict: {
          let rest =
            $0.trace.loop.isEmpty ? "at an end" : "in a loop of \($0.trace.loop.count.of("step"))"
          return "NOT INEVITABLE, \(rest) after \($0.stepCount): \($0.property)"
        },
        title: { _ in "NOT INEVITABLE" },
        ofWalks: "avoided a goal",
        alarm: { "not inevitable: \($0.property)" },
        consequence: {
          "This run never comes to it that \($0.property)\($0.repetition)."
        },
        place: { _ in "the run never comes to the goal" })
    case .goalUnreachable:
      FindingWords(
        verdict: { "GOAL UNREACHABLE: in no reachable state is it true that \($0.property)" },
        title: { _ in "GOAL UNREACHABLE" },
        ofWalks: "could reach no goal",
        alarm: { "goal unreachable: \($0.property)" },
        consequence: { "It can't happen that \($0.property)\($0.repetition)." },
        place: { _ in "the goal is out of reach" })
    case .lockMisused:
      FindingWords(
        verdict: { "LOCK MISUSED after \($0.stepCount): \($0.property)" },
        title: { _ in "LOCK MISUSED" },
        ofWalks: "misused a lock",
        alarm: { "lock misused: \($0.property)" },
        consequence: { "In this case \($0.property)." },
        place: { $0 })
    case .faulted:
      FindingWords(
        verdict: { "FAULTED after \($0.stepCount): \($0.property)" },
        title: { _ in "FAULTED" },
        ofWalks: "faulted",
        alarm: { "faulted: \($0.property)" },
        consequence: { "In this case \($0.property)." },
        place: { $0 })
    }
  }
}

extension Finding {
  package var words: FindingWords { kind.words }

  /// What a changelog says before the diagram; who waits for what stands below it.
  var opening: String {
    kind == .deadlock ? "In this case \(property)." : words.consequence(self)
  }

  fileprivate var stepCount: String { trace.steps.count.of("step") }

  /// How the schedule goes on for ever.
  fileprivate var repetition: String {
    switch trace.loop.count {
    case 0: ""
    case 1: ", and the last step repeats"
    case let steps: ", and the last \(steps.grouped) steps repeat"
    }
  }
}

extension RacingAccess {
  /// "read (marked) to x by task P1 on cpu 1, READ_ONCE(x) (mp.race:12)": in the words of kernel/kcsan/report.c.
  var sentence: String {
    let context = actorKind == .task ? "task" : "interrupt"
    return
      "\(kind.rawValue)\(isPlain || kind.isClaim ? "" : " (marked)") to \(field) by \(context) \(actor) on cpu "
      + "\(cpu), \(step) (\(declaration))"
  }
}

extension WaitingActor {
  /// "one waits in mutex_lock(b) after step 13: two holds b since step 26."
  func sentence(in trace: Trace) -> String {
    let place = lastStep(of: actor, in: trace).map { " after step \($0)" } ?? ""
    switch obstacle {
    case .lock(let lock, let holders):
      let taken = holders.compactMap { step(taking: lock, by: $0, in: trace) }
      let since =
        taken.count < holders.count
        ? "" : " since step\(taken.count == 1 ? "" : "s") \(taken.map(String.init).enumerated)"
      return
        "\(actor) waits in \(step)\(place): \(holders.enumerated) "
        + "\(holders.count == 1 ? "holds" : "hold") \(lock)\(since)."
    case .cpu(let holders):
      return
        "\(actor) can't run \(step)\(place): \(holders.enumerated) "
        + "\(holders.count == 1 ? "has" : "have") its CPU."
    case .values(let reads) where reads.isEmpty: return "\(actor) waits in \(step)\(place)."
    case .values(let reads):
      return
        "\(actor) waits in \(step)\(place): "
        + "\(reads.map { "\($0.field) = \($0.value)" }.enumerated)."
    }
  }

  /// The numbers of the steps that its sentence names, from 1.
  func steps(in trace: Trace) -> [Int] {
    var steps = [lastStep(of: actor, in: trace)]
    if case .lock(let lock, let holders) = obstacle {
      steps += holders.map { step(taking: lock, by: $0, in: trace) }
    }
    return steps.compactMap(\.self)
  }

  private func lastStep(of actor: String, in trace: Trace) -> Int? {
    (trace.steps + trace.onward).lastIndex { $0.actor == actor }.map { $0 + 1 }
  }

  /// The step by which an actor took a lock last.
  private func step(taking lock: String, by actor: String, in trace: Trace) -> Int? {
    (trace.steps + trace.onward).lastIndex { step in
      step.actor == actor
        && step.changes.contains { change in
          (change.field == lock || change.field.hasPrefix("\(lock)."))
            && change.after.split(separator: "+").contains { $0 == actor }
        }
    }.map { $0 + 1 }
  }
}

extension [String] {
  /// "a, b and c".
  var enumerated: String {
    count < 2 ? joined() : "\(dropLast().joined(separator: ", ")) and \(self[count - 1])"
  }
}
