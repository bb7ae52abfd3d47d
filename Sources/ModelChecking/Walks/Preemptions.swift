/// How often actors must be interrupted in the middle of something for a thing to go wrong.
///
/// A preemption is a switch away from an actor that could go on and may not rest where it is. Few bugs need
/// more than two. (Musuvathi, Qadeer, "Iterative Context Bounding for Systematic Testing of Multithreaded
/// Programs", PLDI 2007.)
public struct Preemptions: Sendable, Equatable {
  /// Those of the shortest trace.
  public let ofTrace: Int
  /// No schedule with fewer than these comes to what was found.
  public let least: Int
  /// Whether one with `least` does; otherwise there were too many states to know.
  public let isExact: Bool
  /// The steps of a schedule with that many, where the shortest trace has more.
  public let steps: Int?

  /// More states, each with who moved last, are not looked at.
  static let mostStates = 100_000
}

extension Finding {
  /// How many preemptions what was found needs, by trying those with none, with one, and so on; nil for
  /// what is not about a state or a step.
  ///
  /// - Parameter isOver: whether to look no further.
  /// - Complexity: some 100,000 states at most, each as often as there are actors.
  public func preemptions(in system: System, unless isOver: () -> Bool = { false }) -> Preemptions?
  {
    // What a store buffer does interrupts nobody.
    guard system.memoryModel == .sc, kind.subject == .claim || kind.subject == .step,
      !trace.steps.isEmpty
    else { return nil }
    var search = PreemptionSearch(system, self)
    let ofTrace = search.preemptions(of: trace)
    return search.run(ofTrace: ofTrace, unless: isOver)
  }
}

/// Breadth-first search by the number of preemptions, over states with who moved last.
private struct PreemptionSearch {
  private struct Place: Hashable {
    let state: [UInt64]
    let lastActor: Int
  }

  private let relation: FastRelation
  private let semantics: PlainSemantics
  private let finding: Finding
  /// By place: the steps of the way on which it was met.
  private var lengths: [Place: Int] = [:]

  init(_ system: System, _ finding: Finding) {
    relation = FastRelation(system)
    semantics = PlainSemantics(system: system)
    self.finding = finding
  }

  private func isPreempted(
    _ actor: Int, by next: Int, in state: [UInt64], _ transitions: [Transition]
  ) -> Bool {
    actor >= 0 && next != actor && transitions.contains { $0.move.actor == actor }
      && !semantics.mayRest(actor, in: state)
  }

  func preemptions(of trace: Trace) -> Int {
    var state = relation.initialStates[trace.initialState]
    var (count, last) = (0, -1)
    for step in trace.steps {
      let transitions = relation.transitions(from: state)
      count += isPreempted(last, by: step.move.actor, in: state, transitions) ? 1 : 0
      guard let taken = transitions.first(where: { $0.move == step.move }) else { break }
      (state, last) = (taken.target, step.move.actor)
    }
    return count
  }

  mutating func run(ofTrace: Int, unless isOver: () -> Bool) -> Preemptions {
    var level = relation.initialStates.map { Place(state: $0, lastActor: -1) }
    for place in level { lengths[place] = 0 }
    // The trace itself is one with as many as it has.
    for count in 0..<ofTrace {
      // Places with one preemption more, in the order in which they were met, and the steps to them.
      var next: [Place] = []
      var nextLengths: [Place: Int] = [:]
      var wrongNext: Int?
      var position = 0
      while position < level.count {
        if lengths.count > Preemptions.mostStates || isOver() {
          return Preemptions(ofTrace: ofTrace, least: count, isExact: false, steps: nil)
        }
        let place = level[position]
        position += 1
        let length = lengths[place]! + 1
        let transitions = relation.transitions(from: place.state)
        for transition in transitions {
          let actor = transition.move.actor
          let isFree = !isPreempted(place.lastActor, by: actor, in: place.state, transitions)
          if isWrong(transition) {
            if isFree {
              return Preemptions(ofTrace: ofTrace, least: count, isExact: true, steps: length)
            }
            wrongNext = wrongNext ?? length
          }
          let target = Place(state: transition.target, lastActor: actor)
          if transition.isBroken(in: relation.system) || lengths[target] != nil
            || semantics.hasBug(transition.target)
          {
            continue
          }
          if isFree {
            lengths[target] = length
            level.append(target)
          } else {
            next.append(target)
            nextLengths[target] = min(nextLengths[target] ?? .max, length)
          }
        }
      }
      if let steps = wrongNext, count + 1 < ofTrace {
        return Preemptions(ofTrace: ofTrace, least: count + 1, isExact: true, steps: steps)
      }
      level = []
      for place in next where lengths[place] == nil {
        lengths[place] = nextLengths[place]
        level.append(place)
      }
    }
    return Preemptions(ofTrace: ofTrace, least: ofTrace, isExact: true, steps: nil)
  }

  /// Whether a step comes to what was found.
  private func isWrong(_ transition: Transition) -> Bool {
    switch finding.subject {
    case let invariant as Invariant:
      return !transition.isBroken(in: relation.system)
        && !semantics.ask(invariant.holds, of: invariant.code, in: transition.target)
    case let assertion as Assertion:
      return transition.trouble.failed >> UInt64(assertion.number) & 1 != 0
    default: return transition.trouble.fault?.kind.finding == finding.kind
    }
  }
}
