import ModelChecking
import RaceFiles
import Testing

/// A race file of a test, by its text.
func race(_ text: String, path: String = "test.race") throws -> RaceFile {
  try RaceFile(path: path, contents: Array(text.utf8))
}

/// What is wrong with a text, in lines; nothing where it is right.
func mistakes(in text: String) -> [String] {
  do throws(InputError) {
    let file = try RaceFile(path: "test.race", contents: Array(text.utf8))
    try file.prepare(try Configuration(file.model))
    return []
  } catch {
    return error.lines.map { String($0.drop { $0 == " " }) }
  }
}

/// The outcome of a variant, which both searches must find alike.
func outcome(
  of file: RaceFile, _ variant: String? = nil, settings: [String: Int] = [:],
  under memoryModel: MemoryModel = .sc
) throws -> Outcome {
  var configuration = try Configuration(file.model, variant: variant, settings: settings)
  configuration.memoryModel = memoryModel
  return try configuration.system().search(SearchOptions(threads: 2))
}

/// The states of a race's search.
func states(_ text: String) throws -> Int {
  try outcome(of: try race(text)).statistics.states
}

extension RaceFile {
  /// herd's answer, and the final states.
  func observed() throws -> Observation {
    let configuration = try Configuration(model)
    return try #require(try observation(of: configuration, in: try configuration.system()))
  }
}
