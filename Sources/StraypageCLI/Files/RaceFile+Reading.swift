import Foundation
import ModelChecking
import RaceFiles

extension RaceFile {
  /// The race in a file.
  ///
  /// - Throws: `InputError` for a file that can't be read, and with all that is wrong in it.
  static func read(_ path: String) throws(InputError) -> RaceFile {
    let data = try InputFile.read(path, largest: largestFile)
    return try RaceFile(path: path, file: file(at: path), contents: Array(data))
  }

  /// The path that declarations name.
  static func file(at path: String) -> String { URL(filePath: path).standardizedFileURL.path }

  /// The race files in a folder and those below it, by their paths.
  ///
  /// - Throws: `InputError` where there is none.
  static func paths(in folder: String) throws(InputError) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    // A folder may be called so as well.
    let paths = names.filter(isRaceFile).sorted().map { base + $0 }.filter { !isFolder($0) }
    if paths.isEmpty { throw InputError("there is no race file in the folder '\(folder)'") }
    return paths
  }
}

private func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    && isFolder.boolValue
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
    if isFolder(name) {
      throw InputError("'\(name)' is a folder, which 'gate' and 'mutate' take, and not one model")
    }
    if name.contains("/") { throw InputError("there is no file or folder '\(name)'") }
    throw InputError.unknown("model", name, among: models.map(\.name))
  }

  /// The models of the race files and folders among some names.
  ///
  /// - Parameter keepsBroken: whether a file that is wrong comes as a model that can't be searched and says why,
  ///   so that the others are.
  func raceFiles(among names: [String], keepsBroken: Bool) throws(InputError) -> [Model] {
    var found: [Model] = []
    for name in names where !models.contains(where: { $0.name == name }) {
      let paths =
        RaceFile.isRaceFile(name) ? [name] : isFolder(name) ? try RaceFile.paths(in: name) : []
      for path in paths {
        do throws(InputError) {
          found.append(try RaceFile.read(path).model)
        } catch {
          if !keepsBroken || !error.isFaultOfModel { throw error }
          found.append(RaceFile.model(of: path, file: RaceFile.file(at: path), brokenBy: error))
        }
      }
    }
    return Model.checked(found)
  }
}
