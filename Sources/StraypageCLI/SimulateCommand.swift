import ModelChecking
import Reporting

extension Command {
  static let simulate = Command(
    name: "simulate",
    summary: "Takes random walks through a model, or one that a person picks step by step",
    operand: "MODEL", operandIsOptional: false,
    options: SystemChoice.options + [
      Option(name: "--seed", value: "N", help: "the same seed takes the same walks; 1 by default"),
      Option(name: "--walks", value: "N", help: "how many walks; 1,000 by default"),
      Option(name: "--depth", value: "N", help: "the most steps of a walk; 200 by default"),
      TraceFile.option,
      Option(name: "--interactive", value: nil, help: "pick each step; ? lists what can be said"),
    ] + TextOptions.options,
    examples: [
      ("simulate put-page-race --seed 7", "1,000 random walks"),
      ("simulate put-page-race --interactive", "a walk of one's own"),
    ]
  ) { tool, arguments throws(InputError) in
    let choice = try SystemChoice(tool, arguments)
    let options = try simulationOptions(arguments)
    if arguments.has("--interactive") {
      for option in ["--walks", "--depth", TraceFile.option.name] where arguments.has(option) {
        throw InputError("'\(option)' contradicts '--interactive', which takes one walk by hand")
      }
      var walk = InteractiveWalk(choice, seed: options.seed)
      walk.run(tool)
      return .asItShouldBe
    }
    return try simulate(
      choice, options, TraceFile(arguments), TextOptions.read(tool, arguments), tool)
  }

  private static func simulationOptions(
    _ arguments: ParsedArguments
  ) throws(InputError) -> Simulation.Options {
    var options = Simulation.Options()
    if let text = arguments.value(of: "--seed") {
      options.seed = UInt64(try Quantities.integer(text, of: "--seed", in: 0...Int.max))
    }
    if let text = arguments.value(of: "--walks") {
      options.walks = try Quantities.integer(text, of: "--walks", in: 1...1_000_000_000)
    }
    if let text = arguments.value(of: "--depth") {
      options.depth = try Quantities.integer(text, of: "--depth", in: 1...1_000_000)
    }
    return options
  }

  private static func simulate(
    _ choice: SystemChoice, _ options: Simulation.Options, _ traceFile: TraceFile?,
    _ style: TextStyle, _ tool: CommandLineTool
  ) throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let watch = SearchWatch(monitor)
    let simulation = Simulation(choice.system, options, monitor: monitor)
    watch.end()
    let report = SimulationReport(
      simulation, of: choice.configuration, system: choice.system,
      command: "\(tool.name) simulate \(choice.configuration.arguments) --seed \(options.seed) "
        + "--walks \(options.walks) --depth \(options.depth)",
      check: "\(tool.name) check \(choice.configuration.arguments)")
    tool.output.result(report.text(style))
    try traceFile?.save(simulation.hits.first?.finding, of: choice, for: tool)
    return simulation.hits.isEmpty ? .inconclusive : .violated
  }
}
