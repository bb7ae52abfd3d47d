import Foundation
import ModelChecking
import Reporting

/// The file that `--save-trace` names, opened before the work.
struct TraceFile {
  static let option = Option("--save-trace", .file, "save the trace, for replay").presenting

  private let path: String
  private let file: OutputFile

  /// Nil if the option is not there.
  init?(_ arguments: ParsedArguments) throws(InputError) {
    guard let path = try arguments[Self.option] else { return nil }
    try self.init(path)
  }

  init(_ path: String) throws(InputError) {
    self.path = path
    file = try OutputFile(report: path)
  }

  /// Saves what was found. Where nothing was, says so and leaves the file as it was.
  func save(
    _ finding: Finding?, of choice: SystemChoice, for tool: CommandLineTool
  ) throws(InputError) {
    guard let finding else {
      return tool.output.error(
        "\(tool.name): nothing was found, so no trace is saved and '\(path.shown())' is as it was\n"
      )
    }
    try save(
      SavedTrace(
        finding, of: choice.system, in: choice.configuration))
  }

  func save(_ trace: SavedTrace) throws(InputError) {
    let text: String
    do {
      text = try trace.json()
    } catch {
      throw InputError("the trace could not be encoded: \(error)")
    }
    guard text.utf8.count <= SavedTrace.largestFile else {
      throw InputError("the trace is too long to be saved: 'replay' would refuse it")
    }
    try file.write(text)
  }
}
