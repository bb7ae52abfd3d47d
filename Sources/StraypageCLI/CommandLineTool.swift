import Foundation
import ModelChecking

/// A command line over a list of models.
///
/// A package gets it for its models by one call in its `main`:
///
///     import StraypageCLI
///
///     CommandLineTool(name: "my-races", models: [.myRace]).main()
///
/// The name, the tagline, the version and the examples are the package's own.
public struct CommandLineTool: Sendable {
  /// The name that help and hints show.
  let name: String
  let models: [Model]
  let tagline: String
  let version: String?
  private let ownExamples: [Example]
  /// Where results go, and where errors and progress go.
  private(set) var output: Output
  /// The same for what programs read.
  private(set) var rawOutput: Output
  /// Where interactive commands read.
  let input: Input
  /// Environment variables, by name.
  let environment: [String: String]
  /// The ranks that share a search, of which this process is one; nil where it is alone.
  var peers: (any Peers)?

  /// - Parameters:
  ///   - name: the program's name, in one word.
  ///   - tagline: what it does, as a sentence that begins after the name and has no full stop.
  ///   - version: as `--version` and reports show it.
  ///   - examples: what help shows. A command with none of them gets some with the first model.
  public init(
    name: String, models: [Model], tagline: String? = nil, version: String? = nil,
    examples: [Example] = []
  ) {
    self.init(
      name: name, models: models, tagline: tagline, version: version, examples: examples,
      output: .standard, input: .standard, environment: ProcessInfo.processInfo.environment)
  }

  package init(
    name: String, models: [Model], tagline: String? = nil, version: String? = nil,
    examples: [Example] = [], output: Output, input: Input, environment: [String: String] = [:]
  ) {
    self.name = name
    self.models = Model.checked(models)
    self.tagline = tagline ?? "explores every interleaving of its models"
    self.version = version
    ownExamples = examples
    rawOutput = output
    self.output = environment["GITHUB_ACTIONS"] == "true" ? output.withoutWorkflowCommands : output
    self.input = input
    self.environment = environment
  }

  /// Runs the process's own arguments and ends the process with their status.
  public func main() -> Never {
    StandardDescriptors.occupy()
    // A file that may not grow any more is an error of the call that writes it.
    signal(SIGXFSZ, SIG_IGN)
    let status = run(Array(CommandLine.arguments.dropFirst()))
    peers?.leave()
    exit((Output.hasLostResults ? .badInput : status).rawValue)
  }

  /// Runs one command line, without the program's name.
  public func run(_ arguments: [String]) -> ExitStatus {
    do throws(InputError) {
      return try reportingTraps { () throws(InputError) in try dispatch(arguments) }
    } catch {
      let lines = error.lines.map { $0.shown() }
      output.error("\(name): \(lines.joined(separator: "\n"))\n")
      // What is wrong with a model is no matter of how it was asked for.
      if error.isFaultOfModel { return .badInput }
      let topic = arguments.first.map { word in
        Command.all.contains { $0.name == word } ? " \(word)" : ""
      }
      output.error("Try '\(name)\(topic ?? "") \(Command.help.name)'.\n")
      return .badInput
    }
  }

  private func dispatch(_ arguments: [String]) throws(InputError) -> ExitStatus {
    guard let first = arguments.first else {
      throw InputError("a command is missing; \(Command.all.map(\.name).joined(separator: ", "))")
    }
    if first == "help" || Command.help.names.contains(first) {
      let topic = try arguments.dropFirst().first.map(Command.named)
      output.result(topic.map(Help(tool: self).page) ?? Help(tool: self).overview)
      return .asItShouldBe
    }
    if first == "version" || Command.version.names.contains(first) {
      output.result("\(title)\n")
      return .asItShouldBe
    }
    let command = try Command.named(first)
    let rest = arguments.dropFirst()
    if rest.prefix(while: { $0 != "--" }).contains(where: Command.help.names.contains) {
      output.result(Help(tool: self).page(of: command))
      return .asItShouldBe
    }
    let parsed = try ParsedArguments(rest, of: command)
    try refuseAmongRanks(command, parsed)
    return try command.run(self, parsed)
  }

  /// Prints as into a file from here on, or nothing.
  ///
  /// What `mpirun` starts has a terminal of its own, wherever that which is printed goes in the end.
  mutating func print(_ isHeard: Bool) {
    func plain(_ output: Output) -> Output {
      isHeard
        ? Output(result: output.result, error: output.error)
        : Output(result: { _ in }, error: { _ in })
    }
    (output, rawOutput) = (plain(output), plain(rawOutput))
  }

  /// "NAME VERSION".
  var title: String { name + (version.map { " \($0)" } ?? "") }

  /// What the help of a command shows.
  package func examples(of command: Command) -> [Example] {
    let own = ownExamples.filter { $0.command == command.name }
    return own.isEmpty ? command.examples(models) : own
  }
}
