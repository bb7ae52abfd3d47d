import Foundation
import ModelChecking

/// A file that a command reads: an ordinary one, or what the process was given as a descriptor, such as /dev/stdin. A
/// named pipe could keep it waiting for ever.
enum InputFile {
  /// What the file holds.
  ///
  /// - Throws: `InputError` that names the file if it isn't there, can't be read or has more than
  ///   `largest` bytes.
  static func read(_ path: String, largest: Int) throws(InputError) -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw InputError("there is no file '\(path)'")
    }
    if isFolder.boolValue { throw InputError("'\(path)' is a folder") }
    var file = stat()
    if OutputTarget.descriptor(path) == nil, stat(path, &file) == 0,
      file.st_mode & S_IFMT != S_IFREG
    {
      throw InputError("'\(path)' is no ordinary file")
    }
    do {
      guard let handle = FileHandle(forReadingAtPath: path) else {
        throw InputError("the file '\(path)' can't be read")
      }
      let data = try handle.read(upToCount: largest + 1) ?? Data()
      if data.count > largest {
        throw InputError("the file '\(path)' has more than \(largest >> 20) MB")
      }
      return data
    } catch let error as InputError {
      throw error
    } catch {
      throw InputError("the file '\(path)' can't be read")
    }
  }
}
