import Foundation

/// Where the text for a path goes. To find it out makes and changes nothing.
enum OutputTarget {
  /// A descriptor that the process was given, such as /dev/stdout, at the place it has got to.
  case descriptor(Int32)
  /// No ordinary file: a named pipe, a device.
  case special(path: String)
  /// An ordinary file, there or not, which is put in place whole. Links are followed.
  case ordinary(path: String)

  /// - Throws: `SystemError` where it is already sure that nothing can be written there.
  init(_ path: String) throws(SystemError) {
    let end = try Self.following(path)
    if let descriptor = Self.descriptor(end) {
      let flags = fcntl(descriptor, F_GETFL)
      if flags < 0 { throw .last }
      if flags & O_ACCMODE == O_RDONLY { throw SystemError(EBADF) }
      self = .descriptor(descriptor)
      return
    }
    guard let file = try Self.status(end) else {
      if Self.name(end).isEmpty { throw SystemError(EISDIR) }
      try Self.requireAccess(Self.folder(of: end), W_OK | X_OK)
      self = .ordinary(path: end)
      return
    }
    switch file.st_mode & S_IFMT {
    case S_IFDIR: throw SystemError(EISDIR)
    case S_IFSOCK: throw SystemError(ENXIO)
    case S_IFREG:
      try Self.requireAccess(end, W_OK)
      try Self.requireAccess(Self.folder(of: end), W_OK | X_OK)
      try Self.requireReplaceable(end, file)
      self = .ordinary(path: end)
    default:
      try Self.requireAccess(end, W_OK)
      self = .special(path: end)
    }
  }

  /// What tells two targets apart, whatever the paths by which they were named.
  enum Identity: Hashable {
    case file(device: UInt64, number: UInt64)
    /// A file that is not there yet.
    case name(String, folder: Folder)

    struct Folder: Hashable {
      let device: UInt64
      let number: UInt64
    }
  }

  /// Nil where it is gone by now.
  var identity: Identity? {
    var file = stat()
    switch self {
    case .descriptor(let descriptor):
      guard fstat(descriptor, &file) == 0 else { return nil }
    case .special(let path):
      guard stat(path, &file) == 0 else { return nil }
    case .ordinary(let path):
      guard stat(path, &file) != 0 else { break }
      guard stat(Self.folder(of: path), &file) == 0 else { return nil }
      return .name(
        Self.name(path),
        folder: .init(device: UInt64(file.st_dev), number: UInt64(file.st_ino)))
    }
    return .file(device: UInt64(file.st_dev), number: UInt64(file.st_ino))
  }

  // MARK: Paths

  /// The folder that has a file, as a path.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func name(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The links that are followed before it is called a loop, as Linux has it.
  private static let mostLinks = 40

  /// The path at the end of all links. What isn't there is an end too.
  private static func following(_ path: String) throws(SystemError) -> String {
    var path = path
    for _ in 0...mostLinks {
      guard descriptor(path) == nil, let link = link(path) else { return path }
      // What /proc shows as a link to something without a path.
      if let file = try status(path), file.st_mode & S_IFMT != S_IFREG { return path }
      path = link.hasPrefix("/") ? link : "\(folder(of: path))/\(link)"
    }
    throw SystemError(ELOOP)
  }

  private static func link(_ path: String) -> String? {
    let room = Int(PATH_MAX)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
      let count = readlink(path, buffer.baseAddress!, room)
      return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  /// The descriptor that a path stands for, whatever is open there.
  static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdin": return 0
    case "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default:
      for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
        return Int32(path.dropFirst(folder.count))
      }
      return nil
    }
  }

  // MARK: What may be done

  /// Nil where there is no such file.
  private static func status(_ path: String) throws(SystemError) -> stat? {
    var file = stat()
    if stat(path, &file) == 0 { return file }
    if errno != ENOENT { throw .last }
    return nil
  }

  private static func requireAccess(_ path: String, _ mode: Int32) throws(SystemError) {
    if access(path, mode) != 0 { throw .last }
  }

  /// In a folder like /tmp, only who owns a file may put another in its place.
  private static func requireReplaceable(_ path: String, _ file: stat) throws(SystemError) {
    var folder = stat()
    let user = geteuid()
    if stat(Self.folder(of: path), &folder) == 0, folder.st_mode & S_ISVTX != 0, user != 0,
      file.st_uid != user, folder.st_uid != user
    {
      throw SystemError(EPERM)
    }
  }
}
