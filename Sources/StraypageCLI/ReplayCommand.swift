import ModelChecking
import Reporting

extension Command {
  static let replay = Command(
    name: "replay",
    summary: "Runs a saved trace again, step by step, and says where anything differs",
    operand: "FILE", operandIsOptional: false,
    options: [
      Option(name: "--interactive", value: nil, help: "step through the trace, and off it")
    ] + TextOptions.options,
    examples: [
      ("check put-page-race --save-trace race.json", "save a trace"),
      ("replay race.json", "run it again"),
    ]
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
    if arguments.has("--interactive") {
      tool.output.result("\(report.verdict)\n\n")
      let moves = replay.trace.steps + replay.trace.onward + replay.trace.loop
      var walk = InteractiveWalk(choice, following: moves.map(\.move))
      walk.run(tool)
      return .asItShouldBe
    }
    tool.output.result(report.text(style))
    return ExitStatus(replay)
  }
}
