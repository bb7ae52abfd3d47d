import Foundation
import ModelChecking
import RaceFiles

extension RaceFile {
  /// The race in a file.
  ///
  /// - Throws: `InputError` for a file that can't be read, and with all that is wrong in it.
  static func read(_ path: String) throws(InputError) -> RaceFile {
    let data = try InputFile.read(path, largest: largestFile)
    let file = URL(filePath: path).standardizedFileURL.path
    return try RaceFile(path: path, file: file, contents: Array(data))
  }

  /// The race files in a folder and those below it, by their paths.
  ///
  /// - Throws: `InputError` where there is none.
  static func paths(in folder: String) throws(InputError) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let paths = names.filter(isRaceFile).sorted().map { base + $0 }
    if paths.isEmpty { throw InputError("there is no race file in the folder '\(folder)'") }
    return paths
  }
}

extension CommandLineTool {
  /// The race file of this name; nil where it is no name of one, or a model's.
  func raceFile(named name: String) throws(InputError) -> RaceFile? {
    if models.contains(where: { $0.name == name }) || !RaceFile.isRaceFile(name) { return nil }
    return try RaceFile.read(name)
  }

  /// The model of this name, or of the race file.
  func model(named name: String) throws(InputError) -> Model {
    if let model = models.first(where: { $0.name == name }) { return model }
    if RaceFile.isRaceFile(name) { return try RaceFile.read(name).model }
    throw InputError.unknown("model", name, among: models.map(\.name))
  }

  /// The models of the race files and folders among some names.
  func raceFiles(among names: [String]) throws(InputError) -> [Model] {
    var found: [Model] = []
    for name in names where !models.contains(where: { $0.name == name }) {
      var isFolder: ObjCBool = false
      if RaceFile.isRaceFile(name) {
        found.append(try RaceFile.read(name).model)
      } else if FileManager.default.fileExists(atPath: name, isDirectory: &isFolder),
        isFolder.boolValue
      {
        for path in try RaceFile.paths(in: name) { found.append(try RaceFile.read(path).model) }
      }
    }
    return Model.checked(found)
  }
}
