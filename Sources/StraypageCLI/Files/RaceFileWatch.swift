import Foundation
import ModelChecking
import RaceFiles

/// Checks a race file again each time that it changes.
struct RaceFileWatch {
  static let option = Option(
    flag: "--watch", "check a race file again whenever it changes, until interrupted"
  ).presenting

  private let tool: CommandLineTool
  private let path: String

  /// - Throws: `InputError` where there is no race file to watch.
  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    path = arguments.operand ?? ""
    guard RaceFile.isRaceFile(path) else {
      throw InputError("--watch is for a race file, and '\(path)' is none")
    }
    _ = try InputFile.read(path, largest: RaceFile.largestFile)
  }

  /// Checks again and again, until the file is gone.
  ///
  /// - Returns: the status of the last check.
  func run(_ check: () throws(InputError) -> ExitStatus) -> ExitStatus {
    var status = ExitStatus.badInput
    var last: Data?
    while let now = try? InputFile.read(path, largest: RaceFile.largestFile) {
      if now == last {
        usleep(200_000)
        continue
      }
      if last != nil { tool.output.result("\n") }
      last = now
      do throws(InputError) {
        status = try check()
      } catch {
        tool.output.error(
          "\(tool.name): \(error.lines.map { $0.shown() }.joined(separator: "\n"))\n")
        status = .badInput
      }
    }
    return status
  }
}
