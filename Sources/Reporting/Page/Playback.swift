import ModelChecking

/// A finding as something to step through: the state before the first step and after each, and the
/// steps that were possible there.
///
/// This is the data of the page's script, as JSON.
struct Playback: Encodable {
  /// How many states are looked at to say where a step would have led.
  static let mostStates = 20_000

  let fields: [Field]
  /// The points between the steps, the first before the first step.
  let points: [Point]
  /// The point to which the last one is equal; absent where the schedule ends.
  let loopsTo: Int?

  struct Field: Encodable {
    let name: String
    /// Whose it is: absent for what actors share.
    let owner: String?
    let value: String
  }

  struct Point: Encodable {
    /// What was just done and what is now true, in a sentence or two.
    let sentence: String
    /// What the step to this point changed.
    let changes: [FieldChange]
    let options: [Option]
  }

  /// A step that can be taken.
  struct Option: Encodable {
    let actor: String
    let cpu: Int
    let step: String
    let remarks: [String]
    let isTaken: Bool
    let prospect: Prospect
  }

  /// Where a step leads, as far as it is known.
  struct Prospect: Encodable {
    enum Kind: String, Encodable { case bad, open, good, unknown }

    let kind: Kind
    let text: String
  }
}

extension Playback {
  init(_ finding: Finding, of system: System) {
    let trace = finding.trace
    let steps = trace.steps + trace.onward + trace.loop
    var walks = [Walk(system)]
    for step in steps {
      var walk = walks[walks.count - 1]
      guard walk.take(step.move) != nil else { fatalError("a trace does not replay") }
      walks.append(walk)
    }
    let guide = Guide(finding, walks)
    loopsTo = trace.loop.isEmpty ? nil : steps.count - trace.loop.count
    let values = walks[0].values
    func fields(_ role: StateLayout.Role, owner: String?) -> [Field] {
      values.filter { $0.role == role }.map {
        Field(name: $0.field, owner: owner, value: $0.value)
      }
    }
    let registers = system.actorNames.enumerated().flatMap { number, actor in
      fields(.register(actor: number), owner: "registers of \(actor.name)")
    }
    self.fields =
      fields(.shared, owner: nil) + registers + fields(.ghost, owner: "bookkeeping")
    let next = steps.map(\.move) + (trace.loop.first.map { [$0.move] } ?? [])
    points = walks.indices.map { number in
      Point(
        sentence: guide.sentence(number, of: steps),
        changes: number == 0 ? [] : steps[number - 1].changes,
        options: number < next.count ? guide.options(at: walks[number], taken: next[number]) : [])
    }
  }
}

/// Says what is true at the points of a trace, and where its other steps would have led.
private struct Guide {
  let finding: Finding
  let consequence: String
  let isAboutGoal: Bool
  let graph: StateGraph
  let outlooks: [Outlook]

  init(_ finding: Finding, _ walks: [Walk]) {
    self.finding = finding
    consequence = finding.words.consequence(finding)
    isAboutGoal = finding.kind.subject == .goal
    graph = StateGraph(from: walks, mostStates: Playback.mostStates)
    if isAboutGoal {
      outlooks = graph.outlooks { walk in
        walk.reachedGoals.contains { $0.number == finding.subject?.number } ? "" : nil
      }
    } else {
      outlooks = graph.outlooks { walk in
        let wrong = walk.findings.first {
          $0.severity == .bug
            || ($0.kind, $0.subject?.number) == (finding.kind, finding.subject?.number)
        }
        return wrong.map { $0.words.place($0) }
      }
    }
  }

  func sentence(_ number: Int, of steps: [TraceStep]) -> String {
    var sentences = ["Before the first step."]
    if number > 0 {
      let step = steps[number - 1]
      sentences = ["\(step.actor): \(step.name)."]
    }
    if number == finding.trace.steps.count || number == steps.count {
      sentences.append(consequence)
    }
    return sentences.joined(separator: " ")
  }

  func options(at walk: Walk, taken: Move?) -> [Playback.Option] {
    walk.enabled.map { option in
      Playback.Option(
        actor: option.step.actor, cpu: option.step.cpu,
        step: option.step.name, remarks: option.step.remarks, isTaken: option.step.move == taken,
        prospect: prospect(of: option, from: walk))
    }
  }

  private func prospect(of option: EnabledStep, from walk: Walk) -> Playback.Prospect {
    if let fault = option.fault {
      return Playback.Prospect(kind: .bad, text: "goes wrong at once: \(fault)")
    }
    var walk = walk
    _ = walk.take(option.step.move)
    return switch graph.number(of: walk).map({ outlooks[$0] }) ?? .unknown {
    case .within(let steps, let what): isAboutGoal ? reaches(in: steps) : fails(in: steps, what)
    case .outOfReach where isAboutGoal:
      Playback.Prospect(kind: .bad, text: "\(finding.words.place(finding)) from there")
    case .outOfReach:
      Playback.Prospect(kind: .good, text: "nothing can go wrong from there")
    case .unknown:
      Playback.Prospect(kind: .unknown, text: "not known: too many states to look at from there")
    }
  }

  private func reaches(in steps: Int) -> Playback.Prospect {
    let text = steps == 0 ? "reaches the goal" : "can reach the goal \(Self.within(steps))"
    return Playback.Prospect(kind: .good, text: text)
  }

  private func fails(in steps: Int, _ what: String) -> Playback.Prospect {
    steps == 0
      ? Playback.Prospect(kind: .bad, text: "goes wrong at once: \(what)")
      : Playback.Prospect(
        kind: .open,
        text: "can go wrong \(Self.within(steps))"
          + (consequence.contains(what) ? "" : ": \(what)"))
  }

  private static func within(_ steps: Int) -> String {
    "within \(steps.of("more step"))"
  }
}

extension TraceStep {
  /// What the step changes or, if nothing, what it sees.
  fileprivate var remarks: [String] {
    changes.isEmpty
      ? (reads + ghostReads).map { "sees \($0.field) = \($0.value)" }
      : changes.map { "\($0.field) \($0.before) → \($0.after)" }
  }
}
