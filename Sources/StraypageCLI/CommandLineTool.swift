import Foundation
import ModelChecking

/// The `straypage` command line over a list of models.
///
/// A package of one's own gets the same command line for its models by one call in its `main`:
///
///     import StraypageCLI
///
///     CommandLineTool(name: "my-races", models: [.myRace]).main()
public struct CommandLineTool: Sendable {
  public static let version = "0.1.0"

  /// The name that help and hints show.
  let name: String
  let models: [Model]
  /// Where results go, and where errors and progress go.
  let output: Output
  /// Where interactive commands read.
  let input: Input
  /// Environment variables, by name.
  let environment: [String: String]

  public init(name: String = "straypage", models: [Model]) {
    self.init(
      name: name, models: models, output: .standard, input: .standard,
      environment: ProcessInfo.processInfo.environment)
  }

  package init(
    name: String, models: [Model], output: Output, input: Input,
    environment: [String: String] = [:]
  ) {
    self.name = name
    self.models = models
    self.output = output
    self.input = input
    self.environment = environment
  }

  /// Runs the process's own arguments and ends the process with their status.
  public func main() -> Never {
    exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  /// Runs one command line, without the program's name.
  public func run(_ arguments: [String]) -> ExitStatus {
    do throws(InputError) {
      return try dispatch(arguments)
    } catch {
      output.error("\(name): \(error.message)\n")
      let topic = arguments.first.map { word in
        Command.all.contains { $0.name == word } ? " \(word)" : ""
      }
      output.error("Try '\(name)\(topic ?? "") --help'.\n")
      return .badInput
    }
  }

  private func dispatch(_ arguments: [String]) throws(InputError) -> ExitStatus {
    guard let first = arguments.first else {
      throw InputError("a command is missing; \(Command.all.map(\.name).joined(separator: ", "))")
    }
    switch first {
    case "--help", "-h", "help":
      output.result(Help(tool: name).overview)
      return .asItShouldBe
    case "--version":
      output.result("\(name) \(Self.version)\n")
      return .asItShouldBe
    default: break
    }
    guard let command = Command.all.first(where: { $0.name == first }) else {
      let kind = first.hasPrefix("-") ? "option" : "command"
      let known = first.hasPrefix("-") ? ["--help", "--version"] : Command.all.map(\.name)
      throw InputError.unknown(kind, first, among: known)
    }
    let rest = Array(arguments.dropFirst())
    if rest.contains("--help") || rest.contains("-h") {
      output.result(Help(tool: name).page(of: command))
      return .asItShouldBe
    }
    return try command.run(self, ParsedArguments(rest, of: command))
  }

  /// The model of this name.
  func model(named name: String) throws(InputError) -> Model {
    guard let model = models.first(where: { $0.name == name }) else {
      throw InputError.unknown("model", name, among: models.map(\.name))
    }
    return model
  }
}

/// Where text goes.
package struct Output: Sendable {
  let result: @Sendable (String) -> Void
  let error: @Sendable (String) -> Void
  /// The terminal that results are shown on; nil where they go to a file or a pipe.
  let terminal: Terminal?

  package init(
    result: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void,
    terminal: Terminal? = nil
  ) {
    self.result = result
    self.error = error
    self.terminal = terminal
  }

  static let standard = Output(
    result: { text in
      do {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
      } catch {
        writeError("standard output can't be written\n")
        exit(ExitStatus.badInput.rawValue)
      }
    }, error: { writeError($0) }, terminal: .ofStandardOutput)

  /// Nothing more can be done where this fails too.
  private static func writeError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
