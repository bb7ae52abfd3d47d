import ModelChecking
import RaceFiles

extension Command {
  static let explain = Command(
    name: "explain",
    summary: "Shows how a race file was understood: variables, their values, and every step",
    operand: Operand("FILE", .files), options: SystemChoice.options,
    examples: { _ in [Example("explain my-race.race", "its variables and steps")] }
  ) { tool, arguments throws(InputError) in
    let path = arguments.operand ?? ""
    guard RaceFile.isRaceFile(path) else {
      throw InputError("'\(path)' is no race file: its name ends in .race or .litmus")
    }
    let choice = try SystemChoice(tool, arguments)
    guard let file = choice.raceFile else {
      throw InputError("'\(path)' is a model, and no race file")
    }
    let layout = choice.system.layout
    let heading =
      "\(choice.configuration.name): \(layout.bitCount) bits a state, \(choice.system.actorNames.count) actors"
    let lines = [heading, ""] + (try file.explanation(of: choice.configuration))
    tool.output.result(lines.map { $0.shown() + "\n" }.joined())
    return .asItShouldBe
  }
}
