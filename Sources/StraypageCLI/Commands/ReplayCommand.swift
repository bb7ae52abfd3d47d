import ModelChecking
import Reporting

extension Command {
  static let replay = Command(
    name: "replay",
    summary: "Runs a saved trace again, step by step, and says where anything differs",
    operand: Operand("FILE", .files), options: [stepThrough] + TextOptions.options,
    examples: { models in
      models.prefix(1).map {
        Example("check \($0.name) --save-trace race.json", "save a trace", of: "replay")
      } + [Example("replay race.json", "run it again")]
    }
  ) { tool, arguments throws(InputError) in
    let path = arguments.operand ?? ""
    let style = try TextOptions.read(tool, arguments)
    let data = try InputFile.read(path, largest: SavedTrace.largestFile)
    let (saved, choice, replay): (SavedTrace, SystemChoice, Replay)
    do throws(InputError) {
      saved = try SavedTrace(json: data)
      choice = try SystemChoice(tool, saved)
      replay = try Replay(saved, in: choice.system)
    } catch {
      throw InputError("'\(path)' can't be replayed: \(error.message)")
    }
    let report = ReplayReport(
      replay, of: saved, in: choice.configuration, system: choice.system)
    if arguments.has(stepThrough) {
      tool.output.result("\(report.verdict.shown())\n\n")
      let moves = replay.trace.allSteps
      var walk = WalkDialogue(choice, following: moves.map(\.move))
      walk.run(tool)
      return .asItShouldBe
    }
    tool.output.result(report.text(style))
    return ExitStatus(replay)
  }

  private static let stepThrough = Option(
    flag: "--interactive", "step through the trace, and off it")
}
