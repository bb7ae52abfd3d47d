import ModelChecking

/// Random walks and what they came to, ready to be shown.
public struct SimulationReport: Sendable {
  private let simulation: Simulation
  private let configuration: Configuration
  private let system: System
  private let command: String
  private let check: String

  /// - Parameters:
  ///   - command: the command line that takes the same walks again.
  ///   - check: the one that visits every state instead.
  public init(
    _ simulation: Simulation, of configuration: Configuration, system: System, command: String,
    check: String
  ) {
    self.simulation = simulation
    self.configuration = configuration
    self.system = system
    self.command = command
    self.check = check
  }

  /// The report as people read it, the same for the same seed.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    var blocks = [style.paragraph(configuration.name, .heading)]
    for hit in simulation.hits {
      blocks.append(
        style.paragraph(title(of: hit), hit.finding.severity == .bug ? .alarm : .caution))
      blocks += FindingText(hit.finding, of: system, style).story
    }
    if simulation.hits.isEmpty {
      blocks.append(
        style.paragraph(
          "NOTHING WRONG SEEN in \(simulation.walks.of("random walk")).", .caution))
    }
    blocks.append((figures + [caution]).flatMap { style.paragraph($0) })
    blocks.append(
      style.commandLine("Again:", command) + style.commandLine("Every state:", check))
    return style.text(of: blocks)
  }

  private func title(of hit: Simulation.Hit) -> String {
    let finding = hit.finding
    let walks = "\(hit.walks.grouped) of \(simulation.walks.of("walk"))"
    let steps = finding.trace.steps.count.of("step")
    return "\(finding.words.title(finding)) in \(walks), the shortest of \(steps): "
      + finding.property
  }

  private var figures: [String] {
    let states = simulation.states
    let seen = states < Simulation.mostStates ? states.grouped : "more than \(states.grouped)"
    let endings = Simulation.Ending.allCases.compactMap { ending -> String? in
      guard let walks = simulation.endings[ending] else { return nil }
      return "\(walks.grouped) \(name(of: ending))"
    }
    let goals = simulation.goals.map { goal in
      let first = goal.steps.map { ", first after \($0.of("step"))" } ?? ""
      return "Goal reached in \(goal.walks.of("walk"))\(first): \(goal.name)"
    }
    return goals + [
      "\(simulation.walks.of("walk")): \(endings.joined(separator: ", "))",
      "\(seen) distinct states, \(simulation.steps.of("step")), depth \(simulation.depth), "
        + "seed \(simulation.options.seed)",
    ]
  }

  private func name(of ending: Simulation.Ending) -> String {
    switch ending {
    case .rested: "came to rest"
    case .found(let kind): kind.words.ofWalks
    case .brokenOff: "broken off after \(simulation.options.depth.of("step"))"
    case .interrupted: "interrupted"
    }
  }

  private var caution: String {
    simulation.hits.isEmpty
      ? "A simulation is no proof: what no walk came to may still happen."
      : "What a walk came to can happen. There may be shorter ways, and more that is wrong."
  }
}
