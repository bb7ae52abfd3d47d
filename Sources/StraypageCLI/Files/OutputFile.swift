import Foundation
import ModelChecking

/// A file that a command writes, opened before the work so that no result is lost to a wrong path.
///
/// What the file holds stays until the new text is there. A file that was not there is taken away
/// again where nothing gets written.
final class OutputFile {
  private let path: String
  private let handle: FileHandle
  private var isSuperfluous: Bool

  init(_ path: String) throws(InputError) {
    let files = FileManager.default
    isSuperfluous = !files.fileExists(atPath: path)
    if isSuperfluous { _ = files.createFile(atPath: path, contents: nil) }
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw InputError("the file '\(path)' can't be written")
    }
    self.path = path
    self.handle = handle
  }

  deinit {
    if isSuperfluous { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Replaces what the file holds.
  ///
  /// - Throws: `InputError` that names the file. The caller then has the text still.
  func write(_ text: String) throws(InputError) {
    isSuperfluous = false
    do {
      // What is no ordinary file can't be cut, and needn't be.
      try? handle.truncate(atOffset: 0)
      try handle.write(contentsOf: Data(text.utf8))
      try handle.close()
    } catch {
      throw InputError("the file '\(path)' could not be written: \(error)")
    }
  }
}

extension ParsedArguments {
  /// The file that an option names, open; nil where the option isn't there.
  func file(of option: Option<String?>) throws(InputError) -> OutputFile? {
    guard let path = try self[option] else { return nil }
    return try OutputFile(path)
  }

  /// - Throws: `InputError` where two of the options name one file.
  func requireDifferentFiles(of options: Option<String?>...) throws(InputError) {
    var owners: [URL: String] = [:]
    for option in options {
      guard let path = try self[option] else { continue }
      let file = URL(filePath: path).resolvingSymlinksInPath()
      if let other = owners.updateValue(option.name, forKey: file) {
        throw InputError("'\(other)' and '\(option.name)' name the same file, '\(path)'")
      }
    }
  }
}
