import ModelChecking

/// The options by which a search is kept in a file as it goes on, and goes on from there.
struct CheckpointChoice {
  static let options: [any DeclaredOption] = [file, every, resume]

  static let file = Option(
    "--checkpoint", .file, "keep the search in a file until it is over"
  ).presenting
  private static let every = Option(
    "--every", .duration, "how often, at the ends of levels", default: .seconds(600), shownAs: "10m"
  ).presenting
  private static let resume = Option(
    flag: "--resume", "go on from the checkpoint, if there is one"
  ).presenting

  private let tool: CommandLineTool
  private let file: CheckpointFile
  let checkpoints: Checkpoints

  /// Nil where no search is to be kept.
  ///
  /// - Throws: `InputError` for a file that is there and not to be gone on from, or can't be, and for options
  ///   that need another.
  init?(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ choice: SystemChoice
  ) throws(InputError) {
    guard let path = try arguments[Self.file] else {
      for option in [Self.every, Self.resume] as [any DeclaredOption] where arguments.has(option) {
        throw InputError("'\(option.name)' needs '\(Self.file.name)'")
      }
      return nil
    }
    let file = try CheckpointFile(path, Self.identity(tool, arguments, choice))
    var start: Checkpoints.Start?
    if file.exists {
      guard arguments.has(Self.resume) else {
        throw InputError(
          "the file '\(path)' is there already; '\(Self.resume.name)' goes on from it, and a search that "
            + "begins anew needs another")
      }
      start = try file.read()
    } else if arguments.has(Self.resume) {
      tool.output.error("\(tool.name): there is no '\(path.shown())' yet, so the search begins\n")
    }
    self.tool = tool
    self.file = file
    checkpoints = Checkpoints(
      interval: try arguments[Self.every].inSeconds, start: start
    ) { search, states in
      do throws(InputError) {
        try file.write(search, states)
      } catch {
        tool.output.error("\(tool.name): \(error.message.shown()); the search goes on\n")
      }
    }
  }

  /// Takes the file away where the search is over; otherwise says what it is for.
  func end(_ outcome: Outcome) {
    if outcome.limit == nil {
      file.remove()
    } else if file.exists {
      tool.output.error(
        "\(tool.name): the search is kept in '\(file.path.shown())'; with '\(Self.resume.name)' it goes on\n"
      )
    }
  }

  /// What a search must be to go on from a checkpoint.
  private static func identity(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ choice: SystemChoice
  ) -> SearchIdentity {
    let asked = arguments.words { option in
      option.part == .question && !SystemChoice.options.contains { $0.name == option.name }
        && option.name != SystemChoice.memoryModel.name
    }
    return SearchIdentity(
      tool, choice.configuration, choice.system, lines: choice.raceFile?.lines ?? [],
      question: asked)
  }
}
