import Foundation
import ModelChecking
import Reporting

/// A folder that keeps what searches came to, a file each.
///
/// A file is named by what was searched, the program and its build included, and is whole or not there. So
/// runs may share a folder, and the files of several folders may be put in one.
struct ResultsFolder {
  private let path: String

  /// - Throws: `InputError` where the folder is not there and can't be made, or nothing can be written in it.
  init(_ path: String) throws(InputError) {
    self.path = path
    var isFolder: ObjCBool = false
    if !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      if mkdir(path, 0o777) != 0 && errno != EEXIST {
        throw InputError("the folder '\(path)' can't be made: \(SystemError.last.reason)")
      }
    } else if !isFolder.boolValue {
      throw InputError("'\(path)' is a file, and results need a folder")
    }
    if access(path, R_OK | W_OK | X_OK) != 0 {
      throw InputError("the folder '\(path)' can't be written: \(SystemError.last.reason)")
    }
  }

  /// What is kept of a search; nil where nothing is.
  ///
  /// - Throws: `InputError` that names the file where it is damaged or can't be read.
  func result(of identity: SearchIdentity) throws(InputError) -> KeptResult? {
    let path = file(of: identity)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do throws(InputError) {
      let data = try InputFile.read(path, largest: KeptResult.largestFile)
      let kept = try KeptResult(json: data)
      if kept.identity != identity { throw InputError("it is of another search") }
      return kept
    } catch {
      throw InputError(
        "'\(path)' can't be used: \(error.message); the check is made again")
    }
  }

  /// - Throws: `InputError` that names the file where it can't be written; what was there before is there still.
  func keep(_ result: KeptResult, _ report: CheckReport) throws(InputError) {
    let text = try ReportOutput.encoded { try result.json(report) }
    let file = try OutputFile(file(of: result.identity))
    try file.ordinary()
    try file.write(text)
  }

  /// The system's name, as far as a file can have it, and a hash of all.
  private func file(of identity: SearchIdentity) -> String {
    var hash = StableHash()
    for (what, value) in identity.sorted(by: { $0.key < $1.key }) {
      hash.add(what)
      hash.add(value)
    }
    let name = (identity["system"] ?? "").prefix(120).map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber || "-=".contains(character))
        ? character : "_"
    }
    return "\(path)/\(String(name))-\(hash.text).json"
  }
}
