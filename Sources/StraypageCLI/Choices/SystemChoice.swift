import ModelChecking
import RaceFiles

/// What a command is about, and its system.
struct SystemChoice: Sendable {
  /// The options that choose a system, for the commands that take a model.
  static let options: [any DeclaredOption] = [variant, without, set, large]

  static let variant = variant("the variant", otherwise: "the model's first")
  static let without = Option(
    "--without", .text("PIECES", .pieces), "pieces taken out of the variant, such as a,b,c")
  static let set = Option(
    repeated: "--set", .text("BOUND=N", .settings), "a bound of the model")
  static let large = Option(
    flag: "--large", "the bounds' larger values, for those that --set leaves")

  static let mistake = Option(
    "--mistake", .integer(in: 1...100_000), "with a mistake made in it: a number that mutate shows",
    otherwise: "none")

  static let memoryModel = Option(
    "--memory-model", .machine, "sc; tso: x86's; lkmm: Linux's",
    default: MemoryModel.sc)

  static let dataRaces = Option(
    flag: "--data-races", "warn of data races, in the words of KCSAN; under sc or lkmm")

  static func variant(_ help: String, otherwise fallback: String) -> Option<String?> {
    Option("--variant", .text("NAME", .variants), help, otherwise: fallback)
  }

  let configuration: Configuration
  let system: System
  /// The file that it is of, where it is a race file.
  var raceFile: RaceFile?

  /// - Parameters:
  ///   - takesFix: whether the variant is by default the model's fix, not its first.
  ///   - takesMistake: whether the command has the option of that name.
  ///   - memoryModel: what machine it is for.
  ///   - takesDataRaces: whether the command has the option of that name.
  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, takesFix: Bool = false,
    takesMistake: Bool = false, memoryModel: MemoryModel = .sc, takesDataRaces: Bool = false
  ) throws(InputError) {
    let name = arguments.operand ?? ""
    let file = try tool.raceFile(named: name)
    let model = if let file { file.model } else { try tool.model(named: name) }
    let pieces = try arguments[Self.without]?
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var configuration = try Configuration(
      model, variant: arguments[Self.variant] ?? (takesFix ? model.fix.name : nil),
      without: pieces ?? [], settings: try Self.settings(arguments, model))
    configuration.memoryModel = memoryModel
    if takesDataRaces && arguments.has(Self.dataRaces) {
      if memoryModel == .tso {
        throw InputError(
          "'\(Self.dataRaces.name)' is judged under sc and lkmm, not under \(memoryModel.rawValue)")
      }
      configuration.reportsDataRaces = true
    }
    if takesMistake, let number = try arguments[Self.mistake] {
      configuration = try configuration.mutated(by: number)
    }
    try file?.prepare(configuration)
    try self.init(configuration)
    raceFile = file
  }

  /// What a saved trace was made with.
  init(_ tool: CommandLineTool, _ trace: SavedTrace) throws(InputError) {
    try self.init(trace.configuration(of: try tool.model(named: trace.model)))
  }

  private init(_ configuration: Configuration) throws(InputError) {
    self.configuration = configuration
    system = try configuration.system()
  }

  /// Does something with the system in which functions of the model run.
  ///
  /// - Throws: `InputError` that names the function that went wrong, and the configuration.
  func reportingTraps<Success>(
    _ body: () throws(InputError) -> Success
  ) throws(InputError) -> Success {
    do throws(InputError) {
      return try system.reportingTraps(body)
    } catch {
      throw error.isFaultOfModel ? error.about(configuration.name) : error
    }
  }

  /// The bounds that the arguments set, by name.
  static func settings(
    _ arguments: ParsedArguments, _ model: Model
  ) throws(InputError) -> [String: Int] {
    var settings: [String: Int] = [:]
    for text in try arguments[set] {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        let example = model.bounds.first.map { ", such as \($0.name)=\($0.defaultValue)" } ?? ""
        throw InputError("--set needs BOUND=N\(example), not '\(text)'")
      }
      let name = String(parts[0])
      guard let bound = model.bounds.first(where: { $0.name == name }) else {
        throw InputError.unknown(
          "bound", name, of: "model '\(model.name)'", among: model.bounds.map(\.name))
      }
      if let earlier = settings[name] {
        throw InputError("bound '\(name)' is set twice, to \(earlier) and to \(parts[1])")
      }
      settings[name] = try Quantities.integer(
        String(parts[1]), of: "bound '\(name)' of model '\(model.name)'", in: bound.range)
    }
    if arguments.has(large) { settings.merge(model.largeBounds) { set, _ in set } }
    return settings
  }
}
