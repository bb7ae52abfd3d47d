import ModelChecking
import Reporting

extension Command {
  static let simulate = Command(
    name: "simulate",
    summary: "Takes random walks through a model, or one that a person picks step by step",
    operand: Operand("MODEL", .models),
    options: SystemChoice.options + [
      SystemChoice.memoryModel, seed, walks, depth, TraceFile.option, byHand,
    ]
      + TextOptions.options,
    examples: { models in
      models.prefix(1).flatMap { model in
        [
          Example("simulate \(model.name) --seed 7", "random walks"),
          Example("simulate \(model.name) --interactive", "a walk of one's own"),
        ]
      }
    }
  ) { tool, arguments throws(InputError) in
    let choice = try SystemChoice(
      tool, arguments, memoryModel: try arguments[SystemChoice.memoryModel])
    let options = try simulationOptions(arguments)
    try arguments.refuse(
      [walks, depth, TraceFile.option], with: byHand, because: ", which takes one walk by hand")
    let (traceFile, style) = (try TraceFile(arguments), try TextOptions.read(tool, arguments))
    return try choice.reportingTraps { () throws(InputError) in
      if arguments.has(byHand) {
        var walk = WalkDialogue(choice, seed: options.seed)
        walk.run(tool)
        return .asItShouldBe
      }
      return try simulate(choice, options, traceFile, style, tool, arguments)
    }
  }

  private static let usual = Simulation.Options()
  private static let seed = Option(
    "--seed", .integer(in: 0...Int.max), "the same seed takes the same walks",
    default: Int(usual.seed))
  private static let walks = Option(
    "--walks", .integer(in: 1...1_000_000_000), "how many walks", default: usual.walks)
  private static let depth = Option(
    "--depth", .integer(in: 1...1_000_000), "the most steps of a walk", default: usual.depth)
  private static let byHand = Option(
    flag: "--interactive", "pick each step; ? lists what can be said")

  private static func simulationOptions(
    _ arguments: ParsedArguments
  ) throws(InputError) -> Simulation.Options {
    Simulation.Options(
      seed: UInt64(try arguments[seed]), walks: try arguments[walks], depth: try arguments[depth])
  }

  private static func simulate(
    _ choice: SystemChoice, _ options: Simulation.Options, _ traceFile: TraceFile?,
    _ style: TextStyle, _ tool: CommandLineTool, _ arguments: ParsedArguments
  ) throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let watch = SearchWatch(monitor)
    defer { watch.end() }
    let simulation = Simulation(choice.system, options, monitor: monitor)
    watch.endProgress()
    let report = SimulationReport(
      simulation, of: choice.configuration, system: choice.system,
      // What decides which walks are taken is said in full, also where it is what is taken by default.
      command: arguments.again(
        tool, about: choice.configuration.arguments,
        restated: SystemChoice.options + [SystemChoice.memoryModel, seed, walks, depth],
        more: " --seed \(options.seed) --walks \(options.walks) --depth \(options.depth)"),
      check: "\(tool.name) check \(choice.configuration.arguments)")
    tool.output.result(report.text(style))
    try traceFile?.save(simulation.hits.first?.finding, of: choice, for: tool)
    return simulation.hits.isEmpty ? .inconclusive : .violated
  }
}
