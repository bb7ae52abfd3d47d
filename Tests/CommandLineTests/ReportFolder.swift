import Foundation
import ModelChecking
import Testing

/// A folder of reports, which goes with the test.
final class ReportFolder {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private let models: [Model]

  init(of models: Model...) {
    self.models = models
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  /// The report without what differs from run to run.
  func timeless(_ name: String) throws -> String { Self.timeless(try text(name)) }

  static func timeless(_ text: String) -> String {
    text.replacing(/[0-9.]+ s, [^\n]*/, with: "").replacing(/\n[0-9.]+ s\n/, with: "\n")
      .replacing(/"(?:seconds|peakBytes|storedBytes)" : [0-9.e-]+/, with: "")
      .replacing(/(?:time|timestamp)="[^"]*"/, with: "")
  }

  /// Gates a part, to the file "PART.json".
  func gate(part: Int, of count: Int, _ arguments: [String] = []) {
    let words = ["gate", "--shard", "\(part)/\(count)", "--json", path("\(part).json")]
    _ = run(words + arguments)
  }

  func merge(_ parts: [Int], _ arguments: [String] = []) -> CommandLineTests.Result {
    run(["merge"] + parts.map { path("\($0).json") } + arguments)
  }

  /// What is said against merging these.
  func objection(to names: [String]) -> String {
    let result = run(["merge"] + names.map(path))
    #expect(result.status == .badInput)
    #expect(result.output == "")
    return objection(result)
  }

  /// The error in a line, without the program's name and the folder.
  func objection(_ result: CommandLineTests.Result) -> String {
    let line = result.error.split(separator: "\n").first.map(String.init) ?? ""
    return line.replacing("straypage: ", with: "").replacing(folder.path + "/", with: "")
  }

  func run(_ words: [String]) -> CommandLineTests.Result {
    CommandLineTests.run(words, models: models)
  }
}
