import Foundation
import ModelChecking
import RaceFiles

/// A file that a command writes: the one way in which reports get into files.
///
/// A path that can't be written is refused before the work, and nothing is made by that. The text is
/// written to a file beside the target, which takes the target's place when all of it is on the disk.
/// So the target holds the whole text or what it held before, whatever happens in between.
struct OutputFile {
  private let path: String
  private let target: OutputTarget

  /// - Throws: `InputError` that names the path where it can't be written.
  init(_ path: String) throws(InputError) {
    self.path = path
    if path == "-" {
      throw InputError("'-' is no file; '/dev/stdout' is standard output")
    }
    do {
      target = try OutputTarget(path)
    } catch {
      let folder = OutputTarget.folder(of: path)
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
      throw InputError(
        "the file '\(path)' can't be written: "
          + (error.number == ENOENT && !isThere
            ? "there is no folder '\(folder)'" : error.reason))
    }
  }

  /// Makes the folder that a file is to be in, where it isn't there.
  static func makeFolder(of path: String) throws(InputError) {
    let folder = OutputTarget.folder(of: path)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw InputError("the folder '\(folder)' can't be made: \(SystemError.reason(of: error))")
    }
  }

  var identity: OutputTarget.Identity? { target.identity }

  /// Replaces what the file holds.
  ///
  /// - Throws: `InputError` that names the file. The file then holds what it held before, and the
  ///   caller has the text still.
  func write(_ text: String) throws(InputError) {
    do {
      switch target {
      case .descriptor(let descriptor):
        try StraypageCLI.write(text.utf8, to: descriptor)
      case .special(let path):
        try Self.write(to: Self.open(path, O_WRONLY | O_NOCTTY)) { descriptor throws(SystemError) in
          try StraypageCLI.write(text.utf8, to: descriptor)
        }
      case .ordinary(let path):
        try Self.replace(path, by: ".report-\(UUID().uuidString)") {
          descriptor throws(SystemError) in
          try StraypageCLI.write(text.utf8, to: descriptor)
        }
      }
    } catch {
      throw InputError("the file '\(path)' could not be written: \(error.reason)")
    }
  }

  /// Replaces what the file holds, again and again: what an end without warning leaves of a try is overwritten
  /// by the next, and a file that took its place is there after a power cut, too.
  ///
  /// - Parameter content: writes all of it to a descriptor.
  /// - Throws: `InputError` that names the file. The file then holds what it held before.
  func replace(_ content: (Int32) throws(SystemError) -> Void) throws(InputError) {
    let target = try ordinary()
    let folder = OutputTarget.folder(of: target)
    let name = target.split(separator: "/").last.map(String.init) ?? ""
    do throws(SystemError) {
      try Self.replace(target, by: ".\(name).unfinished", mayBeThere: true, content)
      let descriptor = try Self.open(folder, O_RDONLY | O_DIRECTORY)
      fsync(descriptor)
      close(descriptor)
    } catch {
      throw InputError("the file '\(path)' could not be written: \(error.reason)")
    }
  }

  /// - Returns: the path at the end of all links.
  /// - Throws: `InputError` where what is there is no ordinary file: to open a named pipe could take for ever.
  @discardableResult func ordinary() throws(InputError) -> String {
    guard case .ordinary(let target) = target else {
      throw InputError("'\(path)' is no ordinary file")
    }
    return target
  }

  /// - Parameters:
  ///   - name: what it is called until it is whole.
  ///   - mayBeThere: whether a file of that name is overwritten.
  private static func replace(
    _ path: String, by name: String, mayBeThere: Bool = false,
    _ content: (Int32) throws(SystemError) -> Void
  ) throws(SystemError) {
    var old = stat()
    let isThere = stat(path, &old) == 0
    let passing = "\(OutputTarget.folder(of: path))/\(name)"
    UnfinishedFiles.add(passing)
    defer { UnfinishedFiles.remove(passing) }
    let descriptor = try open(
      passing, O_WRONLY | O_CREAT | (mayBeThere ? O_TRUNC | O_NOFOLLOW : O_EXCL),
      mode: isThere ? 0o600 : 0o666)
    do {
      if isThere { keepOwnerAndPermissions(of: old, descriptor) }
      try write(to: descriptor, isSynchronized: true, content)
      if rename(passing, path) != 0 { throw SystemError.last }
    } catch {
      unlink(passing)
      throw error as? SystemError ?? SystemError(EIO)
    }
  }

  /// As far as the user may.
  private static func keepOwnerAndPermissions(of old: stat, _ descriptor: Int32) {
    let isGroupKept =
      fchown(descriptor, old.st_uid, old.st_gid) == 0
      || fchown(descriptor, uid_t.max, old.st_gid) == 0
    // What another group was allowed is not given to this one.
    fchmod(descriptor, old.st_mode & (isGroupKept ? 0o7777 : 0o7707))
  }

  private static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0
  ) throws(SystemError) -> Int32 {
    while true {
      let descriptor = Foundation.open(path, flags | O_CLOEXEC, mode)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw .last }
    }
  }

  /// Writes the content and closes the descriptor, whatever happens.
  private static func write(
    to descriptor: Int32, isSynchronized: Bool = false,
    _ content: (Int32) throws(SystemError) -> Void
  ) throws(SystemError) {
    do throws(SystemError) {
      try content(descriptor)
      // Some file systems can't, and say so.
      if isSynchronized, fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP { throw .last }
    } catch {
      close(descriptor)
      throw error
    }
    if close(descriptor) != 0 { throw .last }
  }
}

extension OutputFile {
  /// A file for a report or a trace, which takes no race file's place.
  init(report path: String) throws(InputError) {
    if RaceFile.isRaceFile(path) {
      throw InputError("'\(path)' is the name of a race file, and no place for a report")
    }
    try self.init(path)
  }
}

extension ParsedArguments {
  /// The file that an option names; nil where the option isn't there.
  func file(of option: Option<String?>) throws(InputError) -> OutputFile? {
    guard let path = try self[option] else { return nil }
    return try OutputFile(report: path)
  }

  /// - Throws: `InputError` where two of the options name one file, by whatever names, and where one
  ///   names a file that can't be written.
  func requireDifferentFiles(of options: Option<String?>...) throws(InputError) {
    var owners: [OutputTarget.Identity: String] = [:]
    for option in options {
      guard let path = try self[option], let identity = try OutputFile(path).identity else {
        continue
      }
      if let other = owners.updateValue(option.name, forKey: identity) {
        throw InputError("'\(other)' and '\(option.name)' name the same file, '\(path)'")
      }
    }
  }
}

/// Works of which each is done whatever becomes of the others, so that each report that can be written
/// is.
struct Attempts {
  private var failure: InputError?

  mutating func add(_ work: () throws(InputError) -> Void) {
    do throws(InputError) {
      try work()
    } catch {
      failure = failure ?? error
    }
  }

  /// - Throws: the first error.
  func end() throws(InputError) {
    if let failure { throw failure }
  }
}
